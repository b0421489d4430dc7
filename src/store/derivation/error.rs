//! Why a derivation can't be read or made, in Nix's words where Nix has some.

use super::OutputName;
use crate::store::{HashError, PathError, StorePath};

/// Why a derivation can't be read or made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DerivationError {
    /// It is no derivation's text at all.
    #[error("derivation does not start with 'Derive' or 'DrvWithVersion'")]
    NoDerivation,
    /// Its format came after this program.
    #[error("unknown derivation ATerm format version '{version}'")]
    Version {
        /// The version.
        version: String,
    },
    /// Its text is not as Nix writes one.
    #[error("the derivation's text is wrong at byte {at}: expected {expected}")]
    Malformed {
        /// Where, from 0.
        at: usize,
        /// What should stand there.
        expected: String,
    },
    /// An output's path is not the one its hash gives.
    #[error("derivation has incorrect output '{found}', should be '{wanted}'")]
    OutputPath {
        /// The path that is there.
        found: String,
        /// The path that belongs there.
        wanted: String,
    },
    /// An output has a path that can't be known yet.
    #[error("derivation has incorrect output '{found}', should be deferred")]
    NotDeferred {
        /// The path that is there.
        found: String,
    },
    /// A variable named after an output has another value than its path.
    #[error(
        "derivation has incorrect environment variable '{output}', should be '{wanted}' but is actually '{found}'"
    )]
    OutputVariable {
        /// The output.
        output: OutputName,
        /// Its path.
        wanted: String,
        /// What the variable has.
        found: String,
    },
    /// A name that no output can have.
    #[error("invalid derivation output name '{name}'")]
    OutputName {
        /// The name.
        name: String,
    },
    /// Outputs of several kinds.
    #[error("can't mix derivation output types")]
    MixedOutputs,
    /// Two outputs whose content is known.
    #[error("only one fixed output is allowed for now")]
    ManyFixed,
    /// The output whose content is known has another name.
    #[error("single fixed output must be named \"out\"")]
    FixedName,
    /// Floating outputs that are hashed in several ways.
    #[error("all floating outputs must use the same hash algorithm")]
    MixedAlgorithms,
    /// Nothing to make.
    #[error("must have at least one output")]
    NoOutputs,
    /// An input names an output that its derivation does not have.
    #[error("no hash for output '{output}' of derivation '{derivation}'")]
    NoSuchOutput {
        /// The output.
        output: OutputName,
        /// The input's path.
        derivation: StorePath,
    },
    /// An input was hashed neither now nor before: it has to be read first.
    #[error("the derivation '{path}' is an input, and was not read yet")]
    UnknownInput {
        /// The input's path.
        path: StorePath,
    },
    /// Derivations that need each other.
    #[error("the derivation '{path}' depends on itself")]
    Cycle {
        /// One of them.
        path: StorePath,
    },
    /// Bytes that JSON can't hold.
    #[error("'{text}' is not UTF-8, so JSON can't hold it")]
    NotUtf8 {
        /// The text.
        text: String,
    },
    /// JSON that is no derivation.
    #[error("the derivation's JSON is wrong: {problem}")]
    Json {
        /// What is wrong with it.
        problem: String,
    },
    /// A path in it is none, or can't be made.
    #[error(transparent)]
    Path(#[from] PathError),
    /// A hash in it is none.
    #[error(transparent)]
    Hash(#[from] HashError),
}

impl crate::report::Diagnose for DerivationError {
    fn hints(&self) -> Vec<String> {
        match self {
            DerivationError::Malformed { .. } | DerivationError::NoDerivation => {
                vec!["`nix-store --verify-path` tells whether the file in the store is damaged".into()]
            }
            DerivationError::Version { .. } => vec!["use a newer fleet".into()],
            _ => Vec::new(),
        }
    }
}
