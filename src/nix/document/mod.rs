//! A document is a value as text that other programs write: JSON or TOML.
//!
//! Who reads one knows nothing of what its values become: a [`Maker`] is told of them one by one, the inner before the outer.
//! The evaluator is one, and makes them in its heap; a fuzz target is another, and keeps none.

pub mod json;
pub mod toml;

use super::error::Result;

/// Makes values of what a document holds.
pub trait Maker {
    /// What a value becomes.
    type Value;
    /// What an attribute's name becomes.
    type Name;

    /// `null`, which TOML lacks.
    fn null(&mut self) -> Self::Value;
    /// `true` or `false`.
    fn bool(&mut self, value: bool) -> Self::Value;
    /// A whole number.
    fn int(&mut self, value: i64) -> Self::Value;
    /// Any other number; TOML knows infinite ones and what is none.
    fn float(&mut self, value: f64) -> Self::Value;
    /// A text: UTF-8 without NUL.
    fn string(&mut self, text: &[u8]) -> Self::Value;
    /// The name of an attribute whose value comes later: UTF-8 without NUL.
    fn name(&mut self, text: &[u8]) -> Self::Name;
    /// A list of values made before.
    fn list(&mut self, items: Vec<Self::Value>) -> Self::Value;
    /// A set of values made before, in the order of the document; of equal names the last one counts.
    fn set(&mut self, entries: Vec<(Self::Name, Self::Value)>) -> Self::Value;
    /// Called before values are made deep inside others.
    ///
    /// # Errors
    /// When the stack is used up.
    fn deeper(&mut self) -> Result<()>;
}
