//! Readers: a [`Recipient`] is a public key that is sealed to, an [`Identity`] the private key that opens.

use super::error::SealError;
use super::wrap::{Unwrapping, Wrapping};
use crate::format::{SshAlgorithm, SshPublicKey};
use age::{DecryptError, EncryptError};
use age_core::format::{FileKey, Stanza, is_arbitrary_string};
use std::collections::HashSet;

/// A public key that files are sealed to.
pub struct Recipient {
    /// How messages name it.
    name: String,
    key: Box<dyn age::Recipient + Send + Sync>,
}

impl Recipient {
    /// An ssh-ed25519 or ssh-rsa key.
    ///
    /// # Errors
    /// When age can't seal to it, such as an RSA key of more than 4096 bits; or when everybody could open what is sealed
    /// to it.
    pub fn ssh(key: &SshPublicKey) -> Result<Self, SealError> {
        let line = key.line();
        let failed = |reason| SealError::Recipient { reader: key.fingerprint(), reason };
        if key.algorithm() == SshAlgorithm::Ed25519 {
            let key = Wrapping::ssh(key).map_err(|reason| failed(reason.into()))?;
            return Ok(Recipient { name: line, key: Box::new(key) });
        }
        let key = line.parse::<age::ssh::Recipient>().map_err(|error| {
            failed(match error {
                age::ssh::ParseRecipientKeyError::RsaModulusTooLarge => {
                    "an RSA key may have at most 4096 bits".into()
                }
                _ => "it is no key that age can seal to".into(),
            })
        })?;
        Ok(Recipient { name: line, key: Box::new(key) })
    }

    /// An `age1…` key.
    ///
    /// # Errors
    /// When it is none, or everybody could open what is sealed to it.
    pub fn x25519(text: &str) -> Result<Self, SealError> {
        let key = Wrapping::x25519(text).map_err(|reason| SealError::Recipient {
            reader: text.chars().take(80).collect(),
            reason: reason.into(),
        })?;
        Ok(Recipient { name: text.into(), key: Box::new(key) })
    }

    /// Anything else that can wrap a file key, such as a plugin; `name` is how messages name it.
    pub fn other(name: impl Into<String>, key: Box<dyn age::Recipient + Send + Sync>) -> Self {
        Recipient { name: name.into(), key }
    }
}

/// A private key that opens files. It has no `Debug`, and what it holds is wiped when it is dropped.
pub struct Identity(Kind);

enum Kind {
    /// Tried on one stanza after the other: one that fails says nothing about the next.
    Single(Box<dyn age::Identity + Send + Sync>),
    /// Gets all stanzas at once: a plugin asks for one touch then, not for one per stanza.
    Together(Box<dyn age::Identity + Send + Sync>),
}

impl Identity {
    /// An age identity, `AGE-SECRET-KEY-1…`.
    ///
    /// # Errors
    /// When it is none; the text is not shown.
    pub fn x25519(text: &str) -> Result<Self, &'static str> {
        Unwrapping::x25519(text).map(Identity::key)
    }

    /// The seed of an ssh-ed25519 key; `None` when the public half is another key's.
    pub fn ssh_ed25519(seed: &[u8; 32], public: &SshPublicKey) -> Option<Self> {
        Unwrapping::ssh(seed, public).map(Identity::key)
    }

    /// Another key in memory.
    pub fn key(identity: impl age::Identity + Send + Sync + 'static) -> Self {
        Identity(Kind::Single(Box::new(identity)))
    }

    /// A plugin, or whatever else has to be asked once per file.
    pub fn plugin(identity: impl age::Identity + Send + Sync + 'static) -> Self {
        Identity(Kind::Together(Box::new(identity)))
    }

    /// The file key, when one of the stanzas is for this identity.
    pub(super) fn unwrap(&self, stanzas: &[Stanza]) -> Result<Option<FileKey>, SealError> {
        match &self.0 {
            Kind::Single(identity) => {
                // The crate calls a matching tag that fails fatal. Two keys can have one tag, so go on instead.
                let mut failed = false;
                for stanza in stanzas {
                    match identity.unwrap_stanza(stanza) {
                        Some(Ok(file_key)) => return Ok(Some(file_key)),
                        Some(Err(_)) => failed = true,
                        None => {}
                    }
                }
                if failed { Err(SealError::Wrapped) } else { Ok(None) }
            }
            Kind::Together(identity) => match identity.unwrap_stanzas(stanzas) {
                None => Ok(None),
                Some(Ok(file_key)) => Ok(Some(file_key)),
                Some(Err(error)) => Err(SealError::Identity { reason: decrypt_reason(&error) }),
            },
        }
    }
}

/// Wraps the file key for each reader.
pub(super) fn wrap<'a>(
    file_key: &FileKey,
    recipients: impl IntoIterator<Item = &'a Recipient>,
) -> Result<Vec<Stanza>, SealError> {
    let mut all = Vec::new();
    let mut labels: Option<HashSet<String>> = None;
    for recipient in recipients {
        let failed = |reason| SealError::Recipient { reader: recipient.name.clone(), reason };
        let (stanzas, own_labels) =
            recipient.key.wrap_file_key(file_key).map_err(|error| failed(encrypt_reason(&error)))?;
        // Labels say which readers may share a file; all readers of one must have the same.
        match &labels {
            Some(labels) if *labels != own_labels => {
                let mut differ: Vec<&str> =
                    labels.symmetric_difference(&own_labels).map(String::as_str).collect();
                differ.sort_unstable();
                let reason =
                    format!("`{}` differs from the others in: {}", recipient.name, differ.join(", "));
                return Err(SealError::Incompatible { reason });
            }
            _ => labels = Some(own_labels),
        }
        // A plugin's words become lines of the header.
        let well_formed = |s: &Stanza| is_arbitrary_string(&s.tag) && s.args.iter().all(is_arbitrary_string);
        if stanzas.is_empty() || !stanzas.iter().all(well_formed) {
            return Err(failed("its plugin answered with no valid stanza".into()));
        }
        if stanzas.iter().any(|stanza| stanza.tag == "scrypt") {
            return Err(failed("a passphrase can't stand beside other readers".into()));
        }
        all.extend(stanzas);
    }
    if all.is_empty() { Err(SealError::NoReaders) } else { Ok(all) }
}

/// The crate's words, on one line.
fn one_line(text: String) -> String {
    text.split('\n').map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ")
}

fn encrypt_reason(error: &EncryptError) -> String {
    one_line(error.to_string())
}

fn decrypt_reason(error: &DecryptError) -> String {
    one_line(error.to_string())
}
