//! Sealing a value for its readers, and looking at what came of it before anything is written.

use super::readers::{Extra, Readers};
use crate::format::sealed::{self, SealError};
use crate::format::{SecretName, Sensitive};
use crate::inventory::Secret;
use crate::keys::{Identities, IdentityError, Sealer};
use crate::report::{Diagnose, Place};

/// Why a value was not sealed. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum SealingError {
    /// There is no master: people could never open it again.
    #[error("`{name}` can't be sealed: the fleet has no master, so nobody could ever change it")]
    NoMaster {
        /// The secret.
        name: SecretName,
    },
    /// The value can't be sealed.
    #[error("`{name}` can't be sealed")]
    Seal {
        /// The secret.
        name: SecretName,
        /// Why.
        #[source]
        source: SealError,
    },
    /// What was sealed does not open, or is not for whom it should be.
    #[error("`{name}` was sealed and failed its verification: {problem}")]
    Verify {
        /// The secret.
        name: SecretName,
        /// What is wrong with the sealed bytes.
        problem: String,
    },
}

impl Diagnose for SealingError {
    fn places(&self) -> Vec<Place> {
        match self {
            SealingError::NoMaster { .. } => vec!["keys/masters".into()],
            _ => Vec::new(),
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            SealingError::NoMaster { .. } => {
                vec!["add your public key with `fleet key master add <name> <file>`".into()]
            }
            SealingError::Seal { source, .. } => source.hints(),
            SealingError::Verify { .. } => {
                vec!["nothing was written: run the command again, and report it if it says so again".into()]
            }
        }
    }
}

/// A sealed file that was looked at: fit to be written.
pub struct Sealed {
    /// The secret.
    pub name: SecretName,
    /// The file's bytes.
    pub bytes: Vec<u8>,
    /// True when an identity opened it again; else its stanzas were compared.
    pub opened: bool,
}

/// Seals a value for everybody who should read it, and verifies it: by opening it where an identity is at hand
/// without asking anybody, else by its readers.
///
/// # Errors
/// When it can't be sealed, or is not what it should be.
pub fn seal(
    secret: &Secret<'_>,
    value: &Sensitive,
    readers: &Readers<'_>,
    sealer: &Sealer,
    identities: Option<&Identities>,
) -> Result<Sealed, SealingError> {
    let name = secret.name.clone();
    if !readers.have_master() {
        return Err(SealingError::NoMaster { name });
    }
    let recipients = readers.recipients(&readers.wanted(secret));
    let bytes = sealer
        .seal(value, &recipients)
        .map_err(|source| SealingError::Seal { name: name.clone(), source })?;
    match verify(secret, value, readers, identities, &bytes) {
        Ok(opened) => Ok(Sealed { name, bytes, opened }),
        Err(problem) => Err(SealingError::Verify { name, problem }),
    }
}

/// True when it was opened, false when only its readers could be compared.
fn verify(
    secret: &Secret<'_>,
    value: &Sensitive,
    readers: &Readers<'_>,
    identities: Option<&Identities>,
    bytes: &[u8],
) -> Result<bool, String> {
    let header = sealed::header(bytes).map_err(|error| error.to_string())?;
    let mut comparison = readers.compare(secret, &header);
    // How many stanzas a plugin writes for one key is its own affair.
    comparison.extra.retain(|extra| !matches!(extra, Extra::Anonymous(_)));
    if !comparison.same() {
        return Err(format!("it is sealed {}", comparison.words()));
    }
    let opened = match identities.map(|identities| identities.open_silently(bytes)) {
        None | Some(Ok(None)) => return Ok(false),
        // An identity with the tag of another reader, or one that fails on its own account, proves nothing.
        Some(Err(IdentityError::Sealed(SealError::Wrapped | SealError::Identity { .. }))) => {
            return Ok(false);
        }
        Some(Err(IdentityError::Sealed(error))) => return Err(error.to_string()),
        Some(Err(_)) => return Ok(false),
        Some(Ok(Some(opened))) => opened,
    };
    if opened.expose() == value.expose() { Ok(true) } else { Err("it opens to another value".into()) }
}
