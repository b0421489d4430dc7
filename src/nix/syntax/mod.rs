//! From a file's bytes to a syntax tree.
//!
//! | in | the rules of |
//! | --- | --- |
//! | `lexer.rs`, `token.rs`, `bytes.rs` | words, numbers, operators, where a path or URI begins, comments |
//! | `strings.rs`, `indentation.rs` | strings, indented strings, paths with interpolations |
//! | `parser.rs` | expressions and operands |
//! | `operators.rs` | precedence |
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
mod operators;
mod parser;
mod sets;
pub mod show;
mod strings;
mod token;

pub use ast::Ast;
pub use error::{ParseError, Second};
pub use lines::Lines;
pub use parser::MAX_DEPTH;

use crate::nix::symbols::Symbols;
use parser::Parser;

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
/// What is no Nix, or nests deeper than [`MAX_DEPTH`], or is longer than 4 GiB.
pub fn parse(source: &[u8], symbols: &mut Symbols) -> Result<Ast, ParseError> {
    parse_with(source, symbols, ParseOptions::default())
}

/// [`parse`], with options.
///
/// # Errors
///
/// Those of [`parse`].
pub fn parse_with(source: &[u8], symbols: &mut Symbols, options: ParseOptions) -> Result<Ast, ParseError> {
    // Offsets, and numbers of expressions of which no byte makes more than two, are 32 bits wide.
    if source.len() > u32::MAX as usize / 4 {
        return Err(ParseError::new("the file is larger than 1 GiB", 0, 0));
    }
    let mut parser = Parser::new(source, symbols, options);
    match parser.file() {
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
