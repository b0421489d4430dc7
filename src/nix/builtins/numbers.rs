//! Arithmetic as functions.

use super::Builtin;
use crate::nix::error::{Error, Result};
use crate::nix::eval::Evaluator;
use crate::nix::syntax::ast::Operator;
use crate::nix::value::Word;

pub(super) const TABLE: &[Builtin] = &[
    Builtin {
        name: "add",
        arity: 2,
        lazy: 0,
        run: |e, a, _| e.number_operation(Operator::Add, a[0], a[1]),
        help: (&["e1", "e2"], "The sum of two numbers."),
    },
    Builtin {
        name: "sub",
        arity: 2,
        lazy: 0,
        run: |e, a, _| e.number_operation(Operator::Subtract, a[0], a[1]),
        help: (&["e1", "e2"], "The difference of two numbers."),
    },
    Builtin {
        name: "mul",
        arity: 2,
        lazy: 0,
        run: |e, a, _| e.number_operation(Operator::Multiply, a[0], a[1]),
        help: (&["e1", "e2"], "The product of two numbers."),
    },
    Builtin {
        name: "div",
        arity: 2,
        lazy: 0,
        run: |e, a, _| e.number_operation(Operator::Divide, a[0], a[1]),
        help: (&["e1", "e2"], "The quotient of two numbers; of two integers, rounded towards zero."),
    },
    Builtin {
        name: "lessThan",
        arity: 2,
        lazy: 0,
        run: |e, a, _| e.less(a[0], a[1]).map(Word::bool),
        help: (&["e1", "e2"], "Whether `e1` is less than `e2`."),
    },
    Builtin {
        name: "bitAnd",
        arity: 2,
        lazy: 0,
        run: |e, a, _| bits(e, a, |x, y| x & y),
        help: (&["e1", "e2"], "The bits that both integers have."),
    },
    Builtin {
        name: "bitOr",
        arity: 2,
        lazy: 0,
        run: |e, a, _| bits(e, a, |x, y| x | y),
        help: (&["e1", "e2"], "The bits that either integer has."),
    },
    Builtin {
        name: "bitXor",
        arity: 2,
        lazy: 0,
        run: |e, a, _| bits(e, a, |x, y| x ^ y),
        help: (&["e1", "e2"], "The bits that one of the integers has."),
    },
    Builtin {
        name: "ceil",
        arity: 1,
        lazy: 0,
        run: |e, a, _| round(e, a[0], f64::ceil, "ceil"),
        help: (&["number"], "The smallest integer that is not less."),
    },
    Builtin {
        name: "floor",
        arity: 1,
        lazy: 0,
        run: |e, a, _| round(e, a[0], f64::floor, "floor"),
        help: (&["number"], "The largest integer that is not more."),
    },
];

fn bits(evaluator: &mut Evaluator, arguments: &[Word], operation: fn(i64, i64) -> i64) -> Result<Word> {
    let a = evaluator.wanted_int(arguments[0])?;
    let b = evaluator.wanted_int(arguments[1])?;
    Ok(evaluator.int(operation(a, b)))
}

fn round(evaluator: &mut Evaluator, value: Word, operation: fn(f64) -> f64, name: &str) -> Result<Word> {
    if let Some(int) = evaluator.as_int(value) {
        // An integer is its own rounding, save where the detour over a float that Nix makes would change it.
        let float = int as f64;
        if float < 2f64.powi(63) && float as i64 == int {
            return Ok(value);
        }
        return Err(Error::other(format!(
            "integer argument {int} of `{name}` has no float of the same value"
        )));
    }
    let Some(float) = evaluator.as_float(value) else { return Err(evaluator.expected("a float", value)) };
    let rounded = operation(float);
    // 2^63 itself is a float, and one more than the largest integer.
    if rounded >= -(2f64.powi(63)) && rounded < 2f64.powi(63) {
        return Ok(evaluator.int(rounded as i64));
    }
    let shown = crate::nix::number::general(float);
    Err(Error::other(format!("NixInt argument {shown} is not in the range of `{name}`")))
}

impl Evaluator {
    /// An integer argument.
    pub(in crate::nix) fn wanted_int(&self, value: Word) -> Result<i64> {
        self.as_int(value).ok_or_else(|| self.expected("an integer", value))
    }
}
