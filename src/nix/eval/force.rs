//! Forcing: a slot's thunk is evaluated, and the value written over it.

use super::Evaluator;
use crate::nix::attrs;
use crate::nix::code::{Node, NodeId};
use crate::nix::error::{Error, Kind, Result};
use crate::nix::value::{Tag, Word};

impl Evaluator {
    /// The value of a word that is a value or a reference.
    #[inline]
    pub(in crate::nix) fn force(&mut self, word: Word) -> Result<Word> {
        if word.is_value() { Ok(word) } else { self.force_slot(word.at()) }
    }

    /// The value of what a slot holds; from then on the slot holds it.
    #[inline]
    pub(in crate::nix) fn force_slot(&mut self, at: u32) -> Result<Word> {
        let word = self.heap.get(at);
        if word.is_value() { Ok(word) } else { self.force_unevaluated(at, word) }
    }

    #[inline(never)]
    fn force_unevaluated(&mut self, at: u32, word: Word) -> Result<Word> {
        if word.tag() == Tag::Ref {
            // Most references are to a slot that was evaluated meanwhile.
            let there = self.heap.get(word.at());
            if there.is_value() {
                if self.heap.is_copied(there) {
                    self.heap.set(at, there);
                }
                return Ok(there);
            }
        }
        self.force_put_off(at, word)
    }

    #[inline(never)]
    fn force_put_off(&mut self, at: u32, word: Word) -> Result<Word> {
        self.heap.set(at, Word::BLACK_HOLE);
        let value = match word.tag() {
            Tag::Thunk => {
                self.counts.thunks += 1;
                self.eval_node(word.aux(), word.at())
            }
            Tag::Ref => self.force_slot(word.at()),
            Tag::Call => {
                self.counts.thunks += 1;
                self.force_call(word)
            }
            Tag::Mapped => {
                self.counts.thunks += 1;
                self.force_mapped(word)
            }
            Tag::BlackHole => Err(Error::new(Kind::InfiniteRecursion, "infinite recursion encountered")),
            _ => unreachable!("a slot is read after it was written: {word:?}"),
        };
        match value {
            // A mention of a list that is told apart from others stays one.
            Ok(found) if word.tag() == Tag::Ref && !self.heap.is_copied(found) => self.heap.set(at, word),
            Ok(found) => self.heap.set(at, found),
            // A thunk that failed may be tried again, within another `tryEval`.
            Err(_) => self.heap.set(at, word),
        }
        value
    }

    fn force_call(&mut self, word: Word) -> Result<Word> {
        let row = self.heap.row(word.at(), word.aux() as usize + 1);
        let function = self.force(Word(row[0].get()))?;
        match row.len() {
            2 => self.call(function, &[Word(row[1].get())], 0),
            3 => self.call(function, &[Word(row[1].get()), Word(row[2].get())], 0),
            _ => {
                let arguments: Vec<Word> = row[1..].iter().map(|word| Word(word.get())).collect();
                self.call(function, &arguments, 0)
            }
        }
    }

    fn force_mapped(&mut self, word: Word) -> Result<Word> {
        let function = self.heap.get(word.at());
        let list = self.heap.get(word.at() + 1);
        let item = self.share(list.at() + word.aux());
        self.call(function, &[item], 0)
    }

    /// The list of a function's values for the elements of another list, none of them evaluated yet.
    pub(in crate::nix) fn mapped(&mut self, function: Word, list: Word) -> Word {
        let len = list.aux();
        let both = self.heap.alloc(2);
        self.heap.set(both, function);
        self.heap.set(both + 1, list);
        let at = self.heap.alloc(len as usize);
        for index in 0..len {
            self.heap.set(at + index, Word::new(Tag::Mapped, index, both));
        }
        Word::list(at, len as usize)
    }

    /// What to write into a slot for a call that is made when its value is needed. The words are values or references.
    pub(in crate::nix) fn delayed_call(&mut self, function: Word, arguments: &[Word]) -> Word {
        let at = self.heap.alloc(1 + arguments.len());
        self.heap.set(at, function);
        for (slot, argument) in (at + 1..).zip(arguments) {
            self.heap.set(slot, *argument);
        }
        Word::new(Tag::Call, arguments.len() as u32, at)
    }

