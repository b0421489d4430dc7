//! A recipient: a key that files are sealed to, as a line of text.

use crate::format::{KeyError, SshPublicKey, small_order};
use std::fmt;
use std::str::FromStr;

/// A key that may be sealed to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Recipient {
    /// ssh-ed25519 or ssh-rsa.
    Ssh(SshPublicKey),
    /// `age1…`, a native X25519 key.
    X25519(String),
    /// `age1<plugin>1…`.
    Plugin {
        /// The plugin's name: `age-plugin-<name>` is started for it.
        plugin: String,
        /// The whole recipient.
        recipient: String,
    },
}

impl Recipient {
    /// Parses one line: `ssh-ed25519 AAAA… comment`, `ssh-rsa AAAA…`, `age1…` or `age1<plugin>1…`.
    ///
    /// # Errors
    /// Says which kind of key it looks like, and what is wrong with it.
    pub fn parse(line: &str) -> Result<Self, KeyError> {
        let line = line.trim();
        if line.is_empty() {
            return Err(KeyError::Empty);
        }
        if looks_private(line) {
            return Err(KeyError::Private);
        }
        if !line.starts_with("age1") {
            return SshPublicKey::parse(line).map(Recipient::Ssh);
        }
        if line.parse::<age::x25519::Recipient>().is_ok() {
            if line.strip_prefix("age1").and_then(bytes_of).is_some_and(|key| small_order::x25519(&key)) {
                return Err(KeyError::SmallOrder);
            }
            return Ok(Recipient::X25519(line.to_owned()));
        }
        match line.parse::<age::plugin::Recipient>() {
            Ok(plugin) => {
                Ok(Recipient::Plugin { plugin: plugin.plugin().to_owned(), recipient: line.to_owned() })
            }
            Err(_) => Err(KeyError::Damaged { kind: "age" }),
        }
    }

    /// The line without a comment: two recipients are the same key when these are equal.
    pub fn line(&self) -> String {
        match self {
            Recipient::Ssh(key) => key.line(),
            Recipient::X25519(recipient) | Recipient::Plugin { recipient, .. } => recipient.clone(),
        }
    }

    /// The kind in one word: `ssh-ed25519`, `ssh-rsa`, `age`, or `age-plugin-<name>`.
    pub fn kind(&self) -> String {
        match self {
            Recipient::Ssh(key) => key.algorithm().as_str().to_owned(),
            Recipient::X25519(_) => "age".to_owned(),
            Recipient::Plugin { plugin, .. } => format!("age-plugin-{plugin}"),
        }
    }

    /// What tells this key from others in a message: `SHA256:…` of an ssh key, else the recipient itself.
    pub fn fingerprint(&self) -> String {
        match self {
            Recipient::Ssh(key) => key.fingerprint(),
            _ => self.line(),
        }
    }

    /// True when both are the same key, whatever their comments say.
    pub fn same_key(&self, other: &Recipient) -> bool {
        match (self, other) {
            (Recipient::Ssh(one), Recipient::Ssh(two)) => one.same_key(two),
            _ => self == other,
        }
    }
}

impl fmt::Display for Recipient {
    /// The line, with the comment of an ssh key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line())?;
        match self {
            Recipient::Ssh(key) if !key.comment().is_empty() => write!(f, " {}", key.comment()),
            _ => Ok(()),
        }
    }
}

impl FromStr for Recipient {
    type Err = KeyError;
    fn from_str(line: &str) -> Result<Self, KeyError> {
        Recipient::parse(line)
    }
}

/// The 32 bytes in Bech32 (BIP 173) behind its prefix; the last six characters are its checksum, which the crate verified.
fn bytes_of(data: &str) -> Option<[u8; 32]> {
    const ALPHABET: &[u8] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    let data = data.as_bytes().get(..data.len().checked_sub(6)?)?;
    let (mut bytes, mut rest, mut bits) = (Vec::with_capacity(32), 0_u16, 0);
    for character in data {
        let five = ALPHABET.iter().position(|known| known == character)?;
        rest = rest << 5 | five as u16;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push((rest >> bits) as u8);
            rest &= (1 << bits) - 1;
        }
    }
    bytes.try_into().ok()
}

