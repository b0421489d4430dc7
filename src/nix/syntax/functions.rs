//! Functions: `x: body`, `{ a, b ? 1, ... }: body`, and both together with `@`.

use super::ast::{Expr, ExprId, Formal, Formals, Lambda, Slice};
use super::bytes::{BEGINS_WORD, WORD, is};
use super::error::{ParseError, Parsed};
use super::parser::Parser;
use super::token::{Token, word};
use crate::nix::symbols::Symbol;

impl Parser<'_> {
    /// Whether the brace here begins formals and no set: after it stands `...`, or one name followed by `,`, `?` or
    /// `}`, or nothing and after the closing brace a `:` or `@`.
    pub(super) fn formals_ahead(&mut self) -> bool {
        let first = self.lexer.peek();
        let at = self.lexer.blanks(self.lexer.end);
        match first {
            b'}' => matches!(self.lexer.at(self.lexer.blanks(at + 1)), b':' | b'@'),
            b'.' => self.lexer.source[at..].starts_with(b"..."),
            _ if is(first, BEGINS_WORD) => {
                let end = self.lexer.skip(at, WORD);
                matches!(self.lexer.at(self.lexer.blanks(end)), b',' | b'?' | b'}')
                    && word(&self.lexer.source[at..end]) == Token::Identifier
            }
            _ => false,
        }
    }

    /// `name: body`
    pub(super) fn function_of_name(&mut self) -> Parsed<ExprId> {
        let start = self.lexer.start;
        let name = self.symbols.intern(self.lexer.text());
        self.lexer.advance();
        self.function(start, Some(name), None)
    }

    /// `name@{ formals }: body`
    pub(super) fn function_of_name_and_formals(&mut self) -> Parsed<ExprId> {
        let start = self.lexer.start;
        let name = self.symbols.intern(self.lexer.text());
        self.lexer.advance();
        self.lexer.advance();
        if self.lexer.token != Token::LeftBrace {
            return Err(self.unexpected("`{` after `@`"));
        }
        let formals = self.formals(Some(name), start)?;
        self.function(start, Some(name), Some(formals))
    }

    /// `{ formals }: body` and `{ formals }@name: body`
    pub(super) fn function_of_formals(&mut self) -> Parsed<ExprId> {
        let start = self.lexer.start;
        let formals = self.formals(None, start)?;
        if self.lexer.token != Token::At {
            return self.function(start, None, Some(formals));
        }
        self.lexer.advance();
        if self.lexer.token != Token::Identifier {
            return Err(self.unexpected("a name after `@`"));
        }
        let name = self.symbols.intern(self.lexer.text());
        let at = self.lexer.start;
        self.lexer.advance();
        self.formal_named_as_the_whole(formals, name, at)?;
        self.function(start, Some(name), Some(formals))
    }

    /// `: body`
    fn function(&mut self, start: usize, name: Option<Symbol>, formals: Option<Formals>) -> Parsed<ExprId> {
        self.expect(Token::Colon, "before the body of a function", start)?;
        let body = self.expr()?;
        self.ast.lambdas.push(Lambda { name, formals, body });
        Ok(self.add(Expr::Lambda(self.ast.lambdas.len() as u32 - 1), start))
    }

    /// `{ a, b ? 1, ... }`
    fn formals(&mut self, whole: Option<Symbol>, whole_at: usize) -> Parsed<Formals> {
        let open = self.lexer.start;
        let base = self.scratch.formals.len();
        let mut ellipsis = false;
        self.lexer.advance();
        loop {
            match self.lexer.token {
                Token::Identifier => self.formal()?,
                Token::Ellipsis => {
                    ellipsis = true;
                    self.lexer.advance();
                    break;
                }
                _ => break,
            }
            match self.lexer.token {
                Token::Comma => self.lexer.advance(),
                _ => break,
            }
        }
        if self.lexer.token != Token::RightBrace {
            return Err(self.unclosed_formals(open, ellipsis));
        }
        self.lexer.advance();
        let slice =
            Slice { start: self.ast.formals.len() as u32, len: (self.scratch.formals.len() - base) as u32 };
        self.ast.formals.extend_from_slice(&self.scratch.formals[base..]);
        self.scratch.formals.truncate(base);
        self.formals_once(slice)?;
        let formals = Formals { formals: slice, ellipsis };
        if let Some(name) = whole {
            self.formal_named_as_the_whole(formals, name, whole_at)?;
        }
        Ok(formals)
    }

    /// `name` or `name ? default`
    fn formal(&mut self) -> Parsed<()> {
        let offset = self.lexer.start as u32;
        let name = self.symbols.intern(self.lexer.text());
        self.lexer.advance();
        let mut default = ExprId::NONE;
        if self.lexer.token == Token::Question {
            self.lexer.advance();
            default = self.expr()?;
        }
        self.scratch.formals.push(Formal { name, offset, default });
        Ok(())
    }

    /// Every name once.
    fn formals_once(&mut self, slice: Slice) -> Parsed<()> {
        let formals = &self.ast.formals[slice.start as usize..][..slice.len as usize];
        // One bit per name finds nearly all rows without a double; only the others are looked at in pairs or sorted.
        let mut seen = 0u64;
        let mut doubt = false;
        for formal in formals {
            let bit = 1 << (formal.name.0 % 64);
            doubt |= seen & bit != 0;
            seen |= bit;
        }
        if !doubt {
            return Ok(());
        }
        let twice = if formals.len() <= 16 {
            let pair = |(at, later): (usize, &Formal)| {
                formals[..at].iter().find(|first| first.name == later.name).map(|first| (*first, *later))
            };
            formals.iter().enumerate().find_map(pair)
        } else {
            let mut sorted: Vec<Formal> = formals.to_vec();
            sorted.sort_unstable_by_key(|formal| (formal.name, formal.offset));
            let doubles = sorted.windows(2).filter(|pair| pair[0].name == pair[1].name);
            doubles.map(|pair| (pair[0], pair[1])).min_by_key(|(_, later)| later.offset)
        };
        match twice {
            Some((first, later)) => Err(self.formal_twice(first, later.offset as usize)),
            None => Ok(()),
        }
    }

    /// `name@{ name }` would name two things.
    fn formal_named_as_the_whole(&mut self, formals: Formals, name: Symbol, at: usize) -> Parsed<()> {
        let slice = formals.formals;
        let formals = &self.ast.formals[slice.start as usize..][..slice.len as usize];
        match formals.iter().find(|formal| formal.name == name) {
            Some(formal) => Err(self.formal_twice(*formal, at)),
            None => Ok(()),
        }
    }

    #[cold]
    fn formal_twice(&mut self, first: Formal, at: usize) -> super::error::Failed {
        let name = self.symbols.text(first.name);
        let length = name.len();
        let message = format!("argument `{}` is named twice", String::from_utf8_lossy(name));
        let error =
            ParseError::new(message, at, length).second("first named here", first.offset as usize, length);
        self.fail(error)
    }
}
