//! Whom an opened file belongs to: a user or group by name or number, and permission bits.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A user or a group, by name or by number; which of both, its place says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Account {
    /// A number: it needs no entry in any database.
    Number(u32),
    /// A name, looked up when the secret is opened.
    Name(String),
}

impl Account {
    /// Parses a name or a number.
    ///
    /// # Errors
    /// Says what is wrong, in words that end a sentence beginning with the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = |why: &str| Err(format!("`{}` is no user or group: {why}", shown(text)));
        if text.is_empty() {
            return wrong("it is empty");
        }
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            // 4294967295 is -1, which chown(2) reads as "leave it as it is".
            return match text.parse::<u32>() {
                Ok(number) if number != u32::MAX && text == number.to_string() => Ok(Account::Number(number)),
                _ => wrong("it is no number of one"),
            };
        }
        // systemd's strict rules (systemd.io/USER_NAMES), and `.` and a final `$` as useradd allows them.
        let body = text.strip_suffix('$').unwrap_or(text);
        let first = body.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
        if !first || !body.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')) {
            return wrong("a name has letters, digits, `_`, `-` and `.`, and begins with a letter or `_`");
        }
        if text.len() > 256 {
            return wrong("it is too long");
        }
        Ok(Account::Name(text.to_owned()))
    }

    /// The administrator.
    pub fn root() -> Self {
        Account::Name("root".into())
    }

    /// True for the administrator, by name or by number.
    pub fn is_root(&self) -> bool {
        match self {
            Account::Number(number) => *number == 0,
            Account::Name(name) => name == "root",
        }
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Account::Number(number) => write!(f, "{number}"),
            Account::Name(name) => f.write_str(name),
        }
    }
}

impl TryFrom<String> for Account {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Account::parse(&text)
    }
}

impl From<Account> for String {
    fn from(account: Account) -> String {
        account.to_string()
    }
}

/// Permission bits of an opened file, `0400` unless told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Mode(u32);

impl Mode {
    /// Takes permission bits: at most `0777`, no set-user-id, set-group-id or sticky bit.
    pub fn new(bits: u32) -> Option<Self> {
        (bits <= 0o777).then_some(Mode(bits))
    }

    /// Parses three or four octal digits.
    ///
    /// # Errors
    /// Says what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let octal = matches!(text.len(), 3 | 4) && text.bytes().all(|byte| (b'0'..=b'7').contains(&byte));
        octal.then(|| u32::from_str_radix(text, 8).ok().and_then(Mode::new)).flatten().ok_or_else(|| {
            format!("`{}` is no file mode: write octal permission bits, such as \"0400\"", shown(text))
        })
    }

    /// The bits.
    pub fn bits(self) -> u32 {
        self.0
    }
}

impl Default for Mode {
    fn default() -> Self {
        Mode(0o400)
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04o}", self.0)
    }
}

impl TryFrom<String> for Mode {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Mode::parse(&text)
    }
}

impl From<Mode> for String {
    fn from(mode: Mode) -> String {
        mode.to_string()
    }
}

/// A text from a file, as it may stand in a message.
pub(super) fn shown(text: &str) -> String {
    text.chars().take(80).flat_map(char::escape_default).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_names_or_numbers_and_never_options_or_minus_one() {
        for good in ["root", "nginx", "_apt", "www-data", "0", "65534", "machine$", "first.last"] {
            assert_eq!(Account::parse(good).unwrap().to_string(), good);
        }
        for bad in ["", "-x", "a:b", "a/b", "a b", "4294967295", "007", "99999999999", "$", "ä", "a\n"] {
            assert!(Account::parse(bad).is_err(), "{bad:?}");
        }
        assert!(Account::parse("0").unwrap().is_root());
    }

    #[test]
    fn a_mode_has_permission_bits_alone() {
        assert_eq!(Mode::parse("440").unwrap().to_string(), "0440");
        for bad in ["", "4", "0o400", "4400", "0800", "00400", "-400", "u=r"] {
            assert!(Mode::parse(bad).is_err(), "{bad:?}");
        }
    }
}
