//! What a derivation comes down to for those that need it: a hash that stays when only names or provenance change.
//!
//! The paths of its inputs are replaced by what they come down to themselves; a download comes down to what it must
//! contain, however it is fetched. Inputs that come down to the same hash are merged, not overwritten.
//! (Nix calls it `hashDerivationModulo`.)

use super::print::{Mask, MaskedInput, Rest, print_masked_inputs};
use super::{Derivation, DerivationError, Output, OutputKind, OutputName};
use crate::store::hash::{Algorithm, Hash, Hasher};
use crate::store::{Form, StoreDir, StorePath};
use std::collections::{HashMap, HashSet};

/// What one derivation comes down to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Modulo {
    hash: [u8; 32],
    deferred: bool,
    outputs: Box<[OutputName]>,
}

impl Modulo {
    /// The hash, the same for all outputs.
    pub fn hash(&self) -> Hash {
        Hash::from_digest(Algorithm::Sha256, &self.hash).expect("32 bytes")
    }

    /// Whether paths that follow from it can't be known yet.
    pub fn is_deferred(&self) -> bool {
        self.deferred
    }

    /// The derivation's outputs.
    pub fn outputs(&self) -> &[OutputName] {
        &self.outputs
    }
}

/// What every derivation that was met comes down to, so that each is hashed once.
#[derive(Debug, Default)]
pub struct Cache {
    known: HashMap<StorePath, Modulo>,
    pub(super) scratch: Scratch,
}

/// Memory that is used again for each derivation.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    pub(super) begin: Vec<u8>,
    pub(super) inputs: Vec<u8>,
    pub(super) rest: Rest,
}

impl Cache {
    /// What a derivation comes down to, when it was met.
    pub fn get(&self, path: &StorePath) -> Option<&Modulo> {
        self.known.get(path)
    }

    /// How many were met.
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// True when none was met.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Remembers what was computed elsewhere.
    pub fn insert(&mut self, path: StorePath, modulo: Modulo) {
        self.known.insert(path, modulo);
    }

    /// Makes sure that a derivation and all it needs are known. `read` gives the text of those that are not.
    ///
    /// # Errors
    /// When one can't be read, or what is read is no derivation.
    pub fn learn<E: From<DerivationError>>(
        &mut self,
        dir: &StoreDir,
        path: &StorePath,
        mut read: impl FnMut(&StorePath) -> Result<Vec<u8>, E>,
    ) -> Result<(), E> {
        let mut begun: HashSet<StorePath> = HashSet::new();
        // Each waits for those above it.
        let mut waiting: Vec<(StorePath, Option<Derivation<'static>>)> = vec![(path.clone(), None)];
        while let Some((path, derivation)) = waiting.pop() {
            if self.known.contains_key(&path) {
                continue;
            }
            if let Some(derivation) = derivation {
                let modulo = derivation.modulo(dir, self)?;
                self.known.insert(path, modulo);
                continue;
            }
            if !begun.insert(path.clone()) {
                return Err(DerivationError::Cycle { path }.into());
            }
            let text = read(&path)?;
            let name = path.derivation_name().map_err(DerivationError::from)?;
            let derivation = Derivation::parse(dir, name, &text)?.into_owned();
            let unknown: Vec<_> = derivation
                .input_derivations
                .iter()
                .filter(|(input, _)| !self.known.contains_key(input))
                .map(|(input, _)| (input.clone(), None))
                .collect();
            waiting.push((path, Some(derivation)));
            waiting.extend(unknown);
        }
        Ok(())
    }
}

/// The inputs of a derivation by what they come down to, sorted, each once; and whether one of them is deferred.
pub(super) fn masked_inputs<'a>(
    derivation: &'a Derivation<'_>,
    known: &'a HashMap<StorePath, Modulo>,
) -> Result<(Vec<MaskedInput<'a>>, bool), DerivationError> {
    let mut inputs = Vec::with_capacity(derivation.input_derivations.len());
    let mut deferred = false;
    for (path, input) in &derivation.input_derivations {
        let modulo = known.get(path).ok_or_else(|| DerivationError::UnknownInput { path: path.clone() })?;
        deferred |= modulo.deferred;
        for name in &input.outputs {
            if !modulo.outputs.contains(name) {
                return Err(DerivationError::NoSuchOutput { output: name.clone(), derivation: path.clone() });
            }
            inputs.push((&modulo.hash, name));
        }
    }
    inputs.sort_unstable();
    inputs.dedup();
    Ok((inputs, deferred))
}

