//! From a sealed file to bytes in memory, with the host's key, and to the numbers of whom they belong to.

use super::layout::Layout;
use super::{ActivateError, SecretError};
use crate::format::Sensitive;
use crate::format::identity::SshPrivateKey;
use crate::format::manifest::{self, Account, Manifest, Secret};
use crate::format::sealed::{self, Identity, SEALED_LIMIT};
use crate::os::FileError;
use crate::os::accounts::Accounts;
use crate::os::files;
use crate::os::private::read_wiped;
use crate::os::tree::Owner;
use std::path::Path;

/// No host key is larger.
const KEY_LIMIT: usize = 64 << 10;

/// The key that opens this machine's secrets.
pub(super) struct HostKey(Identity);

impl HostKey {
    /// Reads the key that was asked for, else the manifest's, else the machine's own.
    pub(super) fn read(
        asked: Option<&Path>,
        manifest: &Manifest,
        layout: &Layout,
    ) -> Result<Self, ActivateError> {
        let named = || manifest.identity.as_ref().map_or(manifest::IDENTITY, |path| path.as_str());
        let path = asked.map_or_else(|| layout.at(named()), Path::to_path_buf);
        let failed = |error| FileError::new("read", &path, error);
        let file = match std::fs::File::open(&path).map_err(failed) {
            Ok(file) => file,
            Err(error) if error.is_not_found() => return Err(ActivateError::NoIdentity { path }),
            Err(error) => return Err(error.into()),
        };
        let text = Sensitive::from(read_wiped(file, KEY_LIMIT).map_err(failed)?);
        match SshPrivateKey::parse(&text) {
            Ok(SshPrivateKey::Open { identity, .. }) => Ok(HostKey(identity)),
            Ok(SshPrivateKey::Locked(_)) => Err(ActivateError::Passphrase { path }),
            Err(source) => Err(ActivateError::Identity { path, source }),
        }
    }
}

/// Opens one sealed file.
pub(super) fn open(key: &HostKey, path: &Path) -> Result<Sensitive, SecretError> {
    let sealed = files::read_at_most(path, SEALED_LIMIT as u64)?;
    let plaintext = sealed::open(&sealed, [&key.0])
        .map_err(|source| SecretError::Seal { path: path.to_path_buf(), source })?;
    // A service that reads nothing where it expects a secret may take it for "no password".
    if plaintext.is_empty() {
        return Err(SecretError::Empty { path: path.to_path_buf() });
    }
    Ok(plaintext)
}

/// Whom the opened file belongs to, in numbers.
pub(super) fn owner(secret: &Secret, accounts: &Accounts) -> Result<Owner, SecretError> {
    let (uid, own_group) = match &secret.owner {
        // Root is number 0 also where no account exists yet.
        account if account.is_root() => (0, Some(0)),
        Account::Number(uid) => (*uid, accounts.group_of(*uid)),
        account @ Account::Name(name) => {
            let user = accounts.user(name).ok_or_else(|| SecretError::NoUser(account.clone()))?;
            (user.uid, Some(user.gid))
        }
    };
    let gid = match &secret.group {
        None => own_group.ok_or(SecretError::NoOwnGroup(uid))?,
        Some(account) if account.is_root() => 0,
        Some(Account::Number(gid)) => *gid,
        Some(account @ Account::Name(name)) => {
            accounts.group(name).ok_or_else(|| SecretError::NoGroup(account.clone()))?
        }
    };
    Ok(Owner { uid, gid })
}
