//! A derivation's inputs: what the texts of its attributes depend on, and for a `.drv` all that it stands for.

use super::{Draft, Known, store_error};
use crate::nix::context::Element;
use crate::nix::error::Result;
use crate::nix::eval::{Evaluator, import_world_error as world_error};
use crate::nix::world::WorldError;
use crate::store::{DerivationError, Input, OutputName, StorePath};
use std::collections::HashSet;

impl Evaluator {
    /// What the texts depend on becomes the inputs.
    pub(super) fn add_inputs(&mut self, draft: &mut Draft) -> Result<()> {
        let elements: Vec<Element> = self.contexts.elements(draft.context).cloned().collect();
        for element in elements {
            match element {
                Element::Path(path) => draft.derivation.input_sources.push(path),
                Element::Output { derivation, output } => {
                    self.learn(&derivation)?;
                    draft.derivation.input_derivations.push((derivation, Input::of([output])));
                }
                Element::Closure(path) => self.add_closure(draft, path)?,
            }
        }
        Ok(())
    }

    /// A `.drv` as an input: all of its closure is, and every output of each derivation in it.
    fn add_closure(&mut self, draft: &mut Draft, path: StorePath) -> Result<()> {
        let mut seen = HashSet::from([path.clone()]);
        let mut waiting = vec![path];
        while let Some(path) = waiting.pop() {
            for reference in self.references_of(&path)? {
                if seen.insert(reference.clone()) {
                    waiting.push(reference);
                }
            }
            if path.is_derivation() {
                self.learn(&path)?;
                let outputs = self.derivations.cache.get(&path).map(|modulo| modulo.outputs().to_vec());
                let input = Input::of(outputs.unwrap_or_default());
                draft.derivation.input_derivations.push((path.clone(), input));
            }
            draft.derivation.input_sources.push(path);
        }
        Ok(())
    }

    /// What a path refers to, whether it was made here or is in the store.
    pub(in crate::nix) fn references_of(&self, path: &StorePath) -> Result<Vec<StorePath>> {
        match self.derivations.references.get(path) {
            Some(known) => Ok(known.clone()),
            None if self.derivations.made_here(path) => Ok(Vec::new()),
            None => self.world.references(path).map_err(world_error),
        }
    }

    /// Makes sure that a derivation that was not made here is known, by reading it.
    fn learn(&mut self, path: &StorePath) -> Result<()> {
        if self.derivations.cache.get(path).is_some() {
            return Ok(());
        }
        let world = &*self.world;
        let dir = world.store_dir().clone();
        let read = |path: &StorePath| -> std::result::Result<Vec<u8>, LearnError> {
            world.read(&dir.print(path)).map(|text| text.to_vec()).map_err(LearnError::World)
        };
        self.derivations.cache.learn(world.store_dir(), path, read).map_err(|error| match error {
            LearnError::World(error) => world_error(error),
            LearnError::Derivation(error) => store_error(error),
        })
    }

    /// The names of a derivation's outputs.
    pub(in crate::nix) fn outputs_of(&mut self, path: &StorePath) -> Result<Vec<OutputName>> {
        self.learn(path)?;
        Ok(self.derivations.cache.get(path).map(|modulo| modulo.outputs().to_vec()).unwrap_or_default())
    }
}

impl Known {
    fn made_here(&self, path: &StorePath) -> bool {
        self.references.contains_key(path)
    }
}

enum LearnError {
    World(WorldError),
    Derivation(DerivationError),
}

impl From<DerivationError> for LearnError {
    fn from(error: DerivationError) -> Self {
        LearnError::Derivation(error)
    }
}
