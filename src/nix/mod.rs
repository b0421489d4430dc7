//! The evaluator of the Nix language.
//!
//! ```text
//! bytes ──syntax──▶ Ast ──compile──▶ Code ──eval──▶ values in the Heap
//! ```

mod attrs;
mod builtins;
mod code;
mod compile;
mod context;
mod derivation;
pub mod document;
pub mod error;
mod eval;
pub mod features;
pub mod flake;
mod heap;
mod imported;
pub mod input;
pub mod json;
mod names;
mod number;
pub(crate) mod paths;
pub mod query;
pub mod regex;
pub mod session;
pub mod show;
mod source;
pub mod symbols;
pub mod syntax;
mod update;
pub mod value;
pub mod world;
mod xml;

pub use error::Error;
pub use eval::{Counts, Evaluator, Lint, Lints, Options};
pub use features::Features;
pub use world::World;
