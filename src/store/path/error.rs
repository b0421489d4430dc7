//! Why a text is no store path, or a path can't be made.

use super::NAME_LENGTH;
use crate::store::{Algorithm, HashError};

/// Why a name can't be part of a store path, in Nix's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing.
    #[error("name must not be empty")]
    Empty,
    /// More than 211 bytes.
    #[error("name '{name}' must be no longer than {NAME_LENGTH} characters")]
    TooLong {
        /// The name.
        name: String,
    },
    /// `.` or `..`.
    #[error("name '{name}' is not valid")]
    Dots {
        /// The name.
        name: String,
    },
    /// `.-…` or `..-…`.
    #[error("name '{name}' is not valid: first dash-separated component must not be '{dots}'")]
    FirstPart {
        /// The name.
        name: String,
        /// What it begins with.
        dots: &'static str,
    },
    /// A character that no name has.
    #[error("name '{name}' contains illegal character '{}'", shown(*.byte))]
    Character {
        /// The name.
        name: String,
        /// The character.
        byte: u8,
    },
}

/// Why a text is no store path, or one can't be made, in Nix's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// Too short for a hash, a dash and a name.
    #[error("'{path}' is too short to be a valid store path")]
    TooShort {
        /// The text.
        path: String,
    },
    /// Something else than a dash stands behind the hash.
    #[error("'{path}' can't name a store path because the hash part is not followed by a '-'")]
    NoDash {
        /// The text.
        path: String,
    },
    /// The hash has a character that Nix base32 lacks.
    #[error("store path '{path}' contains illegal base-32 character '{}'", shown(*.byte))]
    HashCharacter {
        /// The text.
        path: String,
        /// The character.
        byte: u8,
    },
    /// The name is none.
    #[error("path '{path}' is not a valid store path: {error}")]
    BadName {
        /// The text.
        path: String,
        /// What is wrong with the name.
        error: NameError,
    },
    /// It lies elsewhere.
    #[error("path '{path}' is not in the Nix store")]
    NotInStore {
        /// The text.
        path: String,
    },
    /// Its name does not end in `.drv`.
    #[error("store path '{path}' is not a valid derivation path")]
    NoDerivation {
        /// The path.
        path: String,
    },
    /// The store's folder is not written as it must be, since its text is hashed.
    #[error("store directory '{dir}' is not an absolute path without '.', '..' and doubled or final slashes")]
    BadStoreDir {
        /// The folder.
        dir: String,
    },
    /// Only archives in sha256 may refer to other paths.
    #[error(
        "fixed output derivation '{name}' is not allowed to refer to other store paths.\nYou may need to use the 'unsafeDiscardReferences' derivation attribute, see the manual for more details."
    )]
    References {
        /// The path's name.
        name: String,
    },
    /// A text's path must be known before the text is, so it can't refer to itself.
    #[error("self-reference not allowed with text hashing")]
    SelfReference,
    /// A text is hashed in sha256.
    #[error("text '{name}' must be hashed in sha256, not {algorithm}")]
    TextAlgorithm {
        /// The path's name.
        name: String,
        /// The algorithm.
        algorithm: Algorithm,
    },
    /// Git has no such hash.
    #[error("Git file ingestion must use SHA-1 or SHA-256 hash, but instead using: {algorithm}")]
    GitAlgorithm {
        /// The algorithm.
        algorithm: Algorithm,
    },
    /// A content address of a kind that is not known.
    #[error("{message}")]
    ContentAddress {
        /// What is wrong with it.
        message: String,
    },
    /// Its hash is none.
    #[error(transparent)]
    Hash(#[from] HashError),
}

impl crate::report::Diagnose for PathError {}

impl crate::report::Diagnose for NameError {}

/// A byte in a message: messages end on terminals.
fn shown(byte: u8) -> String {
    char::from(byte).escape_default().to_string()
}
