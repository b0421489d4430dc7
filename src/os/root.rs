//! The folder of a fleet, as a wall: a path inside it is made only here, and a link that leads out is refused.

use super::files::{self, FileError};
use std::io;
use std::path::{Component, Path, PathBuf};

/// A fleet's folder, absolute and without links.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root(PathBuf);

impl Root {
    /// Takes an existing folder.
    ///
    /// # Errors
    /// When it does not exist or is no folder.
    pub fn open(folder: impl AsRef<Path>) -> Result<Self, FileError> {
        let folder = folder.as_ref();
        let path = std::fs::canonicalize(folder).map_err(|error| FileError::new("open", folder, error))?;
        if !path.is_dir() {
            let error = io::Error::new(io::ErrorKind::NotADirectory, "it is no folder");
            return Err(FileError::new("open", folder, error));
        }
        Ok(Root(path))
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The absolute path of `relative`, which must stay inside: no `..`, and no link on the way that leads out.
    ///
    /// # Errors
    /// When it leaves the folder.
    pub fn join(&self, relative: impl AsRef<Path>) -> Result<PathBuf, FileError> {
        let relative = relative.as_ref();
        let path = self.0.join(relative);
        let leaves = |reason: String| {
            Err(FileError::new("use", &path, io::Error::new(io::ErrorKind::InvalidInput, reason)))
        };
        if relative.components().any(|part| !matches!(part, Component::Normal(_) | Component::CurDir)) {
            return leaves("it leaves the fleet's folder".into());
        }
        // The nearest part that exists decides: what is created below it stays below it.
        let mut existing = path.as_path();
        loop {
            match std::fs::symlink_metadata(existing) {
                Ok(_) => break,
                Err(_) => existing = existing.parent().unwrap_or(&self.0),
            }
        }
        match std::fs::canonicalize(existing) {
            Ok(real) if real.starts_with(&self.0) => Ok(path),
            Ok(real) => leaves(format!("a link leads out of the fleet's folder, to `{}`", real.display())),
            Err(error) => Err(FileError::new("follow", existing, error)),
        }
    }

    /// Reads a file inside, at most `limit` bytes of it.
    ///
    /// # Errors
    /// When it leaves the folder, can't be read, or is larger.
    pub fn read_at_most(&self, relative: impl AsRef<Path>, limit: u64) -> Result<Vec<u8>, FileError> {
        files::read_at_most(self.join(relative)?, limit)
    }

    /// Reads a text file inside.
    ///
    /// # Errors
    /// When it leaves the folder, can't be read, or is no UTF-8.
    pub fn read_text(&self, relative: impl AsRef<Path>) -> Result<String, FileError> {
        files::read_text(self.join(relative)?)
    }

    /// The names in a folder inside, sorted; empty when there is no such folder.
    ///
    /// # Errors
    /// When it leaves the folder or can't be listed.
    pub fn list(&self, relative: impl AsRef<Path>) -> Result<Vec<String>, FileError> {
        files::list(self.join(relative)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_out_is_refused_and_one_inside_is_followed() {
        let folder = std::env::temp_dir().join(format!("fleet-root-{}", std::process::id()));
        files::create_folder(folder.join("in/deep")).unwrap();
        let root = Root::open(&folder).unwrap();
        let _ = std::os::unix::fs::symlink("/etc", folder.join("out"));
        let _ = std::os::unix::fs::symlink("in", folder.join("same"));
        assert!(root.join("in/new/file").is_ok());
        assert!(root.join("same/deep/file").is_ok());
        assert!(root.join("out/passwd").is_err());
        assert!(root.join("out/nothing-there").is_err());
        assert!(root.join("../x").is_err());
        assert!(root.join("/etc/passwd").is_err());
        std::fs::remove_dir_all(folder).unwrap();
    }
}
