//! An ssh private key file as something that opens sealed files: a host's own key, or an operator's.

use super::key::{KeyError, SshPublicKey};
use super::sealed::Identity;
use super::sensitive::Sensitive;
use crate::report::Diagnose;
use age::secrecy::SecretString;

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
    key: Protected,
}

/// Two parsers: for one ours unwraps, for the other the crate does.
enum Protected {
    Ed25519(Box<ssh_key::PrivateKey>),
    Rsa(age::ssh::EncryptedKey),
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
        let mut strict = None;
        if text.starts_with("-----BEGIN OPENSSH PRIVATE KEY-----") {
            // A strict parser first: the one in `age` trusts the numbers of an RSA key not to be zero.
            strict = Some(ssh_key::PrivateKey::from_openssh(text).map_err(|_| IdentityError::NotAKey)?);
        }
        let ed25519 = strict.filter(|key| key.algorithm() == ssh_key::Algorithm::Ed25519);
        let key =
            age::ssh::Identity::from_buffer(text.as_bytes(), None).map_err(|_| IdentityError::NotAKey)?;
        match key {
            age::ssh::Identity::Unsupported(kind) => Err(unsupported(kind)),
            age::ssh::Identity::Encrypted(ref encrypted) => {
                let protected = match ed25519 {
                    Some(key) => Protected::Ed25519(Box::new(key)),
                    None => Protected::Rsa(encrypted.clone()),
                };
                Ok(SshPrivateKey::Locked(LockedKey { public: public_half(key)?, key: protected }))
            }
            age::ssh::Identity::Unencrypted(_) => {
                let public = public_half(key.clone())?;
                let identity = match ed25519 {
                    Some(key) => ed25519_identity(&key, &public)?,
                    None => Identity::key(key),
                };
                Ok(SshPrivateKey::Open { public, identity })
            }
        }
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
        match &self.key {
            Protected::Ed25519(key) => {
                let key = key.decrypt(passphrase.expose()).map_err(|_| IdentityError::Passphrase)?;
                // What was read of the public half before the passphrase nobody vouched for.
                ed25519_identity(&key, &self.public)
            }
            Protected::Rsa(key) => {
                let passphrase = passphrase.expose_str().ok_or(IdentityError::Passphrase)?;
                let key =
                    key.decrypt(SecretString::from(passphrase)).map_err(|_| IdentityError::Passphrase)?;
                Ok(Identity::key(age::ssh::Identity::from(key)))
            }
        }
    }
}

fn ed25519_identity(key: &ssh_key::PrivateKey, public: &SshPublicKey) -> Result<Identity, IdentityError> {
    let pair = key.key_data().ed25519().ok_or(IdentityError::NotAKey)?;
    Identity::ssh_ed25519(pair.private.as_ref(), public).ok_or(IdentityError::NotAKey)
}

fn public_half(key: age::ssh::Identity) -> Result<SshPublicKey, IdentityError> {
    use age::ssh::ParseRecipientKeyError;
    let recipient = age::ssh::Recipient::try_from(key).map_err(|error| match error {
        ParseRecipientKeyError::Unsupported(kind) => IdentityError::Unsupported(KeyError::Unsupported {
            kind,
            reason: "age knows ssh-ed25519 and ssh-rsa",
        }),
        _ => IdentityError::NotAKey,
    })?;
    SshPublicKey::parse(&recipient.to_string()).map_err(IdentityError::Unsupported)
}

fn unsupported(kind: age::ssh::UnsupportedKey) -> IdentityError {
    use age::ssh::UnsupportedKey;
    match kind {
        UnsupportedKey::EncryptedPem => IdentityError::OldProtection,
        UnsupportedKey::EncryptedSsh(cipher) => IdentityError::Cipher(cipher),
        UnsupportedKey::Hardware(kind) | UnsupportedKey::Type(kind) => {
            IdentityError::Unsupported(KeyError::Unsupported {
                kind,
                reason: "age knows ssh-ed25519 and ssh-rsa",
            })
        }
    }
}
