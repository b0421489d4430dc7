//! Strings: interpolation, coercion, and what becomes of contexts on the way.

use super::Evaluator;
use crate::nix::code::{NodeId, Row};
use crate::nix::context::Context;
use crate::nix::error::{Error, Result};
use crate::nix::names;
use crate::nix::paths;
use crate::nix::symbols::Symbol;
use crate::nix::value::{Tag, Word};
use crate::nix::{attrs, number};

/// A text that is being made, with its context.
#[derive(Default)]
pub struct Text {
    /// The bytes so far.
    pub bytes: Vec<u8>,
    /// What they depend on.
    pub context: Context,
}

/// What may become a string, and how paths do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coercion {
    /// Numbers, booleans, null and lists, too, as for `toString` and derivations.
    pub everything: bool,
    /// A path is copied to the store and becomes its store path, as in `"${./file}"`.
    pub copy_paths: bool,
}

/// In the note beside a text's length: it is no context but the number of a symbol, and there is no context.
pub(super) const IS_NAME: u32 = 1 << 31;

impl Coercion {
    /// As `"${…}"` does.
    pub const INTERPOLATED: Coercion = Coercion { everything: false, copy_paths: true };
    /// As `toString` does.
    pub const TO_STRING: Coercion = Coercion { everything: true, copy_paths: false };
    /// As the attributes of a derivation are.
    pub const DERIVATION: Coercion = Coercion { everything: true, copy_paths: true };
    /// Strings, and paths as they are.
    pub const PLAIN: Coercion = Coercion { everything: false, copy_paths: false };
}

