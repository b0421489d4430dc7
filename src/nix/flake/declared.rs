//! What a flake.nix says of itself: its inputs, before anything of them is fetched.

use super::lock::Way;
use crate::nix::attrs;
use crate::nix::error::{Error, Result};
use crate::nix::eval::Evaluator;
use crate::nix::input::{Attribute, Attributes, FlakeRef};
use crate::nix::value::{Tag, Word};
use std::collections::BTreeMap;

/// Inputs by name.
pub type Inputs = BTreeMap<String, Declared>;

/// An input as a flake declares it.
#[derive(Debug, Clone, Default)]
pub struct Declared {
    /// Where it comes from; none for one that only says something of its own inputs, or follows another.
    pub reference: Option<FlakeRef>,
    /// Set for a tree that is no flake.
    pub is_tree: bool,
    /// The input it is the same as, as a way from the root of the lock.
    pub follows: Option<Way>,
    /// What is said of its inputs.
    pub overrides: Inputs,
}

impl Declared {
    /// An input with a reference and nothing else.
    pub fn of(reference: FlakeRef) -> Self {
        Declared { reference: Some(reference), ..Declared::default() }
    }

    /// The input that a name alone stands for: an entry of a registry.
    ///
    /// # Errors
    /// When it can't be such a name.
    pub fn by_name(name: &str) -> Result<FlakeRef> {
        let attributes = [("type", "indirect"), ("id", name)];
        let attributes = attributes.map(|(name, value)| (name.to_owned(), Attribute::from(value)));
        FlakeRef::from_attributes(attributes.into()).map_err(|bad| Error::other(bad.0))
    }
}

/// What a flake.nix says of itself.
#[derive(Debug, Clone, Default)]
pub struct Description {
    /// One line for people.
    pub description: Option<String>,
    /// Its inputs.
    pub inputs: Inputs,
    /// How its own tree is to be fetched: `submodules`.
    pub own: Attributes,
}

/// The parts of a way such as `nixpkgs/flake-utils`.
///
/// # Errors
/// When one is no name of an input.
pub fn way(text: &str) -> Result<Way> {
    let parts = text.split('/').filter(|part| !part.is_empty());
    parts
        .map(|part| match crate::nix::input::scheme::is_flake_id(part) {
            true => Ok(part.to_owned()),
            false => Err(Error::other(format!("invalid flake input attribute path element '{part}'"))),
        })
        .collect()
}

impl Evaluator {
    /// Reads the set that a flake.nix is. `place` is the way to the flake in the lock, where its ways begin; `shown` is
    /// what messages call it.
    pub(super) fn description(&mut self, flake: Word, place: &[String], shown: &str) -> Result<Description> {
        let flake = self.wanted_set(flake)?;
        let mut found = Description::default();
        let mut outputs = None;
        for entry in attrs::by_text(self.heap, &self.symbols, flake) {
            let name = self.name(entry.name);
            let value = entry.slot;
            match name.as_str() {
                "description" => found.description = Some(self.text_in_slot(value)?),
                "inputs" => {
                    let value = self.force_slot(value)?;
                    found.inputs = self.inputs(value, place, Some(&mut found.own))?;
                }
                "outputs" => outputs = Some(self.force_slot(value)?),
                "nixConfig" => {
                    let value = self.force_slot(value)?;
                    self.wanted_set(value)?;
                }
                _ => {
                    return Err(Error::other(format!(
                        "flake '{shown}' has an unsupported attribute '{name}'"
                    ))
                    .at(entry.place));
                }
            }
        }
        let Some(outputs) = outputs else {
            return Err(Error::other(format!("flake '{shown}' lacks attribute 'outputs'")));
        };
        if !matches!(outputs.tag(), Tag::Lambda | Tag::Builtin | Tag::Partial) {
            return Err(self
                .expected("a function", outputs)
                .while_(0, format!("while reading the outputs of '{shown}'")));
        }
        for name in self.argument_names(outputs)? {
            if name != "self" && !found.inputs.contains_key(&name) {
                let reference = Declared::by_name(&name)?;
                found.inputs.insert(name, Declared::of(reference));
            }
        }
        Ok(found)
    }

    /// The names of a function's arguments, when it takes a set apart.
    fn argument_names(&mut self, function: Word) -> Result<Vec<String>> {
        let names = self.eval_text(b"builtins.functionArgs", "«flake»", "/", &[])?;
        let set = self.apply_to(names, function)?;
        Ok(attrs::by_text(self.heap, &self.symbols, set).map(|entry| self.name(entry.name)).collect())
    }

