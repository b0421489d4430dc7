//! A session: expressions one after the other, each seeing the names that earlier ones gave. What `fleet repl` is made of.

use super::attrs;
use super::error::{Error, Result};
use super::eval::Evaluator;
use super::query::Found;
use super::symbols::Symbol;
use super::value::{Tag, Word};

/// The names that lines see, and the files they came from.
#[derive(Default)]
pub struct Session {
    names: Vec<(Symbol, Word)>,
    loaded: Vec<String>,
}

impl Session {
    /// The value of an expression.
    ///
    /// # Errors
    /// When it can't be evaluated.
    pub fn value(&self, evaluator: &mut Evaluator, text: &str, folder: &str) -> Result<Word> {
        evaluator.eval_text(text.as_bytes(), "«repl»", folder, &self.names)
    }

    /// Gives a name to an expression, which is evaluated when it is needed.
    ///
    /// # Errors
    /// When it is no expression.
    pub fn bind(&mut self, evaluator: &mut Evaluator, name: &str, text: &str, folder: &str) -> Result<()> {
        let value = evaluator.delayed_text(text.as_bytes(), "«repl»", folder, &self.names)?;
        let name = evaluator.symbols.intern(name.as_bytes());
        self.set(name, value);
        Ok(())
    }

    /// Gives all attributes of a set as names; how many.
    ///
    /// # Errors
    /// When it is no set.
    pub fn add(&mut self, evaluator: &mut Evaluator, set: Word) -> Result<usize> {
        let set = evaluator.force(set)?;
        let set = evaluator.wanted_set(set)?;
        let entries = attrs::entries(evaluator.heap, set);
        let count = entries.len();
        for entry in entries {
            let value = evaluator.share(entry.slot);
            self.set(entry.name, value);
        }
        Ok(count)
    }

    /// Gives all attributes of a file's value as names; functions on the way are called without arguments.
    ///
    /// # Errors
    /// When the file can't be evaluated, or is no set.
    pub fn load(&mut self, evaluator: &mut Evaluator, path: &str) -> Result<usize> {
        let value = evaluator.import(path)?;
        let value = evaluator.auto_call(&[], value)?;
        let count = self.add(evaluator, value)?;
        if !self.loaded.iter().any(|other| other == path) {
            self.loaded.push(path.to_owned());
        }
        Ok(count)
    }

    /// The files that were loaded.
    pub fn loaded(&self) -> &[String] {
        &self.loaded
    }

    fn set(&mut self, name: Symbol, value: Word) {
        match self.names.iter_mut().find(|(other, _)| *other == name) {
            Some(entry) => entry.1 = value,
            None => self.names.push((name, value)),
        }
    }

    /// What a line may go on with: names that begin as `word` does, or attributes of the set before its last dot.
    pub fn completions(&self, evaluator: &mut Evaluator, word: &str, folder: &str) -> Vec<String> {
        let (before, begin) = match word.rsplit_once('.') {
            Some((before, begin)) => (Some(before), begin),
            None => (None, word),
        };
        let mut found: Vec<String> = match before {
            Some(before) => {
                let value =
                    self.value(evaluator, before, folder).ok().filter(|value| value.tag() == Tag::Attrs);
                let Some(set) = value else { return Vec::new() };
                attrs::entries(evaluator.heap, set).map(|entry| evaluator.name(entry.name)).collect()
            }
            None => {
                let globals = evaluator.global_names();
                self.names.iter().map(|(name, _)| evaluator.name(*name)).chain(globals).collect()
            }
        };
        found.retain(|name| name.starts_with(begin));
        found.sort();
        found.dedup();
        let prefix = before.map_or(String::new(), |before| format!("{before}."));
        found.into_iter().map(|name| format!("{prefix}{}", quoted(&name))).collect()
    }
}

fn quoted(name: &str) -> String {
    let mut text = Vec::new();
    super::show::name(name.as_bytes(), &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

impl Evaluator {
    /// What a function is for: its arguments and one line, for a builtin.
    pub fn documentation(&self, value: Word) -> Option<String> {
        let function = if value.tag() == Tag::Partial { self.heap.get(value.at()) } else { value };
        if function.tag() != Tag::Builtin {
            return None;
        }
        let builtin = self.builtins[function.aux() as usize];
        let (arguments, help) = builtin.help;
        Some(format!("builtins.{} {}\n\n    {help}", builtin.name, arguments.join(" ")))
    }

    /// What a value is, with its article.
    pub fn type_of(&self, value: Word) -> String {
        self.describe(value)
    }

    /// The one derivation a value is.
    ///
    /// # Errors
    /// When it is none, or several.
    pub fn derivation_of(&mut self, value: Word) -> Result<Found> {
        let mut found = self.derivations_in(value, &[])?;
        match found.len() {
            1 => Ok(found.remove(0)),
            0 => Err(Error::type_error("this is no derivation")),
            count => Err(Error::type_error(format!("these are {count} derivations, and one is wanted"))),
        }
    }
}
