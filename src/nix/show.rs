//! Values as text: as `nix-instantiate --eval` prints them, and short for messages.

use super::attrs;
use super::error::Result;
use super::eval::Evaluator;
use super::number;
use super::value::{Tag, Word};
use std::collections::HashSet;

/// Longer strings, lists and sets are cut in messages.
const SHORT: usize = 10;

impl Evaluator {
    /// What a value is, with its article, for messages.
    pub(super) fn describe(&self, value: Word) -> String {
        match value.tag() {
            Tag::Simple if value == Word::NULL => "null".into(),
            Tag::Simple => "a Boolean".into(),
            Tag::Int | Tag::BigInt => "an integer".into(),
            Tag::Float => "a float".into(),
            Tag::String if self.context(value) != Default::default() => "a string with context".into(),
            Tag::String => "a string".into(),
            Tag::Path => "a path".into(),
            Tag::List => "a list".into(),
            Tag::Attrs => "a set".into(),
            Tag::Lambda => "a function".into(),
            Tag::Builtin => format!("the built-in function '{}'", self.builtins[value.aux() as usize].name),
            Tag::Partial => match self.heap.get(value.at()) {
                word if word.tag() == Tag::Builtin => {
                    let name = self.builtins[word.aux() as usize].name;
                    format!("the partially applied built-in function '{name}'")
                }
                _ => "a function".into(),
            },
            _ => "a thunk".into(),
        }
    }

    /// A value for a message: what is evaluated of it, not too much.
    pub(super) fn show_short(&self, value: Word) -> String {
        let mut text = Vec::new();
        self.show_evaluated(value, 0, &mut text);
        String::from_utf8_lossy(&text).into_owned()
    }

    fn show_evaluated(&self, word: Word, depth: usize, text: &mut Vec<u8>) {
        let mut word = word;
        for _ in 0..64 {
            if word.tag() != Tag::Ref {
                break;
            }
            word = self.heap.get(word.at());
        }
        match word.tag() {
            Tag::String => {
                let bytes = self.bytes(word);
                if bytes.len() > 200 {
                    quote(&bytes[..200], text);
                    text.extend_from_slice(format!(" «{} bytes elided»", bytes.len() - 200).as_bytes());
                } else {
                    quote(bytes, text);
                }
            }
            Tag::List if word.aux() > 0 => {
                if depth > 2 {
                    return text.extend_from_slice("[ … ]".as_bytes());
                }
                text.extend_from_slice(b"[ ");
                for at in 0..(word.aux() as usize).min(SHORT) {
                    self.show_evaluated(self.heap.get(word.at() + at as u32), depth + 1, text);
                    text.push(b' ');
                }
                if word.aux() as usize > SHORT {
                    text.extend_from_slice(
                        format!("«{} items elided» ", word.aux() as usize - SHORT).as_bytes(),
                    );
                }
                text.push(b']');
            }
            Tag::Attrs if !attrs::is_empty(self.heap, word) => {
                if depth > 2 {
                    return text.extend_from_slice("{ … }".as_bytes());
                }
                text.extend_from_slice(b"{ ");
                let all = attrs::by_text(self.heap, &self.symbols, word);
                let len = all.len();
                for entry in all.take(SHORT) {
                    name(self.symbols.text(entry.name), text);
                    text.extend_from_slice(b" = ");
                    self.show_evaluated(self.heap.get(entry.slot), depth + 1, text);
                    text.extend_from_slice(b"; ");
                }
                if len > SHORT {
                    text.extend_from_slice(format!("«{} attributes elided» ", len - SHORT).as_bytes());
                }
                text.push(b'}');
            }
            Tag::Thunk | Tag::Call | Tag::Mapped | Tag::BlackHole => {
                text.extend_from_slice("«thunk»".as_bytes())
            }
            Tag::Lambda => {
                let lambda = self.code.lambdas[word.aux() as usize];
                let place = self.place_text(lambda.place);
                text.extend_from_slice(format!("«lambda @ {place}»").as_bytes());
            }
            Tag::Builtin | Tag::Partial => {
                let described =
                    self.describe(word).trim_start_matches("the ").replace("built-in function '", "primop ");
                text.extend_from_slice(format!("«{}»", described.trim_end_matches('\'')).as_bytes());
            }
            _ => self.show_simple(word, text),
        }
    }

