//! Operators: numbers, comparisons, and what `+` means for each type.

use super::{Coercion, Evaluator};
use crate::nix::code::NodeId;
use crate::nix::error::{Error, Result};
use crate::nix::syntax::ast::Operator;
use crate::nix::update;
use crate::nix::value::{LONGEST, Tag, Word};
use std::cmp::Ordering;

/// A number of either kind.
#[derive(Clone, Copy)]
pub(in crate::nix) enum Number {
    Int(i64),
    Float(f64),
}

impl Number {
    pub(in crate::nix) fn float(self) -> f64 {
        match self {
            Number::Int(value) => value as f64,
            Number::Float(value) => value,
        }
    }
}

impl Evaluator {
    /// A set with what another has laid over it. As in Nix, the right one comes first: it has to be a set before the left
    /// one is so much as looked at.
    fn update(&mut self, left: NodeId, right: NodeId, frame: u32) -> Result<Word> {
        let b = self.eval(right, frame)?;
        if b.tag() != Tag::Attrs {
            return Err(self.on(self.expected("a set", b), right));
        }
        let a = self.eval(left, frame)?;
        if a.tag() != Tag::Attrs {
            return Err(self.on(self.expected("a set", a), left));
        }
        self.counts.updates += 1;
        let before = self.heap.used();
        let updated = update::update(self.heap, &mut self.unions, a, b);
        self.counts.update_bytes += (self.heap.used() - before) as u64;
        Ok(updated)
    }

    /// A strict binary operator.
    pub(super) fn binary(
        &mut self,
        id: NodeId,
        operator: Operator,
        left: NodeId,
        right: NodeId,
        frame: u32,
    ) -> Result<Word> {
        if operator == Operator::Update {
            return self.update(left, right, frame);
        }
        let a = self.eval(left, frame)?;
        match operator {
            Operator::Add => {
                if a.tag() == Tag::Int {
                    let b = self.eval(right, frame)?;
                    if b.tag() == Tag::Int {
                        // Two numbers of 60 bits can't leave 64.
                        return Ok(self.int(a.small() + b.small()));
                    }
                    return self.add(a, b).map_err(|error| self.on(error, right));
                }
                if !matches!(a.tag(), Tag::BigInt | Tag::Float | Tag::String | Tag::Path) {
                    // It has to be some text before the right one is looked at.
                    let mut text = self.coerced(a, Coercion::PLAIN).map_err(|error| self.on(error, left))?;
                    let b = self.eval(right, frame)?;
                    self.coerce(b, Coercion::PLAIN, &mut text).map_err(|error| self.on(error, right))?;
                    return Ok(self.finish(&text));
                }
                let b = self.eval(right, frame)?;
                self.add(a, b).map_err(|error| self.on(error, right))
            }
            Operator::Equal => {
                let b = self.eval(right, frame)?;
                self.equal(a, b).map(Word::bool).map_err(|error| self.on(error, id))
            }
            Operator::NotEqual => {
                let b = self.eval(right, frame)?;
                self.equal(a, b).map(|equal| Word::bool(!equal)).map_err(|error| self.on(error, id))
            }
            // Both are evaluated before either has to be a list.
            Operator::Concat => {
                let b = self.eval(right, frame)?;
                for (list, operand) in [(a, left), (b, right)] {
                    if list.tag() != Tag::List {
                        return Err(self.on(self.expected("a list", list), operand));
                    }
                }
                self.concat(&[a, b]).map_err(|error| self.on(error, id))
            }
            Operator::Less => {
                let b = self.eval(right, frame)?;
                self.less(a, b).map(Word::bool).map_err(|error| self.on(error, id))
            }
            Operator::GreaterOrEqual => {
                let b = self.eval(right, frame)?;
                self.less(a, b).map(|less| Word::bool(!less)).map_err(|error| self.on(error, id))
            }
            Operator::Greater => {
                let b = self.eval(right, frame)?;
                self.less(b, a).map(Word::bool).map_err(|error| self.on(error, id))
            }
            Operator::LessOrEqual => {
                let b = self.eval(right, frame)?;
                self.less(b, a).map(|less| Word::bool(!less)).map_err(|error| self.on(error, id))
            }
            operator => {
                let b = self.eval(right, frame)?;
                self.number_operation(operator, a, b).map_err(|error| self.on(error, id))
            }
        }
    }

    /// `-a`
    pub(super) fn negate(&mut self, id: NodeId, operand: NodeId, frame: u32) -> Result<Word> {
        let value = self.eval(operand, frame)?;
        let zero = self.int(0);
        self.number_operation(Operator::Subtract, zero, value).map_err(|error| self.on(error, id))
    }

