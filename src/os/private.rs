//! Plaintext outside of memory: nowhere, but for a draft while an editor is open. It lies in a folder that only its
//! owner can enter, on a file system in memory, and is overwritten before the folder goes.
//!
//! A folder is held by `flock` for as long as its process (and the editor it started) lives. So the folder of a run
//! that was killed is told from one in use, and the next run removes it.

use super::files::{self, FileError};
use super::memory::{self, Medium};
use crate::report::Diagnose;
use rustix::fs::{FlockOperation, Mode, OFlags, flock, fstat, fstatfs, mkdir, open, openat};
use rustix::io::{FdFlags, fcntl_setfd};
use rustix::process::{
    DumpableBehavior, Resource, Rlimit, geteuid, getrlimit, set_dumpable_behavior, setrlimit,
};
use std::fs::File;
use std::io::{self, Read, Write as _};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use zeroize::Zeroizing;

const PREFIX: &str = "fleet-edit-";
const KEPT: &str = "fleet-draft-";

/// The magic numbers of tmpfs and ramfs (statfs(2)).
const MEMORY: [u64; 2] = [0x0102_1994, 0x8584_58f6];

/// Why there is no private folder.
#[derive(Debug, thiserror::Error)]
pub enum PrivateError {
    /// Every candidate lies on a disk or can't be used.
    #[error("there is no file system in memory to put the draft on: {tried}")]
    NoMemory {
        /// Each candidate and what is wrong with it.
        tried: String,
    },
    /// The file system answered with an error.
    #[error(transparent)]
    File(#[from] FileError),
}

impl Diagnose for PrivateError {
    fn hints(&self) -> Vec<String> {
        match self {
            PrivateError::NoMemory { .. } => vec![
                "mount a tmpfs on /dev/shm, or set XDG_RUNTIME_DIR to a folder on one".into(),
                "with `--allow-disk` the draft is written to the temporary folder, where it can be found after its removal"
                    .into(),
            ],
            PrivateError::File(error) => error.hints(),
        }
    }
}

/// From here on this process leaves no core dump and no other process of its user can read its memory.
pub fn hide_process() {
    // Both only take rights away, so the kernel grants them; where it should not, there is nothing to do about it.
    let hard = getrlimit(Resource::Core).maximum;
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: hard });
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
}

/// Reads to the end into memory that is wiped, no more than `limit` bytes; nothing else holds a copy.
///
/// # Errors
/// When reading fails, or there is more (`FileTooLarge`).
pub fn read_wiped(mut source: impl Read, limit: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    // A vector that grows leaves what it held behind, so it is moved by hand into a larger one.
    let mut bytes = Zeroizing::new(Vec::with_capacity(64 * 1024));
    let mut part = Zeroizing::new([0; 16 * 1024]);
    loop {
        let count = match source.read(&mut part[..]) {
            Ok(0) => return Ok(bytes),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if bytes.len() + count > limit {
            let reason = format!("it is larger than {limit} bytes");
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, reason));
        }
        if bytes.len() + count > bytes.capacity() {
            let mut larger = Zeroizing::new(Vec::with_capacity(bytes.capacity() * 4));
            larger.extend_from_slice(&bytes);
            bytes = larger;
        }
        bytes.extend_from_slice(&part[..count]);
    }
}

fn may_be_swapped(medium: Option<Medium>, has_swap: bool) -> bool {
    // A disk was allowed with other words.
    medium == Some(Medium::Swappable) && has_swap
}

/// A folder for drafts; wiped and removed when it is dropped.
pub struct PrivateFolder {
    path: PathBuf,
    handle: OwnedFd,
    /// Shared with whoever must wipe it when a signal ends the process; `None` once that is done, or not wanted.
    armed: Arc<Mutex<Option<PathBuf>>>,
}

impl PrivateFolder {
    /// Makes one on a file system in memory; with `allow_disk`, on the disk when there is none.
    ///
    /// # Errors
    /// When there is no such place, naming each that was tried.
    pub fn new(allow_disk: bool) -> Result<Self, PrivateError> {
        let mut tried = Vec::new();
        for base in bases() {
            match Self::below(&base, true) {
                Ok(folder) => return Ok(folder),
                Err(error) => tried.push(format!("`{}`: {}", base.display(), error.source)),
            }
        }
        if allow_disk {
            return Ok(Self::below(&std::env::temp_dir(), false)?);
        }
        Err(PrivateError::NoMemory { tried: tried.join("; ") })
    }

