//! Why a file is no Nix, with the places and the advice that a report shows.

use super::token::Token;

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

/// The error lies in the parser. It is no larger than this so that results of parsing functions fit into a register.
#[derive(Debug)]
pub(super) struct Failed;

/// What a parsing function returns.
pub(super) type Parsed<T> = Result<T, Failed>;

/// A token that was found, for a message: by its text where that says more than its kind.
pub(super) fn found(token: Token, text: &[u8]) -> String {
    let quoted = || {
        let text = String::from_utf8_lossy(text);
        match text.char_indices().nth(40) {
            Some((cut, _)) => format!("{}…", &text[..cut]),
            None => text.into_owned(),
        }
    };
    match token {
        Token::Identifier => format!("identifier `{}`", quoted()),
        Token::Integer | Token::Float => format!("number `{}`", quoted()),
        Token::Path | Token::HomePath => format!("path `{}`", quoted()),
        Token::SearchPath => format!("search path `{}`", quoted()),
        Token::Uri => format!("URI `{}`", quoted()),
        Token::Quote | Token::IndentedQuote => "a string".to_owned(),
        token => token.name().to_owned(),
    }
}
