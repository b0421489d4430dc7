//! Derivations.

use super::Builtin;
use crate::nix::error::{Error, Result};
use crate::nix::eval::Evaluator;
use crate::nix::value::Word;

pub(super) const TABLE: &[Builtin] = &[
    Builtin { name: "derivationStrict", arity: 1, lazy: 0, run: strict, help: (&["attrs"], "The paths of a derivation: what `derivation` is made of.") },
];

fn strict(_: &mut Evaluator, _: &[Word], _: u32) -> Result<Word> {
    Err(Error::other("derivationStrict is not there yet"))
}
