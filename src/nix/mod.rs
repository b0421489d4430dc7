//! The evaluator of the Nix language.
//!
//! ```text
//! bytes ──syntax──▶ Ast ──compile──▶ Code ──eval──▶ values in the Heap
//! ```

#![allow(missing_docs, reason = "until the evaluator's parts have settled")]

pub mod attrs;
pub mod builtins;
pub mod code;
pub mod compile;
pub mod context;
pub mod derivation;
pub mod document;
pub mod error;
pub mod eval;
pub mod features;
pub mod flake;
pub mod heap;
mod imported;
pub mod input;
pub mod json;
pub mod names;
pub mod number;
pub mod paths;
pub mod query;
pub mod regex;
pub mod session;
pub mod show;
pub mod source;
pub mod symbols;
pub mod syntax;
pub mod update;
pub mod value;
pub mod world;
pub mod xml;

pub use error::Error;
pub use eval::{Counts, Evaluator, Lint, Lints, Options};
pub use features::Features;
pub use world::World;
