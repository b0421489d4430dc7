//! Identity files: OpenSSH private keys, age identity files, and age identity files protected by a passphrase.

use super::error::IdentityError;
use super::{Key, Questions};
use crate::format::Sensitive;
use crate::format::identity::SshPrivateKey;
use crate::format::sealed::{self, Stanza};
use crate::keys::plugin;
use crate::os::{FileError, private};
use age::secrecy::SecretString;
use std::io::Read as _;
use std::path::Path;
use std::sync::OnceLock;
use zeroize::Zeroizing;

/// The largest identity file: a few hundred keys.
const LIMIT: usize = 1 << 20;

/// The keys of one file; those that are protected stay so.
pub(super) fn file(path: &Path, questions: &Questions) -> Result<Vec<Key>, IdentityError> {
    let name = || path.display().to_string();
    let failed = |error| IdentityError::File(FileError::new("read", path, error));
    let open = std::fs::File::open(path).map_err(failed)?;
    let bytes = Sensitive::from(private::read_wiped(open, LIMIT).map_err(failed)?);
    if let Ok(header) = sealed::header(bytes.expose()) {
        if header.stanzas == [Stanza::Scrypt] {
            // What is in it is sealed, so this copy holds nothing secret.
            let bytes = bytes.expose().to_vec();
            return Ok(vec![Key::Encrypted { bytes, unlocked: OnceLock::new() }]);
        }
        let problem = "is sealed for keys, and only a passphrase can protect an identity file".into();
        return Err(IdentityError::Line { file: name(), line: 1, problem });
    }
    let text = bytes.expose_str().unwrap_or_default();
    let first = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    if first.starts_with("-----BEGIN ") || first.starts_with("ssh-") || text.is_empty() {
        let key =
            SshPrivateKey::parse(&bytes).map_err(|reason| IdentityError::Key { file: name(), reason })?;
        return Ok(vec![match key {
            SshPrivateKey::Open { public, identity } => Key::Open { public: Some(public), identity },
            SshPrivateKey::Locked(key) => Key::Locked { key, unlocked: OnceLock::new() },
        }]);
    }
    let keys = age_lines(&bytes, questions).map_err(|(line, problem)| IdentityError::Line {
        file: name(),
        line,
        problem,
    })?;
    if keys.is_empty() { Err(IdentityError::Empty { file: name() }) } else { Ok(keys) }
}

/// The lines of an age identity file; comments begin with `#`. An error names the line and never shows it.
pub(super) fn age_lines(text: &Sensitive, questions: &Questions) -> Result<Vec<Key>, (usize, String)> {
    let text = text.expose_str().ok_or((1, "is no text".to_owned()))?;
    let mut keys = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        let wrong = |problem: &str| Err((index + 1, problem.to_owned()));
        if line.is_empty() || line.starts_with('#') {
            continue;
        } else if line.starts_with("AGE-SECRET-KEY-1") {
            match sealed::Identity::x25519(line) {
                Ok(identity) => keys.push(Key::Open { public: None, identity }),
                Err(_) => return wrong("is a damaged age identity"),
            }
        } else if line.starts_with("AGE-PLUGIN-") {
            match line.parse::<age::plugin::Identity>() {
                Ok(key) => keys.push(Key::Plugin(plugin::identity(key, questions))),
                Err(_) => return wrong("is a damaged identity of an age plugin"),
            }
        } else if line.starts_with("AGE-SECRET-KEY-") {
            return wrong("is an age identity of a kind that fleet does not know");
        } else if line.starts_with("-----BEGIN ") {
            return wrong("begins an ssh key, and nothing may stand before it");
        } else if line.starts_with("age1") {
            return wrong("is a public key, and opening takes the private one");
        } else {
            return wrong("is neither an identity nor a comment");
        }
    }
    Ok(keys)
}

/// The text of a protected identity file; `None` when the passphrase does not open it.
pub(super) fn decrypt(bytes: &[u8], passphrase: &Sensitive) -> Option<Sensitive> {
    let passphrase = SecretString::from(passphrase.expose_str()?);
    let armor = age::armor::ArmoredReader::new(bytes);
    let identity = age::scrypt::Identity::new(passphrase);
    let decryptor = age::Decryptor::new_buffered(armor).ok()?;
    let mut reader = decryptor.decrypt(std::iter::once(&identity as &dyn age::Identity)).ok()?;
    // With all the room it can need: a vector that grows leaves what it held behind.
    let mut text = Zeroizing::new(Vec::with_capacity(bytes.len()));
    reader.read_to_end(&mut text).ok()?;
    Some(Sensitive::from(text))
}
