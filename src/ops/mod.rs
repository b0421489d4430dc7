//! What one command does across areas: open a fleet, add a machine, plan a rekey, check everything.

pub mod change;
pub mod check;
pub mod fleet;
pub mod init;
pub mod machine;
pub mod manifest;
pub mod mesh_keys;
pub mod render;
pub mod resolved;

pub use self::fleet::{Fleet, Guard};
