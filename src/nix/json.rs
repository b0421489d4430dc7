//! JSON: values to text and back (RFC 8259), in the very form that Nix prints.

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

    /// The value of a JSON text. Nesting is bounded by memory alone; of equal names in an object the last one counts.
    pub(super) fn parse_json(&mut self, text: &[u8]) -> Result<Word> {
        let mut reader = Reader { text: text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text), at: 0 };
        let mut open: Vec<Open> = Vec::new();
        loop {
            reader.space();
            let mut value = match reader.peek() {
                Some(b'[') => {
                    reader.at += 1;
                    reader.space();
                    if reader.peek() != Some(b']') {
                        open.push(Open::List(Vec::new()));
                        continue;
                    }
                    reader.at += 1;
                    Word::EMPTY_LIST
                }
                Some(b'{') => {
                    reader.at += 1;
                    reader.space();
                    if reader.peek() != Some(b'}') {
                        let name = self.json_name(&mut reader)?;
                        open.push(Open::Set(Vec::new(), name));
                        continue;
                    }
                    reader.at += 1;
                    self.empty_set()
                }
                _ => self.json_simple(&mut reader)?,
            };
            // The value may end what it is in, and that what it is in itself.
            loop {
                reader.space();
                match open.last_mut() {
                    None if reader.at == reader.text.len() => return Ok(value),
                    None => return Err(reader.wrong("the end of the text")),
                    Some(Open::List(items)) => {
                        items.push(value);
                        match reader.next() {
                            Some(b',') => break,
                            Some(b']') => value = self.list_of(&std::mem::take(items)),
                            _ => return Err(reader.wrong_before("`,` or `]`")),
                        }
                    }
                    Some(Open::Set(entries, name)) => {
                        entries.push((*name, 0, value));
                        match reader.next() {
                            Some(b',') => {
                                reader.space();
                                let next = self.json_name(&mut reader)?;
                                if let Some(Open::Set(_, name)) = open.last_mut() {
                                    *name = next;
                                }
                                break;
                            }
                            Some(b'}') => {
                                let entries = std::mem::take(entries);
                                value = self.set_of(entries);
                            }
                            _ => return Err(reader.wrong_before("`,` or `}`")),
                        }
                    }
                }
                open.pop();
            }
        }
    }

    fn json_name(&mut self, reader: &mut Reader<'_>) -> Result<super::symbols::Symbol> {
        if reader.peek() != Some(b'"') {
            return Err(reader.wrong("a name in quotes"));
        }
        let name = reader.string()?;
        let name = self.symbols.intern(&name);
        reader.space();
        match reader.next() {
            Some(b':') => Ok(name),
            _ => Err(reader.wrong_before("`:`")),
        }
    }

    fn json_simple(&mut self, reader: &mut Reader<'_>) -> Result<Word> {
        for (word, value) in [("null", Word::NULL), ("true", Word::TRUE), ("false", Word::FALSE)] {
            if reader.text[reader.at..].starts_with(word.as_bytes()) {
                reader.at += word.len();
                return Ok(value);
            }
        }
        match reader.peek() {
            Some(b'"') => {
                let text = reader.string()?;
                Ok(self.string(&text))
            }
            Some(b'-' | b'0'..=b'9') => {
                let text = reader.number()?;
                if text.bytes().any(|byte| b".eE".contains(&byte)) {
                    return self.json_float(reader, text);
                }
                match text.parse::<i64>() {
                    Ok(value) => Ok(self.int(value)),
                    Err(_) if !text.starts_with('-') && text.parse::<u64>().is_ok() => {
                        Err(Error::other(format!("unsigned json number {text} outside of Nix integer range")))
                    }
                    Err(_) => self.json_float(reader, text),
                }
            }
            _ => Err(reader.wrong("a value")),
        }
    }

    fn json_float(&self, reader: &Reader<'_>, text: &str) -> Result<Word> {
        match text.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(self.float(value)),
            _ => Err(reader.wrong_before("a number that is not so large")),
        }
    }
}

/// A list or an object that is being read.
enum Open {
    List(Vec<Word>),
    Set(Vec<attrs::New>, super::symbols::Symbol),
}

struct Reader<'t> {
    text: &'t [u8],
    at: usize,
}

impl<'t> Reader<'t> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek();
        self.at += 1;
        byte
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    #[cold]
    fn wrong(&self, wanted: &str) -> Error {
        let before = &self.text[..self.at.min(self.text.len())];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
        Error::other(format!("JSON: parse error at line {line}, column {column}: expected {wanted}"))
    }

    #[cold]
    fn wrong_before(&self, wanted: &str) -> Error {
        Reader { text: self.text, at: self.at.saturating_sub(1) }.wrong(wanted)
    }

    fn number(&mut self) -> Result<&'t str> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits(),
            _ => return Err(self.wrong("a digit")),
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.wanted_digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.wanted_digits()?;
        }
        Ok(str::from_utf8(&self.text[start..self.at]).expect("digits and signs are ASCII"))
    }

    fn digits(&mut self) {
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
    }

    fn wanted_digits(&mut self) -> Result<()> {
        if !matches!(self.peek(), Some(b'0'..=b'9')) {
            return Err(self.wrong("a digit"));
        }
        self.digits();
        Ok(())
    }

    fn string(&mut self) -> Result<Vec<u8>> {
        self.at += 1;
        let mut text = Vec::new();
        loop {
            let run = self.text[self.at..].iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20));
            let Some(run) = run else {
                self.at = self.text.len();
                return Err(self.wrong("the string's closing quote"));
            };
            let part = &self.text[self.at..self.at + run];
            if str::from_utf8(part).is_err() {
                return Err(self.wrong("UTF-8"));
            }
            text.extend_from_slice(part);
            self.at += run;
            match self.next() {
                Some(b'"') => return Ok(text),
                Some(b'\\') => self.escape(&mut text)?,
                _ => return Err(self.wrong_before("an escape in place of a control character")),
            }
        }
    }

    fn escape(&mut self, text: &mut Vec<u8>) -> Result<()> {
        text.push(match self.next() {
            Some(b'"') => b'"',
            Some(b'\\') => b'\\',
            Some(b'/') => b'/',
            Some(b'b') => 8,
            Some(b'f') => 12,
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(b'u') => {
                let mut code = self.hex()?;
                if (0xd800..0xdc00).contains(&code) && self.text[self.at..].starts_with(b"\\u") {
                    self.at += 2;
                    let low = self.hex()?;
                    if !(0xdc00..0xe000).contains(&low) {
                        return Err(self.wrong_before("the second half of a surrogate pair"));
                    }
                    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
                }
                let Some(c) = char::from_u32(code) else { return Err(self.wrong_before("a character")) };
                if c == '\0' {
                    return Err(Error::other("a JSON string with a NUL character can't be a Nix string"));
                }
                text.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                return Ok(());
            }
            _ => return Err(self.wrong_before("an escape")),
        });
        Ok(())
    }

    fn hex(&mut self) -> Result<u32> {
        let digits =
            self.text.get(self.at..self.at + 4).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let Some(digits) = digits else { return Err(self.wrong("four hexadecimal digits")) };
        self.at += 4;
        let digits = str::from_utf8(digits).expect("hexadecimal digits are ASCII");
        Ok(u32::from_str_radix(digits, 16).expect("four hexadecimal digits fit"))
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
