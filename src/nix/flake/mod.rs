//! Flakes: a tree with a `flake.nix` that names its inputs, and a `flake.lock` that says which trees these are.
//!
//! ```text
//! reference ──fetch──▶ tree ──description──▶ inputs ──resolve, with the old lock──▶ lock ──call──▶ outputs
//! ```
//!
//! Everything goes through the evaluator's one door: fetching, and reading `flake.nix` and `flake.lock` in the store path
//! that a fetch gave. Writing a lock is for whoever asked for it.

mod call;
mod declared;
pub mod lock;
pub mod outline;
mod resolve;
mod written;

pub use declared::way;
pub use lock::Lock;
pub use resolve::{Resolved, Wish};

use super::builtins::fetch_input;
use super::error::{Error, Kind, Result};
use super::eval::{Evaluator, import_world_error as world_error};
use super::input::{FlakeRef, Input};
use super::paths;
use super::world::{Fetched, WorldError};
use declared::Inputs;

/// A place in a tree that was fetched.
#[derive(Debug, Clone)]
pub struct Tree {
    /// The tree.
    pub fetched: Fetched,
    /// The folder in it, without slashes at its ends; empty for the tree itself.
    pub folder: String,
}

/// A flake that was fetched, before its inputs are.
#[derive(Debug, Clone)]
pub struct Flake {
    /// Where it lies.
    pub tree: Tree,
    /// The reference that names the same tree for ever, as far as it can be had.
    pub locked: FlakeRef,
    /// One line for people.
    pub description: Option<String>,
    /// What it wants.
    pub(super) inputs: Inputs,
}

impl Tree {
    /// A folder by its path from this one.
    fn join(&self, path: &str) -> Tree {
        let folder = paths::absolute(&format!("/{}", self.folder), path);
        Tree { fetched: self.fetched.clone(), folder: folder.trim_start_matches('/').to_owned() }
    }

    fn path(&self, evaluator: &Evaluator, file: &str) -> String {
        let top = evaluator.world.store_dir().print(&self.fetched.path);
        paths::absolute(&top, &format!("./{}/{file}", self.folder))
    }
}

impl Evaluator {
    /// Fetches what a reference names. The answer's reference names the same tree for ever, as far as it can be had.
    pub(super) fn fetch_reference(&mut self, reference: &FlakeRef) -> Result<(Tree, FlakeRef)> {
        let fetched = fetch_input(self, &reference.input)?;
        let input = Input { attributes: fetched.attributes.clone(), scheme: reference.input.scheme };
        let folder = paths::absolute("/", &reference.folder).trim_start_matches('/').to_owned();
        Ok((Tree { fetched, folder }, FlakeRef { input, folder: reference.folder.clone() }))
    }

    /// Fetches a flake and reads what it says of itself; `place` is the way to it in the lock.
    pub(super) fn fetch_flake(&mut self, reference: &FlakeRef, place: &[String]) -> Result<Flake> {
        let (tree, locked) = self.fetch_reference(reference)?;
        let (flake, own) = self.read_flake(tree, locked, place)?;
        if own.is_empty() {
            return Ok(flake);
        }
        let mut again = flake.locked.clone();
        for (name, value) in own {
            if name != "submodules" && name != "lfs" {
                return Err(Error::other(format!("flake 'self' attribute '{name}' is not supported")));
            }
            again.input.attributes.insert(name, value);
        }
        if again == flake.locked {
            return Ok(flake);
        }
        // It is another tree, so what is known of the first does not hold.
        again.input.attributes.remove("narHash");
        let (tree, locked) = self.fetch_reference(&again)?;
        Ok(self.read_flake(tree, locked, place)?.0)
    }

    /// Reads the flake that lies in a tree; also what it says of how its own tree is fetched.
    pub(super) fn read_flake(
        &mut self,
        tree: Tree,
        locked: FlakeRef,
        place: &[String],
    ) -> Result<(Flake, super::input::Attributes)> {
        let file = tree.path(self, "flake.nix");
        if self.world.file_type(&file).map_err(world_error)?.is_none() {
            return Err(match self.world.missing(&file) {
                WorldError::NotFound(_) => {
                    let message = format!("there is no flake.nix in the flake '{locked}'");
                    Error::new(Kind::World, message).hint(format!("looked for `{file}`"))
                }
                untracked => world_error(untracked),
            });
        }
        let text = self.world.read(&file).map_err(world_error)?;
        self.check_written(&file, &text)?;
        let value = self.import(&file)?;
        let found = self.description(value, place, &locked.to_string())?;
        let flake = Flake { tree, locked, description: found.description, inputs: found.inputs };
        Ok((flake, found.own))
    }

    /// Where a file of a flake's tree is, in the store.
    pub fn tree_path(&self, tree: &Tree, file: &str) -> String {
        tree.path(self, file)
    }

    /// A file of a flake's tree, if it is there.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn tree_file(&self, tree: &Tree, file: &str) -> Result<Option<std::rc::Rc<[u8]>>> {
        let file = tree.path(self, file);
        match self.world.file_type(&file).map_err(world_error)? {
            Some(_) => self.world.read(&file).map_err(world_error).map(Some),
            None => Ok(None),
        }
    }

    /// The lock that lies beside a flake; an empty one when there is none.
    pub(super) fn read_lock(&mut self, tree: &Tree) -> Result<Lock> {
        let file = tree.path(self, "flake.lock");
        if self.world.file_type(&file).map_err(world_error)?.is_none() {
            return Ok(Lock::default());
        }
        let text = self.world.read(&file).map_err(world_error)?;
        Lock::parse(&text, &file, &|text| self.world.say(text))
    }
}
