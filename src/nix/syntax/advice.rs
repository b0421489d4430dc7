//! What the parser says when the next token fits nothing: what is there, what would fit, and what was probably meant.

use super::error::{Failed, ParseError, excerpt, found};
use super::parser::{MAX_DEPTH, Parser};
use super::token::Token;

impl Parser<'_> {
    /// The current token is not what must come here.
    #[cold]
    pub(super) fn unexpected(&mut self, expected: &str) -> Failed {
        let error = self.unexpected_error(expected);
        self.fail(error)
    }

    /// The current token begins no operand.
    #[cold]
    pub(super) fn unexpected_operand(&mut self) -> Failed {
        let mut error = self.unexpected_error("an expression");
        match self.lexer.token {
            Token::Or => error.hint = advice("`or` gives a default after a selection: `set.name or default`"),
            Token::Less => error.hint = advice("a search path ends with `>`: `<nixpkgs>`"),
            _ => {}
        }
        self.fail(error)
    }

    /// The file goes on after its expression.
    #[cold]
    pub(super) fn more(&mut self) -> Failed {
        let mut error = self.unexpected_error("the end of the file");
        match self.lexer.token {
            Token::RightParen | Token::RightBrace | Token::RightBracket => {
                error.hint = advice("nothing is open here that it could close");
            }
            Token::Assign | Token::Semicolon if error.hint.is_none() => {
                error.hint =
                    advice("a file is one expression; bindings stand in `{ … }` or between `let` and `in`");
            }
            _ => {}
        }
        self.fail(error)
    }

    /// `let`, where only the old `let { … }` could stand.
    #[cold]
    pub(super) fn misplaced(&mut self, start: usize, what: &str) -> Failed {
        let error = ParseError::new(format!("{what} can't stand here without parentheses"), start, 3)
            .hint(format!("put the whole {what} expression in parentheses"));
        self.fail(error)
    }

    /// A token that must come here is not there.
    #[cold]
    pub(super) fn missing(&mut self, token: Token, why: &str, start: usize) -> Failed {
        let expected = format!("{} {why}", token.name());
        let mut error = self.unexpected_error(&expected);
        if error.second.is_none() {
            let length = self.token_length(start);
            error = error.second("it belongs to this", start, length);
        }
        self.fail(error)
    }

    /// What was opened at `start` should be closed here.
    #[cold]
    pub(super) fn unclosed(&mut self, token: Token, start: usize) -> Failed {
        let error = self.unexpected_error(token.name());
        let length = self.token_length(start);
        let mut error = error.second("opened here", start, length);
        match self.lexer.token {
            Token::End => {
                let opened = excerpt(&self.lexer.source[start..start + length]);
                error.message = format!("`{opened}` is never closed");
            }
            Token::Comma if token == Token::RightBracket => {
                error.hint = advice("the elements of a list stand beside each other, without commas");
            }
            _ => {}
        }
        self.fail(error)
    }

    /// Formals go on where they should be closed.
    #[cold]
    pub(super) fn unclosed_formals(&mut self, start: usize, ellipsis: bool) -> Failed {
        let failed = self.unclosed(Token::RightBrace, start);
        if let Some(error) = &mut self.error {
            match self.lexer.token {
                Token::Comma if ellipsis => error.hint = advice("`...` comes last, with no comma behind it"),
                Token::Identifier => error.hint = advice("arguments are parted by `,`"),
                Token::Assign => error.hint = advice("a default is written `name ? default`"),
                _ => {}
            }
        }
        failed
    }

    /// Neither a binding nor the end of the bindings.
    #[cold]
    pub(super) fn no_binding(&mut self, end: Token, open: usize) -> Failed {
        let length = self.token_length(open);
        let error = match end {
            Token::In => self.unexpected_error("a binding or `in`"),
            end => self.unexpected_error(&format!("a binding or {}", end.name())),
        };
        let mut error = error.second("opened here", open, length);
        if self.lexer.token == Token::End && end == Token::In {
            error.message = "`let` has no `in`".to_owned();
        } else if self.lexer.token == Token::End {
            error.message = "`{` is never closed".to_owned();
        } else if let Some(hint) = self.as_name() {
            error.hint = Some(hint);
        }
        self.fail(error)
    }

    /// No name where an attribute path goes on.
    #[cold]
    pub(super) fn no_attribute(&mut self) -> Failed {
        let mut error = self.unexpected_error("an attribute name");
        error.hint = self.as_name().or(error.hint);
        self.fail(error)
    }

    /// Something else than names in an `inherit` that begins at `start`.
    #[cold]
    pub(super) fn inherit_goes_on(&mut self, start: usize) -> Failed {
        let failed = self.missing(Token::Semicolon, "after what is inherited", start);
        if let Some(error) = &mut self.error {
            match self.lexer.token {
                Token::Dot => error.hint = advice("write `inherit (set) name;` to take a name out of a set"),
                Token::Comma => error.hint = advice("names stand beside each other, without commas"),
                Token::Assign => error.hint = advice("end the `inherit` above with `;`"),
                _ => {}
            }
        }
        failed
    }

    /// A path of names, which begins at `start`, without a `=` behind it, among bindings up to the token `end`.
    #[cold]
    pub(super) fn no_assignment(&mut self, start: usize, end: Token) -> Failed {
        let name = excerpt(&self.lexer.source[start..self.lexer.before]);
        let error = self.unexpected_error(&format!("`=` after the name `{name}`"));
        let error = match self.lexer.token {
            Token::Equal => error.hint("write `=` to bind a name; `==` compares"),
            Token::Semicolon => error.hint(format!("write `inherit {name};` to take it from around")),
            Token::Colon => error.hint("write `=` to bind a name"),
            Token::Invalid => error,
            _ if end == Token::In => error.hint("the bindings of `let` end with `in`"),
            _ => error,
        };
        self.fail(error)
    }

    /// The expression of a binding ended without a `;`.
    #[cold]
    pub(super) fn no_semicolon(&mut self, start: usize) -> Failed {
        let mut error = self.unexpected_error("`;` after the binding");
        let source = self.lexer.source;
        // `a = 1` and on the next line `b = 2;`: that `b` was taken for an argument, and `=` is the surprise.
        let line = source[..self.lexer.start].iter().rposition(|byte| *byte == b'\n').unwrap_or(0);
        if matches!(self.lexer.token, Token::Assign | Token::Semicolon | Token::Dot) && line > start {
            let end = source[..line].iter().rposition(|byte| !byte.is_ascii_whitespace()).unwrap_or(start);
            error = error.hint("end the binding above with `;`").second("a `;` is missing here", end + 1, 0);
        } else {
            let length = self.token_length(start);
            error = error.second("the binding begins here", start, length);
        }
        match self.lexer.token {
            Token::Comma => error.hint = advice("bindings end with `;`"),
            Token::End => error.hint = advice("from this binding on, more is opened than is closed"),
            _ => {}
        }
        self.fail(error)
    }

    /// A comparison of a comparison.
    #[cold]
    pub(super) fn not_associative(&mut self, first: usize) -> Failed {
        let operator = String::from_utf8_lossy(self.lexer.text()).into_owned();
        let (offset, length) = (self.lexer.start, self.lexer.end - self.lexer.start);
        let before = self.token_length(first);
        let error =
            ParseError::new(format!("`{operator}` can't follow another such operator"), offset, length)
                .hint("put one of them in parentheses")
                .second("the other one", first, before);
        self.fail(error)
    }

    /// A pipe operator, which Nix has as an experiment only.
    #[cold]
    pub(super) fn no_pipes(&mut self) -> Failed {
        let message = format!("the operator {} is experimental and not enabled", self.lexer.token.name());
        let error = ParseError::new(message, self.lexer.start, 2)
            .hint("enable it with `--extra-experimental-features pipe-operators`");
        self.fail(error)
    }

    /// A string that no quote ends.
    #[cold]
    pub(super) fn unclosed_string(&mut self, quote: &str, open: usize) -> Failed {
        let end = self.lexer.source.len();
        let error = ParseError::new("a string is never closed", end, 0)
            .second("opened here", open, quote.len())
            .hint(format!("end it with `{quote}`"));
        self.fail(error)
    }

    /// `./a/`
    #[cold]
    pub(super) fn trailing_slash(&mut self, start: usize, end: usize) -> Failed {
        let error = ParseError::new("a path ends with a slash", start, end - start)
            .hint("leave out the last slash; for a path to a folder `./.` or `./name` is enough");
        self.fail(error)
    }

    /// `./a//b`
    #[cold]
    pub(super) fn double_slash(&mut self, at: usize) -> Failed {
        let error = ParseError::new("a path has two slashes in a row", at - 1, 2)
            .hint("leave one of them out; to merge sets write ` // ` with spaces around it");
        self.fail(error)
    }

    /// A number that no value can hold.
    #[cold]
    pub(super) fn number_too_large(&mut self) -> Failed {
        let (offset, length) = (self.lexer.start, self.lexer.end - self.lexer.start);
        let what = found(self.lexer.token, self.lexer.text());
        let error = match self.lexer.token {
            Token::Integer => ParseError::new(format!("{what} is too large"), offset, length)
                .hint("integers go up to 9223372036854775807"),
            _ => ParseError::new(format!("{what} is too large or too small"), offset, length)
                .hint("floating-point numbers go from 2.3e-308 to 1.7e308"),
        };
        self.fail(error)
    }

    /// Nesting without end.
    #[cold]
    pub(super) fn too_deep(&mut self) -> Failed {
        let (offset, length) = (self.lexer.start, self.lexer.end - self.lexer.start);
        let message = format!("expressions nest more than {MAX_DEPTH} levels deep here");
        let error = ParseError::new(message, offset, length)
            .hint("name parts of the expression with `let`; a long row of operators may become a list");
        self.fail(error)
    }

    /// The error for the current token where `expected` should be.
    fn unexpected_error(&self, expected: &str) -> ParseError {
        let lexer = &self.lexer;
        let (start, length) = (lexer.start, lexer.end - lexer.start);
        if lexer.token == Token::Invalid {
            return self.invalid();
        }
        if matches!(lexer.token, Token::PipeInto | Token::PipeFrom) && !self.options.pipe_operators {
            let message = format!("the operator {} is experimental and not enabled", lexer.token.name());
            return ParseError::new(message, start, length)
                .hint("enable it with `--extra-experimental-features pipe-operators`");
        }
        let what = found(lexer.token, lexer.text());
        let mut error = ParseError::new(format!("unexpected {what}, expected {expected}"), start, length);
        error.hint = match lexer.token {
            Token::If | Token::With | Token::Assert | Token::Let => {
                advice(&format!("put the whole {} expression in parentheses", lexer.token.name()))
            }
            Token::Colon => advice("a function that is an operand or an argument needs parentheses"),
            Token::Assign => advice("write `==` to compare"),
            _ => None,
        };
        error
    }

    /// What to do if the current token was meant as a name.
    fn as_name(&self) -> Option<String> {
        let text = excerpt(self.lexer.text());
        match self.lexer.token {
            Token::If
            | Token::Then
            | Token::Else
            | Token::Assert
            | Token::With
            | Token::Let
            | Token::In
            | Token::Rec => {
                Some(format!("`{text}` is a keyword; as a name, write it in quotes: `\"{text}\"`"))
            }
            Token::Integer | Token::Float | Token::Path | Token::Uri => {
                Some(format!("as a name, write it in quotes: `\"{text}\"`"))
            }
            Token::Comma => advice("bindings end with `;`"),
            _ => None,
        }
    }

    /// The error for a byte that begins no token.
    fn invalid(&self) -> ParseError {
        let rest = &self.lexer.source[self.lexer.start..];
        let start = self.lexer.start;
        let character = rest.utf8_chunks().next().and_then(|chunk| chunk.valid().chars().next());
        match (rest, character) {
            ([b'/', b'*', ..], _) => {
                ParseError::new("a comment is never closed", start, 2).hint("end it with `*/`")
            }
            ([b'&', ..], _) => ParseError::new("`&` means nothing in Nix", start, 1).hint("write `&&`"),
            ([b'|', ..], _) => ParseError::new("`|` means nothing in Nix", start, 1).hint("write `||`"),
            ([b'\'', ..], _) => ParseError::new("`'` begins nothing in Nix", start, 1)
                .hint("write `\"` around a string, or `''` around one of many lines"),
            ([b'$', ..], _) => ParseError::new("`$` means nothing outside of a string", start, 1)
                .hint("a variable is written without it"),
            ([0xef, 0xbb, 0xbf, ..], _) => {
                ParseError::new("a byte order mark means nothing in Nix", start, 3)
                    .hint("save the file as UTF-8 without one")
            }
            ([byte, ..], None) => ParseError::new(format!("byte 0x{byte:02x} is no UTF-8"), start, 1),
            (_, Some(c)) if c.is_control() => ParseError::new(
                format!("control character U+{:04X} means nothing in Nix", c as u32),
                start,
                c.len_utf8(),
            ),
            (_, Some(c)) => {
                let error = ParseError::new(format!("`{c}` means nothing in Nix"), start, c.len_utf8());
                match c {
                    '“' | '”' | '„' => error.hint("write `\"`"),
                    '\u{a0}' => error.hint("this is a no-break space; write a plain one"),
                    '\\' | '~' | '^' | '%' => error,
                    c if c.is_alphabetic() => error.hint("names are made of a-z, A-Z, 0-9, `_`, `-` and `'`"),
                    _ => error,
                }
            }
            ([], None) => ParseError::new("the file ends here", start, 0),
        }
    }

    /// How long the word or mark is that begins at `start`.
    fn token_length(&self, start: usize) -> usize {
        let source = self.lexer.source;
        match source.get(start) {
            None => 0,
            Some(b'$') => 2.min(source.len() - start),
            Some(byte) if byte.is_ascii_alphabetic() => {
                source[start..].iter().take_while(|byte| byte.is_ascii_alphanumeric()).count()
            }
            Some(_) => 1,
        }
    }
}

fn advice(text: &str) -> Option<String> {
    Some(text.to_owned())
}
