//! The evaluator of the Nix language.

pub mod symbols;
pub mod syntax;