    fn show_simple(&self, word: Word, text: &mut Vec<u8>) {
        match word.tag() {
            Tag::Simple if word == Word::NULL => text.extend_from_slice(b"null"),
            Tag::Simple => text.extend_from_slice(if word == Word::TRUE { b"true" } else { b"false" }),
            Tag::Int | Tag::BigInt => {
                text.extend_from_slice(self.as_int(word).expect("its tag says so").to_string().as_bytes());
            }
            Tag::Float => {
                text.extend_from_slice(
                    number::general(self.as_float(word).expect("its tag says so")).as_bytes(),
                );
            }
            Tag::String => quote(self.bytes(word), text),
            Tag::Path => text.extend_from_slice(self.bytes(word)),
            Tag::List => text.extend_from_slice(b"[ ]"),
            Tag::Attrs => text.extend_from_slice(b"{ }"),
            Tag::Lambda => text.extend_from_slice(b"<LAMBDA>"),
            Tag::Builtin => text.extend_from_slice(b"<PRIMOP>"),
            Tag::Partial => match self.heap.get(word.at()).tag() {
                Tag::Builtin => text.extend_from_slice(b"<PRIMOP-APP>"),
                _ => text.extend_from_slice(b"<LAMBDA>"),
            },
            _ => text.extend_from_slice(b"<CODE>"),
        }
    }

    /// A value as `nix-instantiate --eval` prints it: thunks are `<CODE>`, a set or list met a second time is
    /// `«repeated»`.
    pub fn show(&mut self, value: Word) -> Result<Vec<u8>> {
        let mut text = Vec::new();
        let mut seen = HashSet::new();
        self.show_into(value, 0, &mut seen, &mut text)?;
        Ok(text)
    }

    /// The value of a slot, or one that is in none if `slot` is 0. A set is the same wherever it is; a list is, as for
    /// Nix, the slot that holds it, whose number with a tag beneath it is no set's word.
    fn show_into(
        &mut self,
        word: Word,
        slot: u32,
        seen: &mut HashSet<u64>,
        text: &mut Vec<u8>,
    ) -> Result<()> {
        self.check_stack()?;
        let (mut word, mut slot) = (self.end_of_references(word), slot);
        if word.tag() == Tag::Ref {
            slot = word.at();
            word = self.heap.get(slot);
        }
        match word.tag() {
            Tag::List if word.aux() > 0 => {
                if slot != 0 && !seen.insert(Word::new(Tag::List, 0, slot).0) {
                    text.extend_from_slice("«repeated»".as_bytes());
                    return Ok(());
                }
                text.extend_from_slice(b"[ ");
                for at in word.at()..word.at() + word.aux() {
                    self.show_into(self.heap.get(at), at, seen, text)?;
                    text.push(b' ');
                }
                text.push(b']');
            }
            Tag::Attrs if !attrs::is_empty(self.heap, word) => {
                if !seen.insert(word.0) {
                    text.extend_from_slice("«repeated»".as_bytes());
                    return Ok(());
                }
                text.extend_from_slice(b"{ ");
                for entry in attrs::by_text(self.heap, &self.symbols, word) {
                    name(self.symbols.text(entry.name), text);
                    text.extend_from_slice(b" = ");
                    self.show_into(self.heap.get(entry.slot), entry.slot, seen, text)?;
                    text.extend_from_slice(b"; ");
                }
                text.push(b'}');
            }
            _ => self.show_simple(word, text),
        }
        Ok(())
    }
}

/// As the repl prints: the outside of a value, and of what is in it no more than is known.
impl Evaluator {
    /// A value with what is directly in it evaluated.
    pub fn show_outside(&mut self, value: Word) -> Result<Vec<u8>> {
        let value = self.force(value)?;
        match value.tag() {
            Tag::Attrs | Tag::List => {}
            _ => return self.show_forced(value),
        }
        if value.tag() == Tag::Attrs && self.is_derivation(value)? {
            return self.show_forced(value);
        }
        let mut text = Vec::new();
        let item = |this: &mut Self, slot: u32, text: &mut Vec<u8>| match this.force_slot(slot) {
            Ok(inner) if inner.tag() == Tag::Attrs && !attrs::is_empty(this.heap, inner) => {
                match this.is_derivation(inner) {
                    Ok(true) => text.extend(this.show_forced(inner).unwrap_or_default()),
                    _ => text.extend(b"{ ... }"),
                }
            }
            Ok(inner) if inner.tag() == Tag::List && inner.aux() > 0 => text.extend(b"[ ... ]"),
            Ok(inner) => this.show_evaluated(inner, 0, text),
            Err(error) => text.extend_from_slice(format!("«error: {}»", error.message()).as_bytes()),
        };
        if value.tag() == Tag::List {
            text.extend(b"[ ");
            for slot in value.at()..value.at() + value.aux() {
                item(self, slot, &mut text);
                text.push(b' ');
            }
            text.push(b']');
            return Ok(text);
        }
        text.extend(b"{ ");
        for entry in attrs::by_text(self.heap, &self.symbols, value) {
            name(self.symbols.text(entry.name), &mut text);
            text.extend(b" = ");
            item(self, entry.slot, &mut text);
            text.extend(b"; ");
        }
        text.push(b'}');
        Ok(text)
    }
}

