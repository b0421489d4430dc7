//! Derivations: from the attributes of `derivation { … }` to a `.drv` and its output paths.
//!
//! Every attribute becomes a variable of the build's environment, as text, and what the texts depend on (their contexts)
//! becomes the derivation's inputs. The hashing is [`crate::store`]'s; here is what the language says about it.

mod inputs;

use super::attrs;
use super::context::{Context, Element};
use super::error::{Error, Result};
use super::eval::import_world_error as world_error;
use super::eval::{Coercion, Evaluator, Text};
use super::features;
use super::names;
use super::value::Word;
use crate::store::{
    Algorithm, Cache, ContentAddress, Derivation, Hash, HashError, Method, Output, OutputName, StorePath,
    Upstream, placeholder,
};
use std::borrow::Cow;
use std::collections::HashMap;

/// What is known of derivations and sources.
#[derive(Default)]
pub struct Known {
    /// What every derivation comes down to.
    pub(super) cache: Cache,
    /// What the texts that were made here refer to: derivations, and those of `toFile`.
    pub(super) references: HashMap<StorePath, Vec<StorePath>>,
    /// Paths that were copied to the store, and the string they became.
    pub(super) copied: HashMap<String, Word>,
}

/// What the attributes say, as it is gathered.
struct Draft {
    derivation: Derivation<'static>,
    context: Context,
    outputs: Vec<OutputName>,
    hash: Option<Vec<u8>>,
    algorithm: Option<Algorithm>,
    method: Option<Method>,
    content_addressed: bool,
    impure: bool,
}

fn store_error(error: impl std::fmt::Display) -> Error {
    Error::other(error.to_string())
}

impl Evaluator {
    /// `derivationStrict`
    pub(super) fn derivation_strict(&mut self, set: Word) -> Result<Word> {
        let name = match self.select_if_there(set, names::NAME)? {
            Some(name) => name,
            None => return Err(Error::other("required attribute 'name' missing")),
        };
        let name_place = attrs::find(self.heap, set, names::NAME).map_or(0, |found| found.place);
        let text = self.wanted_string(name).and_then(|text| self.without_context(name).map(|()| text));
        let text = text.map_err(|error| {
            error.at(name_place).while_(
                name_place,
                "while evaluating the `name` attribute passed to builtins.derivationStrict",
            )
        })?;
        let text = String::from_utf8_lossy(text).into_owned();
        self.derivation_named(&text, set).map_err(|error| {
            error.at(name_place).while_(name_place, format!("while evaluating derivation '{text}'"))
        })
    }

    fn derivation_named(&mut self, name: &str, set: Word) -> Result<Word> {
        crate::store::check_name(name.as_bytes()).map_err(|error| {
            Error::other(format!("invalid derivation name: {error}. Please pass a different 'name'."))
        })?;
        let mut draft = Draft {
            derivation: Derivation::new(name.to_owned()),
            context: Context::NONE,
            outputs: Vec::new(),
            hash: None,
            algorithm: None,
            method: None,
            content_addressed: false,
            impure: false,
        };
        let ignore_nulls = self.flag(set, names::IGNORE_NULLS)?;
        let structured = self.flag(set, names::STRUCTURED_ATTRS)?;
        let mut json = structured.then(|| b"{".to_vec());
        for entry in attrs::by_text(self.heap, &self.symbols, set) {
            if entry.name == names::IGNORE_NULLS {
                continue;
            }
            let value = self.force_slot(entry.slot);
            let done = value.and_then(|value| {
                if ignore_nulls && value == Word::NULL {
                    return Ok(());
                }
                self.derivation_attribute(&mut draft, entry.name, value, &mut json)
            });
            done.map_err(|error| {
                let attribute = self.name(entry.name);
                error.at(entry.place).while_(
                    entry.place,
                    format!("while evaluating attribute '{attribute}' of derivation '{name}'"),
                )
            })?;
        }
        if let Some(mut json) = json {
            json.push(b'}');
            draft.derivation.env.push((Cow::Borrowed(b"__json"), Cow::Owned(json)));
        }
        self.add_inputs(&mut draft)?;
        if draft.derivation.builder.is_empty() {
            return Err(Error::other("required attribute 'builder' missing"));
        }
        if draft.derivation.platform.is_empty() {
            return Err(Error::other("required attribute 'system' missing"));
        }
        if draft.outputs.is_empty() {
            draft.outputs.push(OutputName::out());
        }
        if name.ends_with(".drv")
            && !(draft.method == Some(Method::Text) && draft.outputs == [OutputName::out()])
        {
            return Err(Error::other(
                "derivation names are allowed to end in '.drv' only if they produce a single derivation file",
            ));
        }
        self.set_outputs(&mut draft)?;
        self.finish_derivation(draft)
    }

