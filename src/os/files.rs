//! Files, with the path in every error. A write is a new file, fsync, rename, fsync of the folder: whoever reads,
//! at whatever instant, finds the old content or the new one.
#![allow(clippy::disallowed_methods, reason = "this is the one place that writes files")]

use crate::report::{Diagnose, Place};
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// What went wrong with which file.
#[derive(Debug, thiserror::Error)]
#[error("can't {action} `{}`", path.display())]
pub struct FileError {
    /// What was tried: `read`, `write`, …
    pub action: &'static str,
    /// The file.
    pub path: PathBuf,
    /// What the system answered.
    #[source]
    pub source: io::Error,
}

impl FileError {
    /// An error that names what was tried, on which file.
    pub fn new(action: &'static str, path: impl Into<PathBuf>, source: impl Into<io::Error>) -> Self {
        FileError { action, path: path.into(), source: source.into() }
    }

    /// True when there is no such file.
    pub fn is_not_found(&self) -> bool {
        self.source.kind() == io::ErrorKind::NotFound
    }
}

impl Diagnose for FileError {
    fn places(&self) -> Vec<Place> {
        Vec::new()
    }

    fn hints(&self) -> Vec<String> {
        match self.source.kind() {
            io::ErrorKind::PermissionDenied => vec!["look at its owner and mode with `ls -l`".into()],
            io::ErrorKind::StorageFull => vec!["make room on the disk and run the command again".into()],
            _ => Vec::new(),
        }
    }
}

/// Reads a whole file.
///
/// # Errors
/// With the path, when it can't be read.
pub fn read(path: impl AsRef<Path>) -> Result<Vec<u8>, FileError> {
    let path = path.as_ref();
    fs::read(path).map_err(|error| FileError::new("read", path, error))
}

/// Reads a whole file unless it is larger than `limit` bytes; reads one byte past the limit at most.
///
/// # Errors
/// With the path, when it can't be read or is larger.
pub fn read_at_most(path: impl AsRef<Path>, limit: u64) -> Result<Vec<u8>, FileError> {
    let path = path.as_ref();
    let file = fs::File::open(path).map_err(|error| FileError::new("read", path, error))?;
    read_open_at_most(file, path, limit)
}

/// The same for a file that is open already; `path` is what messages call it.
///
/// Thousands of small files are read by a check, and asking the kernel for a file's status costs more than a second read that
/// finds the end: so its status is asked for only where there is nothing to read, or more than fits here.
///
/// # Errors
/// With the path, when it is no regular file, can't be read, or is larger.
pub fn read_open_at_most(mut file: fs::File, path: &Path, limit: u64) -> Result<Vec<u8>, FileError> {
    let mut read = || {
        let mut small = [0; 2048];
        let mut filled = 0;
        while filled < small.len() {
            match file.read(&mut small[filled..]) {
                Ok(0) if filled > 0 => break,
                Ok(0) => {
                    regular(&file)?;
                    break;
                }
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(regular(&file).err().unwrap_or(error)),
            }
        }
        let mut bytes = Vec::new();
        if filled == small.len() {
            // Room for one byte more than there should be: a reader that finds it empty need not grow to look further.
            let length = regular(&file)?.min(limit);
            bytes.reserve_exact(usize::try_from(length).unwrap_or(0).max(filled) + 1);
        }
        bytes.extend_from_slice(&small[..filled]);
        if filled == small.len() {
            (&mut file).take((limit + 1).saturating_sub(filled as u64)).read_to_end(&mut bytes)?;
        }
        if bytes.len() as u64 > limit {
            return Err(io::Error::new(
                io::ErrorKind::FileTooLarge,
                format!("it is larger than {limit} bytes"),
            ));
        }
        Ok(bytes)
    };
    read().map_err(|error| FileError::new("read", path, error))
}

/// The length of an open file in bytes; an error when it is a folder, a pipe or a device.
fn regular(file: &fs::File) -> io::Result<u64> {
    let status = file.metadata()?;
    match status.is_file() {
        true => Ok(status.len()),
        false => Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file")),
    }
}

/// Reads a whole file as UTF-8.
///
/// # Errors
/// With the path, when it can't be read or is no UTF-8.
pub fn read_text(path: impl AsRef<Path>) -> Result<String, FileError> {
    let path = path.as_ref();
    fs::read_to_string(path).map_err(|error| FileError::new("read", path, error))
}

/// `None` in place of the error that says there is no such file.
///
/// # Errors
/// All other errors.
pub fn if_exists<T>(result: Result<T, FileError>) -> Result<Option<T>, FileError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

/// The names in a folder, sorted; an empty list when the folder does not exist. Names that are no UTF-8 are errors.
///
/// # Errors
/// With the path, when it can't be listed.
pub fn list(path: impl AsRef<Path>) -> Result<Vec<String>, FileError> {
    let path = path.as_ref();
    let entries = match fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(FileError::new("list", path, error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry.map_err(|error| FileError::new("list", path, error))?.file_name();
        let name = name.into_string().map_err(|name| {
            let reason = format!("the name {name:?} in it is no UTF-8");
            FileError::new("list", path, io::Error::new(io::ErrorKind::InvalidData, reason))
        })?;
        names.push(name);
    }
    names.sort_unstable();
    Ok(names)
}

/// What a name in a folder stands for, as the folder itself says: links are not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
    /// A socket, a device, a pipe.
    Other,
}

