//! Equality: by content; numbers across kinds; derivations by their output path; functions never, save with themselves
//! inside of lists and sets.

use super::Evaluator;
use crate::nix::attrs;
use crate::nix::error::Result;
use crate::nix::names;
use crate::nix::value::{Tag, Word};

impl Evaluator {
    /// `a == b`
    pub(in crate::nix) fn equal(&mut self, a: Word, b: Word) -> Result<bool> {
        match (a.tag(), b.tag()) {
            (Tag::Int, Tag::Int) | (Tag::Simple, Tag::Simple) => Ok(a == b),
            (Tag::Int | Tag::BigInt | Tag::Float, Tag::Int | Tag::BigInt | Tag::Float) => {
                match (self.as_int(a), self.as_int(b)) {
                    (Some(a), Some(b)) => Ok(a == b),
                    _ => Ok(self.number(a)?.float() == self.number(b)?.float()),
                }
            }
            (Tag::String, Tag::String) | (Tag::Path, Tag::Path) => {
                Ok(a.at() == b.at() || self.heap.bytes(a.at()) == self.heap.bytes(b.at()))
            }
            (Tag::List, Tag::List) => {
                if a.aux() != b.aux() {
                    return Ok(false);
                }
                self.check_stack()?;
                for at in 0..a.aux() {
                    if !self.equal_slots(a.at() + at, b.at() + at)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            (Tag::Attrs, Tag::Attrs) => {
                self.check_stack()?;
                self.equal_sets(a, b)
            }
            _ => Ok(false),
        }
    }

    /// What two slots hold: the same thing is equal to itself, even a function, once it is evaluated. It is the same if
    /// it was before anything was evaluated here: two calls that give one function give two things.
    fn equal_slots(&mut self, a: u32, b: u32) -> Result<bool> {
        let (left, right) = (self.end_of_references(self.share(a)), self.end_of_references(self.share(b)));
        let same = a == b || left == right && left.may_be_copied();
        let value = self.force_slot(a)?;
        if same {
            return Ok(true);
        }
        let other = self.force_slot(b)?;
        self.equal(value, other)
    }

    fn equal_sets(&mut self, a: Word, b: Word) -> Result<bool> {
        if self.is_derivation(a)? && self.is_derivation(b)? {
            let left = attrs::find(self.heap, a, names::OUT_PATH);
            let right = attrs::find(self.heap, b, names::OUT_PATH);
            if let (Some(left), Some(right)) = (left, right) {
                return self.equal_slots(left.slot, right.slot);
            }
        }
        let (left, right) = (attrs::entries(self.heap, a), attrs::entries(self.heap, b));
        if left.len() != right.len() {
            return Ok(false);
        }
        for (x, y) in left.zip(right) {
            if x.name != y.name || !self.equal_slots(x.slot, y.slot)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether a set says `type = "derivation"`.
    pub(in crate::nix) fn is_derivation(&mut self, set: Word) -> Result<bool> {
        match attrs::find(self.heap, set, names::TYPE) {
            Some(found) => {
                let value = self.force_slot(found.slot)?;
                Ok(value.tag() == Tag::String && self.heap.bytes(value.at()) == b"derivation")
            }
            None => Ok(false),
        }
    }
}