/// True for text that is, or holds, a private key in any form we know.
///
/// A WireGuard private key can't be told from a public one: both are 32 bytes in base64.
pub(super) fn looks_private(text: &str) -> bool {
    text.contains("PRIVATE KEY-----")
        || text.contains("AGE-SECRET-KEY-")
        || text.contains("AGE-PLUGIN-")
        || text.contains("PuTTY-User-Key-File-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_of_every_kind_print_as_they_were_read() {
        let x25519 = age::x25519::Identity::generate().to_public().to_string();
        for (line, kind) in [
            (
                "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJNQHd9LFV9oxnPzQyLFCGzW8gHL7t1QvF7rkWh6lSKt",
                "ssh-ed25519",
            ),
            (
                "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJNQHd9LFV9oxnPzQyLFCGzW8gHL7t1QvF7rkWh6lSKt a b",
                "ssh-ed25519",
            ),
            (&x25519, "age"),
        ] {
            let recipient = Recipient::parse(line).unwrap();
            assert_eq!((recipient.to_string().as_str(), recipient.kind().as_str()), (line, kind));
        }
    }

    proptest! {
        #[test]
        fn a_key_with_any_comment_prints_as_it_was_read(seed in any::<[u8; 32]>(), comment in "[!-~][ -~]{0,30}[!-~]") {
            let pair = ssh_key::private::Ed25519Keypair::from_seed(&seed);
            let mut key = ssh_key::PublicKey::from(pair.public);
            key.set_comment(comment);
            let line = key.to_openssh().unwrap();
            let recipient = Recipient::parse(&line).unwrap();
            prop_assert_eq!(recipient.to_string(), line);
            prop_assert_eq!(Recipient::parse(&recipient.line()).unwrap().line(), recipient.line());
        }

        #[test]
        fn a_line_with_one_wrong_character_is_no_other_key(seed in any::<[u8; 32]>(), at in any::<prop::sample::Index>(), to in "[!-~]") {
            for line in [
                ssh_key::PublicKey::from(ssh_key::private::Ed25519Keypair::from_seed(&seed).public).to_openssh().unwrap(),
                age::x25519::Identity::generate().to_public().to_string(),
            ] {
                let at = at.index(line.len());
                let mut wrong = line.clone();
                wrong.replace_range(at..=at, &to);
                // Base64 has no checksum: a wrong character is another key then, and never a panic.
                if let Ok(recipient) = Recipient::parse(&wrong) {
                    prop_assert!(matches!(recipient, Recipient::Ssh(_)) || wrong == line);
                }
            }
        }
    }

    #[test]
    fn a_key_that_everybody_has_is_refused() {
        // 32 zeros and 32 bytes with a one in front, in Bech32.
        for line in [
            "age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq5cu47z",
            "age1qyqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqj7vrya",
        ] {
            assert_eq!(Recipient::parse(line), Err(KeyError::SmallOrder), "{line}");
        }
    }

    #[test]
    fn an_age_key_is_read_as_its_bytes() {
        use age::secrecy::ExposeSecret as _;
        let identity = age::x25519::Identity::generate();
        let private = identity.to_string().expose_secret().to_lowercase();
        let private = bytes_of(private.strip_prefix("age-secret-key-1").unwrap()).unwrap();
        let public = x25519_dalek::x25519(private, x25519_dalek::X25519_BASEPOINT_BYTES);
        assert_eq!(bytes_of(identity.to_public().to_string().strip_prefix("age1").unwrap()), Some(public));
        assert_eq!((bytes_of(""), bytes_of("qqqqqqq")), (None, None));
    }

    #[test]
    fn private_keys_are_called_so() {
        for line in [
            "AGE-SECRET-KEY-1QQQQ",
            "AGE-PLUGIN-YUBIKEY-1QQQQ",
            "-----BEGIN OPENSSH PRIVATE KEY-----",
            "-----BEGIN RSA PRIVATE KEY-----",
        ] {
            assert_eq!(Recipient::parse(line), Err(KeyError::Private), "{line}");
        }
        for line in ["age1", "age1qqqq", "AGE1QQ", "age", "ssh-ed25519 age1", "hello"] {
            assert!(Recipient::parse(line).is_err(), "{line}");
        }
    }
}
