//! Errors, order of evaluation, files, and what is said in passing.

use super::Builtin;
use crate::nix::error::{Error, Kind, Result};
use crate::nix::eval::{Coercion, Evaluator};
use crate::nix::names;
use crate::nix::value::{Tag, Word};

pub(super) const TABLE: &[Builtin] = &[
    Builtin {
        name: "abort",
        arity: 1,
        lazy: 0,
        run: abort,
        help: (&["s"], "Ends the evaluation with a message."),
    },
    Builtin {
        name: "throw",
        arity: 1,
        lazy: 0,
        run: throw,
        help: (&["s"], "An error with a message, which `tryEval` catches."),
    },
    Builtin {
        name: "tryEval",
        arity: 1,
        lazy: 1,
        run: try_eval,
        help: (
            &["e"],
            "Whether evaluating `e` succeeds, as `success`, and its value or `false`, as `value`. Only `throw` and `assert` are caught.",
        ),
    },
    Builtin {
        name: "seq",
        arity: 2,
        lazy: 0,
        run: |_, a, _| Ok(a[1]),
        help: (&["e1", "e2"], "`e2`, after `e1` was evaluated."),
    },
    Builtin {
        name: "deepSeq",
        arity: 2,
        lazy: 2,
        run: deep_seq,
        help: (&["e1", "e2"], "`e2`, after `e1` was evaluated with everything in it."),
    },
    Builtin {
        name: "trace",
        arity: 2,
        lazy: 2,
        run: trace,
        help: (&["e1", "e2"], "`e2`, after saying `e1` on standard error."),
    },
    Builtin {
        name: "traceVerbose",
        arity: 2,
        lazy: 3,
        run: |e, a, _| e.force(a[1]),
        help: (&["e1", "e2"], "`e2`; says `e1` first where `--trace-verbose` is given."),
    },
    Builtin {
        name: "warn",
        arity: 2,
        lazy: 2,
        run: warn,
        help: (&["e1", "e2"], "`e2`, after warning of `e1` on standard error."),
    },
    Builtin {
        name: "break",
        arity: 1,
        lazy: 0,
        run: |_, a, _| Ok(a[0]),
        help: (&["v"], "`v`; a debugger would stop here."),
    },
    Builtin {
        name: "addErrorContext",
        arity: 2,
        lazy: 3,
        run: add_error_context,
        help: (&["s", "e"], "`e`; an error in it says `s`, too."),
    },
    Builtin {
        name: "import",
        arity: 1,
        lazy: 0,
        run: import,
        help: (&["path"], "The value of a file, or of `default.nix` in a folder."),
    },
    Builtin {
        name: "scopedImport",
        arity: 2,
        lazy: 0,
        run: scoped_import,
        help: (&["set", "path"], "The value of a file that sees the attributes of `set` as variables."),
    },
    Builtin {
        name: "unsafeGetAttrPos",
        arity: 2,
        lazy: 0,
        run: attr_pos,
        help: (&["name", "set"], "Where an attribute was written: `file`, `line` and `column`; or `null`."),
    },
];

fn message(evaluator: &mut Evaluator, value: Word) -> Result<String> {
    let text = evaluator.coerced(value, Coercion::PLAIN)?;
    Ok(String::from_utf8_lossy(&text.bytes).into_owned())
}

fn abort(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let message = message(evaluator, arguments[0])?;
    Err(Error::new(Kind::Abort, format!("evaluation aborted with the following error message: '{message}'")))
}

fn throw(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let message = message(evaluator, arguments[0])?;
    Err(Error::new(Kind::Throw, message))
}

fn try_eval(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let (success, value) = match evaluator.force(arguments[0]) {
        Ok(value) if evaluator.heap.is_copied(value) => (Word::TRUE, value),
        Ok(_) => (Word::TRUE, arguments[0]),
        Err(error) if error.can_be_caught() => (Word::FALSE, Word::FALSE),
        Err(error) => return Err(error),
    };
    Ok(evaluator.set_of(vec![(names::SUCCESS, 0, success), (names::VALUE, 0, value)]))
}

fn deep_seq(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    evaluator.force_deep(arguments[0])?;
    evaluator.force(arguments[1])
}

fn trace(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let text = match arguments[0].tag() {
        Tag::String => String::from_utf8_lossy(evaluator.bytes(arguments[0])).into_owned(),
        _ => evaluator.show_short(arguments[0]),
    };
    evaluator.world.say(&format!("trace: {text}"));
    evaluator.force(arguments[1])
}

fn warn(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    if arguments[0].tag() != Tag::String {
        return Err(evaluator.expected("a string", arguments[0]));
    }
    let text = String::from_utf8_lossy(evaluator.bytes(arguments[0])).into_owned();
    evaluator.world.say(&format!("evaluation warning: {text}"));
    if evaluator.options.abort_on_warn {
        let message = "aborting to reveal stack trace of warning, as abort-on-warn is set";
        return Err(Error::new(Kind::Abort, message));
    }
    evaluator.force(arguments[1])
}

fn add_error_context(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    match evaluator.force(arguments[1]) {
        Ok(value) => Ok(value),
        Err(error) => {
            let said = evaluator.force(arguments[0])?;
            let message = message(evaluator, said)?;
            Err(error.while_(0, message))
        }
    }
}

fn import(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let path = evaluator.readable_path(arguments[0])?;
    match evaluator.imported_derivation(&path)? {
        Some(derivation) => Ok(derivation),
        None => evaluator.import(&path),
    }
}

fn scoped_import(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    if arguments[0].tag() != Tag::Attrs {
        return Err(evaluator.expected("a set", arguments[0]));
    }
    let around: Vec<_> = crate::nix::attrs::entries(evaluator.heap, arguments[0])
        .map(|entry| (entry.name, evaluator.share(entry.slot)))
        .collect();
    let path = evaluator.readable_path(arguments[1])?;
    evaluator.import_with(&path, &around)
}

fn attr_pos(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let name = evaluator.attribute_name(arguments[0])?;
    if arguments[1].tag() != Tag::Attrs {
        return Err(evaluator.expected("a set", arguments[1]));
    }
    match crate::nix::attrs::find(evaluator.heap, arguments[1], name) {
        Some(found) => Ok(evaluator.position_set(found.place)),
        None => Ok(Word::NULL),
    }
}