impl Cache {
    pub(super) fn known(&self) -> &HashMap<StorePath, Modulo> {
        &self.known
    }

    /// The cache's two halves, to be borrowed apart.
    pub(super) fn halves(&mut self) -> (&HashMap<StorePath, Modulo>, &mut Scratch) {
        (&self.known, &mut self.scratch)
    }
}

impl Derivation<'_> {
    /// What it comes down to for those that need it. Its outputs have their paths already.
    ///
    /// # Errors
    /// When an input is not in the cache, or lacks an output.
    pub fn modulo(&self, dir: &StoreDir, cache: &Cache) -> Result<Modulo, DerivationError> {
        let kind = self.kind()?;
        if let Some(modulo) = self.fixed_modulo(dir)? {
            return Ok(modulo);
        }
        let (inputs, deferred) = masked_inputs(self, cache.known())?;
        let (hash, _) = self.hash_masked(dir, Mask::None, &inputs)?;
        Ok(self.modulo_of(&hash, deferred || matches!(kind, OutputKind::Floating | OutputKind::Impure)))
    }

    /// The hash that output paths are made of, with the outputs masked. None while a path that it stands on is not
    /// known yet.
    ///
    /// # Errors
    /// When an input is not in the cache, or lacks an output.
    pub fn masked_hash(&self, dir: &StoreDir, cache: &Cache) -> Result<Option<Hash>, DerivationError> {
        let (inputs, deferred) = masked_inputs(self, cache.known())?;
        if deferred {
            return Ok(None);
        }
        Ok(Some(self.hash_masked(dir, Mask::Outputs, &inputs)?.0))
    }

    fn hash_masked(
        &self,
        dir: &StoreDir,
        mask: Mask,
        inputs: &[MaskedInput<'_>],
    ) -> Result<(Hash, Rest), DerivationError> {
        let mut begin = Vec::with_capacity(1024);
        self.print_outputs(dir, mask, &mut begin)?;
        print_masked_inputs(inputs, &mut begin);
        let mut hasher = Hasher::new(Algorithm::Sha256);
        hasher.update(&begin);
        let mut rest = Rest::default();
        rest.print(self, dir);
        rest.hash(self, mask, &mut hasher);
        Ok((hasher.finish(), rest))
    }

    /// A derivation whose content is known comes down to that content and its path.
    pub(super) fn fixed_modulo(&self, dir: &StoreDir) -> Result<Option<Modulo>, DerivationError> {
        let Some((name, output @ Output::Fixed(address))) = self.outputs.first() else { return Ok(None) };
        let path = output.path(dir, &self.name, name.as_str())?.expect("a fixed output has a path");
        let mut hasher = Hasher::new(Algorithm::Sha256);
        for part in [
            "fixed:out:",
            &address.method_algorithm(),
            ":",
            &address.hash.print(Form::Base16),
            ":",
            dir.as_str(),
            "/",
            path.as_str(),
        ] {
            hasher.update(part.as_bytes());
        }
        Ok(Some(self.modulo_of(&hasher.finish(), false)))
    }

    pub(super) fn modulo_of(&self, hash: &Hash, deferred: bool) -> Modulo {
        Modulo {
            hash: *hash.as_sha256().expect("masked hashes are made in sha256"),
            deferred,
            outputs: self.outputs.iter().map(|(name, _)| name.clone()).collect(),
        }
    }
}
