//! Paths and the store.

use super::Evaluator;
use crate::nix::error::{Error, Result};
use crate::nix::value::Word;

impl Evaluator {
    /// The path that a value names, for reading: what it depends on is built first.
    pub(in crate::nix) fn readable_path(&mut self, value: Word) -> Result<String> {
        let text = self.coerced(value, super::Coercion::PLAIN)?;
        let path = String::from_utf8(text.bytes).map_err(|_| Error::other("a path must be UTF-8"))?;
        if !path.starts_with('/') {
            return Err(Error::other(format!("string '{path}' doesn't represent an absolute path")));
        }
        Ok(path)
    }

    /// The store path of a copied path, as a string with context.
    pub(in crate::nix) fn copy_to_store(&mut self, value: Word) -> Result<Word> {
        Err(Error::other(format!("copying {} is not there yet", self.show_short(value))))
    }
}
