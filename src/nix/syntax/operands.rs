//! Operands: what stands between operators, from applications and selections down to a single word.

use super::ast::{Expr, ExprId, Operator, Slice, Step};
use super::error::Parsed;
use super::parser::Parser;
use super::token::Token;

impl Parser<'_> {
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
        use Operator::{Divide, Greater, Less, Multiply, Subtract};
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
}
