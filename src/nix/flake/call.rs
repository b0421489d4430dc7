//! Calling: a flake's outputs, from its lock and the trees that are here already.

use super::lock::{Locked, is_relative};
use super::resolve::Resolved;
use crate::nix::builtins::tree_set;
use crate::nix::error::{Error, Result};
use crate::nix::eval::Evaluator;
use crate::nix::input::{Input, Scheme};
use crate::nix::value::Word;

/// How the nodes of a lock become values.
const CALL: &str = include_str!("call.nix");

impl Resolved {
    /// The inputs of the lock that were not fetched yet, as [`CALL`] asks for them.
    fn locked_inputs(&self) -> Result<Vec<Input>> {
        let mut inputs = Vec::new();
        for (node, of) in self.lock.nodes.iter().enumerate() {
            let Some(Locked { locked, .. }) = &of.locked else { continue };
            if is_relative(locked) || self.trees.iter().any(|(known, _)| *known == node) {
                continue;
            }
            let mut attributes = locked.input.attributes.clone();
            attributes.remove("__final");
            if locked.input.scheme == Some(Scheme::Git) {
                // As for everything that `fetchTree` fetches.
                attributes.entry("shallow".into()).or_insert(true.into());
            }
            inputs.push(Input::from_attributes(attributes).map_err(|bad| Error::other(bad.0))?);
        }
        Ok(inputs)
    }
}

impl Evaluator {
    /// Fetches the inputs of a lock that are not here, at the same time, for those who will want them all.
    ///
    /// # Errors
    /// When one has attributes that can't be read.
    pub fn prefetch_inputs(&mut self, resolved: &Resolved) -> Result<()> {
        let inputs = resolved.locked_inputs()?;
        self.world.locked(&inputs);
        self.world.prefetch(&inputs);
        Ok(())
    }

    /// The value of a flake: its outputs, and what is known of its tree. Inputs are fetched when they are looked at.
    ///
    /// # Errors
    /// When its outputs can't be evaluated.
    pub fn call_flake(&mut self, resolved: &Resolved) -> Result<Word> {
        let (json, keys) = resolved.lock.json();
        self.world.locked(&resolved.locked_inputs()?);
        let mut trees = Vec::new();
        for (node, tree) in &resolved.trees {
            let source = tree_set(self, &tree.fetched, false)?;
            let folder = self.new_string(tree.folder.as_bytes());
            let known = vec![(self.symbol(b"sourceInfo"), 0, source), (self.symbol(b"folder"), 0, folder)];
            let known = self.set_of(known);
            trees.push((self.symbol(keys[node].as_bytes()), 0, known));
        }
        let trees = self.set_of(trees);
        let lock = self.new_string(json.to_string().as_bytes());
        let names = [(self.symbol(b"lock"), lock), (self.symbol(b"trees"), trees)];
        self.eval_text(CALL.as_bytes(), "«flake»", "/", &names)
    }
}