    fn below(base: &Path, in_memory: bool) -> Result<Self, FileError> {
        let handle = open(base, OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
            .map_err(|error| FileError::new("open", base, error))?;
        let kind = fstatfs(&handle).map_err(|error| FileError::new("look at", base, error))?.f_type;
        // The type of `f_type` differs between architectures; the magic numbers have 32 bits.
        if in_memory && !MEMORY.contains(&((kind as u64) & 0xffff_ffff)) {
            return Err(FileError::new("use", base, io::Error::other("it is on a disk")));
        }
        let word = format!("{}-{:016x}", std::process::id(), random());
        // It gets its name once it is held: another run's sweep must not find it before.
        let path = base.join(format!(".{KEPT}{word}"));
        // mkdir fails when somebody was there first, so nobody can hand us a folder of theirs.
        mkdir(&path, Mode::RWXU).map_err(|error| FileError::new("create", &path, error))?;
        let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let handle =
            open(&path, flags, Mode::empty()).map_err(|error| FileError::new("open", &path, error))?;
        let status = fstat(&handle).map_err(|error| FileError::new("look at", &path, error))?;
        if status.st_uid != geteuid().as_raw() || status.st_mode & 0o777 != 0o700 {
            return Err(FileError::new("use", &path, io::Error::other("it is not ours alone")));
        }
        flock(&handle, FlockOperation::NonBlockingLockExclusive)
            .map_err(|error| FileError::new("lock", &path, error))?;
        let named = base.join(format!("{PREFIX}{word}"));
        files::rename(&path, &named)?;
        let path = named;
        Ok(PrivateFolder { armed: Arc::new(Mutex::new(Some(path.clone()))), path, handle })
    }

    /// True when what lies here may be written to this machine's swap.
    pub fn is_swappable(&self) -> bool {
        may_be_swapped(memory::medium(&self.path).ok(), memory::has_swap())
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Programs started from now on hold the folder too: the next run does not take it for one left behind while an
    /// editor outlives us.
    pub fn hand_to_children(&self) {
        let _ = fcntl_setfd(&self.handle, FdFlags::empty());
    }

    /// Writes a draft, mode 0600.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn write(&self, name: &str, plaintext: &[u8]) -> Result<PathBuf, FileError> {
        let path = self.path.join(name);
        let failed = |error| FileError::new("write", &path, error);
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = openat(&self.handle, name, flags, Mode::RUSR | Mode::WUSR)
            .map_err(|error| FileError::new("create", &path, error))?;
        File::from(file).write_all(plaintext).map_err(failed)?;
        Ok(path)
    }

    /// Reads a draft back, also when an editor put a new file in its place.
    ///
    /// # Errors
    /// When it is gone, is no regular file, or is larger than `limit`.
    pub fn read(&self, name: &str, limit: usize) -> Result<Zeroizing<Vec<u8>>, FileError> {
        let failed = |error: io::Error| FileError::new("read", self.path.join(name), error);
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = openat(&self.handle, name, flags, Mode::empty()).map_err(|error| failed(error.into()))?;
        let file = File::from(file);
        if !file.metadata().map_err(failed)?.is_file() {
            return Err(failed(io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file")));
        }
        read_wiped(file, limit).map_err(failed)
    }

    /// Keeps one draft for the user, alone in the folder under a name that no later run removes, and says where.
    ///
    /// # Errors
    /// When the folder can't be renamed; it is left as it is then.
    pub fn keep(self, name: &str) -> Result<PathBuf, FileError> {
        *self.armed.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = None;
        // What the editor left beside the draft is of no use to anybody.
        for entry in files::list(&self.path)?.into_iter().filter(|entry| entry != name) {
            wipe(&self.path.join(entry));
        }
        let old = self.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let kept = self.path.with_file_name(old.replacen(PREFIX, KEPT, 1));
        files::rename(&self.path, &kept)?;
        Ok(kept.join(name))
    }

    /// For the one who ends the process on a signal: wipes the folder, once.
    pub fn wiper(&self) -> impl FnOnce() + Send + 'static {
        let armed = Arc::clone(&self.armed);
        move || wipe_armed(&armed)
    }
}

impl Drop for PrivateFolder {
    fn drop(&mut self) {
        wipe_armed(&self.armed);
    }
}

fn wipe_armed(armed: &Mutex<Option<PathBuf>>) {
    let path = armed.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
    if let Some(path) = path {
        wipe(&path);
    }
}

/// Removes the folders of runs that were killed, and says which.
pub fn sweep() -> Vec<PathBuf> {
    let mut swept = Vec::new();
    for base in bases().into_iter().chain([std::env::temp_dir()]) {
        for name in files::list(&base).unwrap_or_default() {
            let path = base.join(&name);
            if name.starts_with(PREFIX) && left_behind(&path) {
                wipe(&path);
                swept.push(path);
            } else if name.strip_prefix('.').is_some_and(is_of_a_dead_process) {
                // Killed before it was held and named: it is empty, and what is not stays.
                let _ = files::remove_empty_folder(&path);
            }
        }
    }
    swept
}

/// True for the first name of a folder whose maker runs no more: while it runs, it may be about to hold the folder.
fn is_of_a_dead_process(name: &str) -> bool {
    let word = name.strip_prefix(KEPT).and_then(|word| word.split_once('-'));
    word.is_some_and(|(process, _)| {
        process.parse::<u32>().is_ok() && !Path::new("/proc").join(process).exists()
    })
}

fn left_behind(path: &Path) -> bool {
    let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let Ok(handle) = open(path, flags, Mode::empty()) else { return false };
    let ours = fstat(&handle).is_ok_and(|status| status.st_uid == geteuid().as_raw());
    ours && flock(&handle, FlockOperation::NonBlockingLockExclusive).is_ok()
}

fn bases() -> Vec<PathBuf> {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|path| path.is_absolute());
    let user = PathBuf::from(format!("/run/user/{}", geteuid().as_raw()));
    let mut bases: Vec<PathBuf> = runtime.into_iter().collect();
    for base in [user, PathBuf::from("/dev/shm")] {
        if !bases.contains(&base) {
            bases.push(base);
        }
    }
    bases
}

/// Overwrites the files in `path` with zeros and removes everything. What can't be removed is left: there is no
/// better place to complain than the folder itself.
fn wipe(path: &Path) {
    let Ok(status) = std::fs::symlink_metadata(path) else { return };
    if status.is_dir() {
        for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
            wipe(&entry.path());
        }
        let _ = files::remove_empty_folder(path);
        return;
    }
    if status.is_file() {
        overwrite(path, status.len());
    }
    let _ = files::remove(path);
}

