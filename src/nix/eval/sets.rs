//! Making sets and binding variables.

use super::Evaluator;
use crate::nix::code::{NONE, Set};
use crate::nix::error::{Error, Result};
use crate::nix::value::{Tag, Word};
use crate::nix::{attrs, update};
use std::rc::Rc;

impl Evaluator {
    /// A set literal whose names are all known and whose variables are all outside of it.
    #[inline]
    pub(super) fn plain_set(&mut self, set: u32, frame: u32) -> Word {
        let set = self.code.sets[set as usize];
        if set.values.len == 0 {
            return self.empty_set();
        }
        let (word, first) = attrs::with_shape(self.heap, set.shape);
        for at in 0..set.values.len {
            let value = self.delay(self.code.id(set.values, at), frame);
            self.heap.set(first + at, value);
        }
        word
    }

    /// Fills the slots of a `let` or a `rec` set.
    pub(super) fn bind(&mut self, set: u32, frame: u32) {
        let set = self.code.sets[set as usize];
        self.bind_set(&set, frame);
    }

    fn bind_set(&mut self, set: &Set, frame: u32) {
        // A slot that is mentioned before it is filled must look unfilled, also when a failed thunk is tried again.
        for at in (0..set.sources.len).step_by(2) {
            self.heap.set(frame + 1 + self.code.id(set.sources, at), Word::EMPTY);
        }
        for at in 0..set.slots.len {
            self.heap.set(frame + 1 + self.code.id(set.slots, at), Word::EMPTY);
        }
        for at in (0..set.sources.len).step_by(2) {
            let word = self.delay_inside(self.code.id(set.sources, at + 1), frame);
            self.heap.set(frame + 1 + self.code.id(set.sources, at), word);
        }
        for at in 0..set.slots.len {
            let value = self.code.id(set.values, at);
            // What `__overrides` may still replace must be looked at later.
            let word = if set.overrides == NONE {
                self.delay_inside(value, frame)
            } else {
                Word::new(Tag::Thunk, value, frame)
            };
            // Nix has no value to mention yet, and so puts the mention off.
            let unfilled = || word.tag() == Tag::Ref && self.heap.get(word.at()) == Word::EMPTY;
            let word = match self.options.shows_thunks && unfilled() {
                true => Word::new(Tag::Thunk, value, frame),
                false => word,
            };
            self.heap.set(frame + 1 + self.code.id(set.slots, at), word);
        }
    }

    /// Any set literal: `rec`, dynamic names, `inherit (source) …`.
    pub(super) fn full_set(&mut self, set: u32, frame: u32) -> Result<Word> {
        let set = self.code.sets[set as usize];
        self.bind_set(&set, frame);
        let (mut word, first) = attrs::with_shape(self.heap, set.shape);
        for at in 0..set.values.len {
            let value = if set.slots.len == 0 {
                self.delay(self.code.id(set.values, at), frame)
            } else {
                // The variable and the attribute are one: whoever needs it first evaluates it for both.
                self.share_variable(frame, self.code.id(set.slots, at))
            };
            self.heap.set(first + at, value);
        }
        if set.overrides != NONE {
            word = self.override_names(&set, word, frame)?;
        }
        if set.dynamics.len > 0 {
            word = self.add_dynamic(&set, word, frame)?;
        }
        Ok(word)
    }

    /// `__overrides`: its attributes take the place of the set's own, inside the set, too.
    fn override_names(&mut self, set: &Set, word: Word, frame: u32) -> Result<Word> {
        let slot = frame + 1 + self.code.id(set.slots, set.overrides);
        let overrides = self.force_slot(slot)?;
        if overrides.tag() != Tag::Attrs {
            return Err(self.expected("a set", overrides));
        }
        for entry in attrs::entries(self.heap, overrides) {
            if let Some(index) = attrs::index_in(self.heap, set.shape, entry.name) {
                let value = self.share(entry.slot);
                self.heap.set(frame + 1 + self.code.id(set.slots, index), value);
            }
        }
        Ok(update::update(self.heap, &mut self.unions, word, overrides))
    }

