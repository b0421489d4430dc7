//! Hashes as text: every form Nix reads, and every form it prints.

use super::{Algorithm, Hash, HashError, base32, base64, lossy};
use std::fmt;

/// A way to write a hash down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// Hexadecimal, lower case.
    Base16,
    /// Nix's base32.
    Nix32,
    /// RFC 4648, with padding.
    Base64,
    /// Subresource integrity: `sha256-` and base64.
    Sri,
}

impl Form {
    /// The form of a name; `base32` is the old name of `nix32`.
    ///
    /// # Errors
    /// When there is none of this name.
    pub fn parse(name: &[u8]) -> Result<Self, HashError> {
        match name {
            b"base16" => Ok(Form::Base16),
            b"nix32" | b"base32" => Ok(Form::Nix32),
            b"base64" => Ok(Form::Base64),
            b"sri" => Ok(Form::Sri),
            _ => Err(HashError::Form { name: lossy(name) }),
        }
    }

    /// As messages name it when they say that a text in it is wrong.
    fn name(self) -> &'static str {
        match self {
            Form::Base16 => "base16",
            Form::Nix32 => "nix32",
            Form::Base64 => "Base64",
            Form::Sri => "SRI",
        }
    }

    /// The form that has this length for a digest of this algorithm.
    fn of_length(length: usize, algorithm: Algorithm) -> Option<Self> {
        let size = algorithm.size();
        if length == size * 2 {
            Some(Form::Base16)
        } else if length == base32::encoded_length(size) {
            Some(Form::Nix32)
        } else if length == base64::encoded_length(size) {
            Some(Form::Base64)
        } else {
            None
        }
    }
}

impl Hash {
    /// Reads any form, with or without `sha256:` before it, or `sha256-` before base64. `wanted` is the algorithm
    /// where the reader knows it: it must agree with one that the text names.
    ///
    /// # Errors
    /// When no algorithm is known, two disagree, or the digest is no digest of it.
    pub fn parse(text: &[u8], wanted: Option<Algorithm>) -> Result<Self, HashError> {
        let (named, form, rest) = split(text)?;
        let algorithm = match (named, wanted) {
            (None, None) => return Err(HashError::NoAlgorithm { text: lossy(text) }),
            (Some(named), Some(wanted)) if named != wanted => {
                return Err(HashError::OtherAlgorithm { text: lossy(text), wanted });
            }
            (Some(algorithm), _) | (None, Some(algorithm)) => algorithm,
        };
        read(rest, algorithm, form)
    }

    /// Reads any form that names its algorithm.
    ///
    /// # Errors
    /// When it names none, or the digest is no digest of it.
    pub fn parse_prefixed(text: &[u8]) -> Result<Self, HashError> {
        let (named, form, rest) = split(text)?;
        let algorithm = named.ok_or_else(|| HashError::NotPrefixed { text: lossy(text) })?;
        read(rest, algorithm, form)
    }

    /// Reads SRI form and no other.
    ///
    /// # Errors
    /// When it is not in SRI form, or the digest is no digest of its algorithm.
    pub fn parse_sri(text: &[u8]) -> Result<Self, HashError> {
        let at =
            text.iter().position(|b| *b == b'-').ok_or_else(|| HashError::NotSri { text: lossy(text) })?;
        read(&text[at + 1..], Algorithm::parse(&text[..at])?, Some(Form::Sri))
    }

    /// Reads a digest alone, in base16, Nix base32 or base64.
    ///
    /// # Errors
    /// When it is no digest of this algorithm.
    pub fn parse_digest(text: &[u8], algorithm: Algorithm) -> Result<Self, HashError> {
        read(text, algorithm, None)
    }

    /// The digest alone in a form; with its algorithm in SRI form, which always names it.
    pub fn print(&self, form: Form) -> String {
        let mut text = String::new();
        match form {
            Form::Base16 => self.push_base16(&mut text),
            Form::Nix32 => base32::push(&mut text, self.digest()),
            Form::Base64 => base64::push(&mut text, self.digest()),
            Form::Sri => {
                text.push_str(self.algorithm.name());
                text.push('-');
                base64::push(&mut text, self.digest());
            }
        }
        text
    }

