//! Sets and `let`: names to slots and shapes.

use super::{Compiler, Result};
use crate::nix::attrs;
use crate::nix::code::{Dynamic, NONE, Node, NodeId, Row, Set};
use crate::nix::symbols::Symbol;
use crate::nix::syntax::ast::{self, BindingValue, Expr, ExprId};

impl Compiler<'_> {
    /// `{ … }` and `rec { … }`
    pub(super) fn attrs(&mut self, id: ExprId, set: u32, delayed: bool) -> Result<NodeId> {
        let written = self.ast.sets[set as usize];
        let sources = written.sources.len;
        let wanted = sources + if written.recursive { written.bindings.len } else { 0 };
        if wanted == 0 && written.dynamics.len == 0 {
            let compiled = self.set(written, true)?;
            return Ok(self.push(Node::Attrs(compiled), id));
        }
        self.with_slots(id, wanted, delayed, |this| {
            let mark = this.scopes.mark();
            let compiled = this.set(written, true);
            this.scopes.leave(mark);
            Ok(this.push(Node::FullAttrs(compiled?), id))
        })
    }

    /// `let … in body`
    pub(super) fn let_in(&mut self, id: ExprId, set: u32, body: ExprId, delayed: bool) -> Result<NodeId> {
        let written = self.ast.sets[set as usize];
        self.with_slots(id, written.bindings.len + written.sources.len, delayed, |this| {
            let mark = this.scopes.mark();
            let compiled =
                this.set(written, false).and_then(|set| Ok((set, this.expr(body, Symbol(0), delayed)?)));
            this.scopes.leave(mark);
            let (set, body) = compiled?;
            Ok(this.push(Node::Let(set, body), id))
        })
    }

    /// The bindings; the variables of a recursive set stay bound for whoever leaves the scope.
    fn set(&mut self, written: ast::Set, with_shape: bool) -> Result<u32> {
        let range = written.bindings.start as usize..(written.bindings.start + written.bindings.len) as usize;
        let mut bindings = self.ast.bindings[range].to_vec();
        bindings.sort_unstable_by_key(|binding| binding.name);
        let base = self.surroundings.base;

        // What is inherited comes from the scope around the set, so it is looked up before the set's own names are bound.
        let values = self.room(bindings.len() as u32);
        for (at, binding) in (0..).zip(&bindings) {
            if let BindingValue::Inherit = binding.value {
                let node = self.variable(binding.name, base + binding.offset)?;
                let node = self.push_at(node, base + binding.offset);
                self.fill(values, at, node);
            }
        }
        let slots = self.room(if written.recursive { values.len } else { 0 });
        for (at, binding) in (0..slots.len).zip(&bindings) {
            let slot = self.scopes.take_slot();
            self.fill(slots, at, slot);
            self.scopes.bind(binding.name, slot);
        }
        let (sources, source_nodes) = self.sources(written.sources)?;
        for (at, binding) in (0..).zip(&bindings) {
            let node = match binding.value {
                BindingValue::Inherit => continue,
                BindingValue::Expr(expr) => self.expr(expr, binding.name, true)?,
                BindingValue::InheritFrom(source) => {
                    let subject = self.push_at(source_nodes[source as usize], base + binding.offset);
                    let cache = self.code.new_caches(1);
                    let node = Node::SelectName(subject, binding.name, cache);
                    self.push_at(node, base + binding.offset)
                }
            };
            self.fill(values, at, node);
        }
        let dynamics = self.dynamics(written.dynamics)?;
        let shape = if with_shape {
            attrs::shape(self.heap, bindings.iter().map(|binding| (binding.name, base + binding.offset)))
        } else {
            0
        };
        let overrides = if written.recursive && with_shape {
            let overrides = |binding: &ast::Binding| self.symbols.text(binding.name) == b"__overrides";
            bindings.iter().position(overrides).map_or(NONE, |at| at as u32)
        } else {
            NONE
        };
        self.code.sets.push(Set { shape, values, slots, sources, dynamics, overrides });
        Ok(self.code.sets.len() as u32 - 1)
    }

    /// Each source of `inherit (source) …` gets a slot, so that it is evaluated once for all names; a variable has one.
    fn sources(&mut self, slice: ast::Slice) -> Result<(Row, Vec<Node>)> {
        let mut pairs = Vec::new();
        let mut nodes = Vec::new();
        for at in 0..slice.len as usize {
            let source = self.ast.ids(slice)[at];
            if let Expr::Variable(name) = self.ast.expr(source)
                && self.scopes.find(name).is_some()
            {
                nodes.push(self.variable(name, self.place(source))?);
                continue;
            }
            let node = self.expr(source, Symbol(0), true)?;
            let slot = self.scopes.take_slot();
            pairs.extend([slot, node]);
            nodes.push(Node::Local(slot));
        }
        Ok((self.row(&pairs), nodes))
    }

    fn dynamics(&mut self, slice: ast::Slice) -> Result<Row> {
        let mut compiled = Vec::new();
        for at in slice.start..slice.start + slice.len {
            let dynamic = self.ast.dynamics[at as usize];
            let name = self.expr(dynamic.name, Symbol(0), true)?;
            let value = self.expr(dynamic.value, Symbol(0), true)?;
            compiled.push(Dynamic { name, value, place: self.surroundings.base + dynamic.offset });
        }
        let start = self.code.dynamics.len() as u32;
        let len = compiled.len() as u32;
        self.code.dynamics.append(&mut compiled);
        Ok(Row { start, len })
    }
}
