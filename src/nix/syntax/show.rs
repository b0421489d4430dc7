//! Prints a tree as `nix-instantiate --parse` does: every operator in parentheses, names sorted, paths absolute, and
//! operators without an instruction of their own as calls of builtins.

use super::ast::{Ast, Binding, BindingValue, Expr, ExprId, Lambda, Operator, Set, Slice, Step};
use super::parser::with_stack;
use crate::nix::number::general;
use crate::nix::symbols::{Symbol, Symbols};

/// The folders that paths are relative to.
#[derive(Debug, Clone, Copy)]
pub struct Folders<'a> {
    /// The folder of the file: an absolute path.
    pub base: &'a [u8],
    /// For `~/…`.
    pub home: &'a [u8],
}

/// The text of a whole tree.
pub fn show(ast: &Ast, symbols: &Symbols, folders: Folders<'_>) -> Vec<u8> {
    let mut shower = Shower { ast, symbols, folders, out: Vec::new(), depth: 0 };
    if let Some(root) = ast.root {
        shower.expr(root);
    }
    shower.out
}

struct Shower<'a> {
    ast: &'a Ast,
    symbols: &'a Symbols,
    folders: Folders<'a>,
    out: Vec<u8>,
    depth: u32,
}

impl Shower<'_> {
    fn put(&mut self, text: impl AsRef<[u8]>) {
        self.out.extend_from_slice(text.as_ref());
    }

    fn expr(&mut self, id: ExprId) {
        self.depth += 1;
        with_stack(self.depth, || self.any(id));
        self.depth -= 1;
    }

    fn any(&mut self, id: ExprId) {
        match self.ast.expr(id) {
            Expr::Int(value) => self.put(value.to_string()),
            Expr::Float(value) => self.put(general(value)),
            Expr::String(text) => quote(self.ast.text(text), &mut self.out),
            Expr::Interpolation(parts) | Expr::PathInterpolation(parts) => {
                self.put("(");
                self.row(parts, " + ");
                self.put(")");
            }
            Expr::Path(text) => {
                let path = absolute(self.ast.text(text), self.folders);
                self.put(path);
            }
            Expr::Variable(name) => self.name(name),
            Expr::CurPos => self.put("__curPos"),
            Expr::List(elements) => {
                self.put("[ ");
                for element in self.ast.ids(elements) {
                    self.put("(");
                    self.expr(*element);
                    self.put(") ");
                }
                self.put("]");
            }
            Expr::Attrs(set) => self.set(self.ast.sets[set as usize]),
            Expr::Let { set, body } => {
                self.put("(let ");
                self.bindings(self.ast.sets[set as usize]);
                self.put("in ");
                self.expr(body);
                self.put(")");
            }
            Expr::With { scope, body } => {
                self.put("(with ");
                self.expr(scope);
                self.put("; ");
                self.expr(body);
                self.put(")");
            }
            Expr::Lambda(at) => self.function(self.ast.lambdas[at as usize]),
            Expr::If { condition, yes, no } => {
                self.put("(if ");
                self.expr(condition);
                self.put(" then ");
                self.expr(yes);
                self.put(" else ");
                self.expr(no);
                self.put(")");
            }
            Expr::Assert { condition, body } => {
                self.put("assert ");
                self.expr(condition);
                self.put("; ");
                self.expr(body);
            }
            Expr::Select { subject, path, default } => {
                self.put("(");
                self.expr(subject);
                self.put(").");
                self.path(path);
                if default != ExprId::NONE {
                    self.put(" or (");
                    self.expr(default);
                    self.put(")");
                }
            }
            Expr::HasAttr { subject, path } => {
                self.put("((");
                self.expr(subject);
                self.put(") ? ");
                self.path(path);
                self.put(")");
            }
            Expr::Not(operand) => {
                self.put("(! ");
                self.expr(operand);
                self.put(")");
            }
            Expr::Binary(Operator::LessOrEqual, left, right) => self.not_less(right, left),
            Expr::Binary(Operator::GreaterOrEqual, left, right) => self.not_less(left, right),
            Expr::Binary(operator, left, right) if infix(operator).is_some() => {
                self.put("(");
                self.expr(left);
                self.put(infix(operator).unwrap_or_default());
                self.expr(right);
                self.put(")");
            }
            Expr::Apply { .. } | Expr::SearchPath(_) | Expr::Negate(_) | Expr::Binary(..) => {
                self.put("(");
                self.call(id);
                self.put(")");
            }
        }
    }

    /// A call without its parentheses: further arguments may follow.
    fn call(&mut self, id: ExprId) {
        match self.ast.expr(id) {
            Expr::Apply { function, arguments } => {
                match self.ast.expr(function) {
                    Expr::SearchPath(_)
                    | Expr::Negate(_)
                    | Expr::Binary(
                        Operator::Subtract
                        | Operator::Multiply
                        | Operator::Divide
                        | Operator::Less
                        | Operator::Greater,
                        ..,
                    ) if !self.is_or(arguments) => self.call(function),
                    _ => self.expr(function),
                }
                self.put(" ");
                self.row(arguments, " ");
            }
            Expr::SearchPath(text) => {
                self.put("__findFile __nixPath ");
                quote(self.ast.text(text), &mut self.out);
            }
            Expr::Negate(operand) => {
                self.put("__sub 0 ");
                self.expr(operand);
            }
            Expr::Binary(operator, left, right) => {
                let (name, left, right) = match operator {
                    Operator::Subtract => ("__sub ", left, right),
                    Operator::Multiply => ("__mul ", left, right),
                    Operator::Divide => ("__div ", left, right),
                    Operator::Greater => ("__lessThan ", right, left),
                    _ => ("__lessThan ", left, right),
                };
                self.put(name);
                self.expr(left);
                self.put(" ");
                self.expr(right);
            }
            _ => self.expr(id),
        }
    }

    /// `a or` is a call of its own, also where `a` is one. An application to `or` can't be written in another way.
    fn is_or(&self, arguments: Slice) -> bool {
        match self.ast.ids(arguments) {
            [first, ..] => {
                matches!(self.ast.expr(*first), Expr::Variable(name) if self.symbols.text(name) == b"or")
            }
            _ => false,
        }
    }

    /// `!(left < right)`
    fn not_less(&mut self, left: ExprId, right: ExprId) {
        self.put("(! (__lessThan ");
        self.expr(left);
        self.put(" ");
        self.expr(right);
        self.put("))");
    }

    fn row(&mut self, row: Slice, between: &str) {
        for (at, id) in self.ast.ids(row).iter().enumerate() {
            if at > 0 {
                self.put(between);
            }
            self.expr(*id);
        }
    }

    fn set(&mut self, set: Set) {
        if set.recursive {
            self.put("rec ");
        }
        self.put("{ ");
        self.bindings(set);
        self.put("}");
    }

    /// Inherited names first, then those inherited from a set, source by source, then what is written out, then what is
    /// computed; each of them sorted.
    fn bindings(&mut self, set: Set) {
        let mut sorted: Vec<Binding> = self.ast.bindings(set).to_vec();
        sorted.sort_by_key(|binding| self.symbols.text(binding.name));
        if sorted.iter().any(|binding| binding.value == BindingValue::Inherit) {
            self.put("inherit");
            self.names(sorted.iter().filter(|binding| binding.value == BindingValue::Inherit));
        }
        let mut inherited: Vec<(u32, Binding)> = Vec::new();
        for binding in &sorted {
            if let BindingValue::InheritFrom(source) = binding.value {
                inherited.push((source, *binding));
            }
        }
        inherited.sort_by_key(|(source, _)| *source);
        for group in inherited.chunk_by(|left, right| left.0 == right.0) {
            self.put("inherit (");
            self.expr(self.ast.ids(set.sources)[group[0].0 as usize]);
            self.put(")");
            self.names(group.iter().map(|(_, binding)| binding));
        }
        for binding in &sorted {
            if let BindingValue::Expr(value) = binding.value {
                self.name(binding.name);
                self.put(" = ");
                self.expr(value);
                self.put("; ");
            }
        }
        for dynamic in self.ast.dynamics(set) {
            self.put("\"${");
            self.expr(dynamic.name);
            self.put("}\" = ");
            self.expr(dynamic.value);
            self.put("; ");
        }
    }

    fn names<'b>(&mut self, bindings: impl Iterator<Item = &'b Binding>) {
        for binding in bindings {
            self.put(" ");
            self.name(binding.name);
        }
        self.put("; ");
    }

    fn function(&mut self, lambda: Lambda) {
        self.put("(");
        if let Some(formals) = lambda.formals {
            let slice = formals.formals;
            let mut sorted = self.ast.formals[slice.start as usize..][..slice.len as usize].to_vec();
            sorted.sort_by_key(|formal| self.symbols.text(formal.name));
            self.put("{ ");
            for (at, formal) in sorted.iter().enumerate() {
                if at > 0 {
                    self.put(", ");
                }
                self.name(formal.name);
                if formal.default != ExprId::NONE {
                    self.put(" ? ");
                    self.expr(formal.default);
                }
            }
            if formals.ellipsis {
                self.put(if sorted.is_empty() { "..." } else { ", ..." });
            }
            self.put(" }");
            if lambda.name.is_some() {
                self.put(" @ ");
            }
        }
        if let Some(name) = lambda.name {
            self.name(name);
        }
        self.put(": ");
        self.expr(lambda.body);
        self.put(")");
    }

    fn path(&mut self, path: u32) {
        for (at, step) in self.ast.path(path).iter().enumerate() {
            if at > 0 {
                self.put(".");
            }
            match step {
                Step::Name(name) => self.name(*name),
                Step::Dynamic(name) => {
                    self.put("\"${");
                    self.expr(*name);
                    self.put("}\"");
                }
            }
        }
    }

    /// A name, in quotes unless it could be written without.
    fn name(&mut self, name: Symbol) {
        let text = self.symbols.text(name);
        let word = text.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_')
            && text.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_'-".contains(byte))
            && !matches!(
                text,
                b"if" | b"then" | b"else" | b"assert" | b"with" | b"let" | b"in" | b"rec" | b"inherit"
            );
        if word { self.put(text) } else { quote(text, &mut self.out) }
    }
}

