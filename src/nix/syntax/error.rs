//! Why a file is no Nix, with the places and the advice that a report shows.

use super::lines::Lines;
use super::token::Token;
use crate::report::{Place, Report, Spot};

/// What is wrong with a file. Offsets and lengths are in bytes; `Lines` turns them into lines and columns.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ParseError {
    /// What is so.
    pub message: String,
    /// Where.
    pub offset: u32,
    /// How much of the file from there.
    pub length: u32,
    /// What to do.
    pub hint: Option<String>,
    /// Another place that explains this one.
    pub second: Option<Box<Second>>,
}

/// The other place of an error: where something was opened or first defined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Second {
    /// What is there: `opened here`.
    pub message: String,
    /// Where.
    pub offset: u32,
    /// How much of the file from there.
    pub length: u32,
}

impl ParseError {
    /// What the user reads, given the file's name and content. The other place comes second.
    pub fn report(&self, file: &str, source: &[u8]) -> Report {
        let lines = Lines::new(source);
        let mut report =
            Report::error(&self.message).at(place(file, source, &lines, self.offset, self.length));
        if let Some(second) = &self.second {
            report = report.at(place(file, source, &lines, second.offset, second.length));
            // The end of the file tells less than where that began which is missing its end.
            if self.offset as usize == source.len() {
                report.places.reverse();
            }
        }
        report.hints.extend(self.hint.clone());
        report
    }

    /// An error with neither hint nor second place.
    pub(super) fn new(message: impl Into<String>, offset: usize, length: usize) -> Self {
        ParseError {
            message: message.into(),
            offset: offset as u32,
            length: length as u32,
            hint: None,
            second: None,
        }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(super) fn second(mut self, message: impl Into<String>, offset: usize, length: usize) -> Self {
        let second = Second { message: message.into(), offset: offset as u32, length: length as u32 };
        self.second = Some(Box::new(second));
        self
    }
}

/// A place for a report, whose columns are characters.
fn place(file: &str, source: &[u8], lines: &Lines, offset: u32, length: u32) -> Place {
    let position = lines.position(offset);
    let start = offset as usize - (position.column as usize - 1);
    let line = source[start..].split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
    let marked = (offset as usize - start).min(line.len())
        ..(offset as usize - start + length as usize).min(line.len());
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let spot = Spot {
        line: position.line as usize,
        column: text(&line[..marked.start]).chars().count() + 1,
        length: text(&line[marked]).chars().count().max(1),
        text: text(line),
    };
    Place { file: file.to_owned(), spot: Some(spot) }
}

/// The error lies in the parser. It is no larger than this so that results of parsing functions fit into a register.
#[derive(Debug)]
pub(super) struct Failed;

/// What a parsing function returns.
pub(super) type Parsed<T> = Result<T, Failed>;

/// A token that was found, for a message: by its text where that says more than its kind.
pub(super) fn found(token: Token, text: &[u8]) -> String {
    let quoted = || excerpt(text);
    match token {
        Token::Identifier => format!("identifier `{}`", quoted()),
        Token::Integer | Token::Float => format!("number `{}`", quoted()),
        Token::Path | Token::HomePath => format!("path `{}`", quoted()),
        Token::SearchPath => format!("search path `{}`", quoted()),
        Token::Uri => format!("URI `{}`", quoted()),
        Token::Quote | Token::IndentedQuote => "string".to_owned(),
        Token::End => "end of the file".to_owned(),
        token => token.name().to_owned(),
    }
}

/// A text of the file for a message: its first line, and of that not too much.
pub(super) fn excerpt(text: &[u8]) -> String {
    let line = text.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
    let shown = String::from_utf8_lossy(line);
    match shown.char_indices().nth(40) {
        Some((cut, _)) => format!("{}…", &shown[..cut]),
        None if line.len() < text.len() => format!("{shown}…"),
        None => shown.into_owned(),
    }
}