/// As `nix eval` prints: everything is evaluated, derivations are named by their path.
impl Evaluator {
    /// A value with everything in it. An error inside of it stands in its place; one of the value itself is returned.
    pub fn show_forced(&mut self, value: Word) -> Result<Vec<u8>> {
        let mut text = Vec::new();
        let value = self.force(value)?;
        self.show_forced_into(value, &mut HashSet::new(), &mut text)?;
        Ok(text)
    }

    fn show_item(&mut self, slot: u32, seen: &mut HashSet<u64>, text: &mut Vec<u8>) -> Result<()> {
        match self.force_slot(slot) {
            Ok(value) => self.show_forced_into(value, seen, text),
            Err(error) if error.kind() == super::error::Kind::TooDeep => Err(error),
            Err(error) => {
                text.extend_from_slice(format!("«error: {}»", error.message()).as_bytes());
                Ok(())
            }
        }
    }

    fn show_forced_into(&mut self, value: Word, seen: &mut HashSet<u64>, text: &mut Vec<u8>) -> Result<()> {
        self.check_stack()?;
        match value.tag() {
            Tag::List if value.aux() > 0 => {
                if !seen.insert(value.0) {
                    text.extend_from_slice("«repeated»".as_bytes());
                    return Ok(());
                }
                text.extend_from_slice(b"[ ");
                for at in 0..value.aux() {
                    self.show_item(value.at() + at, seen, text)?;
                    text.push(b' ');
                }
                text.push(b']');
            }
            Tag::Attrs if !attrs::is_empty(self.heap, value) => {
                if self.is_derivation(value)? {
                    let path = self.select_if_there(value, super::names::DRV_PATH)?;
                    text.extend_from_slice("«derivation".as_bytes());
                    if let Some(path) = path {
                        text.push(b' ');
                        text.extend_from_slice(self.wanted_string(path)?);
                    }
                    text.extend_from_slice("»".as_bytes());
                    return Ok(());
                }
                if !seen.insert(value.0) {
                    text.extend_from_slice("«repeated»".as_bytes());
                    return Ok(());
                }
                text.extend_from_slice(b"{ ");
                for entry in attrs::by_text(self.heap, &self.symbols, value) {
                    name(self.symbols.text(entry.name), text);
                    text.extend_from_slice(b" = ");
                    self.show_item(entry.slot, seen, text)?;
                    text.extend_from_slice(b"; ");
                }
                text.push(b'}');
            }
            Tag::Lambda | Tag::Builtin | Tag::Partial => self.show_evaluated(value, 0, text),
            _ => self.show_simple(value, text),
        }
        Ok(())
    }
}

/// A string in quotes, as Nix would read it back.
pub fn quote(bytes: &[u8], text: &mut Vec<u8>) {
    text.push(b'"');
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'"' | b'\\' => text.extend([b'\\', *byte]),
            b'\n' => text.extend(b"\\n"),
            b'\r' => text.extend(b"\\r"),
            b'\t' => text.extend(b"\\t"),
            b'$' if bytes.get(at + 1) == Some(&b'{') => text.extend(b"\\$"),
            byte => text.push(*byte),
        }
    }
    text.push(b'"');
}

/// An attribute's name, in quotes where it must be.
pub fn name(bytes: &[u8], text: &mut Vec<u8>) {
    if is_identifier(bytes) { text.extend_from_slice(bytes) } else { quote(bytes, text) }
}

/// Whether a name can be written without quotes.
pub fn is_identifier(bytes: &[u8]) -> bool {
    const KEYWORDS: [&[u8]; 9] =
        [b"if", b"then", b"else", b"assert", b"with", b"let", b"in", b"rec", b"inherit"];
    let Some((first, rest)) = bytes.split_first() else { return false };
    (first.is_ascii_alphabetic() || *first == b'_')
        && rest.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_'-".contains(byte))
        && !KEYWORDS.contains(&bytes)
}
