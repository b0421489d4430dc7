//! Tokens of an extended regular expression. What a byte means depends on whether it stands in a bracket, in a brace, or
//! in neither.

use super::Fault;

/// A token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A byte that stands for itself.
    Byte(u8),
    /// `.`
    Any,
    /// `^`
    Begin,
    /// `$`
    End,
    /// `*`
    Star,
    /// `+`
    Plus,
    /// `?`
    Optional,
    /// `|`
    Or,
    /// `(`
    Open,
    /// `)`
    Close,
    /// `{`
    Brace,
    /// Digits in a brace.
    Number(&'a [u8]),
    /// `,` in a brace.
    Comma,
    /// `}` at the end of a brace.
    BraceEnd,
    /// `[` or, if true, `[^`.
    Bracket(bool),
    /// `-` in a bracket.
    Dash,
    /// `[:name:]` in a bracket.
    Class(&'a [u8]),
    /// `[.name.]` in a bracket.
    Collating(&'a [u8]),
    /// `[=name=]` in a bracket.
    Equivalence(&'a [u8]),
    /// `]` at the end of a bracket.
    BracketEnd,
    /// The end of the expression.
    Finish,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Where {
    Outside,
    Brace,
    /// At the beginning of a bracket `]` is an ordinary byte.
    BracketStart,
    Bracket,
}

/// Reads tokens, one ahead.
pub(super) struct Scanner<'a> {
    rest: &'a [u8],
    place: Where,
    /// The next token.
    pub(super) next: Token<'a>,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(pattern: &'a [u8]) -> Result<Self, Fault> {
        let mut scanner = Scanner { rest: pattern, place: Where::Outside, next: Token::Finish };
        scanner.advance()?;
        Ok(scanner)
    }

    /// Takes the next token.
    pub(super) fn take(&mut self) -> Result<Token<'a>, Fault> {
        let taken = self.next;
        self.advance()?;
        Ok(taken)
    }

    /// Takes the next token if it is this one.
    pub(super) fn takes(&mut self, wanted: Token<'_>) -> Result<bool, Fault> {
        let found = self.next == wanted;
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    fn advance(&mut self) -> Result<(), Fault> {
        self.next = match (self.place, self.rest.split_first()) {
            (Where::Outside, None) => Token::Finish,
            (_, None) => return Err(Fault::Invalid),
            (Where::Outside, Some((byte, rest))) => {
                self.rest = rest;
                self.outside(*byte)?
            }
            (Where::Brace, Some((byte, rest))) => {
                let all = self.rest;
                self.rest = rest;
                self.in_brace(*byte, all)?
            }
            (_, Some((byte, rest))) => {
                self.rest = rest;
                self.in_bracket(*byte)?
            }
        };
        Ok(())
    }

    fn outside(&mut self, byte: u8) -> Result<Token<'a>, Fault> {
        Ok(match byte {
            b'.' => Token::Any,
            b'^' => Token::Begin,
            b'$' => Token::End,
            b'*' => Token::Star,
            b'+' => Token::Plus,
            b'?' => Token::Optional,
            b'|' => Token::Or,
            b'(' => Token::Open,
            b')' => Token::Close,
            b'{' => {
                self.place = Where::Brace;
                Token::Brace
            }
            b'[' => {
                self.place = Where::BracketStart;
                let negated = self.rest.first() == Some(&b'^');
                self.rest = &self.rest[usize::from(negated)..];
                Token::Bracket(negated)
            }
            b'\\' => match self.rest.split_first() {
                // Only what is special may be escaped: there are no `\s`, `\n` or `\1`.
                Some((escaped, rest)) if b".[\\()*+?{|^$".contains(escaped) => {
                    self.rest = rest;
                    Token::Byte(*escaped)
                }
                _ => return Err(Fault::Invalid),
            },
            byte => Token::Byte(byte),
        })
    }

    fn in_brace(&mut self, byte: u8, all: &'a [u8]) -> Result<Token<'a>, Fault> {
        match byte {
            b'0'..=b'9' => {
                let len = all.iter().take_while(|byte| byte.is_ascii_digit()).count();
                self.rest = &all[len..];
                Ok(Token::Number(&all[..len]))
            }
            b',' => Ok(Token::Comma),
            b'}' => {
                self.place = Where::Outside;
                Ok(Token::BraceEnd)
            }
            _ => Err(Fault::Invalid),
        }
    }

    fn in_bracket(&mut self, byte: u8) -> Result<Token<'a>, Fault> {
        let start = self.place == Where::BracketStart;
        self.place = Where::Bracket;
        Ok(match byte {
            b'-' => Token::Dash,
            b'[' => match self.rest.split_first() {
                None => return Err(Fault::Invalid),
                Some((b':', rest)) => Token::Class(self.named(b':', rest)?),
                Some((b'.', rest)) => Token::Collating(self.named(b'.', rest)?),
                Some((b'=', rest)) => Token::Equivalence(self.named(b'=', rest)?),
                Some(_) => Token::Byte(b'['),
            },
            b']' if !start => {
                self.place = Where::Outside;
                Token::BracketEnd
            }
            byte => Token::Byte(byte),
        })
    }

    /// The name in `[:name:]`, after the first colon.
    fn named(&mut self, mark: u8, rest: &'a [u8]) -> Result<&'a [u8], Fault> {
        let len = rest.iter().position(|byte| *byte == mark).ok_or(Fault::Invalid)?;
        let (name, end) = rest.split_at(len);
        self.rest = end[1..].strip_prefix(b"]").ok_or(Fault::Invalid)?;
        Ok(name)
    }
}
