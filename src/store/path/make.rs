//! How store paths are made: a fingerprint of kind, hash, store folder and name is hashed, and folded to 20 bytes.
//!
//! The grammar is in Nix's manual, "Complete Store Path Calculation".

use super::{ContentAddress, Method, PathError, StoreDir, StorePath};
use crate::store::hash::{Algorithm, Hash, Hasher, compress_hash, hex_of};
use std::borrow::Cow;

/// What a path refers to. The order in which they are given does not matter.
#[derive(Debug, Clone, Copy, Default)]
pub struct References<'a> {
    /// Other paths.
    pub others: &'a [StorePath],
    /// The path itself.
    pub itself: bool,
}

impl<'a> References<'a> {
    /// References to other paths alone.
    pub fn to(others: &'a [StorePath]) -> Self {
        References { others, itself: false }
    }

    fn is_empty(&self) -> bool {
        self.others.is_empty() && !self.itself
    }

    /// Sorted and each once, which nearly every caller has already.
    fn in_order(&self) -> Cow<'a, [StorePath]> {
        if self.others.is_sorted_by(|a, b| a < b) {
            return Cow::Borrowed(self.others);
        }
        let mut sorted = self.others.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        Cow::Owned(sorted)
    }
}

impl StoreDir {
    /// The path of a text, such as a derivation's or what `builtins.toFile` makes.
    ///
    /// # Errors
    /// When the name is none.
    pub fn text_path(
        &self,
        name: &str,
        text: &[u8],
        references: &[StorePath],
    ) -> Result<StorePath, PathError> {
        self.text_path_of(name, &Hash::sha256(text), references)
    }

    /// The path of a text whose sha256 is known.
    ///
    /// # Errors
    /// When the name is none, or the hash is another one.
    pub fn text_path_of(
        &self,
        name: &str,
        hash: &Hash,
        references: &[StorePath],
    ) -> Result<StorePath, PathError> {
        if hash.algorithm() != Algorithm::Sha256 {
            return Err(PathError::TextAlgorithm { name: name.into(), algorithm: hash.algorithm() });
        }
        self.make("text", References::to(references), hash, name)
    }

    /// The path of a tree that was copied to the store as an archive: what a path in an expression becomes.
    ///
    /// # Errors
    /// When the name is none, or the hash is no sha256.
    pub fn source_path(&self, name: &str, nar: &Hash) -> Result<StorePath, PathError> {
        self.fixed_path(name, Method::Nar, nar, References::default())
    }

    /// The path of anything whose content is known by its hash.
    ///
    /// # Errors
    /// When the name is none, or the method does not go with the hash or with references.
    pub fn content_path(
        &self,
        name: &str,
        address: &ContentAddress,
        references: References<'_>,
    ) -> Result<StorePath, PathError> {
        match address.method {
            Method::Text if references.itself => Err(PathError::SelfReference),
            Method::Text => self.text_path_of(name, &address.hash, references.others),
            method => self.fixed_path(name, method, &address.hash, references),
        }
    }

    fn fixed_path(
        &self,
        name: &str,
        method: Method,
        hash: &Hash,
        references: References<'_>,
    ) -> Result<StorePath, PathError> {
        let algorithm = hash.algorithm();
        if method == Method::Git && !matches!(algorithm, Algorithm::Sha1 | Algorithm::Sha256) {
            return Err(PathError::GitAlgorithm { algorithm });
        }
        if method == Method::Nar && algorithm == Algorithm::Sha256 {
            return self.make("source", references, hash, name);
        }
        if !references.is_empty() {
            return Err(PathError::References { name: name.into() });
        }
        let mut inner = Hasher::new(Algorithm::Sha256);
        inner.update(b"fixed:out:");
        inner.update(method.prefix().as_bytes());
        put_hash(&mut inner, hash);
        inner.update(b":");
        self.make("output:out", References::default(), &inner.finish(), name)
    }

