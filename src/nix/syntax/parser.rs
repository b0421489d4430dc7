//! The parser: one function per rule of the grammar. Here are the whole file and what reaches to its end (functions,
//! `let`, `with`, `assert`, `if`), with the state that all rules share.
//!
//! Every function begins at the first token of what it reads and ends at the token behind it. Rows (arguments,
//! elements, parts of strings, formals) grow on stacks that the parser keeps, since rows nest, and move to their table
//! of the tree when they are complete.

use super::ParseOptions;
use super::ast::{Ast, Expr, ExprId, Formal, Slice, Step, Text};
use super::drafts::Drafts;
use super::error::{Failed, ParseError, Parsed};
use super::lexer::Lexer;
use super::strings::Piece;
use super::token::Token;
use crate::nix::symbols::{Symbol, Symbols};

/// How deep expressions may nest, and how many operators may follow each other: whatever walks over a tree can recurse.
/// Nix refused as much until its parser lost that limit; 2.34 runs out of stack somewhat later.
pub const MAX_DEPTH: u32 = 10_000;

/// So many levels fit into [`RED_ZONE`] of stack, in a build without optimisation too.
const LEVELS_PER_CHECK: u32 = 16;
const RED_ZONE: usize = 256 * 1024;
const MORE_STACK: usize = 4 * 1024 * 1024;

/// Recurses into a tree at the given depth, with more stack if it is running out.
#[inline]
pub(super) fn with_stack<T>(depth: u32, go: impl FnOnce() -> T) -> T {
    match depth % LEVELS_PER_CHECK {
        0 => stacker::maybe_grow(RED_ZONE, MORE_STACK, go),
        _ => go(),
    }
}

/// What parsing needs beside the tree it makes: kept from file to file, it saves every file but the first its
/// allocations.
#[derive(Default)]
pub struct Scratch {
    /// Sets whose bindings are being read.
    pub(super) drafts: Drafts,
    /// Rows of expressions that are being read.
    pub(super) row: Vec<ExprId>,
    /// Parts of strings, each with its place.
    pub(super) parts: Vec<(ExprId, u32)>,
    /// Pieces of indented strings.
    pub(super) pieces: Vec<Piece>,
    /// Attribute paths.
    pub(super) steps: Vec<Step>,
    /// Formals.
    pub(super) formals: Vec<Formal>,
}

/// The state of parsing one file.
pub(super) struct Parser<'a> {
    /// Where it is in the text.
    pub lexer: Lexer<'a>,
    /// The names it meets.
    pub symbols: &'a mut Symbols,
    /// What it knows besides the language.
    pub options: ParseOptions,
    /// The tree it makes.
    pub ast: Ast,
    /// What it needs meanwhile.
    pub scratch: Scratch,
    /// How deep the expression nests that is being read.
    depth: u32,
    /// How high the tree is that has been read, within the innermost [`Parser::deeper`].
    pub height: u32,
    /// `__curPos`, which is no variable.
    pub curpos: Symbol,
    /// What [`Failed`] stands for.
    pub error: Option<ParseError>,
}

impl Scratch {
    /// Nothing left of a file that ended in an error, and room for what most files need.
    fn prepare(&mut self) {
        self.drafts.clear();
        self.row.clear();
        self.parts.clear();
        self.pieces.clear();
        self.steps.clear();
        self.formals.clear();
        self.row.reserve(64);
        self.parts.reserve(16);
        self.pieces.reserve(16);
        self.steps.reserve(16);
        self.formals.reserve(16);
    }
}

impl<'a> Parser<'a> {
    /// At the beginning of a text.
    pub fn new(
        source: &'a [u8],
        symbols: &'a mut Symbols,
        options: ParseOptions,
        mut scratch: Scratch,
    ) -> Self {
        scratch.prepare();
        let curpos = symbols.intern(b"__curPos");
        Parser {
            lexer: Lexer::new(source),
            symbols,
            options,
            ast: Ast::with_capacity(source.len()),
            scratch,
            depth: 0,
            height: 0,
            curpos,
            error: None,
        }
    }

    /// The whole file: one expression.
    pub fn file(&mut self) -> Parsed<ExprId> {
        self.lexer.advance();
        let root = self.expr()?;
        match self.lexer.token {
            Token::End => Ok(root),
            _ => Err(self.more()),
        }
    }

    /// Any expression.
    pub fn expr(&mut self) -> Parsed<ExprId> {
        self.deeper(Self::expr_function)
    }

