//! Why an activation could do nothing, and why one secret could not be opened.

use crate::format::identity::IdentityError;
use crate::format::manifest::{Account, ManifestError};
use crate::format::sealed::SealError;
use crate::format::{KeyName, ServiceName};
use crate::os::FileError;
use crate::os::process::ProcessError;
use crate::report::{Diagnose, Place, Report};
use std::path::PathBuf;

/// Why an activation, or one service's part of it, could do nothing.
#[derive(Debug, thiserror::Error)]
pub enum ActivateError {
    /// The manifest is wrong.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// There is no manifest.
    #[error("this machine has no manifest: `{}` does not exist", path.display())]
    NoManifest {
        /// Where it should be.
        path: PathBuf,
    },
    /// A file or folder can't be used.
    #[error(transparent)]
    File(#[from] FileError),
    /// Only root can give files their owners.
    #[error("`fleet activate` needs root: it gives secrets to their users")]
    NotRoot,
    /// Another activation takes too long.
    #[error("another activation is under way: {holder}")]
    Busy {
        /// What the lock says of its holder.
        holder: String,
    },
    /// The host key does not exist.
    #[error("this machine has no host key: `{}` does not exist", path.display())]
    NoIdentity {
        /// Where it should be.
        path: PathBuf,
    },
    /// The host key can't be used.
    #[error("`{}` can't open secrets", path.display())]
    Identity {
        /// The key's file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: IdentityError,
    },
    /// The host key wants a passphrase.
    #[error("the host key `{}` is protected by a passphrase, and a machine has nobody to type it", path.display())]
    Passphrase {
        /// The key's file.
        path: PathBuf,
    },
    /// The manifest lists no such service.
    #[error("the manifest lists no service `{service}`")]
    UnknownService {
        /// What was asked for.
        service: ServiceName,
        /// What may have been meant.
        hint: Option<String>,
    },
    /// No file system in memory is to be had.
    #[error("`{}` lies on a disk, and secrets are kept in memory", path.display())]
    Disk {
        /// Where secrets would be written.
        path: PathBuf,
    },
    /// A folder of this name is somebody else's.
    #[error("`{}` is not fleet's: {why}", path.display())]
    Foreign {
        /// The folder.
        path: PathBuf,
        /// What tells.
        why: &'static str,
    },
    /// A unit could not be told.
    #[error("`{unit}` was not told that its secrets changed")]
    Unit {
        /// The unit.
        unit: String,
        /// Why not.
        #[source]
        source: ProcessError,
    },
}

impl Diagnose for ActivateError {
    fn places(&self) -> Vec<Place> {
        match self {
            ActivateError::Manifest(error) => error.places(),
            ActivateError::File(error) => error.places(),
            _ => Vec::new(),
        }
    }

    fn hints(&self) -> Vec<String> {
        let hint = match self {
            ActivateError::Manifest(error) => return error.hints(),
            ActivateError::File(error) => return error.hints(),
            ActivateError::Identity { source, .. } => return source.hints(),
            ActivateError::Unit { unit, source } => {
                let mut hints = source.hints();
                hints.push(format!("run `systemctl restart {unit}` when it can be"));
                return hints;
            }
            ActivateError::UnknownService { hint, .. } => return hint.iter().cloned().collect(),
            ActivateError::NoManifest { .. } => {
                "it comes with the machine's configuration: import fleet's NixOS module, or give one with `--manifest`"
            }
            ActivateError::NotRoot => "run it with `sudo`, or with `--root DIR` to try it in a folder",
            ActivateError::Busy { .. } => "wait until it is done and run this again",
            ActivateError::NoIdentity { .. } => {
                "sshd makes it at its first start: `ssh-keygen -A`; its public half goes to keys/hosts, then rekey and deploy"
            }
            ActivateError::Passphrase { .. } => {
                "take it off with `ssh-keygen -p`, or name another key with `--identity`"
            }
            ActivateError::Disk { .. } => {
                "mount a tmpfs or ramfs on /run, or accept the disk with `--allow-disk`"
            }
            ActivateError::Foreign { .. } => {
                "give the service another `directory` in the manifest, or remove the folder"
            }
        };
        vec![hint.to_owned()]
    }
}

/// Why one secret could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The sealed file can't be read.
    #[error(transparent)]
    Read(#[from] FileError),
    /// The sealed file does not open.
    #[error("{source}")]
    Seal {
        /// The sealed file.
        path: PathBuf,
        /// Why not.
        source: SealError,
    },
    /// It opens to nothing.
    #[error("its plaintext is empty")]
    Empty {
        /// The sealed file.
        path: PathBuf,
    },
    /// Its owner is no user of this machine.
    #[error("there is no user `{0}` on this machine")]
    NoUser(Account),
    /// Its group is no group of this machine.
    #[error("there is no group `{0}` on this machine")]
    NoGroup(Account),
    /// A number without an entry has no group of its own.
    #[error("user {0} has no entry, so its group is not known")]
    NoOwnGroup(u32),
}

impl SecretError {
    /// The report for one secret; `kept` when its last good value stays.
    pub(super) fn into_report(self, service: &ServiceName, secret: &KeyName, kept: bool) -> Report {
        let name = format!("{service}/{secret}");
        let mut report = Report::error(format!("secret `{name}` can't be opened"));
        report = match &self {
            SecretError::Read(error) => report.because(&self).because(&error.source),
            _ => report.because(&self),
        };
        if let SecretError::Seal { path, .. } | SecretError::Empty { path } = &self {
            report = report.at(path.to_string_lossy());
        }
        let hint = match &self {
            SecretError::Seal { source: SealError::NoMatch, .. } => {
                "it is sealed for other keys than this machine's: look with `fleet secret check`, seal it again with `fleet secret rekey`, and deploy"
            }
            SecretError::Seal { .. } => {
                "see with `fleet secret check` whether the repository's copy is whole, and deploy again"
            }
            SecretError::Empty { .. } => "give it a value with `fleet secret set`, and deploy",
            SecretError::NoUser(_) | SecretError::NoGroup(_) => {
                "accounts are made by the machine's configuration: look for the name in `users.users`, or correct `owner` and `group`"
            }
            SecretError::NoOwnGroup(_) => "name a `group`",
            SecretError::Read(_) => "deploy again: the sealed file comes with the machine's configuration",
        };
        report = report.hint(hint);
        if kept { report.hint("the last good value stays in place until then") } else { report }
    }
}
