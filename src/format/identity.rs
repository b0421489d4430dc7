//! An ssh private key file as something that opens sealed files: a host's own key, or an operator's.

use super::key::{KeyError, SshPublicKey};
use super::sealed::Identity;
use super::sensitive::Sensitive;
use crate::report::Diagnose;

/// Why a file is no ssh private key that opens sealed files.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// Something else, or damaged.
    #[error("it is no ssh private key")]
    NotAKey,
    /// A public key stands where a private one belongs.
    #[error("it is a public key, and opening takes the private one")]
    Public,
    /// A kind of key that age has no stanza for.
    #[error("its public half can't be sealed to")]
    Unsupported(#[source] KeyError),
    /// The old PEM encryption, which protects badly.
    #[error("it is protected in the old PEM format, which is weak and not supported")]
    OldProtection,
    /// A cipher we have no code for.
    #[error("it is protected with the cipher `{0}`, which is not supported")]
    Cipher(String),
    /// The passphrase does not open it.
    #[error("the passphrase is wrong")]
    Passphrase,
}

impl Diagnose for IdentityError {
    fn hints(&self) -> Vec<String> {
        vec![match self {
            IdentityError::NotAKey => {
                "an OpenSSH private key begins with `-----BEGIN OPENSSH PRIVATE KEY-----`".into()
            }
            IdentityError::Public => "name the file without `.pub`".into(),
            IdentityError::Unsupported(_) => "use an ssh-ed25519 key: `ssh-keygen -t ed25519`".into(),
            IdentityError::OldProtection | IdentityError::Cipher(_) => {
                "write it anew in today's format with `ssh-keygen -p -f <file>`".into()
            }
            IdentityError::Passphrase => "try again; nothing was changed".into(),
        }]
    }
}

/// An ssh private key, by what it takes to use it. It has no `Debug`.
pub enum SshPrivateKey {
    /// It opens at once.
    Open {
        /// Its public half.
        public: SshPublicKey,
        /// What opens.
        identity: Identity,
    },
    /// It is protected by a passphrase.
    Locked(LockedKey),
}

/// A private key that wants its passphrase first.
pub struct LockedKey {
    public: SshPublicKey,
    key: Box<ssh_key::PrivateKey>,
}

impl SshPrivateKey {
    /// Parses an OpenSSH private key file, or an RSA key in the old PEM format.
    ///
    /// # Errors
    /// When it is none, or one that age can't use.
    pub fn parse(text: &Sensitive) -> Result<Self, IdentityError> {
        let text = text.expose_str().ok_or(IdentityError::NotAKey)?.trim_start();
        if SshPublicKey::parse(text.lines().next().unwrap_or_default()).is_ok() {
            return Err(IdentityError::Public);
        }
        if text.starts_with("-----BEGIN RSA PRIVATE KEY-----") {
            return old_rsa(text);
        }
        let key = ssh_key::PrivateKey::from_openssh(text).map_err(|_| IdentityError::NotAKey)?;
        let line = key.public_key().to_openssh().map_err(|_| IdentityError::NotAKey)?;
        let public = SshPublicKey::parse(&line).map_err(IdentityError::Unsupported)?;
        if key.is_encrypted() {
            return Ok(SshPrivateKey::Locked(LockedKey { public, key: Box::new(key) }));
        }
        let identity = Identity::ssh(&key, &public).ok_or(IdentityError::NotAKey)?;
        Ok(SshPrivateKey::Open { public, identity })
    }

    /// The public half, which is known without a passphrase.
    pub fn public(&self) -> &SshPublicKey {
        match self {
            SshPrivateKey::Open { public, .. } => public,
            SshPrivateKey::Locked(locked) => &locked.public,
        }
    }
}

impl LockedKey {
    /// The public half.
    pub fn public(&self) -> &SshPublicKey {
        &self.public
    }

    /// Opens it with its passphrase. This takes a noticeable time, by design of the format.
    ///
    /// # Errors
    /// When the passphrase is wrong.
    pub fn unlock(&self, passphrase: &Sensitive) -> Result<Identity, IdentityError> {
        let key = self.key.decrypt(passphrase.expose()).map_err(|error| match error {
            // A cipher that can't be used shows before the passphrase matters.
            ssh_key::Error::AlgorithmUnknown | ssh_key::Error::AlgorithmUnsupported { .. } => {
                IdentityError::Cipher(self.key.cipher().to_string())
            }
            _ => IdentityError::Passphrase,
        })?;
        // The public half that was read before the passphrase is not authenticated: the pair must fit together.
        Identity::ssh(&key, &self.public).ok_or(IdentityError::NotAKey)
    }
}

/// `-----BEGIN RSA PRIVATE KEY-----`, as OpenSSH wrote it before 2019: read by the crate `age`.
fn old_rsa(text: &str) -> Result<SshPrivateKey, IdentityError> {
    use age::ssh::{Identity as Key, UnsupportedKey};
    let key = match Key::from_buffer(text.as_bytes(), None).map_err(|_| IdentityError::NotAKey)? {
        Key::Unsupported(UnsupportedKey::EncryptedPem) => return Err(IdentityError::OldProtection),
        Key::Unsupported(_) | Key::Encrypted(_) => return Err(IdentityError::NotAKey),
        key @ Key::Unencrypted(_) => key,
    };
    let line = age::ssh::Recipient::try_from(key.clone()).map_err(|_| IdentityError::NotAKey)?.to_string();
    let public = SshPublicKey::parse(&line).map_err(IdentityError::Unsupported)?;
    Ok(SshPrivateKey::Open { public, identity: Identity::key(key) })
}
