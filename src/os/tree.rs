//! Folders, files and links with their owner and mode decided before anybody sees them: what a host's secrets are
//! laid out with.
//!
//! Nothing here waits for a disk: what lies below /run is made again at the next start.
#![allow(clippy::disallowed_methods, reason = "this is one of the places that write files")]

use super::files::FileError;
use rustix::fs::{AtFlags, CWD};
use rustix::fs::{Gid, Mode, OFlags, Uid, chownat, fchmod, fchown, open};
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// User and group by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner {
    /// The user.
    pub uid: u32,
    /// The group.
    pub gid: u32,
}

/// Writes a file that does not exist yet. It is nobody's to read until it is complete: created with mode 0000, given
/// to its owner, filled, and only then given its mode.
///
/// # Errors
/// With the path, also when it exists.
pub fn write_new(path: &Path, bytes: &[u8], owner: Option<Owner>, mode: u32) -> Result<(), FileError> {
    let failed = |error: io::Error| FileError::new("write", path, error);
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = open(path, flags, Mode::empty()).map_err(|error| failed(error.into()))?;
    if let Some(owner) = owner {
        fchown(&file, Some(Uid::from_raw(owner.uid)), Some(Gid::from_raw(owner.gid)))
            .map_err(|error| failed(error.into()))?;
    }
    let mut file = fs::File::from(file);
    file.write_all(bytes).map_err(failed)?;
    fchmod(&file, Mode::from_raw_mode(mode)).map_err(|error| failed(error.into()))
}

/// Makes a folder that must not exist yet, whatever the umask.
///
/// # Errors
/// With the path, also when it exists.
pub fn make_folder(path: &Path, mode: u32) -> Result<(), FileError> {
    fs::DirBuilder::new().mode(mode).create(path).map_err(|error| FileError::new("create", path, error))?;
    set_mode(path, mode)
}

/// Makes a folder unless it is there; one that is there keeps its owner and mode.
///
/// # Errors
/// With the path, when it can't be made or something else is in its place.
pub fn ensure_folder(path: &Path, mode: u32) -> Result<(), FileError> {
    match make_folder(path, mode) {
        Err(error) if error.source.kind() == io::ErrorKind::AlreadyExists => match look(path)? {
            Some(there) if there.is_dir() => Ok(()),
            _ => Err(FileError::new(
                "use",
                path,
                io::Error::new(io::ErrorKind::NotADirectory, "it is no folder"),
            )),
        },
        other => other,
    }
}

/// Gives a folder its mode.
///
/// # Errors
/// With the path.
pub fn set_mode(path: &Path, mode: u32) -> Result<(), FileError> {
    let permissions = fs::Permissions::from_mode(mode);
    fs::set_permissions(path, permissions).map_err(|error| FileError::new("set the mode of", path, error))
}

/// Gives a folder its owner; a link is not followed.
///
/// # Errors
/// With the path.
pub fn set_owner(path: &Path, owner: Owner) -> Result<(), FileError> {
    let (uid, gid) = (Uid::from_raw(owner.uid), Gid::from_raw(owner.gid));
    chownat(CWD, path, Some(uid), Some(gid), AtFlags::SYMLINK_NOFOLLOW)
        .map_err(|error| FileError::new("set the owner of", path, error))
}

/// What is at this path itself, links not followed; `None` when nothing is.
///
/// # Errors
/// With the path.
pub fn look(path: &Path) -> Result<Option<fs::Metadata>, FileError> {
    match fs::symlink_metadata(path) {
        Ok(there) => Ok(Some(there)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(error) => Err(FileError::new("look at", path, error)),
    }
}

/// Owner and permission bits.
pub fn owner_and_mode(there: &fs::Metadata) -> (Owner, u32) {
    (Owner { uid: there.uid(), gid: there.gid() }, there.mode() & 0o7777)
}

/// Where a link points; `None` when there is none, or something else.
///
/// # Errors
/// With the path.
pub fn link_target(path: &Path) -> Result<Option<PathBuf>, FileError> {
    match fs::read_link(path) {
        Ok(target) => Ok(Some(target)),
        // EINVAL: it is there and is no link.
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::InvalidInput | io::ErrorKind::NotADirectory
            ) =>
        {
            Ok(None)
        }
        Err(error) => Err(FileError::new("read the link", path, error)),
    }
}

/// Makes a link, or makes the one that is there point elsewhere in one step: who follows it meets the old or the new.
///
/// # Errors
/// With the path.
pub fn link(target: &Path, path: &Path) -> Result<(), FileError> {
    let next = super::files::temporary_beside(path);
    std::os::unix::fs::symlink(target, &next).map_err(|error| FileError::new("link", path, error))?;
    fs::rename(&next, path).map_err(|error| {
        let _ = fs::remove_file(&next);
        FileError::new("link", path, error)
    })
}

/// Removes a file, a link, or a folder with all that is in it; links in it are not followed. Nothing there is no error.
///
/// # Errors
/// With the path.
pub fn remove(path: &Path) -> Result<(), FileError> {
    let removed = match look(path)? {
        None => Ok(()),
        Some(there) if there.is_dir() => fs::remove_dir_all(path),
        Some(_) => fs::remove_file(path),
    };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(FileError::new("remove", path, error)),
        _ => Ok(()),
    }
}
