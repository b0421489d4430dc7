//! One command at a time changes a fleet: the second waits and says for whom.
//!
//! The kernel holds the lock for the open file (`flock`), so a killed command leaves none behind. The file's content
//! is a courtesy: who holds it, since when.

use super::files::FileError;
use crate::report::Diagnose;
use rustix::fs::{FlockOperation, Mode, OFlags, flock, ftruncate, open};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::{Duration, Instant};

/// Why a lock was not had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// The lock file can't be used.
    #[error(transparent)]
    File(#[from] FileError),
    /// Somebody else held it all the time.
    #[error("another command is changing this fleet: {holder}")]
    Held {
        /// What the lock file says of its holder.
        holder: String,
    },
}

impl Diagnose for LockError {
    fn hints(&self) -> Vec<String> {
        match self {
            LockError::File(error) => error.hints(),
            LockError::Held { .. } => vec!["wait until it is done and run this command again".into()],
        }
    }
}

/// Held until it is dropped.
pub struct Lock {
    _file: OwnedFd,
}

impl Lock {
    /// Takes the lock, waiting up to `patience`; `waiting` is called once, with the holder's words, when it must wait.
    ///
    /// # Errors
    /// When somebody else holds it for longer than `patience`, or the file can't be used.
    pub fn acquire(
        path: &Path,
        command: &str,
        patience: Duration,
        waiting: impl FnOnce(&str),
    ) -> Result<Self, LockError> {
        let failed = |error: rustix::io::Errno| FileError::new("lock", path, error);
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::CLOEXEC;
        let file = open(path, flags, Mode::RUSR | Mode::WUSR).map_err(failed)?;
        let give_up = Instant::now() + patience;
        let mut waiting = Some(waiting);
        loop {
            match flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => break,
                Err(rustix::io::Errno::WOULDBLOCK) => {
                    let holder = || std::fs::read_to_string(path).unwrap_or_default().trim().to_owned();
                    if Instant::now() >= give_up {
                        return Err(LockError::Held { holder: holder() });
                    }
                    if let Some(waiting) = waiting.take() {
                        waiting(&holder());
                    }
                    std::thread::sleep(Duration::from_millis(50));
                }
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(failed(error).into()),
            }
        }
        let holder = format!("`{command}`, process {}\n", std::process::id());
        let note = ftruncate(&file, 0).and_then(|()| rustix::io::pwrite(&file, holder.as_bytes(), 0));
        note.map_err(failed)?;
        Ok(Lock { _file: file })
    }
}
