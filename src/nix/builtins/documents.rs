//! Values as documents of other formats, and back.

use super::Builtin;
use crate::nix::document::{self, Maker};
use crate::nix::error::Result;
use crate::nix::eval::{Evaluator, Text};
use crate::nix::symbols::Symbol;
use crate::nix::value::Word;

pub(super) const TABLE: &[Builtin] = &[
    Builtin { name: "toJSON", arity: 1, lazy: 0, run: to_json, help: (&["e"], "A value as JSON.") },
    Builtin {
        name: "fromJSON",
        arity: 1,
        lazy: 0,
        run: from_json,
        help: (&["e"], "The value of a JSON text."),
    },
    Builtin {
        name: "fromTOML",
        arity: 1,
        lazy: 0,
        run: from_toml,
        help: (&["e"], "The value of a TOML text. Dates and times are an error."),
    },
    Builtin { name: "toXML", arity: 1, lazy: 0, run: to_xml, help: (&["e"], "A value as XML.") },
];

fn to_json(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let mut text = Text::default();
    evaluator.write_json(arguments[0], &mut text)?;
    Ok(evaluator.finish(&text))
}

fn from_json(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let text = evaluator.wanted_string(arguments[0])?;
    evaluator.without_context(arguments[0])?;
    document::json::read(text, evaluator).map_err(|error| error.while_(0, "while decoding a JSON string"))
}

fn from_toml(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let text = evaluator.wanted_plain_string(arguments[0])?;
    let timestamps = evaluator.options.features.toml_timestamps;
    document::toml::read(text, timestamps, evaluator)
}

fn to_xml(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let text = evaluator.xml_text(arguments[0], true, false)?;
    Ok(evaluator.finish(&text))
}

impl Maker for Evaluator {
    type Value = Word;
    type Name = Symbol;

    fn null(&mut self) -> Word {
        Word::NULL
    }

    fn bool(&mut self, value: bool) -> Word {
        Word::bool(value)
    }

    fn int(&mut self, value: i64) -> Word {
        Evaluator::int(self, value)
    }

    fn float(&mut self, value: f64) -> Word {
        Evaluator::float(self, value)
    }

    fn string(&mut self, text: &[u8]) -> Word {
        Evaluator::string(self, text)
    }

    fn name(&mut self, text: &[u8]) -> Symbol {
        self.symbols.intern(text)
    }

    fn list(&mut self, items: Vec<Word>) -> Word {
        self.list_of(&items)
    }

    fn set(&mut self, entries: Vec<(Symbol, Word)>) -> Word {
        self.set_of(entries.into_iter().map(|(name, value)| (name, 0, value)).collect())
    }

    fn deeper(&mut self) -> Result<()> {
        self.check_stack()
    }
}
