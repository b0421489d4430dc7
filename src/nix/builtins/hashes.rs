//! Hashes of strings, and hashes in other forms.

use super::Builtin;
use crate::nix::attrs;
use crate::nix::error::{Error, Result};
use crate::nix::eval::Evaluator;
use crate::nix::names;
use crate::nix::value::Word;
use crate::store::{Algorithm, Form, Hash, HashError};

pub(super) const TABLE: &[Builtin] = &[
    Builtin {
        name: "hashString",
        arity: 2,
        lazy: 0,
        run: hash_string,
        help: (&["type", "s"], "The hash of a string in base 16: `md5`, `sha1`, `sha256` or `sha512`."),
    },
    Builtin {
        name: "convertHash",
        arity: 1,
        lazy: 0,
        run: convert_hash,
        help: (
            &["args"],
            "The `hash`, of a `hashAlgo` if it does not say, in a `toHashFormat`: `base16`, `nix32`, `base64` or `sri`.",
        ),
    },
];

#[cold]
fn hash_error(error: HashError) -> Error {
    Error::other(error.to_string())
}

/// The hash algorithm that an argument names.
pub(super) fn algorithm(evaluator: &mut Evaluator, name: Word) -> Result<Algorithm> {
    Algorithm::parse(evaluator.wanted_plain_string(name)?).map_err(hash_error)
}

fn hash_string(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let algorithm = algorithm(evaluator, arguments[0])?;
    let text = evaluator.wanted_string(arguments[1])?;
    Ok(evaluator.string(Hash::of(algorithm, text).print(Form::Base16).as_bytes()))
}

fn convert_hash(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let set = evaluator.wanted_set(arguments[0])?;
    let text = evaluator.select_from(set, names::HASH)?;
    let text = evaluator.wanted_plain_string(text)?;
    let algorithm = match attrs::find(evaluator.heap, set, names::HASH_ALGO) {
        Some(found) => {
            let name = evaluator.force_slot(found.slot)?;
            Some(Algorithm::parse(evaluator.wanted_plain_string(name)?).map_err(hash_error)?)
        }
        None => None,
    };
    let form = evaluator.select_from(set, names::TO_HASH_FORMAT)?;
    let form = evaluator.wanted_plain_string(form)?;
    if form == b"base32" {
        evaluator.world.say("warning: \"base32\" is a deprecated alias for hash format \"nix32\".");
    }
    let form = Form::parse(form).map_err(hash_error)?;
    let hash = Hash::parse(text, algorithm).map_err(hash_error)?;
    Ok(evaluator.string(hash.print(form).as_bytes()))
}
