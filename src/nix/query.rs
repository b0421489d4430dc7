//! What a command line asks of a value: arguments for functions, an attribute along a path, all derivations within.

use super::attrs;
use super::code::NONE;
use super::error::{Error, Kind, Result};
use super::eval::Evaluator;
use super::names;
use super::symbols::Symbol;
use super::value::{Tag, Word};
use std::collections::HashSet;

/// A derivation that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The path of the `.drv`.
    pub derivation: String,
    /// The output that the value stands for.
    pub output: String,
}

impl Evaluator {
    /// Calls a function that takes a set apart, with those of the arguments it knows, and anything else gives as it is.
    ///
    /// # Errors
    /// When it wants an argument that is not there, or evaluating fails.
    pub fn auto_call(&mut self, arguments: &[(Symbol, Word)], value: Word) -> Result<Word> {
        let value = self.force(value)?;
        if value.tag() == Tag::Attrs
            && let Some(found) = attrs::find(self.heap, value, names::FUNCTOR)
        {
            let functor = self.force_slot(found.slot)?;
            let inner = self.call(functor, &[value], 0)?;
            return self.auto_call(arguments, inner);
        }
        if value.tag() != Tag::Lambda {
            return Ok(value);
        }
        let lambda = self.code.lambdas[value.aux() as usize];
        if !lambda.takes_set {
            return Ok(value);
        }
        let mut given: Vec<attrs::New> = Vec::new();
        if lambda.ellipsis {
            given.extend(arguments.iter().map(|(name, word)| (*name, 0, *word)));
        } else {
            for at in lambda.formals.start..lambda.formals.start + lambda.formals.len {
                let formal = self.code.formals[at as usize];
                match arguments.iter().rev().find(|(name, _)| *name == formal.name) {
                    Some((name, word)) => given.push((*name, 0, *word)),
                    None if formal.default == NONE => {
                        let name = self.name(formal.name);
                        let message = format!(
                            "cannot evaluate a function that has an argument without a value ('{name}')"
                        );
                        return Err(Error::new(Kind::MissingAttribute, message).at(formal.place).hint(
                            "give it one with `--arg NAME EXPR` or `--argstr NAME TEXT`, or a default",
                        ));
                    }
                    None => {}
                }
            }
        }
        let set = self.set_of(given);
        self.call(value, &[set], 0)
    }

    /// The value at an attribute path such as `a.b."c.d".0`, calling functions on the way.
    ///
    /// # Errors
    /// When there is nothing of that name, or evaluating fails.
    pub fn find_along(&mut self, path: &str, arguments: &[(Symbol, Word)], root: Word) -> Result<Word> {
        let mut value = root;
        for step in split_path(path)? {
            value = self.auto_call(arguments, value)?;
            value = match step.parse::<u32>() {
                Err(_) => {
                    if value.tag() != Tag::Attrs {
                        let found = self.describe(value);
                        return Err(Error::type_error(format!(
                            "the expression selected by the selection path '{path}' should be a set but is {found}"
                        )));
                    }
                    if step.is_empty() {
                        return Err(Error::other(format!("empty attribute name in selection path '{path}'")));
                    }
                    let name = self.symbols.intern(step.as_bytes());
                    match attrs::find(self.heap, value, name) {
                        Some(found) => Word::reference(found.slot),
                        None => {
                            let hints = self.missing(value, name).hints().to_vec();
                            let message = format!("attribute '{step}' in selection path '{path}' not found");
                            let error = Error::new(Kind::MissingAttribute, message);
                            return Err(hints.into_iter().fold(error, Error::hint));
                        }
                    }
                }
                Ok(index) => {
                    if value.tag() != Tag::List {
                        let found = self.describe(value);
                        return Err(Error::type_error(format!(
                            "the expression selected by the selection path '{path}' should be a list but is {found}"
                        )));
                    }
                    if index >= value.aux() {
                        return Err(Error::other(format!(
                            "list index {index} in selection path '{path}' is out of range"
                        )));
                    }
                    Word::reference(value.at() + index)
                }
            };
        }
        self.force(value)
    }

