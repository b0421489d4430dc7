//! New values: random bytes, passwords, key pairs. From the system's random source, straight into memory that is wiped.

use crate::format::{KeyError, SecretName, Sensitive};
use crate::inventory::{Encoding, Generate};
use crate::keys::pair;
use crate::report::Diagnose;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use rand_core::{OsRng, RngCore as _};
use std::collections::BTreeSet;
use zeroize::Zeroizing;

/// A new value, and the half of it that everybody may know.
pub struct Made {
    /// What is sealed.
    pub private: Sensitive,
    /// The public key, for key pairs: one line as programs take it.
    pub public: Option<String>,
}

/// Why no value was made.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    /// Too few characters to choose from.
    #[error("a password's alphabet needs at least two different characters")]
    Alphabet,
    /// Too short to be a secret, or too long for anything.
    #[error("{what} of length {length} can't be made: the length is 1 to {limit}")]
    Length {
        /// `a password`, `bytes`.
        what: &'static str,
        /// What was asked for.
        length: usize,
        /// The longest.
        limit: usize,
    },
    /// No key pair could be made.
    #[error("no key pair could be made")]
    Pair(#[source] KeyError),
}

impl Diagnose for GenerateError {
    fn hints(&self) -> Vec<String> {
        match self {
            GenerateError::Alphabet => {
                vec!["give letters and digits, such as `--alphabet abcdef0123456789`".into()]
            }
            _ => Vec::new(),
        }
    }
}

/// Nobody needs a longer one, and a slip of the finger should not take minutes.
const LIMIT: usize = 1 << 20;

/// Makes a value for the secret of this name, which an ssh key carries as its comment.
///
/// # Errors
/// When the length or the alphabet make no sense.
pub fn value(how: &Generate, name: &SecretName) -> Result<Made, GenerateError> {
    let alone = |private| Made { private, public: None };
    Ok(match how {
        Generate::Password { length, alphabet } => alone(password(*length, alphabet)?),
        Generate::Bytes { length, encoding } => alone(bytes(*length, *encoding)?),
        Generate::Ssh => {
            let pair = pair::ssh(&name.to_string()).map_err(GenerateError::Pair)?;
            let public = format!("{} {}", pair.public.line(), pair.public.comment());
            Made { private: pair.private, public: Some(public) }
        }
        Generate::WireGuard => {
            let pair = pair::wireguard();
            Made { private: pair.private, public: Some(pair.public.to_string()) }
        }
        Generate::X25519 => {
            let pair = pair::age();
            Made { private: pair.private, public: Some(pair.public.line()) }
        }
    })
}

/// Each character is equally likely: numbers that would favour the first characters are drawn again.
fn password(length: usize, alphabet: &str) -> Result<Sensitive, GenerateError> {
    check_length("a password", length)?;
    let alphabet: Vec<char> = alphabet.chars().collect::<BTreeSet<char>>().into_iter().collect();
    let count = u32::try_from(alphabet.len()).map_err(|_| GenerateError::Alphabet)?;
    if count < 2 {
        return Err(GenerateError::Alphabet);
    }
    let fair = u32::MAX - u32::MAX % count;
    // A character has at most four bytes: the text never grows, and so leaves no copy behind.
    let mut text = Zeroizing::new(String::with_capacity(length * 4));
    let mut numbers = Numbers::new();
    for _ in 0..length {
        let number = loop {
            let number = numbers.next();
            if number < fair {
                break number;
            }
        };
        text.push(alphabet[(number % count) as usize]);
    }
    Ok(Sensitive::new(text.as_bytes().to_vec()))
}

