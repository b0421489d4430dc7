//! Roots: what a garbage collection leaves alone.

use super::event::drain;
use super::{Connection, DaemonError};
use crate::store::StorePath;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

const ADD_TEMP_ROOT: u64 = 11;
const ADD_INDIRECT_ROOT: u64 = 12;

impl Connection {
    /// Keeps a path for as long as this connection lasts, whether it is there already or comes later.
    ///
    /// # Errors
    /// When the daemon refuses.
    pub fn add_temp_root(&mut self, path: &StorePath) -> Result<(), DaemonError> {
        self.ask(
            &mut |_| {},
            |sink, dir| {
                sink.number(ADD_TEMP_ROOT).path(dir, path);
            },
            |source, _| source.number().map(drop),
        )
    }

    /// Keeps paths for as long as this connection lasts. All are named without waiting for answers.
    ///
    /// # Errors
    /// When the daemon refuses one; the others are kept.
    pub fn add_temp_roots(&mut self, paths: &[StorePath]) -> Result<(), DaemonError> {
        self.at_once(
            |sink, dir| paths.iter().try_for_each(|path| sink.number(ADD_TEMP_ROOT).path(dir, path).spill()),
            |source, _| {
                let mut outcome = Ok(());
                for _ in paths {
                    let answer = drain(source, &mut |_| {}).and_then(|()| source.number().map(drop));
                    match answer {
                        Err(error) if !error.is_refusal() => return Err(error),
                        answer => outcome = outcome.and(answer),
                    }
                }
                outcome
            },
        )
    }

    /// Keeps what a symbolic link on the daemon's machine points to, for as long as the link is there.
    ///
    /// # Errors
    /// When the daemon refuses.
    pub fn add_indirect_root(&mut self, link: &Path) -> Result<(), DaemonError> {
        self.ask(
            &mut |_| {},
            |sink, _| {
                sink.number(ADD_INDIRECT_ROOT).bytes(link.as_os_str().as_bytes());
            },
            |source, _| source.number().map(drop),
        )
    }
}