    /// The path of an output that is known by how it is made: `hash` is the derivation's, with its outputs masked.
    ///
    /// # Errors
    /// When the name with the output's is none.
    pub fn output_path(&self, output: &str, hash: &Hash, derivation: &str) -> Result<StorePath, PathError> {
        let mut fingerprint = Hasher::new(Algorithm::Sha256);
        fingerprint.update(b"output:");
        fingerprint.update(output.as_bytes());
        self.finish(fingerprint, hash, &output_name(derivation, output))
    }

    fn make(
        &self,
        kind: &str,
        references: References<'_>,
        hash: &Hash,
        name: &str,
    ) -> Result<StorePath, PathError> {
        let mut fingerprint = Hasher::new(Algorithm::Sha256);
        fingerprint.update(kind.as_bytes());
        for path in references.in_order().iter() {
            for part in [":", self.as_str(), "/", path.as_str()] {
                fingerprint.update(part.as_bytes());
            }
        }
        if references.itself {
            fingerprint.update(b":self");
        }
        self.finish(fingerprint, hash, name)
    }

    fn finish(&self, mut fingerprint: Hasher, hash: &Hash, name: &str) -> Result<StorePath, PathError> {
        fingerprint.update(b":");
        put_hash(&mut fingerprint, hash);
        for part in [":", self.as_str(), ":", name] {
            fingerprint.update(part.as_bytes());
        }
        StorePath::new(&compress_hash(fingerprint.finish().digest()), name)
    }
}

fn put_hash(hasher: &mut Hasher, hash: &Hash) {
    let mut hex = [0; 128];
    hasher.update(hash.algorithm().name().as_bytes());
    hasher.update(b":");
    hasher.update(hex_of(hash.digest(), &mut hex).as_bytes());
}

/// The name of an output's path: the derivation's name, and the output's unless it is `out`.
pub(in crate::store) fn output_name<'n>(derivation: &'n str, output: &str) -> Cow<'n, str> {
    match output {
        "out" => Cow::Borrowed(derivation),
        _ => Cow::Owned(format!("{derivation}-{output}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dir() -> StoreDir {
        StoreDir::default()
    }

    #[test]
    fn references_count_whatever_their_order() {
        let path = |name| dir().text_path(name, b"", &[]).unwrap();
        let (one, two) = (path("one"), path("two"));
        let made = |references: &[StorePath]| dir().text_path("x", b"", references).unwrap();
        assert_eq!(made(&[one.clone(), two.clone()]), made(&[two.clone(), one.clone(), two.clone()]));
        assert_ne!(made(std::slice::from_ref(&one)), made(&[two]));
        let nar = ContentAddress { method: Method::Nar, hash: Hash::sha256(b"") };
        let made = |itself| dir().content_path("x", &nar, References { others: &[], itself }).unwrap();
        assert_ne!(made(true), made(false));
        let only = References::to(std::slice::from_ref(&one));
        assert_ne!(dir().content_path("x", &nar, only).unwrap(), made(false));
    }

    #[test]
    fn what_does_not_go_together_is_refused() {
        let said = |method, algorithm, references| {
            let address = ContentAddress { method, hash: Hash::of(algorithm, b"") };
            dir().content_path("x", &address, references).unwrap_err().to_string()
        };
        let itself = References { others: &[], itself: true };
        let refused = "fixed output derivation 'x' is not allowed to refer to other store paths.";
        assert!(said(Method::Flat, Algorithm::Sha256, itself).starts_with(refused));
        assert!(said(Method::Nar, Algorithm::Sha1, itself).starts_with(refused));
        assert_eq!(
            said(Method::Text, Algorithm::Sha256, itself),
            "self-reference not allowed with text hashing"
        );
        assert_eq!(
            said(Method::Text, Algorithm::Md5, References::default()),
            "text 'x' must be hashed in sha256, not md5"
        );
        assert_eq!(
            said(Method::Git, Algorithm::Sha512, References::default()),
            "Git file ingestion must use SHA-1 or SHA-256 hash, but instead using: sha512"
        );
    }
}
