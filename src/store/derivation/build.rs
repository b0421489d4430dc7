//! Putting a derivation together: what is added lands in its place, whatever the order it comes in.

use super::{Derivation, DerivationError, Input, Output, OutputName};
use crate::store::StorePath;
use std::borrow::Cow;

impl<'a> Derivation<'a> {
    /// A derivation of this name, without anything.
    pub fn new(name: impl Into<Cow<'a, str>>) -> Self {
        Derivation { name: name.into(), ..Derivation::default() }
    }

    /// An output whose path follows from all the rest, and the variable that is going to hold it.
    ///
    /// # Errors
    /// When the name can't be an output's.
    pub fn add_output(&mut self, name: &str) -> Result<(), DerivationError> {
        self.set_output(OutputName::parse(name)?, Output::Deferred);
        self.set_env(name.as_bytes().to_vec(), Vec::new());
        Ok(())
    }

    /// Sets an output, in the place of one of the same name.
    pub fn set_output(&mut self, name: OutputName, output: Output) {
        match self.outputs.binary_search_by(|(other, _)| other.cmp(&name)) {
            Ok(at) => self.outputs[at].1 = output,
            Err(at) => self.outputs.insert(at, (name, output)),
        }
    }

    /// The output of a name.
    pub fn output(&self, name: &str) -> Option<&Output> {
        let at = self.outputs.binary_search_by(|(other, _)| other.as_str().cmp(name)).ok()?;
        Some(&self.outputs[at].1)
    }

    /// Adds an output of another derivation to what is needed.
    pub fn add_input(&mut self, derivation: StorePath, output: OutputName) {
        self.input_mut(derivation).add(output);
    }

    /// What is needed of a derivation, for one that was not needed yet nothing.
    pub fn input_mut(&mut self, derivation: StorePath) -> &mut Input {
        let at = match self.input_derivations.binary_search_by(|(other, _)| other.cmp(&derivation)) {
            Ok(at) => at,
            Err(at) => {
                self.input_derivations.insert(at, (derivation, Input::default()));
                at
            }
        };
        &mut self.input_derivations[at].1
    }

    /// Adds a store path to what is needed.
    pub fn add_source(&mut self, path: StorePath) {
        if let Err(at) = self.input_sources.binary_search(&path) {
            self.input_sources.insert(at, path);
        }
    }

    /// Sets a variable of the environment.
    pub fn set_env(&mut self, key: impl Into<Cow<'a, [u8]>>, value: impl Into<Cow<'a, [u8]>>) {
        let (key, value) = (key.into(), value.into());
        match self.env.binary_search_by(|(other, _)| other.cmp(&key)) {
            Ok(at) => self.env[at].1 = value,
            Err(at) => self.env.insert(at, (key, value)),
        }
    }

    /// A variable of the environment.
    pub fn env(&self, key: &[u8]) -> Option<&[u8]> {
        let at = self.env.binary_search_by(|(other, _)| (**other).cmp(key)).ok()?;
        Some(&self.env[at].1)
    }

    /// Puts lists that were filled by hand in order: sorted, each thing once, of two variables or outputs of one name
    /// the later one. It costs one look when they are in order already.
    pub fn normalize(&mut self) {
        fn by_key<K: Ord, V>(list: &mut Vec<(K, V)>) {
            if list.is_sorted_by(|a, b| a.0 < b.0) {
                return;
            }
            list.sort_by(|a, b| a.0.cmp(&b.0));
            // The sort is stable, so the later of two comes second: it moves into the first one's place.
            list.dedup_by(|second, first| {
                let same = second.0 == first.0;
                if same {
                    std::mem::swap(second, first);
                }
                same
            });
        }
        by_key(&mut self.outputs);
        by_key(&mut self.env);
        if !self.input_sources.is_sorted_by(|a, b| a < b) {
            self.input_sources.sort_unstable();
            self.input_sources.dedup();
        }
        if !self.input_derivations.is_sorted_by(|a, b| a.0 < b.0) {
            self.input_derivations.sort_by(|a, b| a.0.cmp(&b.0));
            self.input_derivations.dedup_by(|second, first| {
                let same = second.0 == first.0;
                if same {
                    first.1.merge(std::mem::take(&mut second.1));
                }
                same
            });
        }
        self.input_derivations.iter_mut().for_each(|(_, input)| input.normalize());
    }

    /// Every path that the derivation's text names, sorted: the references of its own store path.
    pub fn references(&self) -> Vec<StorePath> {
        let mut paths = Vec::with_capacity(self.input_sources.len() + self.input_derivations.len());
        paths.extend(self.input_sources.iter().cloned());
        paths.extend(self.input_derivations.iter().map(|(path, _)| path.clone()));
        // Two sorted runs, which this sort finds and merges.
        paths.sort();
        paths.dedup();
        paths
    }

    /// The same derivation with texts of its own.
    pub fn into_owned(self) -> Derivation<'static> {
        let own = |text: Cow<'_, [u8]>| Cow::Owned(text.into_owned());
        Derivation {
            name: Cow::Owned(self.name.into_owned()),
            outputs: self.outputs,
            input_derivations: self.input_derivations,
            input_sources: self.input_sources,
            platform: own(self.platform),
            builder: own(self.builder),
            args: self.args.into_iter().map(own).collect(),
            env: self.env.into_iter().map(|(key, value)| (own(key), own(value))).collect(),
        }
    }
}
