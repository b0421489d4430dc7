//! Fetching: what evaluation names by address is brought here once, checked, and given a store path.
//!
//! A store path that was fetched need not lie in a store: the world reads it where the [cache](super::cache) has it.

mod archive;
mod closure;
mod file;
mod forge;
mod git;
mod git_program;
mod git_submodules;
mod git_work_tree;
mod http;
mod local;
mod mercurial;
mod tarball;
mod together;

pub use git::work_tree_of;
pub use http::Downloads;

use super::cache::{Cache, Note};
use crate::nix::input::{Attributes, BadInput, Input, Scheme};
use crate::nix::world::{Answer, Fetch, WorldError};
use crate::store::{ContentAddress, Hash, Method, StorePath};
use std::path::PathBuf;

/// How things are fetched.
pub struct Fetcher {
    pub(super) cache: Cache,
    /// How many seconds an answer of a server counts as today's, where nothing says which version is wanted.
    pub ttl: u64,
    http: http::Http,
    say: fn(&str),
}

/// What was brought: where it lies, and what it is.
pub struct Brought {
    /// Where its bytes are.
    pub place: PathBuf,
    /// Whether `hash` is of a file's bytes or of a tree.
    pub method: Method,
    /// The hash its store path stands for.
    pub hash: Hash,
    /// What is known of an input.
    pub attributes: Attributes,
}

/// A path out of a binary cache.
pub struct Substituted {
    /// Its name in the store.
    pub path: StorePath,
    /// Where its bytes are.
    pub place: PathBuf,
    /// The hash of its archive.
    pub hash: Hash,
    /// What it refers to.
    pub references: Vec<StorePath>,
    /// How its content tells its name; none where it does not.
    pub address: Option<ContentAddress>,
}

impl From<BadInput> for WorldError {
    fn from(bad: BadInput) -> Self {
        WorldError::Other(bad.0)
    }
}

impl Fetcher {
    /// A fetcher that keeps what it brings in a folder.
    pub fn new(cache: PathBuf, say: fn(&str)) -> Self {
        Fetcher { cache: Cache::new(cache), ttl: 3_600, http: http::Http::default(), say }
    }

    /// A tree that was fetched before, by its hash.
    pub(super) fn cached_tree(&self, hash: &Hash) -> Option<PathBuf> {
        self.cache.find(Method::Nar, hash)
    }

    pub(super) fn note(&self, key: &str) -> Option<Note> {
        self.cache.note(key)
    }

    pub(super) fn write_note(&self, key: &str, note: Note) -> Answer<()> {
        self.cache.write_note(key, note)
    }

    /// How downloads are made. What was downloaded before is not asked.
    pub fn set_downloads(&mut self, downloads: Downloads) {
        self.http = http::Http::new(downloads);
    }

    /// Brings what is wanted, other than out of a binary cache.
    pub(super) fn bring(&self, wanted: &Fetch<'_>) -> Answer<Brought> {
        match wanted {
            Fetch::File { url, hash, .. } => self.file(url, *hash, &[]),
            Fetch::Archive { url, hash, .. } => {
                let tree = self.tarball(url, *hash)?;
                Ok(Brought {
                    place: tree.place,
                    method: Method::Nar,
                    hash: tree.hash,
                    attributes: Attributes::new(),
                })
            }
            Fetch::Input(input) => self.input(input),
            Fetch::Closure { .. } => Err(WorldError::Other("a binary cache is asked for paths only".into())),
        }
    }

    fn input(&self, input: &Input) -> Answer<Brought> {
        match input.scheme {
            Some(Scheme::File) => self.file_input(input),
            Some(Scheme::Tarball) => self.tarball_input(input),
            Some(Scheme::Path) => self.path_input(input),
            Some(Scheme::Git) => self.git(input),
            Some(Scheme::Mercurial) => self.mercurial(input),
            Some(scheme @ (Scheme::GitHub | Scheme::GitLab | Scheme::SourceHut)) => self.forge(scheme, input),
            Some(Scheme::Indirect) => Err(WorldError::Other(format!(
                "indirect input '{input}' cannot be fetched: it names an entry of a flake registry, and fleet reads \
                 none; write where it lies, such as 'github:NixOS/nixpkgs'"
            ))),
            None => Err(WorldError::Other(format!("cannot fetch unsupported input '{input}'"))),
        }
    }

    /// Something said in passing.
    fn warn(&self, text: &str) {
        (self.say)(&format!("warning: {text}"));
    }
}
