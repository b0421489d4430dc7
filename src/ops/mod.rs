//! What one command does across areas: open a fleet, add a machine, plan a rekey, check everything.

mod bypass;
pub mod change;
pub mod check;
pub mod evaluation;
pub mod fleet;
pub mod init;
pub mod machine;
pub mod manifest;
pub mod master;
pub mod mesh_keys;
pub mod render;
pub mod resolved;
mod secret_change;
pub mod secret_edit;
pub mod secret_import;
pub mod secret_rekey;
pub mod secret_write;

pub use self::fleet::{Fleet, Guard};