    /// One level deeper: the only way to recurse without a bound, so it counts, and finds more stack when it runs out.
    #[inline]
    pub fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        let beside = std::mem::take(&mut self.height);
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.too_deep());
        }
        let result = with_stack(self.depth, || parse(self));
        self.depth -= 1;
        self.height += 1;
        if self.height > MAX_DEPTH {
            return Err(self.too_deep());
        }
        self.height = self.height.max(beside);
        result
    }

    /// What may stand where an expression ends at the end of its surroundings: functions, `assert`, `with`, `let`, `if`
    /// and all the rest.
    #[inline(never)]
    fn expr_function(&mut self) -> Parsed<ExprId> {
        match self.lexer.token {
            Token::Identifier => match self.lexer.peek() {
                b':' => self.function_of_name(),
                b'@' => self.function_of_name_and_formals(),
                _ => self.pipe(),
            },
            Token::LeftBrace => match self.formals_ahead() {
                true => self.function_of_formals(),
                false => self.pipe(),
            },
            Token::Let => match self.lexer.peek() {
                b'{' => self.pipe(),
                _ => self.let_in(),
            },
            Token::With => self.with(),
            Token::Assert => self.assert(),
            Token::If => self.if_then_else(),
            _ => self.pipe(),
        }
    }

    /// `assert condition; body`
    fn assert(&mut self) -> Parsed<ExprId> {
        let start = self.lexer.start;
        self.lexer.advance();
        let condition = self.expr()?;
        self.expect(Token::Semicolon, "after the condition of `assert`", start)?;
        let body = self.expr()?;
        Ok(self.add(Expr::Assert { condition, body }, start))
    }

    /// `with scope; body`
    fn with(&mut self) -> Parsed<ExprId> {
        let start = self.lexer.start;
        self.lexer.advance();
        let scope = self.expr()?;
        self.expect(Token::Semicolon, "after the set of `with`", start)?;
        let body = self.expr()?;
        Ok(self.add(Expr::With { scope, body }, start))
    }

    /// `if condition then yes else no`
    fn if_then_else(&mut self) -> Parsed<ExprId> {
        let start = self.lexer.start;
        self.lexer.advance();
        let condition = self.expr()?;
        self.expect(Token::Then, "after the condition of `if`", start)?;
        let yes = self.expr()?;
        self.expect(Token::Else, "since every `if` has one", start)?;
        let no = self.expr()?;
        Ok(self.add(Expr::If { condition, yes, no }, start))
    }

    /// `let bindings in body`
    fn let_in(&mut self) -> Parsed<ExprId> {
        let start = self.lexer.start;
        self.lexer.advance();
        let set = self.bindings(true, Token::In, start)?;
        self.lexer.advance();
        let body = self.expr()?;
        let dynamics = self.ast.sets[set as usize].dynamics;
        if dynamics.len > 0 {
            let offset = self.ast.dynamics[dynamics.start as usize].offset as usize;
            let error = ParseError::new("the names that `let` binds can't be computed", offset, 1)
                .hint("bind a set with the computed name, and select from that");
            return Err(self.fail(error));
        }
        Ok(self.add(Expr::Let { set, body }, start))
    }

    /// One more expression of the tree.
    #[inline]
    pub fn add(&mut self, expr: Expr, offset: usize) -> ExprId {
        let id = ExprId(self.ast.exprs.len() as u32);
        self.ast.exprs.push(expr);
        self.ast.offsets.push(offset as u32);
        id
    }

    /// A text that needs no change.
    pub fn text(&mut self, text: &[u8]) -> Text {
        let start = self.ast.bytes.len() as u32;
        self.ast.bytes.extend_from_slice(text);
        Text { start, len: text.len() as u32 }
    }

    /// The row that was begun at `base`, complete.
    pub fn ids_from(&mut self, base: usize) -> Slice {
        let start = self.ast.ids.len() as u32;
        self.ast.ids.extend_from_slice(&self.scratch.row[base..]);
        let len = (self.scratch.row.len() - base) as u32;
        self.scratch.row.truncate(base);
        Slice { start, len }
    }

    /// The attribute path that was begun at `base`, complete.
    pub fn path_from(&mut self, base: usize) -> u32 {
        let slice =
            Slice { start: self.ast.steps.len() as u32, len: (self.scratch.steps.len() - base) as u32 };
        self.ast.steps.extend_from_slice(&self.scratch.steps[base..]);
        self.scratch.steps.truncate(base);
        self.ast.paths.push(slice);
        self.ast.paths.len() as u32 - 1
    }

    /// Past a token that must be here.
    #[inline]
    pub fn expect(&mut self, token: Token, why: &str, start: usize) -> Parsed<()> {
        if self.lexer.token != token {
            return Err(self.missing(token, why, start));
        }
        self.lexer.advance();
        Ok(())
    }

    /// Past the token that closes what was opened at `start`.
    #[inline]
    pub fn close(&mut self, token: Token, start: usize) -> Parsed<()> {
        if self.lexer.token != token {
            return Err(self.unclosed(token, start));
        }
        self.lexer.advance();
        Ok(())
    }

    /// Remembers the error.
    #[cold]
    pub fn fail(&mut self, error: ParseError) -> Failed {
        self.error.get_or_insert(error);
        Failed
    }
}
