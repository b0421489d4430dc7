//! Reading TOML: version 1.0 of it, which Nix knows, whatever the crate that parses knows besides.
//!
//! Known to differ: where `[a.b.c]` comes first and `b.e = 1` in `[a]` adds to it, Nix sees an error and this does not.

use super::Maker;
use crate::nix::error::{Error, Result};
use std::fmt::Display;
use toml::Spanned;
use toml::de::{DeTable, DeValue};
use toml_parser::Source;
use toml_parser::lexer::TokenKind;

/// The value of a TOML document. Dates and times are an error, unless they are wanted as sets: `{ _type = "timestamp";
/// value = …; }`.
///
/// # Errors
/// Where the text is no TOML, with its line; when a number is larger than Nix knows, or a text holds a NUL.
pub fn read<M: Maker>(text: &[u8], timestamps: bool, maker: &mut M) -> Result<M::Value> {
    let text = str::from_utf8(text).map_err(|error| wrong(&error.to_string()))?;
    let document = DeTable::parse(text).map_err(|error| {
        let line = error.span().map(|span| text[..span.start].matches('\n').count() + 1);
        match line {
            Some(line) => wrong(&format!("line {line}: {}", error.message())),
            None => wrong(error.message()),
        }
    })?;
    refuse_newer(text)?;
    Reader { maker, timestamps }.table(document.get_ref())
}

struct Reader<'m, M> {
    maker: &'m mut M,
    timestamps: bool,
}

impl<M: Maker> Reader<'_, M> {
    fn table(&mut self, table: &DeTable<'_>) -> Result<M::Value> {
        let mut entries = Vec::with_capacity(table.len());
        for (key, value) in table {
            without_nul(key.get_ref())?;
            let name = self.maker.name(key.get_ref().as_bytes());
            entries.push((name, self.value(value)?));
        }
        Ok(self.maker.set(entries))
    }

    fn value(&mut self, value: &Spanned<DeValue<'_>>) -> Result<M::Value> {
        Ok(match value.get_ref() {
            DeValue::String(text) => {
                without_nul(text)?;
                self.maker.string(text.as_bytes())
            }
            DeValue::Integer(number) => {
                let value = i64::from_str_radix(number.as_str(), number.radix());
                let value =
                    value.map_err(|_| wrong(&format!("the integer {number} does not fit into 64 bits")))?;
                self.maker.int(value)
            }
            DeValue::Float(number) => {
                let text = number.as_str();
                match text.parse::<f64>() {
                    Ok(value) if value.is_finite() || text.ends_with("inf") || text.ends_with("nan") => {
                        self.maker.float(value)
                    }
                    _ => return Err(wrong(&format!("{text} is no float of 64 bits"))),
                }
            }
            DeValue::Boolean(value) => self.maker.bool(*value),
            // A time without seconds is of TOML 1.1, which Nix does not know yet.
            DeValue::Datetime(time)
                if self.timestamps && time.time.is_none_or(|time| time.second.is_some()) =>
            {
                let of_day = time.time.map(|time| {
                    let nanoseconds = time.nanosecond.unwrap_or(0);
                    time_of_day(time.hour, time.minute, time.second.unwrap_or(0), nanoseconds)
                });
                let moment = moment(time.date, of_day, time.offset);
                let entries = [("_type", "timestamp".to_owned()), ("value", moment)];
                let entries = entries.map(|(name, text)| {
                    (self.maker.name(name.as_bytes()), self.maker.string(text.as_bytes()))
                });
                self.maker.set(entries.into())
            }
            DeValue::Datetime(_) => return Err(wrong("Dates and times are not supported")),
            DeValue::Array(array) => {
                self.maker.deeper()?;
                let items = array.iter().map(|item| self.value(item)).collect::<Result<Vec<_>>>()?;
                self.maker.list(items)
            }
            DeValue::Table(table) => {
                self.maker.deeper()?;
                self.table(table)?
            }
        })
    }
}

/// A moment as Nix writes it.
fn moment(date: Option<impl Display>, of_day: Option<String>, offset: Option<impl Display>) -> String {
    let date = date.map(|date| date.to_string());
    let parts: Vec<String> = date.into_iter().chain(of_day).collect();
    let offset = offset.map(|offset| offset.to_string()).unwrap_or_default();
    let offset = if matches!(offset.as_str(), "+00:00" | "-00:00") { "Z" } else { &offset };
    parts.join("T") + offset
}

/// A time of day as Nix writes it: fractions of a second have three, six or nine digits.
fn time_of_day(hour: u8, minute: u8, second: u8, nanoseconds: u32) -> String {
    let fraction = match nanoseconds {
        0 => String::new(),
        some if some % 1_000_000 == 0 => format!(".{:03}", some / 1_000_000),
        some if some % 1_000 == 0 => format!(".{:06}", some / 1_000),
        some => format!(".{some:09}"),
    };
    format!("{hour:02}:{minute:02}:{second:02}{fraction}")
}

#[cold]
fn wrong(message: &str) -> Error {
    Error::other(format!("while parsing TOML: {message}"))
}

fn without_nul(text: &str) -> Result<()> {
    if text.contains('\0') {
        Err(wrong("a string with a NUL character can't be a Nix string"))
    } else {
        Ok(())
    }
}

/// Refuses what came with version 1.1: in an inline table line breaks and a comma at its end, in a string `\e` and `\x`.
fn refuse_newer(text: &str) -> Result<()> {
    let source = Source::new(text);
    // The brackets around, and whether a comma was the last thing in them.
    let mut open: Vec<TokenKind> = Vec::new();
    let mut comma = false;
    for token in source.lex() {
        match token.kind() {
            kind @ (TokenKind::LeftCurlyBracket | TokenKind::LeftSquareBracket) => {
                open.push(kind);
            }
            TokenKind::RightCurlyBracket if comma => {
                return Err(wrong("an inline table may not end with a comma"));
            }
            TokenKind::RightCurlyBracket | TokenKind::RightSquareBracket => {
                open.pop();
            }
            TokenKind::Newline if open.last() == Some(&TokenKind::LeftCurlyBracket) => {
                return Err(wrong("an inline table must be on one line"));
            }
            TokenKind::BasicString | TokenKind::MlBasicString => {
                let span = token.span();
                if escapes(&text[span.start()..span.end()]).any(|escape| matches!(escape, b'e' | b'x')) {
                    return Err(wrong("a string has an escape that TOML 1.0 does not know"));
                }
            }
            _ => {}
        }
        if !matches!(token.kind(), TokenKind::Whitespace | TokenKind::Comment | TokenKind::Newline) {
            comma = token.kind() == TokenKind::Comma;
        }
    }
    Ok(())
}

/// The bytes after backslashes.
fn escapes(text: &str) -> impl Iterator<Item = u8> {
    let mut bytes = text.bytes();
    std::iter::from_fn(move || {
        bytes.find(|byte| *byte == b'\\')?;
        bytes.next()
    })
}