    fn add_dynamic(&mut self, set: &Set, word: Word, frame: u32) -> Result<Word> {
        let mut new: Vec<attrs::New> = Vec::with_capacity(set.dynamics.len as usize);
        for at in 0..set.dynamics.len {
            let dynamic = self.code.dynamics[(set.dynamics.start + at) as usize];
            let name = self.eval(dynamic.name, frame)?;
            if name == Word::NULL {
                continue;
            }
            let name = self.attribute_name(name).map_err(|error| self.on(error, dynamic.name))?;
            let before = attrs::find(self.heap, word, name)
                .map(|found| found.place)
                .or_else(|| new.iter().find(|(other, ..)| *other == name).map(|(_, place, _)| *place));
            if let Some(before) = before {
                let first = self.place_text(before);
                let message = format!("dynamic attribute '{}' already defined at {first}", self.name(name));
                return Err(Error::other(message).at(dynamic.place));
            }
            let value = self.delay_outside(dynamic.value, frame);
            new.push((name, dynamic.place, value));
        }
        if new.is_empty() {
            return Ok(word);
        }
        let added = attrs::from_unsorted(self.heap, &mut new);
        Ok(attrs::flat(self.heap, update::update(self.heap, &mut self.unions, word, added)))
    }

    /// `__curPos` and what `unsafeGetAttrPos` gives: file, line and column; null for no place in a file.
    pub(in crate::nix) fn position_set(&mut self, place: u32) -> Word {
        let Some(position) = (place != 0).then(|| self.sources.position(place)).flatten() else {
            return Word::NULL;
        };
        let source = self.sources.source(position.source);
        if !source.is_file {
            return Word::NULL;
        }
        let file = self.string(source.name.as_bytes());
        let (line, column) = (self.int(i64::from(position.line)), self.int(i64::from(position.column)));
        let names = [
            (crate::nix::names::FILE, 0, file),
            (crate::nix::names::LINE, 0, line),
            (crate::nix::names::COLUMN, 0, column),
        ];
        self.set_of(names.to_vec())
    }

    /// A place for a message.
    pub fn place_text(&self, place: u32) -> String {
        match self.sources.position(place) {
            Some(position) => {
                let name = &self.sources.source(position.source).name;
                format!("{name}:{}:{}", position.line, position.column)
            }
            None => "an unknown place".into(),
        }
    }

    /// The text of a source, for a message: a file's is read again, and is none if the file is not what it was.
    pub fn source_text(&self, source: usize) -> Option<Rc<[u8]>> {
        let source = self.sources.source(source);
        match &source.text {
            Some(text) => Some(text.clone()),
            None => self.world.read(&source.name).ok().filter(|text| text.len() == source.size()),
        }
    }

    /// What an `assert` at a place asserts, in one line, for a message.
    pub(super) fn asserted_text(&self, place: u32) -> String {
        let Some(position) = self.sources.position(place) else { return String::new() };
        let Some(text) = self.source_text(position.source) else { return String::new() };
        let offset = self.sources.source(position.source).offset(place);
        let text = text.get(offset..).unwrap_or_default();
        let text = text.strip_prefix(b"assert").unwrap_or(text);
        let text = String::from_utf8_lossy(&text[..condition_length(text)]).into_owned();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// How long the condition is that a text begins with: to the `;` that is in no brackets, string or comment.
fn condition_length(text: &[u8]) -> usize {
    let mut depth = 0usize;
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        at += match rest[0] {
            b';' if depth == 0 => return at,
            b'(' | b'[' | b'{' => {
                depth += 1;
                1
            }
            b')' | b']' | b'}' => {
                depth = depth.saturating_sub(1);
                1
            }
            b'#' => rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len()),
            b'/' if rest.starts_with(b"/*") => {
                memchr::memmem::find(rest, b"*/").map_or(rest.len(), |end| end + 2)
            }
            b'"' => {
                let mut end = 1;
                while end < rest.len() && rest[end] != b'"' {
                    end += if rest[end] == b'\\' { 2 } else { 1 };
                }
                end + 1
            }
            b'\'' if rest.starts_with(b"''") => {
                memchr::memmem::find(&rest[2..], b"''").map_or(rest.len(), |end| end + 4)
            }
            _ => 1,
        };
    }
    text.len()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_condition_ends_at_its_own_semicolon() {
        for condition in [
            " false",
            " { a = 1; } == x",
            " f \"a;b\\\";\" [ (y; z) ]",
            " a # b;\n && c",
            " ''d;e'' == /* ; */ f",
        ] {
            let text = format!("{condition}; body; more");
            assert_eq!(super::condition_length(text.as_bytes()), condition.len(), "{condition}");
        }
        assert_eq!(super::condition_length(b"never ends"), 10);
    }
}
