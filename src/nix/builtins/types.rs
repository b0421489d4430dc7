//! What a value is.

use super::Builtin;
use crate::nix::error::Result;
use crate::nix::eval::Evaluator;
use crate::nix::value::{Tag, Word};

pub(super) const TABLE: &[Builtin] = &[
    Builtin {
        name: "typeOf",
        arity: 1,
        lazy: 0,
        run: type_of,
        help: (
            &["e"],
            "The name of a value's type: `int`, `bool`, `string`, `path`, `null`, `set`, `list`, `lambda` or `float`.",
        ),
    },
    Builtin {
        name: "isNull",
        arity: 1,
        lazy: 0,
        run: |_, a, _| Ok(Word::bool(a[0] == Word::NULL)),
        help: (&["e"], "Whether a value is `null`."),
    },
    Builtin {
        name: "isBool",
        arity: 1,
        lazy: 0,
        run: |_, a, _| is(a, "bool"),
        help: (&["e"], "Whether a value is a Boolean."),
    },
    Builtin {
        name: "isInt",
        arity: 1,
        lazy: 0,
        run: |_, a, _| is(a, "int"),
        help: (&["e"], "Whether a value is an integer."),
    },
    Builtin {
        name: "isFloat",
        arity: 1,
        lazy: 0,
        run: |_, a, _| is(a, "float"),
        help: (&["e"], "Whether a value is a float."),
    },
    Builtin {
        name: "isString",
        arity: 1,
        lazy: 0,
        run: |_, a, _| is(a, "string"),
        help: (&["e"], "Whether a value is a string."),
    },
    Builtin {
        name: "isPath",
        arity: 1,
        lazy: 0,
        run: |_, a, _| is(a, "path"),
        help: (&["e"], "Whether a value is a path."),
    },
    Builtin {
        name: "isList",
        arity: 1,
        lazy: 0,
        run: |_, a, _| is(a, "list"),
        help: (&["e"], "Whether a value is a list."),
    },
    Builtin {
        name: "isAttrs",
        arity: 1,
        lazy: 0,
        run: |_, a, _| is(a, "set"),
        help: (&["e"], "Whether a value is a set."),
    },
    Builtin {
        name: "isFunction",
        arity: 1,
        lazy: 0,
        run: |_, a, _| is(a, "lambda"),
        help: (&["e"], "Whether a value is a function."),
    },
    Builtin {
        name: "functionArgs",
        arity: 1,
        lazy: 0,
        run: function_args,
        help: (&["f"], "The names a function takes out of its argument, each with whether it has a default."),
    },
];

fn is(arguments: &[Word], wanted: &str) -> Result<Word> {
    Ok(Word::bool(arguments[0].type_name() == Some(wanted)))
}

fn type_of(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let name = arguments[0].type_name().expect("arguments are evaluated");
    Ok(evaluator.string(name.as_bytes()))
}

fn function_args(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let function = arguments[0];
    if function.tag() != Tag::Lambda {
        if matches!(function.tag(), Tag::Builtin | Tag::Partial) {
            return Ok(evaluator.empty_set());
        }
        return Err(evaluator.expected("a function", function));
    }
    let lambda = evaluator.code.lambdas[function.aux() as usize];
    let mut found = Vec::new();
    for at in lambda.formals.start..lambda.formals.start + lambda.formals.len {
        let formal = evaluator.code.formals[at as usize];
        found.push((formal.name, formal.place, Word::bool(formal.default != crate::nix::code::NONE)));
    }
    Ok(evaluator.set_of(found))
}