    /// `sha256:` and the digest in a form; SRI form names the algorithm its own way.
    pub fn print_prefixed(&self, form: Form) -> String {
        match form {
            Form::Sri => self.print(form),
            _ => format!("{}:{}", self.algorithm, self.print(form)),
        }
    }

    fn push_base16(&self, text: &mut String) {
        let mut hex = [0; 128];
        text.push_str(hex_of(self.digest(), &mut hex));
    }
}

/// The hexadecimal digits of at most 64 bytes, in a buffer of the caller's.
pub(in crate::store) fn hex_of<'b>(bytes: &[u8], buffer: &'b mut [u8; 128]) -> &'b str {
    for (at, byte) in bytes.iter().enumerate() {
        buffer[at * 2] = b"0123456789abcdef"[usize::from(byte >> 4)];
        buffer[at * 2 + 1] = b"0123456789abcdef"[usize::from(byte & 15)];
    }
    str::from_utf8(&buffer[..bytes.len() * 2]).expect("hexadecimal digits are ASCII")
}

/// The algorithm a text names, the form when that tells it, and the digest's text.
type Split<'t> = (Option<Algorithm>, Option<Form>, &'t [u8]);

fn split(text: &[u8]) -> Result<Split<'_>, HashError> {
    // A colon anywhere wins over a dash: neither is part of any digest.
    let at = |separator| text.iter().position(|byte| *byte == separator);
    match (at(b':'), at(b'-')) {
        (Some(at), _) => Ok((Some(Algorithm::parse(&text[..at])?), None, &text[at + 1..])),
        (None, Some(at)) => Ok((Some(Algorithm::parse(&text[..at])?), Some(Form::Sri), &text[at + 1..])),
        (None, None) => Ok((None, None, text)),
    }
}

/// Reads a digest. Without a form, its length tells which one it is in.
fn read(text: &[u8], algorithm: Algorithm, form: Option<Form>) -> Result<Hash, HashError> {
    let form = match form.or_else(|| Form::of_length(text.len(), algorithm)) {
        Some(form) => form,
        None => return Err(HashError::Length { text: lossy(text), algorithm }),
    };
    let (digest, alphabet) = match form {
        Form::Base16 => (base16(text), "Base16"),
        Form::Nix32 => (base32::decode(text), "Nix32 (Nix's Base32 variation)"),
        Form::Base64 | Form::Sri => (base64::decode(text), "Base64"),
    };
    let digest = digest.map_err(|byte| HashError::Character { form: alphabet, byte })?;
    Hash::from_digest(algorithm, &digest).ok_or_else(|| HashError::Size {
        form: form.name(),
        text: lossy(text),
        length: digest.len(),
        expected: algorithm.size(),
    })
}

