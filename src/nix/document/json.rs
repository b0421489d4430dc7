//! Reading JSON (RFC 8259) as strictly as Nix does: it wants UTF-8 and finite numbers, and has no place for a NUL.

use super::Maker;
use crate::nix::error::{Error, Result};

/// The value of a JSON text. Nesting is bounded by memory alone.
///
/// # Errors
/// Where the text is no JSON, with line and column; when a number is larger than Nix knows.
pub fn read<M: Maker>(text: &[u8], maker: &mut M) -> Result<M::Value> {
    let mut reader = Reader { text: text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text), at: 0 };
    let mut open: Vec<Open<M>> = Vec::new();
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
                maker.list(Vec::new())
            }
            Some(b'{') => {
                reader.at += 1;
                reader.space();
                if reader.peek() != Some(b'}') {
                    open.push(Open::Set(Vec::new(), Some(name(&mut reader, maker)?)));
                    continue;
                }
                reader.at += 1;
                maker.set(Vec::new())
            }
            _ => simple(&mut reader, maker)?,
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
                        Some(b']') => value = maker.list(std::mem::take(items)),
                        _ => return Err(reader.wrong_before("`,` or `]`")),
                    }
                }
                Some(Open::Set(entries, coming)) => {
                    entries.push((coming.take().expect("a value comes after its name"), value));
                    match reader.next() {
                        Some(b',') => {
                            reader.space();
                            *coming = Some(name(&mut reader, maker)?);
                            break;
                        }
                        Some(b'}') => value = maker.set(std::mem::take(entries)),
                        _ => return Err(reader.wrong_before("`,` or `}`")),
                    }
                }
            }
            open.pop();
        }
    }
}

fn name<M: Maker>(reader: &mut Reader<'_>, maker: &mut M) -> Result<M::Name> {
    if reader.peek() != Some(b'"') {
        return Err(reader.wrong("a name in quotes"));
    }
    let name = reader.string()?;
    reader.space();
    match reader.next() {
        Some(b':') => Ok(maker.name(&name)),
        _ => Err(reader.wrong_before("`:`")),
    }
}

fn simple<M: Maker>(reader: &mut Reader<'_>, maker: &mut M) -> Result<M::Value> {
    match reader.peek() {
        Some(b'"') => {
            let text = reader.string()?;
            Ok(maker.string(&text))
        }
        Some(b'-' | b'0'..=b'9') => {
            let text = reader.number()?;
            if text.bytes().any(|byte| b".eE".contains(&byte)) {
                return Ok(maker.float(float(reader, text)?));
            }
            match text.parse::<i64>() {
                Ok(value) => Ok(maker.int(value)),
                Err(_) if !text.starts_with('-') && text.parse::<u64>().is_ok() => {
                    Err(Error::other(format!("unsigned json number {text} outside of Nix integer range")))
                }
                Err(_) => Ok(maker.float(float(reader, text)?)),
            }
        }
        _ if reader.word("null") => Ok(maker.null()),
        _ if reader.word("true") => Ok(maker.bool(true)),
        _ if reader.word("false") => Ok(maker.bool(false)),
        _ => Err(reader.wrong("a value")),
    }
}

fn float(reader: &Reader<'_>, text: &str) -> Result<f64> {
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        _ => Err(reader.wrong_before("a number that is not so large")),
    }
}

/// A list or an object that is being read.
enum Open<M: Maker> {
    List(Vec<M::Value>),
    /// What it has, and the name of what comes.
    Set(Vec<(M::Name, M::Value)>, Option<M::Name>),
}

/// Takes one piece after the other off a text.
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

    fn word(&mut self, word: &str) -> bool {
        let found = self.text[self.at..].starts_with(word.as_bytes());
        self.at += if found { word.len() } else { 0 };
        found
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
