//! Regular expressions, for `builtins.match` and `builtins.split`.
//!
//! Nix hands them to the C++ library of GCC as POSIX extended expressions, so what counts is what that library finds. It
//! walks a graph of states depth first: a repetition is left as soon as going round once more has led to a match, of
//! alternatives both are tried and the longer match counts, and an empty round is made at most twice in one place. That
//! order decides which group captured what, so `run` walks the same graph in the same order. But it remembers which
//! states at which places of the text led to nothing, so its time is bounded by their product, and it keeps its own
//! stack, so a long text is no deep recursion.
//!
//! Texts are bytes. A range such as `[a-z]` compares bytes as signed numbers, as on x86-64.

mod brackets;
mod build;
mod program;
mod run;
mod scan;

use program::Program;
pub use run::{Machine, Span};
use std::collections::HashMap;
use std::rc::Rc;

/// What is wrong with an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is not an extended regular expression.
    Invalid,
    /// It, or matching it, would need too much memory.
    TooLarge,
}

/// A compiled expression.
#[derive(Debug)]
pub struct Regex {
    program: Program,
}

impl Regex {
    /// Compiles an expression.
    ///
    /// # Errors
    /// When it is invalid, or has more than 100,000 states.
    pub fn new(pattern: &[u8]) -> Result<Regex, Fault> {
        Ok(Regex { program: Program::new(build::build(pattern)?)? })
    }

    /// How many groups it has, the whole match not counted.
    pub fn groups(&self) -> usize {
        self.program.groups
    }

    /// Something that matches it against a text.
    pub fn on<'a>(&'a self, text: &'a [u8]) -> Machine<'a> {
        Machine::new(&self.program, text)
    }
}

/// Compiled expressions, by their text: most are met thousands of times.
#[derive(Default)]
pub struct Cache {
    known: HashMap<Box<[u8]>, Result<Rc<Regex>, Fault>>,
}

impl Cache {
    /// The compiled form of an expression.
    ///
    /// # Errors
    /// As [`Regex::new`].
    pub fn get(&mut self, pattern: &[u8]) -> Result<Rc<Regex>, Fault> {
        if let Some(known) = self.known.get(pattern) {
            return known.clone();
        }
        let new = Regex::new(pattern).map(Rc::new);
        self.known.insert(pattern.into(), new.clone());
        new
    }
}

#[cfg(test)]
mod tests;