fn base16(text: &[u8]) -> Result<Vec<u8>, u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8).ok_or(byte);
    text.chunks_exact(2).map(|pair| Ok(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.print(Form::Sri))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `builtins.convertHash` of Nix 2.34 makes of `builtins.hashString algorithm "fleet"`.
    const CONVERTED: [[&str; 4]; 4] = [
        [
            "ddfbb7829b95e229ab60e0fb38c5df06",
            "06vz2kiyz0c2mjkqlmkf1bgyyx",
            "3fu3gpuV4imrYOD7OMXfBg==",
            "md5-3fu3gpuV4imrYOD7OMXfBg==",
        ],
        [
            "f35f940f055fcd1badde7e5fecb2531e079eaa52",
            "aam9w1qyafrfqpvyvsnipkaz0l7r8pzk",
            "81+UDwVfzRut3n5f7LJTHgeeqlI=",
            "sha1-81+UDwVfzRut3n5f7LJTHgeeqlI=",
        ],
        [
            "5eb2ce291c7d227dd684ec83f9ddc05776e2fe9a0c4e62927b4592383e66fb28",
            "0a7vcqz3i4j5gf964khckbzf4xjpq3fzk0zchkb7s8kx3hlwxcjy",
            "XrLOKRx9In3WhOyD+d3AV3bi/poMTmKSe0WSOD5m+yg=",
            "sha256-XrLOKRx9In3WhOyD+d3AV3bi/poMTmKSe0WSOD5m+yg=",
        ],
        [
            "84fceba555abd4bc01d60d0cfb60a53d877bc31fe3a3d3af03c8e133957445f1c7a48fa8d0aca84e5b6ee131994ea5489ff6e0de96afca40c8dbfea56f80eaf8",
            "3wfm03glpzdpj20raprdpp0ysgli9afk4qy2vjv9slarl58iyjcgwa5fjak7qf80fpx78z33z1pp1rxlmhgn30dsq0vrm5banjypz44",
            "hPzrpVWr1LwB1g0M+2ClPYd7wx/jo9OvA8jhM5V0RfHHpI+o0KyoTltu4TGZTqVIn/bg3pavykDI2/6lb4Dq+A==",
            "sha512-hPzrpVWr1LwB1g0M+2ClPYd7wx/jo9OvA8jhM5V0RfHHpI+o0KyoTltu4TGZTqVIn/bg3pavykDI2/6lb4Dq+A==",
        ],
    ];

    const FORMS: [Form; 4] = [Form::Base16, Form::Nix32, Form::Base64, Form::Sri];

    #[test]
    fn every_form_is_printed_and_read_as_nix_does() {
        for (algorithm, texts) in Algorithm::ALL.into_iter().zip(CONVERTED) {
            let hash = Hash::of(algorithm, b"fleet");
            for (form, text) in FORMS.into_iter().zip(texts) {
                assert_eq!(hash.print(form), text);
                assert_eq!(Hash::parse(text.as_bytes(), Some(algorithm)), Ok(hash), "{text}");
                let prefixed = hash.print_prefixed(form);
                assert_eq!(Hash::parse(prefixed.as_bytes(), None), Ok(hash), "{prefixed}");
                assert_eq!(Hash::parse_prefixed(prefixed.as_bytes()), Ok(hash), "{prefixed}");
            }
            assert_eq!(Hash::parse_sri(texts[3].as_bytes()), Ok(hash));
            assert_eq!(Hash::parse_digest(texts[0].to_uppercase().as_bytes(), algorithm), Ok(hash));
        }
    }

    #[test]
    fn sri_may_lack_its_padding() {
        let hash = Hash::parse(b"sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU", None);
        assert_eq!(hash, Ok(Hash::sha256(b"")));
    }

    #[test]
    fn what_is_no_hash_is_refused() {
        let said = |text: &str, wanted| Hash::parse(text.as_bytes(), wanted).unwrap_err().to_string();
        let sha256 = Some(Algorithm::Sha256);
        // In Nix 2.34's words.
        assert_eq!(
            said("abc", None),
            "hash 'abc' does not include a type, nor is the type otherwise known from context"
        );
        assert_eq!(said("abc", sha256), "hash 'abc' has wrong length for hash algorithm 'sha256'");
        assert_eq!(said("", sha256), "hash '' has wrong length for hash algorithm 'sha256'");
        assert_eq!(said("sha256:", None), "hash '' has wrong length for hash algorithm 'sha256'");
        assert_eq!(said("sha256-abc", None), "invalid SRI hash 'abc', length 2 != expected length 32");
        assert_eq!(
            said("sha1-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", None),
            "invalid SRI hash '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=', length 32 != expected length 20"
        );
        assert_eq!(
            said("sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=", sha256),
            "hash 'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=' should have type 'sha256'"
        );
        assert_eq!(
            said("foo:abc", None),
            "unknown hash algorithm 'foo', expect 'blake3', 'md5', 'sha1', 'sha256', or 'sha512'"
        );
        assert!(said("blake3-abc", None).starts_with("experimental Nix feature 'blake3-hashes' is disabled"));
        assert_eq!(
            said("zmdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73", sha256),
            "invalid nix32 hash 'zmdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73', length 33 != expected length 32"
        );
        // Nix loses the character and speaks of a length of 0.
        assert_eq!(
            said("emdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73", sha256),
            "invalid character in Nix32 (Nix's Base32 variation) string: 'e'"
        );
        assert_eq!(
            said("sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuF_=", None),
            "invalid character in Base64 string: '_'"
        );
    }
}
