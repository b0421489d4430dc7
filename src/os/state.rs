//! Where the operator's own files lie, after the XDG base directory specification: nothing of them is in the fleet.

use super::Root;
use super::files::{self, FileError};
use sha2::{Digest as _, Sha256};
use std::path::PathBuf;

/// `$XDG_STATE_HOME/fleet/<fleet>`, made when it is missing: journals, locks, logs.
///
/// # Errors
/// When it can't be made.
pub fn folder(fleet: &str) -> Result<PathBuf, FileError> {
    let folder = base("XDG_STATE_HOME", ".local/state").join("fleet").join(fleet);
    files::create_folder(&folder)?;
    Ok(folder)
}

/// `$XDG_CACHE_HOME/fleet`: what can be had again.
pub fn cache() -> PathBuf {
    base("XDG_CACHE_HOME", ".cache").join("fleet")
}

/// A short word for one checkout: two clones of a fleet have one name and must not share locks and journals.
pub fn checkout(root: &Root) -> String {
    let hash = Sha256::digest(root.path().as_os_str().as_encoded_bytes());
    hash.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

fn base(variable: &str, below_home: &str) -> PathBuf {
    // The specification says that a relative path in these variables is to be ignored.
    match std::env::var_os(variable).map(PathBuf::from) {
        Some(path) if path.is_absolute() => path,
        _ => std::env::var_os("HOME").map_or_else(std::env::temp_dir, PathBuf::from).join(below_home),
    }
}
