//! `getFlake`: a flake by its reference, with its outputs.

use super::Builtin;
use super::fetch::{bad, text_of};
use crate::nix::error::{Error, Kind, Result};
use crate::nix::eval::Evaluator;
use crate::nix::flake::Wish;
use crate::nix::input::FlakeRef;
use crate::nix::value::Word;

pub(super) const TABLE: &[Builtin] = &[Builtin {
    name: "getFlake",
    arity: 1,
    lazy: 0,
    run: get_flake,
    help: (&["reference"], "The outputs of a flake, with what is known of its tree."),
}];

fn get_flake(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let text = text_of(evaluator, arguments[0])?;
    let reference = FlakeRef::parse(&text).map_err(bad)?;
    if evaluator.options.pure && !reference.input.is_locked().map_err(bad)? {
        return Err(Error::new(
            Kind::Restricted,
            format!("cannot call 'getFlake' on unlocked flake reference '{text}' (use --impure to override)"),
        ));
    }
    let wish = Wish { locked_only: evaluator.options.pure, ..Wish::default() };
    let resolved = evaluator.resolve_flake(&reference, &wish)?;
    if resolved.is_changed() {
        evaluator.world.say(&format!("warning: not writing modified lock file of flake '{reference}'"));
    }
    evaluator.call_flake(&resolved)
}
