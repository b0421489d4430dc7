//! Instantiating: from what an expression says of a build to its outputs' paths, its text, and the text's own path.

use super::modulo::masked_inputs;
use super::print::{Mask, print_masked_inputs};
use super::{Cache, Derivation, DerivationError, Output, OutputKind};
use crate::store::hash::{Algorithm, Hash, Hasher};
use crate::store::{StoreDir, StorePath};
use std::borrow::Cow;

/// A derivation that can be put into the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instantiated {
    /// Where it belongs.
    pub path: StorePath,
    /// Its text.
    pub text: Vec<u8>,
    /// What its path refers to: all its inputs, sorted.
    pub references: Vec<StorePath>,
}

impl Derivation<'_> {
    /// Gives deferred outputs their paths, in the outputs and in the environment, and makes the text and its path.
    /// All inputs must be in the cache; this derivation is there afterwards.
    ///
    /// Outputs stay deferred while an input's path is not known. A variable named after an output is filled when it is
    /// missing or empty; another value than the path is an error.
    ///
    /// # Errors
    /// When outputs do not go together, an input is not in the cache, or a name can't be in a store path.
    pub fn instantiate(
        &mut self,
        dir: &StoreDir,
        cache: &mut Cache,
    ) -> Result<Instantiated, DerivationError> {
        self.normalize();
        let kind = self.kind()?;
        let (known, scratch) = cache.halves();
        let mut deferred = matches!(kind, OutputKind::Floating | OutputKind::Impure);
        scratch.inputs.clear();
        if kind != OutputKind::Fixed {
            let (inputs, inputs_deferred) = masked_inputs(self, known)?;
            deferred |= inputs_deferred;
            print_masked_inputs(&inputs, &mut scratch.inputs);
        }
        if !deferred {
            self.make_room();
        }
        scratch.rest.print(self, dir);
        match kind {
            OutputKind::InputAddressed | OutputKind::Deferred if deferred => self.check_deferred(dir)?,
            OutputKind::InputAddressed | OutputKind::Deferred => {
                scratch.begin.clear();
                self.print_outputs(dir, Mask::Outputs, &mut scratch.begin)?;
                let mut hasher = Hasher::new(Algorithm::Sha256);
                hasher.update(&scratch.begin);
                hasher.update(&scratch.inputs);
                scratch.rest.hash(self, Mask::Outputs, &mut hasher);
                self.set_paths(dir, &hasher.finish())?;
            }
            OutputKind::Fixed => self.set_fixed_path(dir)?,
            OutputKind::Floating | OutputKind::Impure => {}
        }
        scratch.begin.clear();
        self.print_outputs(dir, Mask::None, &mut scratch.begin)?;
        let modulo = match self.fixed_modulo(dir)? {
            Some(modulo) => modulo,
            None => {
                let mut hasher = Hasher::new(Algorithm::Sha256);
                hasher.update(&scratch.begin);
                hasher.update(&scratch.inputs);
                scratch.rest.hash(self, Mask::None, &mut hasher);
                self.modulo_of(&hasher.finish(), deferred)
            }
        };
        let inputs = self.input_derivations.len() * (dir.as_str().len() + 80);
        let outputs = self.outputs.len() * (dir.as_str().len() + 80);
        let mut text = Vec::with_capacity(scratch.begin.len() + scratch.rest.len() + inputs + outputs);
        text.extend_from_slice(&scratch.begin);
        self.print_inputs(dir, &mut text);
        scratch.rest.fill(self, Mask::None, |piece| text.extend_from_slice(piece));
        let references = self.references();
        let path = dir.text_path(&format!("{}.drv", self.name), &text, &references)?;
        cache.insert(path.clone(), modulo);
        Ok(Instantiated { path, text, references })
    }

    /// The derivation's own path.
    ///
    /// # Errors
    /// When the name, or a fixed output's, can't be in a store path.
    pub fn path(&self, dir: &StoreDir) -> Result<StorePath, DerivationError> {
        Ok(dir.text_path(&format!("{}.drv", self.name), &self.print(dir)?, &self.references())?)
    }

    /// Compares every output's path, and the variable named after it, with what they must be.
    ///
    /// # Errors
    /// When one differs, or what [`Derivation::instantiate`] fails with.
    pub fn check(&self, dir: &StoreDir, cache: &Cache) -> Result<(), DerivationError> {
        let mut own = self.clone();
        match self.kind()? {
            OutputKind::InputAddressed => match self.masked_hash(dir, cache)? {
                Some(hash) => own.set_paths(dir, &hash),
                None => own.check_deferred(dir),
            },
            OutputKind::Fixed => own.set_fixed_path(dir),
            _ => Ok(()),
        }
    }

    /// A place in the environment for each path that is going to be known.
    fn make_room(&mut self) {
        for at in 0..self.outputs.len() {
            let name = self.outputs[at].0.as_str().as_bytes();
            if self.env(name).is_none() {
                let name = name.to_vec();
                self.set_env(name, Vec::new());
            }
        }
    }

    fn check_deferred(&self, dir: &StoreDir) -> Result<(), DerivationError> {
        for (_, output) in &self.outputs {
            if let Output::InputAddressed(path) = output {
                return Err(DerivationError::NotDeferred { found: dir.print(path) });
            }
        }
        Ok(())
    }

    fn set_paths(&mut self, dir: &StoreDir, hash: &Hash) -> Result<(), DerivationError> {
        for at in 0..self.outputs.len() {
            let path = dir.output_path(self.outputs[at].0.as_str(), hash, &self.name)?;
            let text = dir.print(&path);
            if let Output::InputAddressed(found) = &self.outputs[at].1
                && *found != path
            {
                return Err(DerivationError::OutputPath { found: dir.print(found), wanted: text });
            }
            self.outputs[at].1 = Output::InputAddressed(path);
            self.set_variable(at, text)?;
        }
        Ok(())
    }

    fn set_fixed_path(&mut self, dir: &StoreDir) -> Result<(), DerivationError> {
        let (name, output) = &self.outputs[0];
        let path = output.path(dir, &self.name, name.as_str())?.expect("a fixed output has a path");
        self.set_variable(0, dir.print(&path))
    }

    /// Sets the variable of an output to its path, or makes sure that it is.
    fn set_variable(&mut self, output: usize, path: String) -> Result<(), DerivationError> {
        let name = &self.outputs[output].0;
        match self.env.binary_search_by(|(key, _)| (**key).cmp(name.as_str().as_bytes())) {
            Ok(at) if self.env[at].1.is_empty() => self.env[at].1 = Cow::Owned(path.into_bytes()),
            Ok(at) if *self.env[at].1 == *path.as_bytes() => {}
            Ok(at) => {
                return Err(DerivationError::OutputVariable {
                    output: name.clone(),
                    wanted: path,
                    found: String::from_utf8_lossy(&self.env[at].1).into_owned(),
                });
            }
            Err(at) => {
                let name = name.as_str().as_bytes().to_vec();
                self.env.insert(at, (Cow::Owned(name), Cow::Owned(path.into_bytes())));
            }
        }
        Ok(())
    }
}