    /// A flag among the attributes: false if it is missing.
    fn flag(&mut self, set: Word, name: crate::nix::symbols::Symbol) -> Result<bool> {
        match self.select_if_there(set, name)? {
            None => Ok(false),
            Some(value) if value == Word::TRUE || value == Word::FALSE => Ok(value == Word::TRUE),
            Some(value) => Err(self.expected("a Boolean", value)),
        }
    }

    fn derivation_attribute(
        &mut self,
        draft: &mut Draft,
        name: crate::nix::symbols::Symbol,
        value: Word,
        json: &mut Option<Vec<u8>>,
    ) -> Result<()> {
        if name == names::CONTENT_ADDRESSED || name == names::IMPURE {
            let flag = match value {
                Word::TRUE => true,
                Word::FALSE => false,
                value => return Err(self.expected("a Boolean", value)),
            };
            let features = self.options.features;
            if name == names::IMPURE {
                if flag && !features.impure_derivations {
                    return Err(features::disabled("impure-derivations", ""));
                }
                draft.impure = flag
            } else {
                if flag && !features.ca_derivations {
                    return Err(features::disabled("ca-derivations", ""));
                }
                draft.content_addressed = flag
            }
            return Ok(());
        }
        if name == names::ARGS {
            let list = self.wanted_list(value)?;
            for at in 0..list.aux() {
                let item = self.force_slot(list.at() + at)?;
                let text = self.derivation_text(draft, item)?;
                draft.derivation.args.push(Cow::Owned(text));
            }
            return Ok(());
        }
        if let Some(json) = json {
            return self.structured_attribute(draft, name, value, json);
        }
        let text = self.derivation_text(draft, value)?;
        match name {
            names::BUILDER => {
                draft.derivation.builder = Cow::Owned(text.clone());
            }
            names::SYSTEM => {
                draft.derivation.platform = Cow::Owned(text.clone());
            }
            names::OUTPUTS => {
                let words = text.split(|byte| b" \t\n\r".contains(byte)).filter(|word| !word.is_empty());
                set_output_names(draft, words)?;
            }
            _ => self.fixed_attribute(draft, name, &text)?,
        }
        let key = self.symbols.text(name).to_vec();
        draft.derivation.env.push((Cow::Owned(key), Cow::Owned(text)));
        Ok(())
    }