    /// `own` is where what is said of `self` goes; without it `self` is refused.
    fn inputs(&mut self, value: Word, place: &[String], mut own: Option<&mut Attributes>) -> Result<Inputs> {
        let set = self.wanted_set(value)?;
        let mut inputs = Inputs::new();
        for entry in attrs::by_text(self.heap, &self.symbols, set) {
            let name = self.name(entry.name);
            let value = self.force_slot(entry.slot)?;
            let of = self.wanted_set(value)?;
            if name == "self" {
                let Some(own) = own.as_deref_mut() else {
                    return Err(Error::other("'self' input attribute not allowed").at(entry.place));
                };
                for entry in attrs::by_text(self.heap, &self.symbols, of) {
                    let name = self.name(entry.name);
                    let value = self.input_attribute(&name, entry.slot)?;
                    own.insert(name, value);
                }
                continue;
            }
            let input = self.input(of, place).map_err(|error| {
                error.while_(entry.place, format!("while evaluating flake attribute '{name}'"))
            })?;
            inputs.insert(name, input);
        }
        Ok(inputs)
    }

    fn input(&mut self, set: Word, place: &[String]) -> Result<Declared> {
        let mut input = Declared::default();
        let mut attributes = Attributes::new();
        let mut url = None;
        for entry in attrs::by_text(self.heap, &self.symbols, set) {
            let name = self.name(entry.name);
            match name.as_str() {
                "url" => {
                    let text = self.text_in_slot(entry.slot)?;
                    attributes.insert(name, Attribute::Text(text.clone()));
                    url = Some((text, entry.place));
                }
                "flake" => {
                    let value = self.force_slot(entry.slot)?;
                    if value != Word::TRUE && value != Word::FALSE {
                        return Err(self.expected("a Boolean", value).at(entry.place));
                    }
                    input.is_tree = value == Word::FALSE;
                }
                "inputs" => {
                    let value = self.force_slot(entry.slot)?;
                    input.overrides = self.inputs(value, place, None)?;
                }
                "follows" => {
                    let text = self.text_in_slot(entry.slot)?;
                    let rest = way(&text).map_err(|error| error.at(entry.place))?;
                    input.follows = Some(place.iter().cloned().chain(rest).collect());
                }
                _ => {
                    let value = self.input_attribute(&name, entry.slot)?;
                    attributes.insert(name, value);
                }
            }
        }
        let bad = |bad: crate::nix::input::BadInput| Error::other(bad.0);
        if attributes.contains_key("type") {
            input.reference = Some(FlakeRef::from_attributes(attributes).map_err(bad)?);
        } else {
            attributes.remove("url");
            if let Some(name) = attributes.keys().next() {
                return Err(Error::other(format!("unexpected flake input attribute '{name}'")));
            }
            if let Some((url, at)) = url {
                let reference = FlakeRef::parse_inside(&url).map_err(|error| bad(error).at(at))?;
                input.reference = Some(reference);
            }
        }
        if input.reference.is_some() && input.follows.is_some() {
            return Err(Error::other("flake input has both a flake reference and a follows attribute"));
        }
        Ok(input)
    }

    fn input_attribute(&mut self, name: &str, slot: u32) -> Result<Attribute> {
        let value = self.force_slot(slot)?;
        Ok(match value.tag() {
            Tag::String => Attribute::Text(self.text_in_slot(slot)?),
            Tag::Int | Tag::BigInt => {
                let number = self.as_int(value).unwrap_or_default();
                Attribute::Number(u64::try_from(number).map_err(|_| {
                    Error::other(format!("negative value given for flake input attribute {name}: {number}"))
                })?)
            }
            _ if value == Word::TRUE || value == Word::FALSE => Attribute::Bool(value == Word::TRUE),
            _ => {
                let shown = self.describe(value);
                return Err(Error::type_error(format!(
                    "flake input attribute '{name}' is {shown} while a string, Boolean, or integer is expected"
                )));
            }
        })
    }

    /// A string without context.
    fn text_in_slot(&mut self, slot: u32) -> Result<String> {
        let value = self.force_slot(slot)?;
        if value.tag() != Tag::String {
            return Err(self.expected("a string", value));
        }
        crate::nix::builtins::text_of(self, value)
    }
}
