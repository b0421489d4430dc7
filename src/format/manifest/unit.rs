//! Names that end in unit files and paths: a systemd unit, and the file a secret is sealed in.

use super::account::shown;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::{Component, Path};

/// A systemd unit with its type: `nginx.service`, `getty@tty1.service`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UnitName(String);

/// systemd.unit(5), without snapshots and the kinds that only the kernel makes.
const TYPES: [&str; 8] = ["service", "socket", "target", "timer", "path", "mount", "automount", "slice"];

impl UnitName {
    /// Parses a unit's name.
    ///
    /// # Errors
    /// Says what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = |why: &str| Err(format!("`{}` is no unit: {why}", shown(text)));
        let Some((stem, kind)) = text.rsplit_once('.') else {
            return wrong("it has no type, such as `.service`");
        };
        if !TYPES.contains(&kind) {
            return wrong("it has no type that fleet knows, such as `.service`");
        }
        // `%` would be a specifier where the name is written into a unit file, and `-` first an option on a command line.
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '-' | '_' | '.' | '\\' | '@');
        if stem.starts_with(['-', '.', '@']) || stem.is_empty() || !stem.chars().all(allowed) {
            return wrong("its name has letters, digits and `:-_.\\@`, and begins with a letter or digit");
        }
        if stem.ends_with('@') {
            return wrong("it is a template; name an instance, such as `getty@tty1.service`");
        }
        if text.len() > 255 {
            return wrong("it is longer than 255 characters");
        }
        Ok(UnitName(text.to_owned()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True for a `.service`: the one type that runs programs which read secrets.
    pub fn is_service(&self) -> bool {
        self.0.ends_with(".service")
    }
}

impl fmt::Display for UnitName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for UnitName {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        UnitName::parse(&text)
    }
}

impl From<UnitName> for String {
    fn from(name: UnitName) -> String {
        name.0
    }
}

/// The path of a file that the manifest names: absolute, or relative to the manifest's folder and inside it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FilePath(String);

impl FilePath {
    /// Parses a path without `..` and control characters.
    ///
    /// # Errors
    /// Says what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = |why: &str| Err(format!("`{}` is no path of a file: {why}", shown(text)));
        if text.chars().any(char::is_control) {
            return wrong("it has a control character");
        }
        let mut names = 0;
        for part in Path::new(text).components() {
            match part {
                Component::RootDir => {}
                Component::Normal(_) => names += 1,
                _ => return wrong("`.` and `..` are not allowed in it"),
            }
        }
        if names == 0 || text.ends_with('/') {
            return wrong("it names no file");
        }
        if text.len() > 4095 {
            return wrong("it is longer than 4095 bytes");
        }
        Ok(FilePath(text.to_owned()))
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for FilePath {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        FilePath::parse(&text)
    }
}

impl From<FilePath> for String {
    fn from(file: FilePath) -> String {
        file.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_can_be_no_path_option_specifier_or_template() {
        for good in ["nginx.service", "getty@tty1.service", "a:b.socket", "dev\\x2dsda.mount"] {
            assert_eq!(UnitName::parse(good).unwrap().as_str(), good);
        }
        for bad in [
            "",
            "nginx",
            ".service",
            "-x.service",
            "a/b.service",
            "../a.service",
            "a%i.service",
            "a b.service",
            "a@.service",
            "a.conf",
            "a\n.service",
            "@x.service",
        ] {
            assert!(UnitName::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_sealed_file_stays_where_it_says() {
        for good in ["/nix/store/x.age", "a.age", "nginx/a.age"] {
            assert!(FilePath::parse(good).is_ok(), "{good:?}");
        }
        for bad in ["", "/", ".", "..", "../a", "/a/../b", "./a", "a/", "a\0", "a\nb"] {
            assert!(FilePath::parse(bad).is_err(), "{bad:?}");
        }
    }
}
