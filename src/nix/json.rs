//! JSON: values to text (RFC 8259), in the very form that Nix prints; [`super::document`] reads it.

use super::attrs;
use super::error::{Error, Result};
use super::eval::{Coercion, Evaluator, Text};
use super::names;
use super::value::{Tag, Word};

impl Evaluator {
    /// A value as JSON, evaluated through and through.
    pub fn json(&mut self, value: Word) -> Result<Vec<u8>> {
        let mut text = Text::default();
        self.write_json(value, &mut text)?;
        Ok(text.bytes)
    }

    /// Appends a value as JSON, and what it depends on.
    pub(super) fn write_json(&mut self, value: Word, text: &mut Text) -> Result<()> {
        // Nesting counts as calls do, since a reader of the document will have to go as deep.
        self.deeper()?;
        let done = self.write_json_value(value, text);
        self.higher();
        done
    }

    fn write_json_value(&mut self, value: Word, text: &mut Text) -> Result<()> {
        self.check_stack()?;
        match value.tag() {
            Tag::Simple if value == Word::NULL => text.bytes.extend_from_slice(b"null"),
            Tag::Simple => {
                text.bytes.extend_from_slice(if value == Word::TRUE { b"true" } else { b"false" });
            }
            Tag::Int | Tag::BigInt => {
                let value = self.as_int(value).expect("its tag says so");
                text.bytes.extend_from_slice(value.to_string().as_bytes());
            }
            Tag::Float => {
                let value = self.as_float(value).expect("its tag says so");
                text.bytes.extend_from_slice(crate::store::json_float(value).as_bytes());
            }
            Tag::String => {
                text.context = self.contexts.union(text.context, self.context(value));
                write_string(self.bytes(value), &mut text.bytes)?;
            }
            Tag::Path => {
                let copied = self.copy_to_store(value)?;
                self.write_json(copied, text)?;
            }
            Tag::Attrs => return self.write_json_set(value, text),
            Tag::List => {
                text.bytes.push(b'[');
                for at in 0..value.aux() {
                    if at > 0 {
                        text.bytes.push(b',');
                    }
                    let item = self.force_slot(value.at() + at)?;
                    self.write_json(item, text).map_err(|error| {
                        error.while_(0, format!("while evaluating list element at index {at}"))
                    })?;
                }
                text.bytes.push(b']');
            }
            _ => return Err(Error::type_error(format!("cannot convert {} to JSON", self.describe(value)))),
        }
        Ok(())
    }

    fn write_json_set(&mut self, value: Word, text: &mut Text) -> Result<()> {
        if attrs::find(self.heap, value, names::TO_STRING).is_some() {
            let inner = self.coerced(value, Coercion::PLAIN)?;
            text.context = self.contexts.union(text.context, inner.context);
            return write_string(&inner.bytes, &mut text.bytes);
        }
        if let Some(found) = attrs::find(self.heap, value, names::OUT_PATH) {
            let path = self.force_slot(found.slot)?;
            return self.write_json(path, text);
        }
        text.bytes.push(b'{');
        let mut first = true;
        for entry in attrs::by_text(self.heap, &self.symbols, value) {
            if !std::mem::take(&mut first) {
                text.bytes.push(b',');
            }
            write_string(self.symbols.text(entry.name), &mut text.bytes)?;
            text.bytes.push(b':');
            let done = self.force_slot(entry.slot).and_then(|value| self.write_json(value, text));
            done.map_err(|error| {
                let name = self.name(entry.name);
                error.while_(entry.place, format!("while evaluating attribute '{name}'"))
            })?;
        }
        text.bytes.push(b'}');
        Ok(())
    }
}

/// Appends a text in quotes.
pub fn write_string(text: &[u8], to: &mut Vec<u8>) -> Result<()> {
    if str::from_utf8(text).is_err() {
        return Err(Error::other("JSON serialization error: the string is not valid UTF-8"));
    }
    to.push(b'"');
    let mut rest = text;
    while let Some(run) = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)) {
        to.extend_from_slice(&rest[..run]);
        match rest[run] {
            b'"' => to.extend_from_slice(b"\\\""),
            b'\\' => to.extend_from_slice(b"\\\\"),
            8 => to.extend_from_slice(b"\\b"),
            12 => to.extend_from_slice(b"\\f"),
            b'\n' => to.extend_from_slice(b"\\n"),
            b'\r' => to.extend_from_slice(b"\\r"),
            b'\t' => to.extend_from_slice(b"\\t"),
            byte => to.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
        }
        rest = &rest[run + 1..];
    }
    to.extend_from_slice(rest);
    to.push(b'"');
    Ok(())
}