    /// With `__structuredAttrs`, everything becomes one JSON document.
    fn structured_attribute(
        &mut self,
        draft: &mut Draft,
        name: crate::nix::symbols::Symbol,
        value: Word,
        json: &mut Vec<u8>,
    ) -> Result<()> {
        if name == names::STRUCTURED_ATTRS {
            return Ok(());
        }
        if json.len() > 1 {
            json.push(b',');
        }
        let mut text = Text { bytes: std::mem::take(json), context: draft.context };
        super::json::write_string(self.symbols.text(name), &mut text.bytes)?;
        text.bytes.push(b':');
        let done = self.write_json(value, &mut text);
        draft.context = text.context;
        *json = text.bytes;
        done?;
        match name {
            names::BUILDER => {
                let text = self.plain_text(draft, value)?;
                draft.derivation.builder = Cow::Owned(text);
            }
            names::SYSTEM => {
                let text = self.plain_text(draft, value)?;
                draft.derivation.platform = Cow::Owned(text);
            }
            names::OUTPUTS => {
                let list = self.wanted_list(value)?;
                let mut words = Vec::new();
                for at in 0..list.aux() {
                    let item = self.force_slot(list.at() + at)?;
                    words.push(self.plain_text(draft, item)?);
                }
                set_output_names(draft, words.iter().map(Vec::as_slice))?;
            }
            names::OUTPUT_HASH | names::OUTPUT_HASH_ALGO | names::OUTPUT_HASH_MODE => {
                let text = self.plain_text(draft, value)?;
                self.fixed_attribute(draft, name, &text)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// The attributes that make an output a fixed one.
    fn fixed_attribute(
        &self,
        draft: &mut Draft,
        name: crate::nix::symbols::Symbol,
        text: &[u8],
    ) -> Result<()> {
        match name {
            names::OUTPUT_HASH => draft.hash = Some(text.to_vec()),
            // Empty where the hash names its own.
            names::OUTPUT_HASH_ALGO => {
                draft.algorithm = match Algorithm::parse(text) {
                    Err(error @ HashError::Blake3) => return Err(Error::other(error.to_string())),
                    found => found.ok(),
                }
            }
            names::OUTPUT_HASH_MODE => {
                let method = Method::parse(text).ok_or_else(|| {
                    let text = String::from_utf8_lossy(text);
                    Error::other(format!("invalid value '{text}' for 'outputHashMode' attribute"))
                })?;
                let features = self.options.features;
                match method {
                    Method::Text if !features.dynamic_derivations => {
                        let name = &draft.derivation.name;
                        let why = format!(" (text-hashed derivation '{name}', outputHashMode = \"text\")");
                        return Err(features::disabled("dynamic-derivations", &why));
                    }
                    Method::Git if !features.git_hashing => {
                        return Err(features::disabled("git-hashing", ""));
                    }
                    method => draft.method = Some(method),
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn derivation_text(&mut self, draft: &mut Draft, value: Word) -> Result<Vec<u8>> {
        let mut text = Text { bytes: Vec::new(), context: draft.context };
        let done = self.coerce(value, Coercion::DERIVATION, &mut text);
        draft.context = text.context;
        done.map(|()| text.bytes)
    }

    fn plain_text(&mut self, draft: &mut Draft, value: Word) -> Result<Vec<u8>> {
        let bytes = self.wanted_string(value)?;
        draft.context = self.contexts.union(draft.context, self.context(value));
        Ok(bytes.to_vec())
    }

    fn set_outputs(&mut self, draft: &mut Draft) -> Result<()> {
        if let Some(text) = &draft.hash {
            if draft.outputs != [OutputName::out()] {
                return Err(Error::other("multiple outputs are not supported in fixed-output derivations"));
            }
            let hash = if text.is_empty() {
                let algorithm = draft
                    .algorithm
                    .ok_or_else(|| Error::other("empty hash requires explicit hash algorithm"))?;
                self.world.say(&format!("warning: found empty hash, assuming '{}'", Hash::zero(algorithm)));
                Hash::zero(algorithm)
            } else {
                Hash::parse(text, draft.algorithm).map_err(store_error)?
            };
            let address = ContentAddress { method: draft.method.unwrap_or(Method::Flat), hash };
            draft.derivation.set_output(OutputName::out(), Output::Fixed(address));
            draft.derivation.env.push((Cow::Borrowed(b"out"), Cow::Borrowed(b"")));
            return Ok(());
        }
        if draft.content_addressed && draft.impure {
            return Err(Error::other("derivation cannot be both content-addressed and impure"));
        }
        for name in draft.outputs.clone() {
            let floating =
                (draft.method.unwrap_or(Method::Nar), draft.algorithm.unwrap_or(Algorithm::Sha256));
            let key = name.as_str().as_bytes().to_vec();
            let (output, variable) = if draft.content_addressed {
                let output = Output::Floating { method: floating.0, algorithm: floating.1 };
                (output, placeholder(&key).into_bytes())
            } else if draft.impure {
                let output = Output::Impure { method: floating.0, algorithm: floating.1 };
                (output, placeholder(&key).into_bytes())
            } else {
                (Output::Deferred, Vec::new())
            };
            draft.derivation.set_output(name, output);
            draft.derivation.env.push((Cow::Owned(key), Cow::Owned(variable)));
        }
        Ok(())
    }

    fn finish_derivation(&mut self, draft: Draft) -> Result<Word> {
        let mut derivation = draft.derivation;
        let dir = self.world.store_dir().clone();
        let made = derivation.instantiate(&dir, &mut self.derivations.cache).map_err(store_error)?;
        self.world.add_text(&made.path, &made.text, &made.references).map_err(world_error)?;
        let mut result = Vec::with_capacity(derivation.outputs.len() + 1);
        let context = self.contexts.of(Element::Closure(made.path.clone()));
        let path = self.string_in(dir.print(&made.path).as_bytes(), context);
        result.push((names::DRV_PATH, 0, path));
        for (name, output) in &derivation.outputs {
            let text = match output.path(&dir, &derivation.name, name.as_str()).map_err(store_error)? {
                Some(path) => dir.print(&path),
                None => Upstream::output(&made.path, name.as_str()).map_err(store_error)?.print(),
            };
            let element = Element::Output { derivation: made.path.clone(), output: name.clone() };
            let context = self.contexts.of(element);
            let symbol = self.symbols.intern(name.as_str().as_bytes());
            result.push((symbol, 0, self.string_in(text.as_bytes(), context)));
        }
        self.derivations.references.insert(made.path, made.references);
        Ok(self.set_of(result))
    }
}

fn set_output_names<'t>(draft: &mut Draft, words: impl Iterator<Item = &'t [u8]>) -> Result<()> {
    let mut names: Vec<OutputName> = Vec::new();
    for word in words {
        let name = OutputName::parse(word).map_err(store_error)?;
        if names.contains(&name) {
            return Err(Error::other(format!("duplicate derivation output '{name}'")));
        }
        if name.as_str() == "drvPath" {
            return Err(Error::other("invalid derivation output name 'drvPath'"));
        }
        names.push(name);
    }
    if names.is_empty() {
        return Err(Error::other("derivation cannot have an empty set of outputs"));
    }
    draft.outputs = names;
    Ok(())
}
