//! Selecting attributes: `a.b`, `a.b or c`, `a ? b`.

use super::Evaluator;
use crate::nix::attrs;
use crate::nix::code::{NONE, NodeId, Step};
use crate::nix::error::{Error, Kind, Result};
use crate::nix::symbols::Symbol;
use crate::nix::value::{Tag, Word};

impl Evaluator {
    /// `subject.name`. The place in a set with the same shape as the last time is known from then.
    pub(super) fn select_name(
        &mut self,
        id: NodeId,
        subject: NodeId,
        name: Symbol,
        cache: u32,
        frame: u32,
    ) -> Result<Word> {
        self.check_stack()?;
        let set = self.eval(subject, frame)?;
        self.counts.lookups += 1;
        if set.tag() != Tag::Attrs {
            return Err(self.on(self.expected("a set", set), id));
        }
        let cache = &mut self.code.caches[cache as usize];
        let Some(slot) = attrs::find_again(self.heap, set, name, cache) else {
            return Err(self.on(self.missing(set, name), id));
        };
        let word = self.heap.get(slot);
        if word.is_value() {
            Ok(word)
        } else {
            self.force_slot(slot).map_err(|error| self.in_attribute(error, id, name))
        }
    }

    #[cold]
    #[inline(never)]
    fn in_attribute(&self, error: Error, id: NodeId, name: Symbol) -> Error {
        let place = self.code.places[id as usize];
        // What needs itself has no place of its own: it is where it was asked for.
        let error = if error.kind() == Kind::InfiniteRecursion { error.at(place) } else { error };
        error.while_(place, format!("while evaluating the attribute '{}'", self.name(name)))
    }

    /// An attribute that must be there.
    pub(in crate::nix) fn select_from(&mut self, set: Word, name: Symbol) -> Result<Word> {
        let set = self.force(set)?;
        if set.tag() != Tag::Attrs {
            return Err(self.expected("a set", set));
        }
        match attrs::find(self.heap, set, name) {
            Some(found) => self.force_slot(found.slot),
            None => Err(self.missing(set, name)),
        }
    }

    /// An attribute's value, if there is such an attribute. `set` is a set.
    pub(in crate::nix) fn select_if_there(&mut self, set: Word, name: Symbol) -> Result<Option<Word>> {
        match attrs::find(self.heap, set, name) {
            Some(found) => self.force_slot(found.slot).map(Some),
            None => Ok(None),
        }
    }

    #[cold]
    #[inline(never)]
    pub(in crate::nix) fn missing(&self, set: Word, name: Symbol) -> Error {
        let wanted = self.name(name);
        let there: Vec<String> = attrs::entries(self.heap, set).map(|entry| self.name(entry.name)).collect();
        let error = Error::new(Kind::MissingAttribute, format!("attribute '{wanted}' missing"));
        match crate::report::did_you_mean(&wanted, there.iter().map(String::as_str)) {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }

    /// `subject.path or default`; none means the default.
    pub(super) fn select_path(
        &mut self,
        id: NodeId,
        subject: NodeId,
        path: u32,
        default: NodeId,
        frame: u32,
    ) -> Result<Option<Word>> {
        let mut value = self.eval(subject, frame)?;
        let row = self.code.paths[path as usize];
        for at in row.start..row.start + row.len {
            self.counts.lookups += 1;
            let step = self.step(self.code.steps[at as usize], frame)?;
            let name = step.0;
            if value.tag() != Tag::Attrs {
                if default != NONE {
                    return Ok(None);
                }
                return Err(self.on(self.expected("a set", value), id));
            }
            match self.at_step(value, step) {
                Some(slot) => {
                    value = self.force_slot(slot).map_err(|error| self.in_attribute(error, id, name))?;
                }
                None if default != NONE => return Ok(None),
                None => return Err(self.on(self.missing(value, name), id)),
            }
        }
        Ok(Some(value))
    }

    /// `subject ? path`: whether all of the path is there; the last attribute is not evaluated.
    pub(super) fn has_path(&mut self, subject: NodeId, path: u32, frame: u32) -> Result<Word> {
        self.check_stack()?;
        let mut value = self.eval(subject, frame)?;
        let row = self.code.paths[path as usize];
        let mut at = row.start;
        loop {
            self.counts.lookups += 1;
            let step = self.step(self.code.steps[at as usize], frame)?;
            if value.tag() != Tag::Attrs {
                return Ok(Word::FALSE);
            }
            let Some(slot) = self.at_step(value, step) else { return Ok(Word::FALSE) };
            at += 1;
            if at == row.start + row.len {
                return Ok(Word::TRUE);
            }
            value = self.force_slot(slot)?;
        }
    }

    /// `subject ? ${name}`
    pub(super) fn has_computed(&mut self, subject: NodeId, name: NodeId, frame: u32) -> Result<Word> {
        self.check_stack()?;
        let set = self.eval(subject, frame)?;
        self.counts.lookups += 1;
        let text = self.eval(name, frame)?;
        let symbol = self.attribute_name(text).map_err(|error| self.on(error, name))?;
        Ok(Word::bool(set.tag() == Tag::Attrs && attrs::find_slot(self.heap, set, symbol).is_some()))
    }

    /// The name a step goes to, and the cache of what was found there the last time, if it is the same name each time.
    #[inline]
    fn step(&mut self, step: Step, frame: u32) -> Result<(Symbol, u32)> {
        match step {
            Step::Name(name, cache) => Ok((name, cache)),
            Step::Dynamic(node) => {
                let value = self.eval(node, frame)?;
                Ok((self.attribute_name(value).map_err(|error| self.on(error, node))?, NONE))
            }
        }
    }

    /// The slot that a step leads to.
    #[inline]
    fn at_step(&mut self, set: Word, (name, cache): (Symbol, u32)) -> Option<u32> {
        match self.code.caches.get_mut(cache as usize) {
            Some(cache) => attrs::find_again(self.heap, set, name, cache),
            None => attrs::find_slot(self.heap, set, name),
        }
    }
}
