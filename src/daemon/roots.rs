//! Roots: what a garbage collection leaves alone.

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
