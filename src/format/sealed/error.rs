//! Why a file can't be sealed or opened.

use super::LIMIT;
use crate::report::Diagnose;

/// Why a file can't be sealed or opened. It names no file: whoever read the file adds the place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// It does not begin as an age file does.
    #[error("it is no age file")]
    NotSealed,
    /// An age file of a version that came after this program.
    #[error("it is an age file of version `{version}`, and fleet knows v1")]
    Version {
        /// What stands after `age-encryption.org/`, shortened.
        version: String,
    },
    /// The armour is damaged.
    #[error("its armour is damaged in line {line}: {problem}")]
    Armor {
        /// The file's line, from 1.
        line: usize,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The header is damaged.
    #[error("its header is damaged in line {line}: {problem}")]
    Header {
        /// The header's line, from 1, inside the armour.
        line: usize,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The file ends too early.
    #[error("it is cut off: its end is missing")]
    Truncated,
    /// Sealed with a passphrase, which no machine and no script can type.
    #[error("it is sealed with a passphrase, not for keys")]
    Passphrase,
    /// No identity is among its readers.
    #[error("none of the identities opens it")]
    NoMatch,
    /// A stanza seems to be for an identity, and it does not open.
    #[error(
        "the file key wrapped for one of the identities is damaged, or is for another key with the same tag"
    )]
    Wrapped,
    /// A file key was unwrapped, and the header is not what was sealed with it.
    #[error("its header was changed after it was sealed: the MAC is wrong")]
    Mac,
    /// The content is not what was sealed.
    #[error("its content was changed after it was sealed")]
    Payload,
    /// Larger than is allowed.
    #[error("it is larger than {limit} bytes")]
    TooLarge {
        /// How much is allowed.
        limit: usize,
    },
    /// More readers than a header has room for.
    #[error("it has too many readers: the header would be larger than {} bytes", super::HEADER_LIMIT)]
    TooManyReaders,
    /// Nothing to seal.
    #[error("the plaintext is empty")]
    EmptyPlaintext,
    /// Nobody to seal it for.
    #[error("it has no readers")]
    NoReaders,
    /// A key can't be sealed to.
    #[error("can't seal for `{reader}`: {reason}")]
    Recipient {
        /// The reader's public key, shortened.
        reader: String,
        /// Why not.
        reason: String,
    },
    /// Readers that must not share a file, such as post-quantum ones with others.
    #[error("these readers can't share one file: {reason}")]
    Incompatible {
        /// What the plugins said of them.
        reason: String,
    },
    /// An identity could not be used.
    #[error("an identity failed: {reason}")]
    Identity {
        /// Why.
        reason: String,
    },
}

impl Diagnose for SealError {
    fn hints(&self) -> Vec<String> {
        let hint = match self {
            SealError::NotSealed => "a sealed file begins with `-----BEGIN AGE ENCRYPTED FILE-----`",
            SealError::Version { .. } => "use a newer fleet, or seal it again with `age` 1",
            SealError::Armor { .. }
            | SealError::Header { .. }
            | SealError::Wrapped
            | SealError::Truncated => {
                "take the last good version from git: `git log -- <file>`, `git restore --source <commit> <file>`"
            }
            SealError::Mac | SealError::Payload => {
                "look at who changed it: `git log -- <file>`; a whole version from git still opens"
            }
            SealError::Passphrase => "open it with `age -d` and set it again with `fleet secret set`",
            SealError::NoMatch => {
                "name an identity with `--identity FILE`, or ask someone who can open it to rekey"
            }
            SealError::TooLarge { limit: LIMIT } => {
                "keep large files elsewhere, and seal the key that opens them"
            }
            SealError::EmptyPlaintext => {
                "an empty secret is nearly always a mistake; seal at least one character"
            }
            SealError::NoReaders => "add a master with `fleet key master add`",
            SealError::Incompatible { .. } => "seal to masters of one kind",
            _ => return Vec::new(),
        };
        vec![hint.into()]
    }
}
