//! A client of Nix's daemon: derivations and sources are handed to it, and it builds, fetches and answers.
//!
//! It speaks the worker protocol, over the daemon's socket or over the standard streams of any command that ends in
//! `nix-daemon --stdio`, such as ssh. Versions 1.34 (Nix 2.8) to 1.38 (since Nix 2.25, the newest there is) are spoken;
//! newer daemons speak 1.38 with us.
//!
//! The other side is not trusted: what it sends is bounded, checked as it is read, and an error names what was wrong
//! with it. After such an error the [`Connection`] is of no more use; after an error that the daemon reports, it is.
//!
//! ```no_run
//! use fleet::daemon::{Connection, Target};
//! use fleet::store::{Cache, Derivation, StoreDir};
//! use std::path::Path;
//!
//! # fn derivation() -> Derivation<'static> { Derivation::new("hello") }
//! let dir = StoreDir::default();
//! let made = derivation().instantiate(&dir, &mut Cache::default())?;
//! let mut daemon = Connection::open(Path::new("/nix/var/nix/daemon-socket/socket"), dir)?;
//! daemon.add_derivations(&[&made], &mut |_| {})?;
//! let built = daemon.build(&[Target::outputs(made.path.clone())], &mut |event| {
//!     if let Some(line) = event.log_line() {
//!         println!("{}", String::from_utf8_lossy(line));
//!     }
//! })?;
//! assert!(built[0].status.is_success(), "{}", built[0].message);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod add;
mod build;
mod connection;
mod error;
mod event;
mod frames;
mod options;
mod query;
mod roots;
mod wire;

#[cfg(test)]
mod tests;

pub use add::Text;
pub use build::{BuildResult, BuildStatus, Mode, Target};
pub use connection::{Connection, Trust, Version};
pub use error::{DaemonError, without_escapes};
pub use event::{Event, Field};
pub use frames::Frames;
pub use options::Options;
pub use query::{Missing, PathInfo};
