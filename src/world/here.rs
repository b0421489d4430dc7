//! What need not be fetched: the tree of a locked input lies in a store or in the cache already, and its hash says so.
//! And what a work tree has and a flake does not see.

use super::RealWorld;
use super::cache::{Note, hash_tree};
use super::store::Content;
use crate::nix::input::{Input, Scheme};
use crate::nix::world::{Answer, Fetched, WorldError};
use crate::os::git;
use crate::store::{ContentAddress, Hash, Method, References, StorePath};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

impl RealWorld {
    /// The tree of an input whose attributes are all known, where that is on this machine.
    pub(super) fn here(&self, input: &Input) -> Answer<Option<Fetched>> {
        let Some(hash) = input.nar_hash()?.filter(|_| is_whole(input)) else { return Ok(None) };
        let address = ContentAddress { method: Method::Nar, hash };
        let made = self.store.dir().content_path(input.name()?, &address, References::default());
        let path = made.map_err(|error| WorldError::Other(error.to_string()))?;
        let in_cache = || self.fetcher.cached_tree(&hash)?.to_str().map(str::to_owned);
        let Some(real) = self.in_store(&path, &hash).or_else(in_cache) else { return Ok(None) };
        let content = Content { real, kept: None, address: Some(address), references: Vec::new() };
        self.store.remember_content(&path, content);
        Ok(Some(Fetched { path, hash, attributes: input.attributes.clone(), content_addressed: true }))
    }

    /// Where a store of this machine has a path, if it is valid there.
    fn in_store(&self, path: &StorePath, hash: &Hash) -> Option<String> {
        if self.store.reads_nothing() {
            return None;
        }
        let printed = self.store.dir().print(path);
        let real = self.store.real(&printed).unwrap_or(printed);
        let metadata = std::fs::symlink_metadata(&real).ok()?;
        match self.store.ask(path) {
            Some(valid) => valid.map(|_| real),
            // Nobody can tell whether it is whole, so it is hashed: once, unless somebody puts another in its place.
            None => {
                let key = format!("store {real} {} {}", metadata.ino(), metadata.ctime());
                let known = self.fetcher.note(&key).and_then(|note| note.hash());
                if known != Some(*hash) {
                    hash_tree(Path::new(&real)).ok().filter(|found| found == hash)?;
                    // Whoever can't note it hashes it again.
                    let _ = self.fetcher.write_note(&key, Note::of(hash));
                }
                Some(real)
            }
        }
    }

    /// Why a path is not there, when a work tree has it and git does not know of it.
    pub(super) fn untracked(&self, path: &str) -> Option<WorldError> {
        let trees = self.work_trees.borrow();
        let inside = |(top, tree): &(String, std::path::PathBuf)| {
            let inside = path.strip_prefix(top.as_str())?.strip_prefix('/')?;
            Some((tree.clone(), inside.to_owned()))
        };
        let (tree, inside) = trees.iter().find_map(inside)?;
        std::fs::symlink_metadata(tree.join(&inside)).ok()?;
        let force = if git::ignores(&tree, &inside) { "--force " } else { "" };
        Some(WorldError::Advised {
            message: format!(
                "`{inside}` in '{}' is not tracked by git, so the flake does not see it",
                tree.display()
            ),
            hints: vec![format!("`git -C {} add {force}{inside}` makes it visible", tree.display())],
        })
    }
}

/// Whether an input has every attribute that fetching it would find out.
fn is_whole(input: &Input) -> bool {
    let wanted: &[&str] = match input.scheme {
        Some(Scheme::Git) if input.attributes.contains_key("revCount") => &["rev", "lastModified"],
        Some(Scheme::Git) => &["rev", "lastModified", "shallow"],
        Some(Scheme::Mercurial) => &["rev", "revCount"],
        Some(Scheme::GitHub | Scheme::GitLab | Scheme::SourceHut) => &["rev", "lastModified"],
        Some(Scheme::Tarball | Scheme::Path) => &["lastModified"],
        Some(Scheme::File) => &[],
        Some(Scheme::Indirect) | None => return false,
    };
    wanted.iter().all(|name| input.attributes.contains_key(*name))
}
