//! Expressions, one after the other. `delayed` says that what is compiled becomes a thunk and may never run.

use super::{CompileError, Compiler, Result};
use crate::nix::code::{Formal, Keeps, Lambda, NONE, Node, NodeId, Row, Step, With};
use crate::nix::names;
use crate::nix::symbols::Symbol;
use crate::nix::syntax::ast::{self, Expr, ExprId, Operator, Slice};
use crate::nix::value::Word;

/// Deeper nesting than this is refused; the parser refuses most of it before, but not long rows of operators.
const DEEPEST: u32 = 200_000;

/// The function that an operator is short for, by name: in Nix a scope may bind it, and so redefine the operator.
fn function_of(operator: Operator) -> Option<Symbol> {
    match operator {
        Operator::Subtract => Some(names::SUB),
        Operator::Multiply => Some(names::MUL),
        Operator::Divide => Some(names::DIV),
        Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
            Some(names::LESS_THAN)
        }
        _ => None,
    }
}

impl Compiler<'_> {
    /// Any expression. `name` is what it is bound to, for messages about functions.
    pub(super) fn expr(&mut self, id: ExprId, name: Symbol, delayed: bool) -> Result<NodeId> {
        self.depth += 1;
        if self.depth > DEEPEST {
            let message = "this expression is nested too deeply".into();
            return Err(CompileError { place: self.place(id), message, hint: None });
        }
        let node = self.node(id, name, delayed);
        self.depth -= 1;
        node
    }

    fn node(&mut self, id: ExprId, name: Symbol, delayed: bool) -> Result<NodeId> {
        let node = match self.ast.expr(id) {
            Expr::Int(value) => match Word::small_int(value) {
                Some(word) => Node::Constant(word),
                None => {
                    Node::Constant(Word::new(crate::nix::value::Tag::BigInt, 0, self.heap.raw(value as u64)))
                }
            },
            Expr::Float(value) => {
                Node::Constant(Word::new(crate::nix::value::Tag::Float, 0, self.heap.raw(value.to_bits())))
            }
            Expr::String(text) => Node::Constant(self.string(self.ast.text(text))),
            Expr::Interpolation(parts) => Node::Interpolation(self.strict_row(parts, delayed)?),
            Expr::Path(text) => Node::Constant(self.path(id, self.ast.text(text), false)?),
            Expr::PathInterpolation(parts) => self.path_interpolation(parts, delayed)?,
            Expr::SearchPath(text) => return self.search_path(id, text),
            Expr::Variable(symbol) => self.variable(symbol, self.place(id))?,
            Expr::CurPos => Node::CurPos(self.place(id)),
            Expr::List(items) => Node::List(self.delayed_row(items)?),
            Expr::Attrs(set) => return self.attrs(id, set, delayed),
            Expr::Let { set, body } => return self.let_in(id, set, body, delayed),
            Expr::With { scope, body } => return self.with(id, scope, body, delayed),
            Expr::Lambda(lambda) => return self.lambda(id, lambda, name),
            Expr::If { condition, yes, no } => Node::If(
                self.expr(condition, Symbol(0), delayed)?,
                self.expr(yes, name, delayed)?,
                self.expr(no, name, delayed)?,
            ),
            Expr::Assert { condition, body } => {
                Node::Assert(self.expr(condition, Symbol(0), delayed)?, self.expr(body, name, delayed)?)
            }
            Expr::Apply { function, arguments } => {
                Node::Apply(self.expr(function, Symbol(0), delayed)?, self.delayed_row(arguments)?)
            }
            Expr::Select { subject, path, default } => {
                return self.select(id, subject, path, default, delayed);
            }
            Expr::HasAttr { subject, path } => {
                let subject = self.expr(subject, Symbol(0), delayed)?;
                let path = self.attr_path(path, delayed)?;
                let Row { start, len } = self.code.paths[path as usize];
                match self.code.steps[start as usize] {
                    Step::Dynamic(name) if len == 1 => Node::HasComputed(subject, name),
                    _ => Node::HasAttr(subject, path),
                }
            }
            Expr::Not(operand) => Node::Not(self.expr(operand, Symbol(0), delayed)?),
            Expr::Negate(operand) if self.scopes.find(names::SUB).is_some() => {
                let zero = self.push(Node::Constant(Word::small_int(0).expect("it is small")), id);
                let operand = self.expr(operand, Symbol(0), true)?;
                self.redefined(id, names::SUB, zero, operand)?
            }
            Expr::Negate(operand) => match self.ast.expr(operand) {
                // `-1`, so that a negative number is a constant.
                Expr::Int(value)
                    if !self.surroundings.shows_thunks
                        && Word::small_int(value).is_some()
                        && Word::small_int(-value).is_some() =>
                {
                    Node::Constant(Word::small_int(-value).expect("the guard looked"))
                }
                _ => Node::Negate(self.expr(operand, Symbol(0), delayed)?),
            },
            Expr::Binary(operator, left, right)
                if function_of(operator).is_some_and(|name| self.scopes.find(name).is_some()) =>
            {
                let name = function_of(operator).expect("the guard looked");
                let left = self.expr(left, Symbol(0), true)?;
                let right = self.expr(right, Symbol(0), true)?;
                match operator {
                    Operator::Greater => self.redefined(id, name, right, left)?,
                    Operator::LessOrEqual | Operator::GreaterOrEqual => {
                        let swapped = operator == Operator::LessOrEqual;
                        let (left, right) = if swapped { (right, left) } else { (left, right) };
                        let less = self.redefined(id, name, left, right)?;
                        Node::Not(self.push(less, id))
                    }
                    _ => self.redefined(id, name, left, right)?,
                }
            }
            Expr::Binary(operator, left, right) => Node::Binary(
                operator,
                self.expr(left, Symbol(0), delayed)?,
                self.expr(right, Symbol(0), delayed)?,
            ),
        };
        Ok(self.push(node, id))
    }

    /// An operator whose function means something else here.
    fn redefined(&mut self, id: ExprId, name: Symbol, left: NodeId, right: NodeId) -> Result<Node> {
        let function = self.variable(name, self.place(id))?;
        let function = self.push(function, id);
        Ok(Node::Apply(function, self.row(&[left, right])))
    }

    fn strict_row(&mut self, slice: Slice, delayed: bool) -> Result<Row> {
        let row = self.room(slice.len);
        for at in 0..slice.len {
            let id = self.ast.ids(slice)[at as usize];
            let node = self.expr(id, Symbol(0), delayed)?;
            self.fill(row, at, node);
        }
        Ok(row)
    }

    fn delayed_row(&mut self, slice: Slice) -> Result<Row> {
        self.strict_row(slice, true)
    }

    fn path_interpolation(&mut self, parts: Slice, delayed: bool) -> Result<Node> {
        let mut ids = Vec::with_capacity(parts.len as usize);
        for at in 0..parts.len as usize {
            let part = self.ast.ids(parts)[at];
            ids.push(match self.ast.expr(part) {
                Expr::Path(text) if at == 0 => {
                    let path = self.path(part, self.ast.text(text), true)?;
                    self.push(Node::Constant(path), part)
                }
                _ => self.expr(part, Symbol(0), delayed)?,
            });
        }
        Ok(Node::PathInterpolation(self.row(&ids)))
    }

    /// `<name>` is `__findFile __nixPath "name"`, with whatever these two names stand for here.
    fn search_path(&mut self, id: ExprId, text: ast::Text) -> Result<NodeId> {
        let place = self.place(id);
        let find = self.symbols.find(b"__findFile").expect("builtins are interned first");
        let path = self.symbols.find(b"__nixPath").expect("builtins are interned first");
        let function = self.variable(find, place)?;
        let function = self.push(function, id);
        let path = self.variable(path, place)?;
        let path = self.push(path, id);
        let name = self.string(self.ast.text(text));
        let name = self.push(Node::Constant(name), id);
        let arguments = self.row(&[path, name]);
        Ok(self.push(Node::Apply(function, arguments), id))
    }

    fn with(&mut self, id: ExprId, scope: ExprId, body: ExprId, delayed: bool) -> Result<NodeId> {
        self.with_slots(id, 1, delayed, |this| {
            let scope = this.expr(scope, Symbol(0), true)?;
            let slot = this.scopes.take_slot();
            let outer = this.scopes.with;
            this.scopes.with = this.code.withs.len() as u32;
            this.code.withs.push(With { level: this.scopes.level(), slot, outer });
            let body = this.expr(body, Symbol(0), delayed);
            this.scopes.with = outer;
            Ok(this.push(Node::With(slot, scope, body?), id))
        })
    }

    fn select(
        &mut self,
        id: ExprId,
        subject: ExprId,
        path: u32,
        default: ExprId,
        delayed: bool,
    ) -> Result<NodeId> {
        let mut node = self.expr(subject, Symbol(0), delayed)?;
        let names_only = self.ast.path(path).iter().all(|step| matches!(step, ast::Step::Name(_)));
        if default == ExprId::NONE && names_only {
            for at in 0..self.ast.path(path).len() {
                let ast::Step::Name(name) = self.ast.path(path)[at] else { unreachable!("all are names") };
                let cache = self.code.new_caches(1);
                node = self.push(Node::SelectName(node, name, cache), id);
            }
            return Ok(node);
        }
        let path = self.attr_path(path, delayed)?;
        let default = if default == ExprId::NONE { NONE } else { self.expr(default, Symbol(0), delayed)? };
        Ok(self.push(Node::Select(node, path, default), id))
    }

    fn attr_path(&mut self, path: u32, delayed: bool) -> Result<u32> {
        let mut steps = Vec::new();
        for at in 0..self.ast.path(path).len() {
            steps.push(match self.ast.path(path)[at] {
                ast::Step::Name(name) => Step::Name(name, self.code.new_caches(1)),
                ast::Step::Dynamic(name) => Step::Dynamic(self.expr(name, Symbol(0), delayed)?),
            });
        }
        let start = self.code.steps.len() as u32;
        self.code.paths.push(Row { start, len: steps.len() as u32 });
        self.code.steps.append(&mut steps);
        Ok(self.code.paths.len() as u32 - 1)
    }

    fn lambda(&mut self, id: ExprId, lambda: u32, name: Symbol) -> Result<NodeId> {
        let place = self.place(id);
        let written = self.ast.lambdas[lambda as usize];
        let mark = self.scopes.mark();
        self.scopes.begin_frame();
        let compiled = match written.formals {
            Some(formals) => self.with_formals(written, formals, name, place),
            None => self.with_names(written, name, place),
        };
        let slots = self.scopes.end_frame();
        self.scopes.leave(mark);
        let compiled = compiled?;
        let defaults =
            compiled.formals.start as usize..(compiled.formals.start + compiled.formals.len) as usize;
        let defaults = self.code.formals[defaults].iter().filter(|formal| formal.default != NONE);
        // A default lies in the frame as a thunk, and refers to it.
        let defaults = defaults.map(|formal| match self.code.keeps_delayed(formal.default) {
            Keeps::Nothing => Keeps::Nothing,
            _ => Keeps::Frame,
        });
        let keeps = match self.surroundings.shows_thunks {
            // Lists stay in their slots, so the frame stays too.
            true => Keeps::Frame,
            false => defaults.max().max(Some(self.code.keeps(compiled.body))).unwrap_or(Keeps::Frame),
        };
        let compiled = Lambda { slots, passes_on: keeps == Keeps::Thunks, ..compiled };
        self.code.lambdas.push(compiled);
        let lambda = self.code.lambdas.len() as u32 - 1;
        Ok(self.push_at(Node::Lambda(lambda), place))
    }

    /// `a: b: c: body` is one function of three arguments.
    fn with_names(&mut self, written: ast::Lambda, name: Symbol, place: u32) -> Result<Lambda> {
        let mut body = written.body;
        let mut parameter = written.name;
        let mut arity = 0;
        let mut parameters = Vec::new();
        while let Some(name) = parameter.take() {
            let slot = self.scopes.take_slot();
            self.scopes.bind(name, slot);
            parameters.push(name.0);
            arity += 1;
            if let Expr::Lambda(inner) = self.ast.expr(body) {
                let inner = self.ast.lambdas[inner as usize];
                if inner.formals.is_none() {
                    parameter = inner.name;
                    body = inner.body;
                }
            }
        }
        let parameters = self.row(&parameters);
        Ok(Lambda {
            arity,
            parameters,
            slots: 0,
            passes_on: false,
            body: self.expr(body, Symbol(0), false)?,
            formals: Row::default(),
            first_formal: 0,
            takes_set: false,
            ellipsis: false,
            named: true,
            name,
            place,
        })
    }

    fn with_formals(
        &mut self,
        written: ast::Lambda,
        formals: ast::Formals,
        name: Symbol,
        place: u32,
    ) -> Result<Lambda> {
        if let Some(name) = written.name {
            let slot = self.scopes.take_slot();
            self.scopes.bind(name, slot);
        }
        let slice = formals.formals;
        let mut sorted = self.ast.formals[slice.start as usize..][..slice.len as usize].to_vec();
        sorted.sort_unstable_by_key(|formal| formal.name);
        let first_formal = self.scopes.slots();
        for formal in &sorted {
            let slot = self.scopes.take_slot();
            self.scopes.bind(formal.name, slot);
        }
        let mut compiled = Vec::with_capacity(sorted.len());
        for formal in &sorted {
            let default = if formal.default == ExprId::NONE {
                NONE
            } else {
                self.expr(formal.default, formal.name, true)?
            };
            compiled.push(Formal {
                name: formal.name,
                default,
                place: self.surroundings.base + formal.offset,
                cache: self.code.new_caches(1),
            });
        }
        let start = self.code.formals.len() as u32;
        let len = compiled.len() as u32;
        self.code.formals.append(&mut compiled);
        let parameters = self.row(written.name.map(|name| name.0).as_slice());
        Ok(Lambda {
            arity: 1,
            parameters,
            slots: 0,
            passes_on: false,
            body: self.expr(written.body, Symbol(0), false)?,
            formals: Row { start, len },
            first_formal,
            takes_set: true,
            ellipsis: formals.ellipsis,
            named: written.name.is_some(),
            name,
            place,
        })
    }
}