/// How an operator is printed that is not a call.
fn infix(operator: Operator) -> Option<&'static str> {
    Some(match operator {
        Operator::Add => " + ",
        Operator::Concat => " ++ ",
        Operator::Update => " // ",
        Operator::Equal => " == ",
        Operator::NotEqual => " != ",
        Operator::And => " && ",
        Operator::Or => " || ",
        Operator::Implies => " -> ",
        _ => return None,
    })
}

/// A text as a string literal.
pub fn quote(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', *byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            b'$' if text.get(at + 1) == Some(&b'{') => out.extend_from_slice(b"\\$"),
            byte => out.push(*byte),
        }
    }
    out.push(b'"');
}

/// A path literal made absolute, without `.`, `..` and doubled slashes; a last slash stays, since an interpolation
/// follows.
fn absolute(literal: &[u8], folders: Folders<'_>) -> Vec<u8> {
    if let Some(rest) = literal.strip_prefix(b"~") {
        return [folders.home, rest].concat();
    }
    let full =
        if literal.starts_with(b"/") { literal.to_vec() } else { [folders.base, b"/", literal].concat() };
    let mut path = Vec::new();
    for part in full.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => path.truncate(path.iter().rposition(|byte| *byte == b'/').unwrap_or(0)),
            part => {
                path.push(b'/');
                path.extend_from_slice(part);
            }
        }
    }
    if path.is_empty() || (literal.len() > 1 && literal.ends_with(b"/")) {
        path.push(b'/');
    }
    path
}
