//! The folder of a fleet, as a wall: a path inside it is made only here, and a link that leads out is refused.

use super::files::{self, FileError};
use rustix::fs::{CWD, Mode, OFlags, ResolveFlags};
use rustix::io::Errno;
use std::fs::File;
use std::io;
use std::path::{Component, Path, PathBuf};

/// A file's name, and its content or why it can't be read.
pub type FileRead = (String, Result<Vec<u8>, FileError>);

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
        while existing.starts_with(&self.0) {
            match open_without_links(existing, OFlags::PATH) {
                // Without a link on the way it lies where its name says.
                Ok(_) => return Ok(path),
                Err(Errno::NOENT) => existing = existing.parent().unwrap_or(&self.0),
                Err(_) => break,
            }
        }
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
        let relative = relative.as_ref();
        if relative.components().all(|part| matches!(part, Component::Normal(_))) {
            let path = self.0.join(relative);
            // NONBLOCK: a pipe nobody writes to is no regular file, and not worth waiting for.
            match open_without_links(&path, OFlags::RDONLY | OFlags::NONBLOCK) {
                Ok(file) => return files::read_open_at_most(file, &path, limit),
                Err(Errno::NOENT) => return Err(FileError::new("read", path, Errno::NOENT)),
                Err(_) => {}
            }
        }
        files::read_at_most(self.join(relative)?, limit)
    }

    /// Opens a file inside to read it piece by piece.
    ///
    /// # Errors
    /// When it leaves the folder or can't be opened.
    pub fn open_file(&self, relative: impl AsRef<Path>) -> Result<File, FileError> {
        let path = self.join(relative)?;
        File::open(&path).map_err(|error| FileError::new("read", path, error))
    }

    /// Reads a text file inside.
    ///
    /// # Errors
    /// When it leaves the folder, can't be read, or is no UTF-8.
    pub fn read_text(&self, relative: impl AsRef<Path>) -> Result<String, FileError> {
        files::read_text(self.join(relative)?)
    }

    /// Every file in a folder inside, by name, at most `limit` bytes of each; empty when there is no such folder.
    ///
    /// A file costs one `open`, which is what a check of thousands of files needs: only links are looked at closer.
    ///
    /// # Errors
    /// When the folder leaves this one or can't be listed; an error of one file stands in its place.
    pub fn read_folder(&self, relative: impl AsRef<Path>, limit: u64) -> Result<Vec<FileRead>, FileError> {
        let relative = relative.as_ref();
        let folder = self.join(relative)?;
        let names = files::list(&folder)?;
        let read = |name: &String| {
            let path = folder.join(name);
            let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
            match rustix::fs::open(&path, flags, Mode::empty()) {
                Ok(file) => files::read_open_at_most(file.into(), &path, limit),
                Err(Errno::LOOP) => self.read_at_most(relative.join(name), limit),
                Err(error) => Err(FileError::new("read", &path, error)),
            }
        };
        Ok(names.into_iter().map(|name| (name.clone(), read(&name))).collect())
    }

    /// The names in a folder inside, sorted; empty when there is no such folder.
    ///
    /// # Errors
    /// When it leaves the folder or can't be listed.
    pub fn list(&self, relative: impl AsRef<Path>) -> Result<Vec<String>, FileError> {
        files::list(self.join(relative)?)
    }
}

/// Opens what lies there if no part of the path is a link: one system call that the kernel answers for (Linux 5.6;
/// openat2(2)). Any error but NOENT says no more than that one has to look closer.
fn open_without_links(path: &Path, flags: OFlags) -> Result<File, Errno> {
    let opened = rustix::fs::openat2(
        CWD,
        path,
        flags | OFlags::CLOEXEC,
        Mode::empty(),
        ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS,
    )?;
    Ok(opened.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_read_whole_and_a_link_out_of_it_is_an_error_of_its_own() {
        let folder = std::env::temp_dir().join(format!("fleet-root-read-{}", std::process::id()));
        files::create_folder(folder.join("in/sub")).unwrap();
        std::fs::write(folder.join("in/a"), "12").unwrap();
        std::fs::write(folder.join("in/long"), "123").unwrap();
        let root = Root::open(&folder).unwrap();
        let _ = std::os::unix::fs::symlink("/etc/passwd", folder.join("in/out"));
        let _ = std::os::unix::fs::symlink("a", folder.join("in/same"));
        let read: Vec<_> = root.read_folder("in", 2).unwrap();
        let read: Vec<_> = read.into_iter().map(|(name, content)| (name, content.ok())).collect();
        let twelve = || Some(b"12".to_vec());
        let expected = [("a", twelve()), ("long", None), ("out", None), ("same", twelve()), ("sub", None)];
        assert_eq!(read, expected.map(|(name, content)| (name.to_owned(), content)));
        assert!(root.read_folder("missing", 2).unwrap().is_empty());
        std::fs::remove_dir_all(folder).unwrap();
    }

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