impl Evaluator {
    /// The bytes of a string or a path.
    #[inline]
    pub(in crate::nix) fn bytes(&self, value: Word) -> &'static [u8] {
        self.heap.bytes(value.at())
    }

    /// The context of a string; a path has none.
    #[inline]
    pub(in crate::nix) fn context(&self, value: Word) -> Context {
        let note = self.heap.halves(value.at()).1;
        if note & IS_NAME == 0 { Context(note) } else { Context::NONE }
    }

    /// The name a string is, as an attribute's: it may have no context. Names are asked for again and again by the same
    /// strings, so a string that was one says which.
    #[inline]
    pub(in crate::nix) fn attribute_name(&mut self, value: Word) -> Result<Symbol> {
        if value.tag() == Tag::String {
            let note = self.heap.halves(value.at()).1;
            if note & IS_NAME != 0 {
                return Ok(Symbol(note & !IS_NAME));
            }
        }
        self.new_attribute_name(value)
    }

    #[inline(never)]
    fn new_attribute_name(&mut self, value: Word) -> Result<Symbol> {
        if value.tag() != Tag::String {
            return Err(self.expected("a string", value));
        }
        let len = self.heap.halves(value.at()).0;
        self.without_context(value)?;
        let symbol = self.symbols.intern(self.heap.bytes(value.at()));
        self.heap.set_halves(value.at(), len, symbol.0 | IS_NAME);
        Ok(symbol)
    }

    /// The text as a string value.
    pub(in crate::nix) fn finish(&self, text: &Text) -> Word {
        self.string_in(&text.bytes, text.context)
    }

    /// Refuses a string that depends on a store path, where that can't be kept.
    pub(in crate::nix) fn without_context(&self, value: Word) -> Result<()> {
        if self.context(value) == Context::NONE {
            return Ok(());
        }
        let shown = self.show_short(value);
        let element =
            self.contexts.elements(self.context(value)).min().map(crate::nix::context::Element::to_string);
        let element = element.unwrap_or_default();
        Err(Error::other(format!(
            "the string {shown} is not allowed to refer to a store path (such as '{element}')"
        )))
    }

    /// Appends what a value is as a string.
    pub(in crate::nix) fn coerce(&mut self, value: Word, how: Coercion, text: &mut Text) -> Result<()> {
        match value.tag() {
            Tag::String => {
                text.bytes.extend_from_slice(self.bytes(value));
                text.context = self.contexts.union(text.context, self.context(value));
                Ok(())
            }
            Tag::Path if how.copy_paths => {
                let copied = self.copy_to_store(value)?;
                self.coerce(copied, how, text)
            }
            Tag::Path => {
                text.bytes.extend_from_slice(self.bytes(value));
                Ok(())
            }
            Tag::Attrs => {
                self.check_stack()?;
                if let Some(found) = attrs::find(self.heap, value, names::TO_STRING) {
                    let function = self.force_slot(found.slot)?;
                    let value = self.call(function, &[value], 0)?;
                    return self.coerce(value, how, text);
                }
                match attrs::find(self.heap, value, names::OUT_PATH) {
                    Some(found) => {
                        let value = self.force_slot(found.slot)?;
                        self.coerce(value, how, text)
                    }
                    None => Err(self.cannot_coerce(value)),
                }
            }
            _ if !how.everything => Err(self.cannot_coerce(value)),
            Tag::Simple => {
                if value == Word::TRUE {
                    text.bytes.push(b'1');
                }
                Ok(())
            }
            Tag::Int | Tag::BigInt => {
                let value = self.as_int(value).expect("its tag says so");
                text.bytes.extend_from_slice(value.to_string().as_bytes());
                Ok(())
            }
            Tag::Float => {
                let value = self.as_float(value).expect("its tag says so");
                text.bytes.extend_from_slice(number::fixed(value).as_bytes());
                Ok(())
            }
            Tag::List => {
                self.check_stack()?;
                for at in 0..value.aux() {
                    let item = self.force_slot(value.at() + at)?;
                    self.coerce(item, how, text)
                        .map_err(|error| error.while_(0, "while evaluating one element of the list"))?;
                    // An empty list leaves no gap behind it, though an empty string does.
                    if at + 1 < value.aux() && !(item.tag() == Tag::List && item.aux() == 0) {
                        text.bytes.push(b' ');
                    }
                }
                Ok(())
            }
            _ => Err(self.cannot_coerce(value)),
        }
    }

    #[cold]
    fn cannot_coerce(&self, value: Word) -> Error {
        let found = self.describe(value);
        let shown = self.show_short(value);
        Error::type_error(format!("cannot coerce {found} to a string: {shown}"))
    }

    /// What a value is as a string.
    pub(in crate::nix) fn coerced(&mut self, value: Word, how: Coercion) -> Result<Text> {
        let mut text = Text::default();
        self.coerce(value, how, &mut text)?;
        Ok(text)
    }

    /// `"a${b}c"`
    pub(super) fn interpolation(&mut self, row: Row, frame: u32) -> Result<Word> {
        let mut text = Text::default();
        for at in 0..row.len {
            let node = self.code.id(row, at);
            let value = self.eval(node, frame)?;
            self.coerce(value, Coercion::INTERPOLATED, &mut text)
                .map_err(|error| self.in_part(error, node))?;
        }
        Ok(self.finish(&text))
    }

    #[cold]
    fn in_part(&self, error: Error, node: NodeId) -> Error {
        self.on(error, node).while_(self.code.places[node as usize], "while evaluating a path segment")
    }

    /// `./a/${b}`
    pub(super) fn path_interpolation(&mut self, id: NodeId, row: Row, frame: u32) -> Result<Word> {
        let mut text = Text::default();
        for at in 0..row.len {
            let node = self.code.id(row, at);
            let value = self.eval(node, frame)?;
            self.coerce(value, Coercion::PLAIN, &mut text).map_err(|error| self.in_part(error, node))?;
        }
        self.path_of(text).map_err(|error| self.on(error, id))
    }

    /// `a + b`, whose meaning hangs on the type of `a`: a number, a path or a string.
    pub(in crate::nix) fn add(&mut self, a: Word, b: Word) -> Result<Word> {
        match a.tag() {
            Tag::Int | Tag::BigInt | Tag::Float => match b.tag() {
                Tag::Int | Tag::BigInt | Tag::Float => {
                    self.number_operation(crate::nix::syntax::ast::Operator::Add, a, b)
                }
                _ => {
                    let (left, right) = (self.describe(a), self.describe(b));
                    let left = left.trim_start_matches("an ").trim_start_matches("a ");
                    Err(Error::type_error(format!(
                        "cannot add {right} to {}",
                        if left == "float" { "a float" } else { "an integer" }
                    )))
                }
            },
            Tag::Path => {
                let mut text = self.coerced(a, Coercion::PLAIN)?;
                self.coerce(b, Coercion::PLAIN, &mut text)?;
                self.path_of(text)
            }
            Tag::String if b.tag() == Tag::String => {
                // Both are at hand, so nothing needs to be gathered.
                let context = self.contexts.union(self.context(a), self.context(b));
                let text = self.heap.text(&[self.bytes(a), self.bytes(b)], context.0);
                Ok(Word::new(Tag::String, 0, text))
            }
            _ => {
                // A string on the left makes a path on the right a copied one.
                let how = Coercion::INTERPOLATED;
                let mut text = self.coerced(a, how)?;
                self.coerce(b, how, &mut text)?;
                Ok(self.finish(&text))
            }
        }
    }

    fn path_of(&mut self, text: Text) -> Result<Word> {
        if text.context != Context::NONE {
            return Err(Error::other("a string that refers to a store path cannot be appended to a path"));
        }
        let path = String::from_utf8(text.bytes).map_err(|_| Error::other("a path must be UTF-8"))?;
        Ok(self.path(&paths::tidy(&path)))
    }
}
