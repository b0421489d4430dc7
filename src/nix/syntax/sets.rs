//! Sets, `let` bindings and attribute paths.
//!
//! `a.b = 1; a.c = 2;` is one set `a`. So is `a = { b = 1; }; a.c = 2;`: a set that was written out takes up what is
//! added to it later, and keeps being `rec` or not as it was written first (NixOS/nix#9020).

use super::ast::{BindingValue, Expr, ExprId, Step};
use super::drafts::Value;
use super::error::{Failed, ParseError, Parsed};
use super::parser::Parser;
use super::token::Token;
use crate::nix::symbols::Symbol;
use std::ops::Range;

impl Parser<'_> {
    /// `{ bindings }`
    pub(super) fn set(&mut self, recursive: bool) -> Parsed<ExprId> {
        self.set_from(recursive, self.lexer.start)
    }

    /// `{ bindings }`, for which Nix names the place `start`, that of `rec` for example.
    pub(super) fn set_from(&mut self, recursive: bool, start: usize) -> Parsed<ExprId> {
        let open = self.lexer.start;
        self.lexer.advance();
        let set = self.bindings(recursive, Token::RightBrace, open)?;
        self.lexer.advance();
        Ok(self.add(Expr::Attrs(set), start))
    }

    /// Bindings up to the token `end`, as an index of the tree's sets. They were opened at `open`.
    pub(super) fn bindings(&mut self, recursive: bool, end: Token, open: usize) -> Parsed<u32> {
        let mark = self.scratch.drafts.begin(recursive, open);
        loop {
            match self.lexer.token {
                Token::Identifier | Token::Or | Token::Quote | Token::DollarBrace => {
                    self.binding(mark.draft, end)?
                }
                Token::Inherit => self.inherit(mark.draft)?,
                token if token == end => break,
                _ => return Err(self.no_binding(end, open)),
            }
        }
        Ok(self.scratch.drafts.finish(mark, &mut self.ast))
    }

    /// `path = expr;`, in bindings up to the token `end`.
    fn binding(&mut self, draft: u32, end: Token) -> Parsed<()> {
        let start = self.lexer.start;
        let first = self.attribute()?;
        if self.lexer.token == Token::Assign {
            self.lexer.advance();
            let value = self.expr()?;
            if self.lexer.token != Token::Semicolon {
                return Err(self.no_semicolon(start));
            }
            self.lexer.advance();
            return self.bind(draft, first, value, start as u32, 0..0);
        }
        let base = self.scratch.steps.len();
        self.scratch.steps.push(first);
        while self.lexer.token == Token::Dot {
            self.lexer.advance();
            let step = self.attribute()?;
            self.scratch.steps.push(step);
        }
        if self.lexer.token != Token::Assign {
            return Err(self.no_assignment(start, end));
        }
        self.lexer.advance();
        let beside = std::mem::take(&mut self.height);
        let value = self.expr()?;
        if self.lexer.token != Token::Semicolon {
            return Err(self.no_semicolon(start));
        }
        self.lexer.advance();
        self.bind_path(draft, base, value, start as u32)?;
        // Every step is a set inside the one before it.
        self.height = beside.max(self.height + (self.scratch.steps.len() - base) as u32);
        self.scratch.steps.truncate(base);
        Ok(())
    }

    /// `inherit a b;` and `inherit (source) a b;`
    fn inherit(&mut self, draft: u32) -> Parsed<()> {
        let start = self.lexer.start;
        self.lexer.advance();
        let mut value = BindingValue::Inherit;
        if self.lexer.token == Token::LeftParen {
            let source = self.inherit_source()?;
            value = BindingValue::InheritFrom(self.scratch.drafts.push_source(draft, source));
        }
        loop {
            let offset = self.lexer.start;
            match self.lexer.token {
                Token::Identifier | Token::Or | Token::Quote | Token::DollarBrace => {}
                _ => break,
            }
            let Step::Name(name) = self.attribute()? else {
                let error = ParseError::new("a name that is inherited can't be computed", offset, 1)
                    .hint("write `${name} = source.${name};`");
                return Err(self.fail(error));
            };
            match self.scratch.drafts.find(draft, name) {
                None => self.scratch.drafts.push(draft, name, offset as u32, Value::Written(value)),
                Some(there) => return Err(self.defined_twice(&[name], there, offset)),
            }
        }
        if self.lexer.token != Token::Semicolon {
            return Err(self.inherit_goes_on(start));
        }
        self.lexer.advance();
        Ok(())
    }

    /// The `(source)` of an `inherit`.
    fn inherit_source(&mut self) -> Parsed<ExprId> {
        let start = self.lexer.start;
        self.lexer.advance();
        let source = self.expr()?;
        self.close(Token::RightParen, start)?;
        self.ast.parens.push((source, start as u32));
        Ok(source)
    }

    /// `a.b."c".${d}`, as an index of the tree's paths.
    pub(super) fn attribute_path(&mut self) -> Parsed<u32> {
        let base = self.scratch.steps.len();
        loop {
            let step = self.attribute()?;
            self.scratch.steps.push(step);
            if self.lexer.token != Token::Dot {
                return Ok(self.path_from(base));
            }
            self.lexer.advance();
        }
    }

    /// One part of an attribute path. A computed one that is a mere text, `${"a"}`, is a name like any other.
    fn attribute(&mut self) -> Parsed<Step> {
        match self.lexer.token {
            Token::Identifier | Token::Or => {
                let name = self.symbols.intern(self.lexer.text());
                self.lexer.advance();
                Ok(Step::Name(name))
            }
            Token::Quote => {
                let bytes = self.ast.bytes.len();
                let string = self.string()?;
                let step = self.name_or_computed(string);
                if let Step::Name(_) = step {
                    // A plain string is the last expression, and nobody needs it any more.
                    self.ast.exprs.pop();
                    self.ast.offsets.pop();
                    self.ast.bytes.truncate(bytes);
                }
                Ok(step)
            }
            Token::DollarBrace => {
                let start = self.lexer.start;
                self.lexer.advance();
                let name = self.expr()?;
                self.close(Token::RightBrace, start)?;
                Ok(self.name_or_computed(name))
            }
            _ => Err(self.no_attribute()),
        }
    }

    fn name_or_computed(&mut self, id: ExprId) -> Step {
        match self.ast.expr(id) {
            Expr::String(text) => Step::Name(self.symbols.intern(self.ast.text(text))),
            _ => Step::Dynamic(id),
        }
    }

    /// Binds the path of steps from `base` on: an inner set for every step but the last.
    fn bind_path(&mut self, mut draft: u32, base: usize, value: ExprId, offset: u32) -> Parsed<()> {
        let last = self.scratch.steps.len() - 1;
        // Only names since the last computed one can have been defined before.
        let mut named = base;
        for at in base..last {
            draft = match self.scratch.steps[at] {
                Step::Dynamic(name) => {
                    let inner = self.scratch.drafts.open(false, offset);
                    self.scratch.drafts.push_dynamic(draft, name, offset, Value::Draft(inner));
                    named = at + 1;
                    inner
                }
                Step::Name(name) => match self.scratch.drafts.find(draft, name) {
                    None => {
                        let inner = self.scratch.drafts.open(false, offset);
                        self.scratch.drafts.push(draft, name, offset, Value::Draft(inner));
                        inner
                    }
                    Some(entry) => match self.draft_of(entry) {
                        Some(inner) => inner,
                        None => {
                            let path = names(&self.scratch.steps[named..=at]);
                            return Err(self.defined_twice(&path, entry, offset as usize));
                        }
                    },
                },
            };
        }
        self.bind(draft, self.scratch.steps[last], value, offset, named..last)
    }

    /// Binds one name, or merges a set into the one that the name stands for. `around` are the steps to the sets around
    /// it, for messages.
    fn bind(
        &mut self,
        draft: u32,
        step: Step,
        value: ExprId,
        offset: u32,
        around: Range<usize>,
    ) -> Parsed<()> {
        let written = Value::Written(BindingValue::Expr(value));
        match step {
            Step::Dynamic(name) => self.scratch.drafts.push_dynamic(draft, name, offset, written),
            Step::Name(name) => match self.scratch.drafts.find(draft, name) {
                None => self.scratch.drafts.push(draft, name, offset, written),
                Some(entry) => {
                    let mut path = names(&self.scratch.steps[around]);
                    path.push(name);
                    return self.merge(entry, value, offset, &mut path);
                }
            },
        }
        Ok(())
    }

    /// Adds the set `value` to the set that `entry` stands for, name by name.
    #[cold]
    fn merge(&mut self, entry: u32, value: ExprId, offset: u32, path: &mut Vec<Symbol>) -> Parsed<()> {
        let Expr::Attrs(set) = self.ast.expr(value) else {
            return Err(self.defined_twice(path, entry, offset as usize));
        };
        let Some(draft) = self.draft_of(entry) else {
            return Err(self.defined_twice(path, entry, offset as usize));
        };
        let set = self.ast.sets[set as usize];
        let sources = self.scratch.drafts.sources(draft);
        for at in set.bindings.start..set.bindings.start + set.bindings.len {
            let binding = self.ast.bindings[at as usize];
            let there = self.scratch.drafts.find(draft, binding.name);
            match (there, binding.value) {
                (None, value) => {
                    let value = match value {
                        BindingValue::InheritFrom(source) => BindingValue::InheritFrom(source + sources),
                        value => value,
                    };
                    self.scratch.drafts.push(draft, binding.name, binding.offset, Value::Written(value));
                }
                (Some(there), BindingValue::Expr(value)) => {
                    path.push(binding.name);
                    self.deeper(|parser| parser.merge(there, value, binding.offset, path))?;
                    path.pop();
                }
                (Some(there), _) => {
                    path.push(binding.name);
                    return Err(self.defined_twice(path, there, binding.offset as usize));
                }
            }
        }
        self.scratch.drafts.take(&self.ast, set, draft);
        Ok(())
    }

    /// The draft of what an entry stands for, if that is a set.
    fn draft_of(&mut self, entry: u32) -> Option<u32> {
        match self.scratch.drafts.value(entry) {
            Value::Draft(draft) => Some(draft),
            Value::Written(BindingValue::Expr(id)) => match self.ast.expr(id) {
                Expr::Attrs(set) => {
                    let set = self.ast.sets[set as usize];
                    let offset = self.ast.offsets[id.0 as usize];
                    let draft = self.scratch.drafts.reopen(&self.ast, set, offset);
                    self.scratch.drafts.replace(entry, Value::Draft(draft));
                    Some(draft)
                }
                _ => None,
            },
            Value::Written(_) => None,
        }
    }

    #[cold]
    fn defined_twice(&mut self, path: &[Symbol], first: u32, at: usize) -> Failed {
        let names = path.iter().map(|name| String::from_utf8_lossy(self.symbols.text(*name)));
        let path = names.collect::<Vec<_>>().join(".");
        let first = self.scratch.drafts.offset(first) as usize;
        let error = ParseError::new(format!("attribute `{path}` is defined twice"), at, 1).second(
            "first defined here",
            first,
            1,
        );
        self.fail(error)
    }
}

/// The symbols of steps that are all names.
fn names(steps: &[Step]) -> Vec<Symbol> {
    let name = |step: &Step| match step {
        Step::Name(name) => Some(*name),
        Step::Dynamic(_) => None,
    };
    steps.iter().filter_map(name).collect()
}
