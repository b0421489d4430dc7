//! Secrets: sealed files under `secrets/`, each for the readers that the inventory derives.

pub mod check;
pub mod editor;
pub mod generate;
pub mod history;
pub mod import;
mod keyless;
pub mod readers;
pub mod rekey;
pub mod rotation;
pub mod seal;
pub mod select;
pub mod store;
pub mod why;

pub use check::{Check, Checked, State, check};
pub use keyless::keyless;
pub use readers::{Comparison, Extra, Reader, Readers, Tag, Wanted};
pub use store::Store;
