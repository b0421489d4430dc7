//! A name is one word that becomes a file name, a unit name or a host name, so its rules are the strictest of those.
//!
//! Each kind of name is parsed once into its own type; code that holds one needs no further check.
//! No name contains `/`, begins with `.`, or has a control character: none can leave its folder.

use crate::report::{Diagnose, Fault};
use serde::{Deserialize, Serialize, Serializer};
use std::{borrow::Borrow, fmt};

/// Why a text is no name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, thiserror::Error)]
pub enum NameError {
    /// Nothing at all.
    #[error("a {kind} name is empty")]
    Empty {
        /// Which kind of name was expected.
        kind: &'static str,
    },
    /// Longer than its file system, unit or interface allows.
    #[error("`{name}` is too long for a {kind} name: {length} characters, at most {limit}")]
    TooLong {
        /// Which kind of name was expected.
        kind: &'static str,
        /// What was given, shortened.
        name: String,
        /// Its length in bytes.
        length: usize,
        /// The longest allowed.
        limit: usize,
    },
    /// A character that this kind of name can't have.
    #[error("`{name}` is no {kind} name: {character:?} is not allowed {position}")]
    Character {
        /// Which kind of name was expected.
        kind: &'static str,
        /// What was given, control characters escaped.
        name: String,
        /// The first character that is wrong.
        character: char,
        /// `in it`, `at its start` or `at its end`.
        position: &'static str,
    },
    /// A word that means something else.
    #[error("`{name}` can't be a {kind} name: {reason}")]
    Reserved {
        /// Which kind of name was expected.
        kind: &'static str,
        /// The word.
        name: String,
        /// What it means instead.
        reason: &'static str,
    },
    /// A secret's name has the wrong number of parts.
    #[error("`{name}` is no secret name")]
    Parts {
        /// What was given, control characters escaped.
        name: String,
    },
}

impl Diagnose for NameError {
    fn hints(&self) -> Vec<String> {
        match self {
            NameError::Character { kind: "machine", name, .. } => {
                let plain = name.to_lowercase().replace(['_', ' ', '.'], "-");
                vec![match MachineName::parse(&plain) {
                    Ok(name) => format!("a machine is named like a host, so write `{name}`"),
                    Err(_) => "a machine is named like a host: lower-case letters, digits and `-`".into(),
                }]
            }
            NameError::Character { kind: "channel", .. } => {
                vec!["begin with a letter, and go on with letters, digits, `-` and `_`".into()]
            }
            NameError::Character { .. } => {
                vec!["begin with a letter or digit, and go on with letters, digits, `-`, `_` and `.`".into()]
            }
            NameError::TooLong { .. } => vec!["take a shorter name".into()],
            NameError::Reserved { .. } => vec!["take another name".into()],
            NameError::Parts { .. } => {
                vec!["write `<service>/<name>`, or `<service>/<machine>/<name>`".into()]
            }
            _ => Vec::new(),
        }
    }

    fn fault(&self) -> Fault {
        Fault::Fleet
    }
}

struct Rule {
    kind: &'static str,
    limit: usize,
    first: fn(char) -> bool,
    rest: fn(char) -> bool,
    last: fn(char) -> bool,
    reserved: &'static [(&'static str, &'static str)],
}

fn check(name: &str, rule: &Rule) -> Result<(), NameError> {
    let kind = rule.kind;
    let Some(first) = name.chars().next() else { return Err(NameError::Empty { kind }) };
    let shown = || name.chars().take(80).flat_map(char::escape_default).collect::<String>();
    let wrong = |character, position| Err(NameError::Character { kind, name: shown(), character, position });
    if !(rule.first)(first) {
        return wrong(first, "at its start");
    }
    if let Some(character) = name.chars().find(|&c| !(rule.rest)(c)) {
        return wrong(character, "in it");
    }
    if let Some(last) = name.chars().next_back().filter(|&c| !(rule.last)(c)) {
        return wrong(last, "at its end");
    }
    if name.len() > rule.limit {
        return Err(NameError::TooLong { kind, name: shown(), length: name.len(), limit: rule.limit });
    }
    if let Some((_, reason)) = rule.reserved.iter().find(|(word, _)| *word == name) {
        return Err(NameError::Reserved { kind, name: name.to_owned(), reason });
    }
    Ok(())
}

