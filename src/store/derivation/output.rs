//! What a derivation makes: a path known from how it is made, from what it will be, or only afterwards.

use super::{Derivation, DerivationError};
use crate::store::path::output_name;
use crate::store::{Algorithm, ContentAddress, Method, PathError, References, StoreDir, StorePath};
use std::fmt;
use std::sync::{Arc, LazyLock};

/// The name of an output, `out` nearly everywhere. Cloning one copies no text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OutputName(Arc<str>);

static OUT: LazyLock<OutputName> = LazyLock::new(|| OutputName("out".into()));

impl OutputName {
    /// The name that a derivation without other wishes has.
    pub fn out() -> Self {
        OUT.clone()
    }

    /// A name. Which characters it may have is decided by the store path that it becomes part of; here only those are
    /// refused that a derivation's text can't hold.
    ///
    /// # Errors
    /// When it has a quote or a backslash, or is not UTF-8.
    pub fn parse(name: impl AsRef<[u8]>) -> Result<Self, DerivationError> {
        let name = name.as_ref();
        if name == b"out" {
            return Ok(OutputName::out());
        }
        match str::from_utf8(name) {
            Ok(name) if !name.contains(['"', '\\']) => Ok(OutputName(name.into())),
            _ => Err(DerivationError::OutputName { name: String::from_utf8_lossy(name).into_owned() }),
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OutputName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for OutputName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

/// How the path of an output is known.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Output {
    /// From everything the derivation says: the usual case.
    InputAddressed(StorePath),
    /// From the hash that the content must have, such as a download's.
    Fixed(ContentAddress),
    /// From the content, once it is there.
    Floating {
        /// What of it will be hashed.
        method: Method,
        /// How.
        algorithm: Algorithm,
    },
    /// Not yet: an input's path is not known yet, or nobody computed this one.
    Deferred,
    /// From the content, which may be another one each time.
    Impure {
        /// What of it will be hashed.
        method: Method,
        /// How.
        algorithm: Algorithm,
    },
}

impl Output {
    /// The path, where it is known, given the names of derivation and output.
    ///
    /// # Errors
    /// When a fixed output can't have a path: its name is none, or its method does not go with its hash.
    pub fn path(
        &self,
        dir: &StoreDir,
        derivation: &str,
        output: &str,
    ) -> Result<Option<StorePath>, PathError> {
        match self {
            Output::InputAddressed(path) => Ok(Some(path.clone())),
            Output::Fixed(address) => {
                let name = output_name(derivation, output);
                dir.content_path(&name, address, References::default()).map(Some)
            }
            _ => Ok(None),
        }
    }
}

/// What all outputs of a derivation have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputKind {
    /// Their paths are known from the derivation.
    InputAddressed,
    /// Their paths will be, once those of its inputs are.
    Deferred,
    /// The one output's content is known.
    Fixed,
    /// Their paths follow from their content.
    Floating,
    /// They may differ each time.
    Impure,
}

impl Derivation<'_> {
    /// What its outputs have in common.
    ///
    /// # Errors
    /// When there are none, or they do not go together.
    pub fn kind(&self) -> Result<OutputKind, DerivationError> {
        let mut kind = None;
        let mut algorithms = None;
        for (name, output) in &self.outputs {
            let own = match output {
                Output::InputAddressed(_) => OutputKind::InputAddressed,
                Output::Deferred => OutputKind::Deferred,
                Output::Fixed(_) => OutputKind::Fixed,
                Output::Floating { .. } => OutputKind::Floating,
                Output::Impure { .. } => OutputKind::Impure,
            };
            match kind {
                Some(kind) if kind != own => return Err(DerivationError::MixedOutputs),
                Some(OutputKind::Fixed) => return Err(DerivationError::ManyFixed),
                _ => kind = Some(own),
            }
            if own == OutputKind::Fixed && name.as_str() != "out" {
                return Err(DerivationError::FixedName);
            }
            if let Output::Floating { algorithm, .. } = output
                && *algorithms.get_or_insert(*algorithm) != *algorithm
            {
                return Err(DerivationError::MixedAlgorithms);
            }
        }
        kind.ok_or(DerivationError::NoOutputs)
    }
}
