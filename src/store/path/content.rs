//! Content addresses: how a path that was made from its content says so, `fixed:r:sha256:…` or `text:sha256:…`.

use super::{PathError, lossy};
use crate::store::{Algorithm, Form, Hash};
use std::fmt;

/// What of a thing is hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// The bytes of a file that is not executable.
    Flat,
    /// The archive of any tree.
    Nar,
    /// The bytes of a text that names the paths it refers to: derivations and `builtins.toFile`.
    Text,
    /// A git object, behind an experimental feature of Nix.
    Git,
}

impl Method {
    /// As a derivation's output has it before the algorithm: ``, `r:`, `text:`, `git:`.
    pub fn prefix(self) -> &'static str {
        match self {
            Method::Flat => "",
            Method::Nar => "r:",
            Method::Text => "text:",
            Method::Git => "git:",
        }
    }

    /// As JSON and the language have it: `flat`, `nar`, `text`, `git`.
    pub fn name(self) -> &'static str {
        match self {
            Method::Flat => "flat",
            Method::Nar => "nar",
            Method::Text => "text",
            Method::Git => "git",
        }
    }

    /// The method of a name; `recursive` is the old name of `nar`.
    pub fn parse(name: &[u8]) -> Option<Self> {
        match name {
            b"flat" => Some(Method::Flat),
            b"nar" | b"recursive" => Some(Method::Nar),
            b"text" => Some(Method::Text),
            b"git" => Some(Method::Git),
            _ => None,
        }
    }

    /// `r:sha256` and its kin: the method before the algorithm, and the rest of the text.
    pub(in crate::store) fn split_prefix(text: &[u8]) -> (Self, &[u8]) {
        for method in [Method::Nar, Method::Text, Method::Git] {
            if let Some(rest) = text.strip_prefix(method.prefix().as_bytes()) {
                return (method, rest);
            }
        }
        (Method::Flat, text)
    }
}

/// A method and the hash it gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentAddress {
    /// What was hashed.
    pub method: Method,
    /// Its hash.
    pub hash: Hash,
}

impl ContentAddress {
    /// Reads `text:sha256:<digest>` or `fixed:[r:|git:]<algorithm>:<digest>`.
    ///
    /// # Errors
    /// When it is none of these.
    pub fn parse(text: impl AsRef<[u8]>) -> Result<Self, PathError> {
        let text = text.as_ref();
        let wrong = |message: String| PathError::ContentAddress { message };
        let Some((prefix, rest)) = colon(text) else {
            return Err(wrong(format!(
                "not a content address because it is not in the form '<prefix>:<rest>': {}",
                lossy(text)
            )));
        };
        let (method, rest) = match prefix {
            b"text" => (Method::Text, rest),
            b"fixed" => match Method::split_prefix(rest) {
                (Method::Text, _) => (Method::Flat, rest),
                found => found,
            },
            _ => {
                return Err(wrong(format!(
                    "content address prefix '{}' is unrecognized. Recogonized prefixes are 'text' or 'fixed'",
                    lossy(prefix)
                )));
            }
        };
        let Some((algorithm, digest)) = colon(rest) else {
            return Err(wrong(format!(
                "content address hash must be in form '<algo>:<hash>', but found: {}",
                lossy(text)
            )));
        };
        Ok(ContentAddress { method, hash: Hash::parse_digest(digest, Algorithm::parse(algorithm)?)? })
    }

    /// `r:sha256`, as a derivation's output has it.
    pub fn method_algorithm(&self) -> String {
        format!("{}{}", self.method.prefix(), self.hash.algorithm())
    }
}

impl fmt::Display for ContentAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fixed = if self.method == Method::Text { "" } else { "fixed:" };
        write!(f, "{fixed}{}{}", self.method.prefix(), self.hash.print_prefixed(Form::Nix32))
    }
}

fn colon(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = text.iter().position(|byte| *byte == b':')?;
    Some((&text[..at], &text[at + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_comes_back() {
        let hash = Hash::sha256(b"foo");
        for (method, begin) in [
            (Method::Flat, "fixed:sha256:"),
            (Method::Nar, "fixed:r:sha256:"),
            (Method::Git, "fixed:git:sha256:"),
            (Method::Text, "text:sha256:"),
        ] {
            let address = ContentAddress { method, hash };
            let text = address.to_string();
            assert!(text.starts_with(begin), "{text}");
            assert_eq!(ContentAddress::parse(&text), Ok(address));
        }
    }

    #[test]
    fn what_is_none_is_refused_in_nixs_words() {
        let said = |text: &str| ContentAddress::parse(text).unwrap_err().to_string();
        assert_eq!(said("x"), "not a content address because it is not in the form '<prefix>:<rest>': x");
        assert_eq!(
            said("a:b"),
            "content address prefix 'a' is unrecognized. Recogonized prefixes are 'text' or 'fixed'"
        );
        assert_eq!(said("text:b"), "content address hash must be in form '<algo>:<hash>', but found: text:b");
        assert!(said("fixed:text:sha256:x").starts_with("unknown hash algorithm 'text'"));
        assert!(said("fixed:sha256:x").starts_with("hash 'x' has wrong length"));
    }
}