    /// The number a value must be.
    pub(in crate::nix) fn number(&self, value: Word) -> Result<Number> {
        if let Some(int) = self.as_int(value) {
            return Ok(Number::Int(int));
        }
        match self.as_float(value) {
            Some(float) => Ok(Number::Float(float)),
            None => Err(self.expected("an integer", value)),
        }
    }

    /// `-`, `*` and `/`, also as builtins; `+` on numbers. Two integers stay integers, and overflow is an error.
    pub(in crate::nix) fn number_operation(&mut self, operator: Operator, a: Word, b: Word) -> Result<Word> {
        let (a, b) = (self.number(a)?, self.number(b)?);
        if let (Number::Int(a), Number::Int(b)) = (a, b) {
            let (done, verb) = match operator {
                Operator::Add => (a.checked_add(b), "adding"),
                Operator::Subtract => (a.checked_sub(b), "subtracting"),
                Operator::Multiply => (a.checked_mul(b), "multiplying"),
                _ if b == 0 => return Err(Error::other("division by zero")),
                _ => (a.checked_div(b), "dividing"),
            };
            let sign = match operator {
                Operator::Add => '+',
                Operator::Subtract => '-',
                Operator::Multiply => '*',
                _ => '/',
            };
            return match done {
                Some(value) => Ok(self.int(value)),
                None => Err(Error::other(format!("integer overflow in {verb} {a} {sign} {b}"))),
            };
        }
        let (a, b) = (a.float(), b.float());
        Ok(self.float(match operator {
            Operator::Add => a + b,
            Operator::Subtract => a - b,
            Operator::Multiply => a * b,
            _ if b == 0.0 => return Err(Error::other("division by zero")),
            _ => a / b,
        }))
    }

    /// `a < b`: numbers by value, strings and paths by bytes, lists by their first elements that differ.
    pub(in crate::nix) fn less(&mut self, a: Word, b: Word) -> Result<bool> {
        Ok(self.order(a, b)? == Some(Ordering::Less))
    }

    /// The order of two values, if they have one (not-a-number has none).
    pub(in crate::nix) fn order(&mut self, a: Word, b: Word) -> Result<Option<Ordering>> {
        if let (Tag::Int, Tag::Int) = (a.tag(), b.tag()) {
            return Ok(Some(a.small().cmp(&b.small())));
        }
        match (a.tag(), b.tag()) {
            (Tag::Int | Tag::BigInt | Tag::Float, Tag::Int | Tag::BigInt | Tag::Float) => {
                Ok(match (self.number(a)?, self.number(b)?) {
                    (Number::Int(a), Number::Int(b)) => Some(a.cmp(&b)),
                    (a, b) => a.float().partial_cmp(&b.float()),
                })
            }
            (Tag::String, Tag::String) | (Tag::Path, Tag::Path) => {
                Ok(Some(self.heap.bytes(a.at()).cmp(self.heap.bytes(b.at()))))
            }
            (Tag::List, Tag::List) => {
                self.check_stack()?;
                for at in 0..a.aux().min(b.aux()) {
                    let x = self.force_slot(a.at() + at)?;
                    let y = self.force_slot(b.at() + at)?;
                    if !self.equal(x, y)? {
                        return self.order(x, y);
                    }
                }
                Ok(Some(a.aux().cmp(&b.aux())))
            }
            _ => {
                let (left, right) = (self.describe(a), self.describe(b));
                let (shown_left, shown_right) = (self.show_short(a), self.show_short(b));
                let message = if a.type_name() == b.type_name() {
                    format!(
                        "cannot compare {left} with {right}; values of that type are incomparable (values are {shown_left} and {shown_right})"
                    )
                } else {
                    format!("cannot compare {left} with {right}; values are {shown_left} and {shown_right}")
                };
                Err(Error::type_error(message))
            }
        }
    }

    /// Lists one after the other.
    pub(in crate::nix) fn concat(&mut self, lists: &[Word]) -> Result<Word> {
        let mut filled = lists.iter().filter(|list| list.aux() > 0);
        let Some(first) = filled.next() else { return Ok(Word::EMPTY_LIST) };
        if filled.next().is_none() {
            return Ok(*first);
        }
        let len: usize = lists.iter().map(|list| list.aux() as usize).sum();
        self.check_room(len)?;
        let at = self.heap.alloc(len);
        let mut to = at;
        for list in lists {
            for slot in list.at()..list.at() + list.aux() {
                let word = self.share(slot);
                self.heap.set(to, word);
                to += 1;
            }
        }
        Ok(Word::list(at, len))
    }

    /// Whether so many words can be had, for what a program may ask for at once.
    pub(in crate::nix) fn check_room(&self, words: usize) -> Result<()> {
        if words > LONGEST || !self.heap.has_room(words) {
            return Err(Error::new(
                crate::nix::error::Kind::World,
                format!("{words} elements at once are more than there is memory for"),
            ));
        }
        Ok(())
    }
}
