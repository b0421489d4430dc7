//! Nodes, one after the other. What is in tail position (a function's body, a branch) goes round the loop, not deeper.

use super::Evaluator;
use crate::nix::attrs;
use crate::nix::code::{NONE, Node, NodeId, WithVariable};
use crate::nix::error::{Error, Kind, Result};
use crate::nix::syntax::ast::Operator;
use crate::nix::value::{Tag, Word};

impl Evaluator {
    /// The value of a node in a frame.
    #[inline]
    pub(in crate::nix) fn eval(&mut self, id: NodeId, frame: u32) -> Result<Word> {
        // Half of all nodes are variables that have their values already: nothing needs to be set up for those.
        let word = match self.code.node(id) {
            Node::Constant(word) => word,
            Node::Local(slot) => self.heap.get(frame + 1 + slot),
            Node::Outer(frames, slot) => self.heap.get(self.frame(frame, frames) + 1 + slot),
            _ => Word::EMPTY,
        };
        if word.is_value() { Ok(word) } else { self.eval_node(id, frame) }
    }

    /// The same for what is hardly ever a variable that has its value. Nodes that never go on with another one in tail
    /// position need nothing of what [`Evaluator::eval_deeper`] sets up, and most nodes are such.
    #[inline(never)]
    pub(super) fn eval_node(&mut self, id: NodeId, frame: u32) -> Result<Word> {
        match self.code.node(id) {
            Node::SelectName(subject, name, cache) => self.select_name(id, subject, name, cache, frame),
            Node::HasAttr(subject, path) => self.has_path(subject, path, frame),
            Node::HasComputed(subject, name) => self.has_computed(subject, name, frame),
            Node::Local(slot) => self.variable(id, frame + 1 + slot),
            Node::Outer(frames, slot) => self.variable(id, self.frame(frame, frames) + 1 + slot),
            Node::WithVariable(variable) => self.with_variable(id, variable, frame),
            Node::Attrs(set) => Ok(self.plain_set(set, frame)),
            _ => self.eval_deeper(id, frame),
        }
    }

    /// The same for all nodes.
    #[inline(never)]
    pub(super) fn eval_deeper(&mut self, id: NodeId, frame: u32) -> Result<Word> {
        self.check_stack()?;
        let calls = self.calls;
        let value = self.run(id, frame);
        self.calls = calls;
        value
    }

    fn run(&mut self, mut id: NodeId, mut frame: u32) -> Result<Word> {
        // The frame at hand, once it was made here: then it ends here, too.
        let mut own = 0;
        let value = loop {
            match self.code.node(id) {
                Node::Constant(word) => break self.force(word),
                Node::Local(slot) => break self.variable(id, frame + 1 + slot),
                Node::Outer(frames, slot) => break self.variable(id, self.frame(frame, frames) + 1 + slot),
                Node::WithVariable(variable) => break self.with_variable(id, variable, frame),
                Node::List(row) => {
                    let at = self.heap.alloc(row.len as usize);
                    for item in 0..row.len {
                        let word = self.delay(self.code.id(row, item), frame);
                        self.heap.set(at + item, word);
                    }
                    break Ok(Word::list(at, row.len as usize));
                }
                Node::Attrs(set) => break Ok(self.plain_set(set, frame)),
                Node::FullAttrs(set) => break self.full_set(set, frame),
                Node::Let(set, body) => {
                    self.bind(set, frame);
                    id = body;
                }
                Node::With(slot, scope, body) => {
                    let scope = self.delay_inside(scope, frame);
                    self.heap.set(frame + 1 + slot, scope);
                    id = body;
                }
                Node::Frame(slots, body) => {
                    self.capture(frame);
                    frame = self.new_frame(frame, slots);
                    own = frame;
                    id = body;
                }
                Node::Lambda(lambda) => break Ok(self.function(lambda, frame)),
                Node::If(condition, yes, no) => {
                    id = if self.condition(condition, frame)? { yes } else { no };
                }
                Node::Assert(condition, body) => {
                    if !self.condition(condition, frame)? {
                        break Err(self.assertion_failed(id, condition, frame));
                    }
                    id = body;
                }
                Node::Apply(function, arguments) => {
                    let function = self.eval(function, frame)?;
                    match self.apply(function, arguments, frame, id)? {
                        super::call::Next::Value(value) => break Ok(value),
                        super::call::Next::Body(body, inner) => {
                            if own != 0 {
                                self.done_with(own);
                            }
                            id = body;
                            frame = inner;
                            own = inner;
                        }
                    }
                }
                Node::SelectName(subject, name, cache) => {
                    break self.select_name(id, subject, name, cache, frame);
                }
                Node::Select(subject, path, default) => {
                    match self.select_path(id, subject, path, default, frame)? {
                        Some(value) => break Ok(value),
                        None => {
                            debug_assert_ne!(default, NONE);
                            id = default;
                        }
                    }
                }
                Node::HasAttr(subject, path) => break self.has_path(subject, path, frame),
                Node::HasComputed(subject, name) => break self.has_computed(subject, name, frame),
                Node::Not(operand) => break Ok(Word::bool(!self.condition(operand, frame)?)),
                Node::Negate(operand) => break self.negate(id, operand, frame),
                Node::Binary(operator, left, right) => match operator {
                    Operator::And => {
                        if !self.condition(left, frame)? {
                            break Ok(Word::FALSE);
                        }
                        break Ok(Word::bool(self.condition(right, frame)?));
                    }
                    Operator::Or => {
                        if self.condition(left, frame)? {
                            break Ok(Word::TRUE);
                        }
                        break Ok(Word::bool(self.condition(right, frame)?));
                    }
                    Operator::Implies => {
                        if !self.condition(left, frame)? {
                            break Ok(Word::TRUE);
                        }
                        break Ok(Word::bool(self.condition(right, frame)?));
                    }
                    operator => break self.binary(id, operator, left, right, frame),
                },
                Node::Interpolation(row) => break self.interpolation(row, frame),
                Node::PathInterpolation(row) => break self.path_interpolation(id, row, frame),
                Node::CurPos(place) => break Ok(self.position_set(place)),
            }
        };
        if own != 0 {
            self.done_with(own);
        }
        value
    }

