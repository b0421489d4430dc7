//! From a file's bytes to a syntax tree.
//!
//! | in | the rules of |
//! | --- | --- |
//! | `lexer.rs`, `token.rs`, `bytes.rs` | words, numbers, operators, where a path or URI begins, comments |
//! | `strings.rs`, `indentation.rs` | strings, indented strings, paths with interpolations |
//! | `parser.rs` | the file, `let`, `with`, `assert`, `if` |
//! | `operators.rs` | precedence |
//! | `operands.rs` | applications, selections, lists, numbers |
//! | `functions.rs` | functions and their formals |
//! | `sets.rs`, `drafts.rs` | bindings, attribute paths, what merges and what is defined twice |
//! | `advice.rs`, `error.rs` | errors |
//! | `lines.rs` | lines and columns |
//! | `show.rs` | the tree as text |
//!
//! The language is that of Nix 2.34. Variables are not looked up here.

mod advice;
pub mod ast;
mod bytes;
mod drafts;
mod error;
mod functions;
mod indentation;
mod lexer;
pub mod lines;
mod operands;
mod operators;
mod parser;
mod sets;
pub mod show;
mod strings;
mod token;
pub mod written;

pub use ast::Ast;
pub use error::{ParseError, Second};
pub use lines::Lines;
pub use parser::{MAX_DEPTH, Scratch};

use crate::nix::symbols::Symbols;
use parser::Parser;

/// The longest file, in bytes.
const LONGEST: usize = 1 << 30;

/// What a file may use beside the language proper.
#[derive(Debug, Clone, Copy, Default)]
pub struct ParseOptions {
    /// `x |> f` and `f <| x`, Nix's experimental feature `pipe-operators`.
    pub pipe_operators: bool,
}

/// The tree of a file.
///
/// # Errors
///
/// What is no Nix, or nests deeper than [`MAX_DEPTH`], or is longer than 1 GiB.
pub fn parse(source: &[u8], symbols: &mut Symbols) -> Result<Ast, ParseError> {
    parse_with(source, symbols, ParseOptions::default())
}

/// [`parse`], with options.
///
/// # Errors
///
/// Those of [`parse`].
pub fn parse_with(source: &[u8], symbols: &mut Symbols, options: ParseOptions) -> Result<Ast, ParseError> {
    parse_reusing(source, symbols, options, &mut Scratch::default())
}

/// [`parse_with`], for many files one after the other.
///
/// # Errors
///
/// Those of [`parse`].
pub fn parse_reusing(
    source: &[u8],
    symbols: &mut Symbols,
    options: ParseOptions,
    scratch: &mut Scratch,
) -> Result<Ast, ParseError> {
    // Offsets, and numbers of expressions of which no byte makes more than two, are 32 bits wide.
    if source.len() > LONGEST {
        return Err(ParseError::new("the file is longer than 1 GiB", 0, 0));
    }
    let mut parser = Parser::new(source, symbols, options, std::mem::take(scratch));
    let outcome = parser.file();
    *scratch = parser.scratch;
    match outcome {
        Ok(root) => {
            let mut ast = parser.ast;
            ast.root = Some(root);
            Ok(ast)
        }
        Err(error::Failed) => Err(parser.error.expect("what failed has said why")),
    }
}

#[cfg(test)]
mod tests;
