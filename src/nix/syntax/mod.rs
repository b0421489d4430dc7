//! From a file's bytes to a syntax tree.

pub mod ast;

pub use ast::Ast;
