//! Why a secret could not be opened.

use crate::format::identity;
use crate::format::sealed::SealError;
use crate::os::FileError;
use crate::report::{Diagnose, Place};

/// Why a secret could not be opened, or an identity not be used.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// An identity file can't be read.
    #[error("can't use an identity")]
    File(#[source] FileError),
    /// An identity file is no ssh private key that opens secrets.
    #[error("`{file}` is no identity")]
    Key {
        /// The file.
        file: String,
        /// What is wrong with it.
        #[source]
        reason: identity::IdentityError,
    },
    /// An identity file has a line that is no identity. The line itself is not shown: it may be a private key.
    #[error("`{file}` is no identity: line {line} {problem}")]
    Line {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        problem: String,
    },
    /// An identity file has no identity in it.
    #[error("`{file}` has no identity in it")]
    Empty {
        /// The file.
        file: String,
    },
    /// There is no identity at all.
    #[error("there is no identity to open it with")]
    None {
        /// Where identities were looked for.
        looked: Vec<String>,
        /// Files that were found and can't be used.
        skipped: Vec<String>,
    },
    /// No identity is among the readers.
    #[error("none of your identities opens it")]
    NoMatch {
        /// The files they are in.
        tried: Vec<String>,
        /// Files that were found and can't be used.
        skipped: Vec<String>,
    },
    /// A protected key would open it, and nobody can be asked for the passphrase.
    #[error("`{file}` is protected by a passphrase, and there is no terminal to ask for it")]
    Locked {
        /// The file.
        file: String,
    },
    /// The person at the terminal gave no passphrase.
    #[error("`{file}` stays closed: no passphrase was given")]
    GaveUp {
        /// The file.
        file: String,
    },
    /// The passphrase was wrong too often.
    #[error("`{file}` stays closed: {tries} passphrases were wrong")]
    Passphrase {
        /// The file.
        file: String,
        /// How often it was asked.
        tries: usize,
    },
    /// The sealed file is damaged, or a key that seemed to fit failed.
    #[error(transparent)]
    Sealed(#[from] SealError),
}

impl Diagnose for IdentityError {
    fn places(&self) -> Vec<Place> {
        Vec::new()
    }

    fn hints(&self) -> Vec<String> {
        const NAME_ONE: &str = "name one with `--identity FILE` or in FLEET_IDENTITY";
        let skipped =
            |list: &[String]| list.iter().map(|why| format!("passed over: {why}")).collect::<Vec<_>>();
        match self {
            IdentityError::File(error) => error.hints(),
            IdentityError::Key { reason, .. } => reason.hints(),
            IdentityError::Line { .. } | IdentityError::Empty { .. } => vec![
                "an identity file holds `AGE-SECRET-KEY-1…` or `AGE-PLUGIN-…` lines, or is an OpenSSH private key".into(),
            ],
            IdentityError::None { looked, skipped: list } => {
                let mut hints = vec![format!("{NAME_ONE}; looked for: {}", looked.join(", "))];
                hints.extend(skipped(list));
                hints
            }
            IdentityError::NoMatch { tried, skipped: list } => {
                let mut hints = vec![
                    format!("tried: {}", tried.join(", ")),
                    format!("{NAME_ONE}, or ask someone who can open it to rekey"),
                ];
                hints.extend(skipped(list));
                hints
            }
            IdentityError::Locked { .. } => {
                vec!["run the command in a terminal, or name an identity without a passphrase with `--identity`".into()]
            }
            IdentityError::GaveUp { .. } | IdentityError::Passphrase { .. } => {
                vec![format!("run the command again; {NAME_ONE}")]
            }
            IdentityError::Sealed(error) => error.hints(),
        }
    }
}
