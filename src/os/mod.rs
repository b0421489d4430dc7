//! The operating system, behind one door each: files are written here, processes started here, locks held here.
//!
//! Clippy forbids the standard library's own doors everywhere else, so durability, permissions and secrecy are
//! decided once.

pub mod accounts;
pub mod conversation;
pub mod file_system;
pub mod files;
pub mod git;
pub mod interrupt;
pub mod lock;
pub mod memory;
pub mod patience;
pub mod private;
pub mod process;
pub mod root;
pub mod state;
pub mod transaction;
pub mod tree;
#[cfg(feature = "operator")]
pub mod workers;

pub use files::FileError;
pub use lock::Lock;
pub use process::Process;
pub use root::Root;
pub use transaction::Transaction;
