//! Roots: links that keep what they point to from garbage collection.

use super::{Store, advised, with_causes};
use crate::nix::world::{Answer, WorldError};
use crate::os::{files, tree};
use crate::store::StorePath;
use std::path::Path;

impl Store {
    /// Makes a link to a path that is in the store, and registers it as a root. A link that points into the store
    /// already is made to point here.
    ///
    /// # Errors
    /// When something else is there, or the daemon refuses.
    pub fn add_root(&self, path: &StorePath, link: &str) -> Answer<()> {
        let advise =
            |message: String, hint: &str| WorldError::Advised { message, hints: vec![hint.to_owned()] };
        if self.reads_nothing() {
            return Err(advise(
                format!("'{link}' can't be a root: the store is on another machine"),
                "make roots there, with `nix-store --add-root`",
            ));
        }
        if self.dir().contains(link) {
            return Err(advise(
                format!("'{link}' can't be a root: it is in the store itself"),
                "choose a place outside of it",
            ));
        }
        let failed = |error: &dyn std::error::Error| WorldError::Other(with_causes(error));
        let place = Path::new(link);
        let there = tree::look(place).map_err(|error| failed(&error))?;
        let points = tree::link_target(place).map_err(|error| failed(&error))?;
        let ours =
            points.is_some_and(|target| target.to_str().is_some_and(|target| self.dir().contains(target)));
        if there.is_some() && !ours {
            return Err(advise(
                format!("cannot create symlink '{link}'; already exists"),
                "it is no link into the store: move it away, or choose another name",
            ));
        }
        if let Some(folder) = place.parent() {
            files::create_folder(folder).map_err(|error| failed(&error))?;
        }
        // What the link points to has a root of this connection until it is registered.
        self.daemon()?.add_temp_root(path).map_err(|error| advised(&error))?;
        tree::link(Path::new(&self.dir().print(path)), place).map_err(|error| failed(&error))?;
        self.daemon()?.add_indirect_root(place).map_err(|error| advised(&error))
    }
}
