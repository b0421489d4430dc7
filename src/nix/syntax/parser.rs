//! The parser: one function per rule of the grammar, from the whole file down to a single operand.
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

/// How deep expressions may nest, and nearly how high a tree can be. Nix's own parser refuses about as much.
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
    pub lexer: Lexer<'a>,
    pub symbols: &'a mut Symbols,
    pub options: ParseOptions,
    pub ast: Ast,
    pub scratch: Scratch,
    /// How deep the expression nests that is being read.
    depth: u32,
    /// How high the tree is that has been read, within the innermost [`Parser::deeper`].
    pub height: u32,
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

    /// `function argument argument …`, or just an operand.
    pub fn application(&mut self) -> Parsed<ExprId> {
        let start = self.lexer.start;
        let function = self.select()?;
        if !self.lexer.token.begins_operand() {
            return Ok(function);
        }
        let base = self.scratch.row.len();
        while self.lexer.token.begins_operand() {
            let argument = self.select()?;
            self.scratch.row.push(argument);
        }
        Ok(self.apply(function, base, start))
    }

    /// The application of `function` to the row from `base` on. `(f a) b` is `f a b`, as Nix has it: that saves a call,
    /// and a trace names the place of `f`.
    pub fn apply(&mut self, function: ExprId, base: usize, start: usize) -> ExprId {
        let (mut callee, mut before) = (function, Slice::default());
        let mut offset = start as u32;
        if let Some(inner) = self.called_at(function) {
            offset = inner;
        }
        let count = (self.scratch.row.len() - base) as u32;
        if let Expr::Apply { function: inner, arguments } = self.ast.expr(function)
            // Copying long rows again and again would take quadratic time.
            && (arguments.len <= 64 || arguments.start + arguments.len == self.ast.ids.len() as u32)
        {
            (callee, before) = (inner, arguments);
        }
        let arguments = if before.len == 0 {
            self.ids_from(base)
        } else if before.start + before.len == self.ast.ids.len() as u32 {
            self.ids_from(base);
            Slice { start: before.start, len: before.len + count }
        } else {
            let start = self.ast.ids.len() as u32;
            let old = before.start as usize..(before.start + before.len) as usize;
            self.ast.ids.extend_from_within(old);
            self.ids_from(base);
            Slice { start, len: before.len + count }
        };
        self.add(Expr::Apply { function: callee, arguments }, offset as usize)
    }

    /// The place of an expression that Nix takes for a call, to which it adds further arguments.
    fn called_at(&self, id: ExprId) -> Option<u32> {
        use super::ast::Operator::{Divide, Greater, Less, Multiply, Subtract};
        match self.ast.expr(id) {
            Expr::Apply { .. }
            | Expr::SearchPath(_)
            | Expr::Negate(_)
            | Expr::Binary(Less | Greater | Subtract | Multiply | Divide, ..) => {
                Some(self.ast.offsets[id.0 as usize])
            }
            _ => None,
        }
    }

    /// `operand`, `operand.path`, `operand.path or default`, and `operand or`, which is an application to a variable
    /// of that name, since nixpkgs once had a function called `or`.
    pub fn select(&mut self) -> Parsed<ExprId> {
        let start = self.lexer.start;
        let subject = self.operand()?;
        match self.lexer.token {
            Token::Dot => {
                self.lexer.advance();
                let path = self.attribute_path()?;
                let mut default = ExprId::NONE;
                if self.lexer.token == Token::Or {
                    self.lexer.advance();
                    default = self.deeper(Self::select)?;
                }
                Ok(self.add(Expr::Select { subject, path, default }, start))
            }
            Token::Or => {
                let or = self.symbols.intern(b"or");
                self.lexer.advance();
                let or = self.add(Expr::Variable(or), start);
                let base = self.scratch.row.len();
                self.scratch.row.push(or);
                // Nix makes a call of its own here, not a longer one.
                let arguments = self.ids_from(base);
                Ok(self.add(Expr::Apply { function: subject, arguments }, start))
            }
            _ => Ok(subject),
        }
    }

    /// A single operand.
    fn operand(&mut self) -> Parsed<ExprId> {
        let start = self.lexer.start;
        match self.lexer.token {
            Token::Identifier => {
                let name = self.symbols.intern(self.lexer.text());
                self.lexer.advance();
                let expr = if name == self.curpos { Expr::CurPos } else { Expr::Variable(name) };
                Ok(self.add(expr, start))
            }
            Token::Quote => self.string(),
            Token::IndentedQuote => self.indented_string(),
            Token::LeftParen => self.parenthesised(),
            Token::LeftBracket => self.deeper(Self::list),
            Token::LeftBrace => self.set(false),
            Token::Rec => {
                self.lexer.advance();
                match self.lexer.token {
                    Token::LeftBrace => self.set_from(true, start),
                    _ => Err(self.unexpected("`{` after `rec`")),
                }
            }
            Token::Let => self.old_let(),
            Token::Path | Token::HomePath => self.path(),
            Token::SearchPath => {
                let text = self.text(&self.lexer.source[start + 1..self.lexer.end - 1]);
                self.lexer.advance();
                Ok(self.add(Expr::SearchPath(text), start))
            }
            Token::Uri => {
                let text = self.text(self.lexer.text());
                self.lexer.advance();
                Ok(self.add(Expr::String(text), start))
            }
            Token::Integer => self.integer(),
            Token::Float => self.float(),
            _ => Err(self.unexpected_operand()),
        }
    }

    /// `( expr )`. Nothing is left of the parentheses but where they began.
    fn parenthesised(&mut self) -> Parsed<ExprId> {
        let start = self.lexer.start;
        self.lexer.advance();
        let inner = self.expr()?;
        self.close(Token::RightParen, start)?;
        self.ast.parens.push((inner, start as u32));
        Ok(inner)
    }

    /// `[ operand operand … ]`
    fn list(&mut self) -> Parsed<ExprId> {
        let start = self.lexer.start;
        self.lexer.advance();
        let base = self.scratch.row.len();
        while self.lexer.token.begins_operand() {
            let element = self.select()?;
            self.scratch.row.push(element);
        }
        self.close(Token::RightBracket, start)?;
        let elements = self.ids_from(base);
        Ok(self.add(Expr::List(elements), start))
    }

    /// `let { bindings }`: the attribute `body` of a set that sees itself.
    fn old_let(&mut self) -> Parsed<ExprId> {
        let start = self.lexer.start;
        self.lexer.advance();
        if self.lexer.token != Token::LeftBrace {
            return Err(self.misplaced(start, "`let … in`"));
        }
        let subject = self.set_from(true, start)?;
        let body = self.symbols.intern(b"body");
        let base = self.scratch.steps.len();
        self.scratch.steps.push(Step::Name(body));
        let path = self.path_from(base);
        Ok(self.add(Expr::Select { subject, path, default: ExprId::NONE }, start))
    }

    /// `12`
    fn integer(&mut self) -> Parsed<ExprId> {
        let mut value = 0i64;
        for digit in self.lexer.text() {
            let digit = i64::from(digit - b'0');
            match value.checked_mul(10).and_then(|value| value.checked_add(digit)) {
                Some(next) => value = next,
                None => return Err(self.number_too_large()),
            }
        }
        let start = self.lexer.start;
        self.lexer.advance();
        Ok(self.add(Expr::Int(value), start))
    }

    /// `1.5`. As in Nix, a number too close to zero for all its digits to matter is as wrong as one that is too large.
    fn float(&mut self) -> Parsed<ExprId> {
        let text = self.lexer.text();
        let value: f64 =
            std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()).unwrap_or(f64::NAN);
        let mantissa = text.iter().take_while(|byte| !matches!(byte, b'e' | b'E'));
        let zero = mantissa.clone().all(|byte| matches!(byte, b'0' | b'.'));
        if !value.is_finite() || (value < f64::MIN_POSITIVE && !zero) {
            return Err(self.number_too_large());
        }
        let start = self.lexer.start;
        self.lexer.advance();
        Ok(self.add(Expr::Float(value), start))
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
