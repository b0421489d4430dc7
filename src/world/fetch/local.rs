//! Folders of this machine as inputs: they stay where they are.

use super::{Brought, Fetcher};
use crate::nix::input::Input;
use crate::nix::paths;
use crate::nix::world::{Answer, WorldError};
use crate::store::Method;
use crate::world::cache::{hash_tree, newest};
use std::path::PathBuf;

impl Fetcher {
    /// `type = "path"`; a store path comes here as the place where it lies.
    pub(super) fn path_input(&self, input: &Input) -> Answer<Brought> {
        let path = input.wanted_text("path")?;
        if !path.starts_with('/') {
            return Err(WorldError::Other(format!(
                "cannot fetch input '{input}' because it uses a relative path"
            )));
        }
        let place = PathBuf::from(paths::tidy(path));
        if std::fs::symlink_metadata(&place).is_err() {
            return Err(WorldError::NotFound(format!("path '{}' does not exist", place.display())));
        }
        let mut input = input.clone();
        if input.number("lastModified")?.is_none() {
            input.set("lastModified", newest(&place)?);
        }
        let hash = hash_tree(&place)?;
        Ok(Brought { place, method: Method::Nar, hash, attributes: input.attributes })
    }
}