fn overwrite(path: &Path, length: u64) {
    let flags = OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    if let Ok(file) = open(path, flags, Mode::empty()) {
        let _ = io::copy(&mut io::repeat(0).take(length), &mut File::from(file));
    }
}

fn random() -> u64 {
    use rand_core::RngCore as _;
    rand_core::OsRng.next_u64()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_draft_is_private_and_gone_with_its_folder() {
        let folder = PrivateFolder::new(false).unwrap();
        let draft = folder.write("tls", b"value").unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(folder.path()), mode(&draft)), (0o700, 0o600));
        // As an editor does it: a new file in the old one's place, a backup and a folder beside it.
        std::fs::create_dir(folder.path().join("sub")).unwrap();
        std::fs::rename(&draft, folder.path().join("sub/tls~")).unwrap();
        std::fs::write(&draft, "other").unwrap();
        assert_eq!(folder.read("tls", 100).unwrap().as_slice(), b"other");
        assert!(folder.read("tls", 4).is_err());
        let path = folder.path().to_owned();
        drop(folder);
        assert!(!path.exists());
    }

    #[test]
    fn a_draft_may_be_swapped_where_there_is_swap_and_the_memory_is_not_kept_out_of_it() {
        assert!(may_be_swapped(Some(Medium::Swappable), true));
        for (medium, swap) in [
            (Some(Medium::Swappable), false),
            (Some(Medium::Memory), true),
            // A disk is spoken of where it is allowed.
            (Some(Medium::Disk), true),
            (None, true),
        ] {
            assert!(!may_be_swapped(medium, swap), "{medium:?}");
        }
        let folder = PrivateFolder::new(false).unwrap();
        let expected = memory::medium(folder.path()).unwrap() == Medium::Swappable && memory::has_swap();
        assert_eq!(folder.is_swappable(), expected);
    }

    #[test]
    fn a_link_in_the_drafts_place_is_not_followed() {
        let folder = PrivateFolder::new(false).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", folder.path().join("tls")).unwrap();
        assert!(folder.read("tls", 1 << 20).is_err());
    }

    #[test]
    fn a_folder_in_use_is_not_swept_and_one_left_behind_is() {
        let folder = PrivateFolder::new(false).unwrap();
        folder.write("tls", b"value").unwrap();
        let path = folder.path().to_owned();
        assert!(!sweep().contains(&path) && path.exists());
        *folder.armed.lock().unwrap() = None;
        drop(folder);
        assert!(path.exists());
        // Another test may sweep at the same time: what counts is that it is gone.
        sweep();
        assert!(!path.exists());
    }

    #[test]
    fn a_draft_that_is_kept_survives_the_next_run() {
        let folder = PrivateFolder::new(false).unwrap();
        folder.write("tls", b"value").unwrap();
        std::fs::write(folder.path().join(".tls.swp"), "value").unwrap();
        let kept = folder.keep("tls").unwrap();
        sweep();
        assert_eq!(std::fs::read(&kept).unwrap(), b"value");
        let folder = kept.parent().unwrap();
        assert_eq!(files::list(folder).unwrap(), ["tls"]);
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn reading_stops_at_the_limit() {
        assert_eq!(read_wiped(&[7; 300_000][..], 300_000).unwrap().len(), 300_000);
        assert!(read_wiped(&[7; 300_001][..], 300_000).is_err());
    }
}
