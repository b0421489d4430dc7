//! Regular expressions.

use super::Builtin;
use crate::nix::error::{Error, Result};
use crate::nix::eval::Evaluator;
use crate::nix::regex::{Fault, Machine, Regex};
use crate::nix::value::Word;
use std::rc::Rc;

pub(super) const TABLE: &[Builtin] = &[
    Builtin {
        name: "match",
        arity: 2,
        lazy: 0,
        run: match_whole,
        help: (
            &["regex", "str"],
            "What the groups of a POSIX extended regular expression captured, if it matches the whole of `str`; else `null`.",
        ),
    },
    Builtin {
        name: "split",
        arity: 2,
        lazy: 0,
        run: split,
        help: (
            &["regex", "str"],
            "The text between the matches of a POSIX extended regular expression, and between those texts what the groups captured.",
        ),
    },
];

impl Evaluator {
    /// The compiled form of a regular expression.
    pub(super) fn regex(&mut self, value: Word) -> Result<Rc<Regex>> {
        let pattern = self.wanted_plain_string(value)?;
        self.regexes.get(pattern).map_err(|fault| regex_error(fault, pattern))
    }

    fn part(&mut self, text: &[u8], from: usize, to: usize) -> Word {
        if from == to { self.empty_string() } else { self.string(&text[from..to]) }
    }

    fn groups(&mut self, machine: &Machine<'_>, groups: usize, text: &[u8]) -> Word {
        if groups == 0 {
            return Word::EMPTY_LIST;
        }
        let at = self.heap.alloc(groups);
        for (slot, group) in (at..).zip(1..=groups) {
            let captured = match machine.group(group) {
                Some((from, to)) => self.part(text, from, to),
                None => Word::NULL,
            };
            self.heap.set(slot, captured);
        }
        Word::list(at, groups)
    }
}

#[cold]
fn regex_error(fault: Fault, pattern: &[u8]) -> Error {
    let pattern = String::from_utf8_lossy(pattern);
    Error::other(match fault {
        Fault::Invalid => format!("invalid regular expression '{pattern}'"),
        Fault::TooLarge => format!("memory limit exceeded by regular expression '{pattern}'"),
    })
}

fn match_whole(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let regex = evaluator.regex(arguments[0])?;
    let text = evaluator.wanted_string(arguments[1])?;
    let mut machine = regex.on(text);
    let found = machine.matches().map_err(|fault| regex_error(fault, evaluator.bytes(arguments[0])))?;
    Ok(if found { evaluator.groups(&machine, regex.groups(), text) } else { Word::NULL })
}

fn split(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let regex = evaluator.regex(arguments[0])?;
    let text = evaluator.wanted_string(arguments[1])?;
    let mut machine = regex.on(text);
    let mut parts = Vec::new();
    let mut done = 0;
    while machine.find_next().map_err(|fault| regex_error(fault, evaluator.bytes(arguments[0])))? {
        let (from, to) = machine.group(0).expect("group 0 is the match");
        parts.push(evaluator.part(text, done, from));
        parts.push(evaluator.groups(&machine, regex.groups(), text));
        done = to;
    }
    if parts.is_empty() {
        // Only so does the text keep its context.
        return Ok(evaluator.list_of(&arguments[1..2]));
    }
    parts.push(evaluator.part(text, done, text.len()));
    Ok(evaluator.list_of(&parts))
}