fn bytes(length: usize, encoding: Encoding) -> Result<Sensitive, GenerateError> {
    check_length("bytes", length)?;
    let mut raw = Zeroizing::new(vec![0; length]);
    OsRng.fill_bytes(&mut raw);
    let text = match encoding {
        Encoding::Raw => return Ok(Sensitive::from(raw)),
        Encoding::Hex => {
            const DIGITS: &[u8; 16] = b"0123456789abcdef";
            let mut text = Vec::with_capacity(2 * length);
            for byte in raw.iter() {
                text.extend([DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
            }
            text
        }
        Encoding::Base64 => STANDARD.encode(&*raw).into_bytes(),
    };
    Ok(Sensitive::new(text))
}

fn check_length(what: &'static str, length: usize) -> Result<(), GenerateError> {
    if (1..=LIMIT).contains(&length) {
        Ok(())
    } else {
        Err(GenerateError::Length { what, length, limit: LIMIT })
    }
}

/// Random numbers, drawn from the system 256 at a time.
struct Numbers {
    drawn: Zeroizing<[u8; 1024]>,
    used: usize,
}

impl Numbers {
    fn new() -> Self {
        Numbers { drawn: Zeroizing::new([0; 1024]), used: 1024 }
    }

    fn next(&mut self) -> u32 {
        if self.used == self.drawn.len() {
            OsRng.fill_bytes(&mut self.drawn[..]);
            self.used = 0;
        }
        let bytes = [0, 1, 2, 3].map(|at| self.drawn[self.used + at]);
        self.used += 4;
        u32::from_le_bytes(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn make(how: &Generate) -> Result<Made, GenerateError> {
        value(how, &SecretName::parse("nginx/web1/tls").unwrap())
    }

    fn text(how: &Generate) -> String {
        make(how).unwrap().private.expose_str().unwrap().to_owned()
    }

    #[test]
    fn a_key_pair_comes_with_its_public_half() {
        let ssh = make(&Generate::Ssh).unwrap();
        assert!(ssh.private.expose().starts_with(b"-----BEGIN OPENSSH PRIVATE KEY-----\n"));
        let public = ssh.public.unwrap();
        assert!(public.starts_with("ssh-ed25519 AAAA") && public.ends_with(" nginx/web1/tls"), "{public}");
        let wireguard = make(&Generate::WireGuard).unwrap();
        let public = pair::wireguard_public(&wireguard.private).unwrap();
        assert_eq!(Some(public.to_string()), wireguard.public);
        let age = make(&Generate::X25519).unwrap();
        assert!(age.private.expose().starts_with(b"AGE-SECRET-KEY-1"));
        assert!(age.public.unwrap().starts_with("age1"));
    }

    #[test]
    fn a_password_has_the_length_and_the_alphabet_asked_for() {
        let how = Generate::Password { length: 5000, alphabet: "aäx€x".into() };
        let password = text(&how);
        assert_eq!(password.chars().count(), 5000);
        assert_eq!(password.chars().collect::<BTreeSet<_>>(), BTreeSet::from(['a', 'x', 'ä', '€']));
    }

    #[test]
    fn every_character_is_equally_likely() {
        // 3 does not divide 2^32; each should come 40,000 times, with a standard deviation of 163.
        let password = text(&Generate::Password { length: 120_000, alphabet: "abc".into() });
        for c in ['a', 'b', 'c'] {
            let count = password.chars().filter(|each| *each == c).count();
            assert!((39_000..=41_000).contains(&count), "{c}: {count}");
        }
    }

    #[test]
    fn bytes_are_written_as_asked() {
        let bytes = |encoding| make(&Generate::Bytes { length: 32, encoding }).unwrap().private;
        assert_eq!(bytes(Encoding::Raw).len(), 32);
        let hex = text(&Generate::Bytes { length: 32, encoding: Encoding::Hex });
        assert!(hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)));
        let base64 = text(&Generate::Bytes { length: 32, encoding: Encoding::Base64 });
        assert_eq!(STANDARD.decode(base64).unwrap().len(), 32);
        assert_ne!(bytes(Encoding::Raw).expose(), bytes(Encoding::Raw).expose());
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for (length, alphabet) in [(0, "abc"), (LIMIT + 1, "abc"), (8, ""), (8, "aaa")] {
            assert!(make(&Generate::Password { length, alphabet: alphabet.into() }).is_err());
        }
        assert!(make(&Generate::Bytes { length: 0, encoding: Encoding::Raw }).is_err());
    }
}
