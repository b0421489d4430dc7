//! Flake references, from text to attributes and back.

use super::Builtin;
use super::fetch::{bad, text_of};
use crate::nix::attrs;
use crate::nix::error::{Error, Result};
use crate::nix::eval::Evaluator;
use crate::nix::input::{Attribute, Attributes, FlakeRef};
use crate::nix::value::{Tag, Word};

pub(super) const TABLE: &[Builtin] = &[
    Builtin {
        name: "parseFlakeRef",
        arity: 1,
        lazy: 0,
        run: parse_flake_ref,
        help: (&["flake-ref"], "The attributes of a flake reference."),
    },
    Builtin {
        name: "flakeRefToString",
        arity: 1,
        lazy: 0,
        run: flake_ref_to_string,
        help: (&["attrs"], "A flake reference as one string."),
    },
];

fn parse_flake_ref(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let text = text_of(evaluator, arguments[0])?;
    let reference = FlakeRef::parse(&text).map_err(bad)?;
    let mut new = Vec::new();
    for (name, value) in reference.attributes() {
        let value = match value {
            Attribute::Text(text) => evaluator.string(text.as_bytes()),
            Attribute::Number(number) => evaluator.int(number as i64),
            Attribute::Bool(value) => Word::bool(value),
        };
        new.push((evaluator.symbols.intern(name.as_bytes()), 0, value));
    }
    Ok(evaluator.set_of(new))
}

fn flake_ref_to_string(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let set = evaluator.wanted_set(arguments[0])?;
    let mut attributes = Attributes::new();
    for entry in attrs::by_text(evaluator.heap, &evaluator.symbols, set) {
        let value = evaluator.force_slot(entry.slot)?;
        let name = evaluator.name(entry.name);
        let attribute = match value.tag() {
            Tag::String => {
                let text = String::from_utf8(evaluator.wanted_string(value)?.to_vec());
                Attribute::Text(text.map_err(|_| Error::other("a flake reference must be UTF-8"))?)
            }
            Tag::Int | Tag::BigInt => {
                let number = evaluator.as_int(value).unwrap_or_default();
                Attribute::Number(u64::try_from(number).map_err(|_| {
                    Error::other(format!("negative value given for flake ref attr {name}: {number}"))
                })?)
            }
            _ if value == Word::TRUE || value == Word::FALSE => Attribute::Bool(value == Word::TRUE),
            _ => {
                let shown = evaluator.describe(value);
                return Err(Error::type_error(format!(
                    "flake reference attribute sets may only contain integers, Booleans, and strings, but attribute \
                     '{name}' is {shown}"
                )));
            }
        };
        attributes.insert(name, attribute);
    }
    let reference = FlakeRef::from_attributes(attributes).map_err(bad)?;
    let text = reference.print().map_err(bad)?;
    Ok(evaluator.string(text.as_bytes()))
}
