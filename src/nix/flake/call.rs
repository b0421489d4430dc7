//! Calling: a flake's outputs, from its lock and the trees that are here already.

use super::resolve::Resolved;
use crate::nix::builtins::tree_set;
use crate::nix::error::Result;
use crate::nix::eval::Evaluator;
use crate::nix::value::Word;

/// How the nodes of a lock become values.
const CALL: &str = include_str!("call.nix");

impl Evaluator {
    /// The value of a flake: its outputs, and what is known of its tree. Inputs are fetched when they are looked at.
    ///
    /// # Errors
    /// When its outputs can't be evaluated.
    pub fn call_flake(&mut self, resolved: &Resolved) -> Result<Word> {
        let (json, keys) = resolved.lock.json();
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
