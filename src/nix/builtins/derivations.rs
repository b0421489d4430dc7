//! Derivations.

use super::Builtin;
use crate::nix::error::Result;
use crate::nix::eval::Evaluator;
use crate::nix::value::Word;

pub(super) const TABLE: &[Builtin] = &[Builtin {
    name: "derivationStrict",
    arity: 1,
    lazy: 0,
    run: strict,
    help: (&["attrs"], "The paths of a derivation: what `derivation` is made of."),
}];

fn strict(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let set = evaluator.wanted_set(arguments[0])?;
    evaluator.derivation_strict(set)
}
