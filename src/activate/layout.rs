//! Where things lie on a machine, or below the folder that stands for one.

use super::ActivateError;
use crate::format::ServiceName;
use crate::format::manifest::FilePath;
use crate::os::Lock;
use crate::os::lock::LockError;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long an activation waits for another one: longer than a thousand secrets take on the smallest board.
const PATIENCE: Duration = Duration::from_secs(60);

/// The paths of one machine.
pub(super) struct Layout {
    root: PathBuf,
    run: PathBuf,
    machine: bool,
}

impl Layout {
    pub(super) fn new(root: Option<&Path>) -> Self {
        let machine = root.is_none_or(|root| root == Path::new("/"));
        let root = if machine { PathBuf::from("/") } else { root.unwrap_or(Path::new("/")).to_path_buf() };
        Layout { run: root.join("run"), root, machine }
    }

    /// False for a pretend root: nothing is mounted there, and no unit runs.
    pub(super) fn is_machine(&self) -> bool {
        self.machine
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// An absolute path of the machine's.
    pub(super) fn at(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    pub(super) fn run(&self) -> &Path {
        &self.run
    }

    /// Where all of ours lies.
    pub(super) fn fleet(&self) -> PathBuf {
        self.run.join("fleet")
    }

    /// The file system in memory.
    pub(super) fn secrets(&self) -> PathBuf {
        self.run.join("fleet/secrets")
    }

    /// One service's generations.
    pub(super) fn generations(&self, service: &ServiceName) -> PathBuf {
        self.secrets().join(service.as_str())
    }

    /// The sealed file: in the manifest's folder when it is relative. An absolute one is looked for below a pretend
    /// root first, as that of a machine being installed has its own; a trial names files of the machine it runs on.
    pub(super) fn sealed(&self, manifest_folder: &Path, file: &FilePath) -> PathBuf {
        if !file.as_str().starts_with('/') {
            return manifest_folder.join(file.as_str());
        }
        let below = self.at(file.as_str());
        if self.machine || below.exists() { below } else { PathBuf::from(file.as_str()) }
    }

    /// One activation at a time; the next one waits.
    pub(super) fn lock(&self, command: &str) -> Result<Lock, ActivateError> {
        Lock::acquire(&self.run.join("fleet/lock"), command, PATIENCE, |_| {}).map_err(|error| match error {
            LockError::Held { holder } => ActivateError::Busy { holder },
            LockError::File(error) => error.into(),
        })
    }
}