    /// What may be written elsewhere for what a slot holds.
    #[inline]
    pub(in crate::nix) fn share(&self, slot: u32) -> Word {
        attrs::share(self.heap, slot)
    }

    /// What to write into a slot so that the node is evaluated when its value is needed; no thunk where the value is at hand.
    #[inline]
    pub(super) fn delay(&self, id: NodeId, frame: u32) -> Word {
        let word = self.delay_inside(id, frame);
        if word.tag() == Tag::Thunk {
            self.capture(frame);
        }
        word
    }

    /// The same for a slot of the frame itself, which need not outlive the call for that.
    #[inline]
    pub(super) fn delay_inside(&self, id: NodeId, frame: u32) -> Word {
        match self.code.node(id) {
            Node::Constant(word) => word,
            Node::Local(slot) => self.share_variable(frame, slot),
            Node::Outer(frames, slot) => self.share(self.frame(frame, frames) + 1 + slot),
            Node::Lambda(lambda) if !self.options.shows_thunks => self.function(lambda, frame),
            Node::List(row) if row.len == 0 => Word::EMPTY_LIST,
            _ => Word::new(Tag::Thunk, id, frame),
        }
    }

    /// As [`Evaluator::delay`], for the evaluator's own variables: a thunk gets a slot.
    #[inline]
    pub(super) fn delay_outside(&self, id: NodeId, frame: u32) -> Word {
        let word = self.delay(id, frame);
        if word.may_be_copied() { word } else { self.in_slot(word) }
    }

    /// Puts a thunk into a new slot and refers to it.
    pub(in crate::nix) fn in_slot(&self, word: Word) -> Word {
        let at = self.heap.alloc(1);
        self.heap.set(at, word);
        Word::reference(at)
    }

    /// Evaluates everything within a value. Sets and lists that contain themselves are fine: a slot is visited once.
    pub(in crate::nix) fn force_deep(&mut self, word: Word) -> Result<()> {
        let mut seen = std::collections::HashSet::new();
        self.force_deep_from(word, &mut seen)
    }

    fn force_deep_from(&mut self, word: Word, seen: &mut std::collections::HashSet<u64>) -> Result<()> {
        self.check_stack()?;
        // References stay: who prints the value says which lists are one and the same.
        let value = self.force(self.end_of_references(word))?;
        match value.tag() {
            Tag::List if seen.insert(value.0) => {
                for at in 0..value.aux() {
                    self.force_deep_from(Word::reference(value.at() + at), seen)?;
                }
            }
            Tag::Attrs if seen.insert(value.0) => {
                for entry in attrs::by_text(self.heap, &self.symbols, value) {
                    self.force_deep_from(Word::reference(entry.slot), seen).map_err(|error| {
                        let name = self.name(entry.name);
                        error.while_(entry.place, format!("while evaluating the attribute '{name}'"))
                    })?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// A reference to the slot at the end of references, or the word itself if it is none. Of those that end nowhere
    /// (`let x = x; in x`) some reference.
    pub(in crate::nix) fn end_of_references(&self, mut word: Word) -> Word {
        const MOST: usize = 1000;
        for _ in 0..MOST {
            match word.tag() {
                Tag::Ref if self.heap.get(word.at()).tag() == Tag::Ref => word = self.heap.get(word.at()),
                _ => break,
            }
        }
        word
    }

    /// Whether there is stack left; asked wherever the evaluator calls itself.
    #[inline]
    pub(in crate::nix) fn check_stack(&self) -> Result<()> {
        let here = 0u8;
        if ((&raw const here) as usize) < self.lowest_stack { Err(too_deep()) } else { Ok(()) }
    }
}

/// What is said where the stack would end.
#[cold]
pub(in crate::nix) fn too_deep() -> Error {
    Error::new(Kind::TooDeep, "stack overflow (possible infinite recursion)")
}