    /// The value at the first of these attribute paths that is there, with that path; nothing is called on the way.
    ///
    /// # Errors
    /// When a path is none, or evaluating what lies on it fails.
    pub fn find_first<'p>(&mut self, paths: &'p [String], root: Word) -> Result<Option<(&'p str, Word)>> {
        'paths: for path in paths {
            let mut value = self.force(root)?;
            for step in split_path(path)? {
                if value.tag() != Tag::Attrs {
                    continue 'paths;
                }
                let name = self.symbols.intern(step.as_bytes());
                let Some(found) = attrs::find(self.heap, value, name) else { continue 'paths };
                value = self.force_slot(found.slot)?;
            }
            return Ok(Some((path, value)));
        }
        Ok(None)
    }

    /// What may have been meant by an attribute path that is not there.
    pub fn guess(&mut self, path: &str, root: Word) -> Option<String> {
        let mut value = self.force(root).ok()?;
        for step in split_path(path).ok()? {
            if value.tag() != Tag::Attrs {
                return None;
            }
            let name = self.symbols.intern(step.as_bytes());
            match attrs::find(self.heap, value, name) {
                Some(found) => value = self.force_slot(found.slot).ok()?,
                None => return self.missing(value, name).hints().first().cloned(),
            }
        }
        None
    }

    /// The attributes of a set by name, not evaluated.
    ///
    /// # Errors
    /// When it is no set.
    pub fn fields(&mut self, set: Word) -> Result<Vec<(String, Word)>> {
        let set = self.force(set)?;
        let set = self.wanted_set(set)?;
        let entries = attrs::by_text(self.heap, &self.symbols, set);
        Ok(entries.map(|entry| (self.name(entry.name), Word::reference(entry.slot))).collect())
    }

    /// The items of a list, not evaluated.
    ///
    /// # Errors
    /// When it is no list.
    pub fn items(&mut self, list: Word) -> Result<Vec<Word>> {
        let list = self.force(list)?;
        match list.tag() {
            Tag::List => Ok((0..list.aux()).map(|at| Word::reference(list.at() + at)).collect()),
            _ => Err(self.expected("a list", list)),
        }
    }

    /// What is to be evaluated, evaluated.
    ///
    /// # Errors
    /// Those of evaluating it.
    pub fn value_of(&mut self, value: Word) -> Result<Word> {
        self.force(value)
    }

    /// The derivations a value stands for: itself, or those in a list or set, and below where
    /// `recurseForDerivations` says so.
    ///
    /// # Errors
    /// When there can't be any in such a value, or evaluating fails.
    pub fn derivations_in(&mut self, value: Word, arguments: &[(Symbol, Word)]) -> Result<Vec<Found>> {
        let mut found = Vec::new();
        let mut seen = HashSet::new();
        self.collect_derivations(value, arguments, &mut seen, &mut found)?;
        Ok(found)
    }

    fn collect_derivations(
        &mut self,
        value: Word,
        arguments: &[(Symbol, Word)],
        seen: &mut HashSet<u64>,
        found: &mut Vec<Found>,
    ) -> Result<()> {
        self.check_stack()?;
        let value = self.auto_call(arguments, value)?;
        if !self.collect_derivation(value, seen, found)? {
            return Ok(());
        }
        match value.tag() {
            Tag::Attrs => {
                for entry in attrs::by_text(self.heap, &self.symbols, value) {
                    if !is_plain_name(self.symbols.text(entry.name)) {
                        continue;
                    }
                    let inner = self.force_slot(entry.slot)?;
                    if self.collect_derivation(inner, seen, found)? && inner.tag() == Tag::Attrs {
                        let goes_on = self.select_if_there(inner, names::RECURSE_FOR_DERIVATIONS)?;
                        if goes_on == Some(Word::TRUE) {
                            self.collect_derivations(inner, arguments, seen, found)?;
                        }
                    }
                }
                Ok(())
            }
            Tag::List => {
                for at in 0..value.aux() {
                    let inner = self.force_slot(value.at() + at)?;
                    if self.collect_derivation(inner, seen, found)? {
                        self.collect_derivations(inner, arguments, seen, found)?;
                    }
                }
                Ok(())
            }
            _ => Err(Error::type_error(
                "expression does not evaluate to a derivation (or a set or list of those)",
            )),
        }
    }

    /// Adds a derivation; false if it was one.
    fn collect_derivation(
        &mut self,
        value: Word,
        seen: &mut HashSet<u64>,
        found: &mut Vec<Found>,
    ) -> Result<bool> {
        if value.tag() != Tag::Attrs || !self.is_derivation(value)? {
            return Ok(true);
        }
        if !seen.insert(value.0) {
            return Ok(false);
        }
        let path = self.select_from(value, names::DRV_PATH)?;
        let derivation = String::from_utf8_lossy(self.wanted_string(path)?).into_owned();
        let name = self.symbols.intern(b"outputName");
        let output = match self.select_if_there(value, name)? {
            Some(output) => String::from_utf8_lossy(self.wanted_string(output)?).into_owned(),
            None => "out".into(),
        };
        found.push(Found { derivation, output });
        Ok(false)
    }
}

/// Names that a walk over a set takes to be packages'.
fn is_plain_name(name: &[u8]) -> bool {
    let Some((first, rest)) = name.split_first() else { return false };
    (first.is_ascii_alphabetic() || *first == b'_')
        && rest.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_+".contains(byte))
}

/// The steps of an attribute path such as `a.b."c.d".0`.
///
/// # Errors
/// When a quote is left open.
pub fn split_path(path: &str) -> Result<Vec<String>> {
    let mut steps = Vec::new();
    let mut step = String::new();
    let mut quoted = false;
    for c in path.chars() {
        match c {
            '"' => quoted = !quoted,
            '.' if !quoted => steps.push(std::mem::take(&mut step)),
            c => step.push(c),
        }
    }
    if quoted {
        return Err(Error::other(format!("missing closing quote in selection path '{path}'")));
    }
    if !step.is_empty() || !steps.is_empty() {
        steps.push(step);
    }
    Ok(steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_split_at_dots_outside_of_quotes() {
        assert_eq!(split_path("a.\"b.c\".0").unwrap(), ["a", "b.c", "0"]);
        assert_eq!(split_path("").unwrap(), Vec::<String>::new());
        assert!(split_path("a.\"b").is_err());
    }
}