macro_rules! name_type {
    ($(#[$doc:meta])* $type:ident, $rule:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $type(String);

        impl $type {
            /// Checks the rules of this kind of name.
            ///
            /// # Errors
            /// Says which character or which rule is broken.
            pub fn parse(name: &str) -> Result<Self, NameError> {
                const RULE: Rule = $rule;
                check(name, &RULE)?;
                Ok($type(name.to_owned()))
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        // By hand, since the derived one would copy the text of every name that is printed.
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl Borrow<str> for $type {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $type {
            type Err = NameError;
            fn from_str(name: &str) -> Result<Self, NameError> {
                $type::parse(name)
            }
        }

        impl TryFrom<String> for $type {
            type Error = NameError;
            fn try_from(name: String) -> Result<Self, NameError> {
                $type::parse(&name)
            }
        }

        impl From<$type> for String {
            fn from(name: $type) -> String {
                name.0
            }
        }
    };
}

const fn lower_or_digit(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit()
}

const fn alphanumeric(c: char) -> bool {
    c.is_ascii_alphanumeric()
}

const fn word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

name_type! {
    /// A host's name: a label of RFC 1123, in lower case. Also the name of a mesh member that is no machine.
    MachineName,
    Rule {
        kind: "machine",
        limit: 63,
        first: lower_or_digit,
        rest: |c| lower_or_digit(c) || c == '-',
        last: lower_or_digit,
        reserved: &[("all", "`@all` means every machine")],
    }
}

name_type! {
    /// A systemd unit's name without `.service`; `system` stands for the machine itself.
    ServiceName,
    Rule {
        kind: "service",
        limit: 200,
        first: alphanumeric,
        rest: |c| word(c) || c == '@',
        last: |_| true,
        reserved: &[],
    }
}

name_type! {
    /// A tag, written `@tag` where machines are listed.
    TagName,
    Rule {
        kind: "tag",
        limit: 63,
        first: alphanumeric,
        rest: word,
        last: |_| true,
        reserved: &[("all", "every machine has it already")],
    }
}

name_type! {
    /// A mesh, which is also the name of its network interface: at most 15 characters (IFNAMSIZ).
    MeshName,
    Rule {
        kind: "mesh",
        limit: 15,
        first: alphanumeric,
        rest: word,
        last: |_| true,
        reserved: &[
            ("hosts", "keys/hosts holds the machines' ssh keys"),
            ("masters", "keys/masters holds the masters' keys"),
        ],
    }
}

name_type! {
    /// A name for a package set, such as `stable`; it becomes a module argument, so it is a Nix identifier.
    ChannelName,
    Rule {
        kind: "channel",
        limit: 63,
        first: |c| c.is_ascii_alphabetic() || c == '_',
        rest: |c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'),
        last: |_| true,
        reserved: &[
            ("self", "it is the flake itself"),
            ("pkgs", "it is the machine's own package set"),
            ("lib", "it is the library of Nix functions"),
            ("config", "it is the machine's configuration"),
            ("options", "they are the machine's options"),
        ],
    }
}

name_type! {
    /// The last part of a secret's name: its file's name without `.age`.
    KeyName,
    Rule { kind: "secret", limit: 200, first: alphanumeric, rest: word, last: |_| true, reserved: &[] }
}

/// A secret's full name: `<service>/<name>`, or `<service>/<machine>/<name>` where each machine has its own value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SecretName {
    /// The service that owns it.
    pub service: ServiceName,
    /// The machine whose value this is, for a secret `per = "machine"`.
    pub machine: Option<MachineName>,
    /// The name inside the service.
    pub name: KeyName,
}

impl SecretName {
    /// Parses `nginx/session-key` or `nginx/web1/tls`.
    ///
    /// # Errors
    /// Says which part breaks which rule.
    ///
    /// ```
    /// use fleet::format::SecretName;
    /// let name = SecretName::parse("nginx/web1/tls")?;
    /// assert_eq!(name.file(), "secrets/nginx/web1/tls.age");
    /// assert!(SecretName::parse("nginx/../tls").is_err());
    /// # Ok::<(), fleet::format::NameError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let parts: Vec<&str> = text.split('/').collect();
        let (service, machine, name) = match parts[..] {
            [service, name] => (service, None, name),
            [service, machine, name] => (service, Some(MachineName::parse(machine)?), name),
            _ => {
                let name = text.chars().take(80).flat_map(char::escape_default).collect();
                return Err(NameError::Parts { name });
            }
        };
        Ok(SecretName { service: ServiceName::parse(service)?, machine, name: KeyName::parse(name)? })
    }

    /// Where its sealed file lies, relative to the fleet's folder.
    pub fn file(&self) -> String {
        // Put together without format!: a check asks for thousands.
        let mut path = String::with_capacity(96);
        path.push_str("secrets/");
        for part in self.parts() {
            path.push_str(part);
        }
        path.push_str(".age");
        path
    }

    /// The pieces of its text, slashes among them.
    fn parts(&self) -> impl Iterator<Item = &str> {
        let machine = self.machine.iter().flat_map(|machine| [machine.as_str(), "/"]);
        [self.service.as_str(), "/"].into_iter().chain(machine).chain([self.name.as_str()])
    }

    /// The name whose sealed file this is: the inverse of [`SecretName::file`].
    pub fn from_file(path: &str) -> Option<Self> {
        SecretName::parse(path.strip_prefix("secrets/")?.strip_suffix(".age")?).ok()
    }
}

impl fmt::Display for SecretName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts().try_for_each(|part| f.write_str(part))
    }
}

impl std::str::FromStr for SecretName {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        SecretName::parse(text)
    }
}

impl TryFrom<String> for SecretName {
    type Error = NameError;
    fn try_from(text: String) -> Result<Self, NameError> {
        SecretName::parse(&text)
    }
}

impl From<SecretName> for String {
    fn from(name: SecretName) -> String {
        name.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leaves_its_folder() {
        for text in ["", ".", "..", "a/b", "/a", ".hidden", "a\0b", "a\nb", "a b", "-a", "ä", "a\\b"] {
            assert!(MachineName::parse(text).is_err(), "{text:?}");
            assert!(ServiceName::parse(text).is_err(), "{text:?}");
            assert!(KeyName::parse(text).is_err(), "{text:?}");
            assert!(MeshName::parse(text).is_err(), "{text:?}");
        }
        for text in ["a", "a/b/c/d", "../b", "a/..", "a/../b", "a//b", "/a/b", "a/b/", "a/b/.."] {
            assert!(SecretName::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_secrets_name_and_its_file_are_inverses() {
        for text in
            ["nginx/session-key", "nginx/web1/tls", "wireguard-wireg0/db1/private-key", "getty@tty1/x"]
        {
            let name = SecretName::parse(text).unwrap();
            assert_eq!(name.to_string(), text);
            assert_eq!(SecretName::from_file(&name.file()), Some(name));
        }
    }

    #[test]
    fn a_mesh_is_a_network_interface() {
        assert!(MeshName::parse("wireg0").is_ok());
        assert!(MeshName::parse("sixteencharacter").is_err());
        assert!(MeshName::parse("hosts").is_err());
    }
}