/// The names in a folder with their kinds, sorted; an empty list when the folder does not exist. Damaged bytes of a
/// name that is no UTF-8 are replaced.
///
/// # Errors
/// With the path, when it can't be listed.
pub fn entries(path: impl AsRef<Path>) -> Result<Vec<(String, Kind)>, FileError> {
    let path = path.as_ref();
    let failed = |error| FileError::new("list", path, error);
    let entries = match fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(failed)?;
        let kind = match entry.file_type().map_err(failed)? {
            kind if kind.is_file() => Kind::File,
            kind if kind.is_dir() => Kind::Folder,
            kind if kind.is_symlink() => Kind::Link,
            _ => Kind::Other,
        };
        found.push((entry.file_name().to_string_lossy().into_owned(), kind));
    }
    found.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    Ok(found)
}

/// Makes a folder and those above it.
///
/// # Errors
/// With the path.
pub fn create_folder(path: impl AsRef<Path>) -> Result<(), FileError> {
    let path = path.as_ref();
    fs::create_dir_all(path).map_err(|error| FileError::new("create", path, error))
}

/// Replaces a file as a whole: a new file beside it, fsync, rename, fsync of the folder.
///
/// # Errors
/// With the path; the old content is then untouched.
pub fn write(path: impl AsRef<Path>, bytes: &[u8], mode: u32) -> Result<(), FileError> {
    let path = path.as_ref();
    let temporary = temporary_beside(path);
    write_new(&temporary, bytes, mode)?;
    rename(&temporary, path).inspect_err(|_| {
        let _ = fs::remove_file(&temporary);
    })?;
    sync_folder_of(path)
}

/// Replaces a file that can be made again from others: whoever reads finds the old content or the new one, but
/// nobody waits for the disk.
///
/// # Errors
/// With the path; the old content is then untouched.
pub fn replace_derived(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let temporary = temporary_beside(path);
    let mut options = fs::OpenOptions::new();
    let written = options
        .write(true)
        .create_new(true)
        .mode(0o644)
        .open(&temporary)
        .and_then(|mut file| file.write_all(bytes))
        .map_err(|error| FileError::new("write", path, error))
        .and_then(|()| rename(&temporary, path));
    written.inspect_err(|_| {
        let _ = fs::remove_file(&temporary);
    })
}

/// Writes a file that does not exist yet, with its mode set at creation, and waits until it is on the disk.
///
/// # Errors
/// With the path, also when it exists; nothing is left behind then.
pub fn write_new(path: &Path, bytes: &[u8], mode: u32) -> Result<(), FileError> {
    create(path, bytes, mode, fs::File::sync_all)
}

/// The same without the waiting: whoever writes many syncs their [file system](super::file_system::FileSystems).
///
/// # Errors
/// With the path, also when it exists; nothing is left behind then.
pub fn write_new_unsynced(path: &Path, bytes: &[u8], mode: u32) -> Result<(), FileError> {
    create(path, bytes, mode, |_| Ok(()))
}

fn create(
    path: &Path,
    bytes: &[u8],
    mode: u32,
    sync: impl FnOnce(&fs::File) -> io::Result<()>,
) -> Result<(), FileError> {
    let failed = |error| FileError::new("write", path, error);
    let mut file =
        fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(path).map_err(failed)?;
    file.write_all(bytes).and_then(|()| sync(&file)).map_err(|error| {
        let _ = fs::remove_file(path);
        failed(error)
    })
}

/// Renames within one file system; the folder is not synced yet.
///
/// # Errors
/// With the new path.
pub fn rename(from: &Path, to: &Path) -> Result<(), FileError> {
    fs::rename(from, to).map_err(|error| FileError::new("replace", to, error))
}

/// Removes a file; one that is not there is no error.
///
/// # Errors
/// With the path.
pub fn remove(path: impl AsRef<Path>) -> Result<(), FileError> {
    let path = path.as_ref();
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(FileError::new("remove", path, error)),
        _ => Ok(()),
    }
}

/// Removes a folder that is empty; does nothing when it holds something or does not exist.
///
/// # Errors
/// With the path, for any other reason.
pub fn remove_empty_folder(path: &Path) -> Result<(), FileError> {
    match fs::remove_dir(path) {
        Err(error)
            if !matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::NotADirectory
            ) =>
        {
            Err(FileError::new("remove", path, error))
        }
        _ => Ok(()),
    }
}

/// Waits until the names in the folder that holds `path` are on the disk.
///
/// # Errors
/// With the folder's path.
pub fn sync_folder_of(path: &Path) -> Result<(), FileError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|error| FileError::new("sync", folder, error))
}

/// A name beside `path` that nobody else uses: `.fleet-<process>-<count>-<name>`.
pub fn temporary_beside(path: &Path) -> PathBuf {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    // The name itself is cut so that the whole stays within NAME_MAX.
    let name: String = name.chars().take(100).collect();
    path.with_file_name(format!(".fleet-{}-{count}-{name}", std::process::id()))
}

/// True for what [`temporary_beside`] names the file `name`, whoever made it.
pub fn is_temporary_of(file: &str, name: &str) -> bool {
    let parts = file.strip_prefix(".fleet-").and_then(|rest| rest.split_once('-'));
    parts.and_then(|(_, rest)| rest.split_once('-')).is_some_and(|(_, rest)| rest == name)
}