    /// The value of a variable that is at a node.
    #[inline]
    fn variable(&mut self, id: NodeId, slot: u32) -> Result<Word> {
        self.force_slot(slot).map_err(|error| self.on(error, id))
    }

    /// The same error, with this node's place if it has none.
    #[cold]
    #[inline(never)]
    pub(super) fn on(&self, error: Error, id: NodeId) -> Error {
        error.at(self.code.places[id as usize])
    }

    /// A condition: true or false, nothing else.
    fn condition(&mut self, id: NodeId, frame: u32) -> Result<bool> {
        let value = self.eval(id, frame)?;
        if value == Word::TRUE {
            Ok(true)
        } else if value == Word::FALSE {
            Ok(false)
        } else {
            Err(self.on(self.expected("a Boolean", value), id))
        }
    }

    /// A value of another type was wanted.
    #[cold]
    #[inline(never)]
    pub(in crate::nix) fn expected(&self, wanted: &str, value: Word) -> Error {
        let found = self.describe(value);
        let shown = self.show_short(value);
        Error::type_error(format!("expected {wanted} but found {found}: {shown}"))
    }

    #[cold]
    #[inline(never)]
    fn assertion_failed(&mut self, id: NodeId, condition: NodeId, frame: u32) -> Error {
        let source = self.asserted_text(self.code.places[id as usize]);
        let mut error = Error::new(Kind::Assertion, format!("assertion '{source}' failed"));
        // Which side differs is what the reader wants to know, as long as telling it can't fail.
        if let Node::Binary(Operator::Equal, left, right) = self.code.node(condition)
            && let (Ok(left), Ok(right)) = (self.eval(left, frame), self.eval(right, frame))
        {
            error =
                error.hint(format!("left is {}, right is {}", self.show_short(left), self.show_short(right)));
        }
        self.on(error, id)
    }

    fn with_variable(&mut self, id: NodeId, variable: u32, frame: u32) -> Result<Word> {
        let WithVariable { name, with, level, mut caches, seen_in, found } =
            self.code.with_variables[variable as usize];
        let innermost = self.frame(frame, level - self.code.withs[with as usize].level);
        if seen_in == innermost {
            return self.variable(id, found);
        }
        let mut next = with;
        while next != NONE {
            let with = self.code.withs[next as usize];
            let scope = self.frame(frame, level - with.level) + 1 + with.slot;
            let set = self.force_slot(scope)?;
            if set.tag() != Tag::Attrs {
                return Err(self.on(self.expected("a set", set), id));
            }
            let cache = &mut self.code.caches[caches as usize];
            if let Some(slot) = attrs::find_again(self.heap, set, name, cache) {
                // A captured frame, and those around it, are nobody else's ever after, and sets do not change: most
                // files begin with several `with` of libraries, whose names need to be looked for only once.
                if self.is_captured(innermost) {
                    let known = &mut self.code.with_variables[variable as usize];
                    (known.seen_in, known.found) = (innermost, slot);
                }
                return self.variable(id, slot);
            }
            next = with.outer;
            caches += 1;
        }
        let name = self.name(name);
        Err(self.on(Error::new(Kind::UndefinedVariable, format!("undefined variable '{name}'")), id))
    }
}
