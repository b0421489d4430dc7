//! What was fetched, under `$XDG_CACHE_HOME/fleet/fetch`, so that it is fetched once.
//!
//! ```text
//! content/<method>-<hash>   a file or a tree, named by its hash; whole as soon as the name is there, never changed
//! notes/<key>               which content an address or a commit had, and when somebody looked
//! git/, hg/                 clones of repositories
//! new/                      what is on its way; whoever is killed leaves something here, and a day later it is swept out
//! ```
//!
//! Content is written under `new/`, synced, hashed and then renamed. So whoever is killed, at whatever instant, leaves
//! no half of anything under a name that counts, and of two processes that bring the same thing one is simply first.

use crate::nix::world::{Answer, WorldError};
use crate::os::files::{self, FileError};
use crate::os::lock::{Lock, LockError};
use crate::store::nar::{self, Kind, NarError, Tree};
use crate::store::{Algorithm, Form, Hash, Hasher, Method};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The cache of one user.
pub struct Cache {
    root: PathBuf,
}

/// What an address or a commit was when somebody looked.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Note {
    /// What the note is of; its file is named by a hash of it.
    pub key: String,
    /// Seconds since 1970.
    pub when: u64,
    /// The hash of its content, with its algorithm.
    pub hash: String,
    /// How the server names this version.
    pub etag: Option<String>,
    /// The address at which the server says that this version stays.
    pub immutable: Option<String>,
    /// The newest file's time.
    pub last_modified: u64,
    /// Anything else.
    pub text: String,
}

/// A file or a folder on its way; it is removed when nobody keeps it.
pub struct Draft(PathBuf);

impl Draft {
    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        remove(&self.0);
    }
}

fn remove(path: &Path) {
    match fs::symlink_metadata(path) {
        // What can't be removed now is swept out another day.
        Ok(metadata) if metadata.is_dir() => drop(fs::remove_dir_all(path)),
        Ok(_) => drop(files::remove(path)),
        Err(_) => {}
    }
}

/// An error of a file, in the words of the world.
pub fn failed(error: FileError) -> WorldError {
    WorldError::Other(format!("{error}: {}", error.source))
}

/// An error of the system about a path, in the words of the world.
pub fn failed_at(action: &'static str, path: &Path) -> impl Fn(io::Error) -> WorldError {
    let path = path.to_owned();
    move |error| failed(FileError::new(action, path.clone(), error))
}

impl Cache {
    /// The cache in a folder, which may not be there yet.
    pub fn new(root: PathBuf) -> Self {
        Cache { root }
    }

    /// Where content of a hash lies, if it is there.
    pub fn find(&self, method: Method, hash: &Hash) -> Option<PathBuf> {
        let path = self.content(method, hash);
        fs::symlink_metadata(&path).is_ok().then_some(path)
    }

    fn content(&self, method: Method, hash: &Hash) -> PathBuf {
        self.root.join("content").join(format!("{}-{}", method.name(), hash.print(Form::Nix32)))
    }

    /// A new name under which something can be written.
    ///
    /// # Errors
    /// When the folder can't be made.
    pub fn draft(&self) -> Answer<Draft> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let folder = self.root.join("new");
        files::create_folder(&folder).map_err(failed)?;
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        if count == 0 {
            sweep(&folder);
        }
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        Ok(Draft(folder.join(format!("{}-{count}-{since}", std::process::id()))))
    }

    /// A new file that can be written and read again.
    ///
    /// # Errors
    /// When it can't be made.
    pub fn draft_file(&self) -> Answer<(Draft, fs::File)> {
        let draft = self.draft()?;
        let file = new_file(draft.path(), false)?;
        Ok((draft, file))
    }

    /// Keeps a draft as the content of its hash, synced; what is there already stays.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn keep(&self, draft: Draft, method: Method, hash: &Hash) -> Answer<PathBuf> {
        let place = self.content(method, hash);
        let folder = self.root.join("content");
        files::create_folder(&folder).map_err(failed)?;
        sync(draft.path())?;
        match files::rename(draft.path(), &place) {
            Ok(()) => files::sync_folder_of(&place).map_err(failed)?,
            // Somebody else was first, with the same content: the hash says so.
            Err(_) if fs::symlink_metadata(&place).is_ok() => {}
            Err(error) => return Err(failed(error)),
        }
        Ok(place)
    }

    /// Hashes a tree that was drafted and keeps it.
    ///
    /// # Errors
    /// When it can't be read, or the disk fails.
    pub fn keep_tree(&self, draft: Draft, tree: &Path) -> Answer<(PathBuf, Hash)> {
        let hash = hash_tree(tree)?;
        if let Some(place) = self.find(Method::Nar, &hash) {
            return Ok((place, hash));
        }
        if tree == draft.path() {
            return Ok((self.keep(draft, Method::Nar, &hash)?, hash));
        }
        let inner = self.draft()?;
        files::rename(tree, inner.path()).map_err(failed)?;
        Ok((self.keep(inner, Method::Nar, &hash)?, hash))
    }

    /// Hashes a file that was drafted and keeps it.
    ///
    /// # Errors
    /// When it can't be read, or the disk fails.
    pub fn keep_file(&self, draft: Draft) -> Answer<(PathBuf, Hash)> {
        let hash = hash_file(draft.path())?;
        Ok((self.keep(draft, Method::Flat, &hash)?, hash))
    }

    fn note_path(&self, key: &str) -> PathBuf {
        self.root.join("notes").join(Hash::sha256(key.as_bytes()).print(Form::Nix32))
    }

    /// What is noted of a key.
    pub fn note(&self, key: &str) -> Option<Note> {
        let bytes = files::read_at_most(self.note_path(key), 1 << 20).ok()?;
        // A note that can't be read is one that has to be made again.
        serde_json::from_slice::<Note>(&bytes).ok().filter(|note| note.key == key)
    }

    /// Notes something of a key, now.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn write_note(&self, key: &str, mut note: Note) -> Answer<()> {
        note.key = key.to_owned();
        note.when = now();
        let path = self.note_path(key);
        files::create_folder(self.root.join("notes")).map_err(failed)?;
        let text = serde_json::to_vec(&note).map_err(|error| WorldError::Other(error.to_string()))?;
        files::write(&path, &text, 0o644).map_err(failed)
    }

    /// The folder of a repository's clone, and the lock that lets one process at a time change it.
    ///
    /// # Errors
    /// When somebody else has held the lock for ten minutes, or the disk fails.
    pub fn clone_of(&self, kind: &str, url: &str) -> Answer<(PathBuf, Lock)> {
        let folder = self.root.join(kind);
        files::create_folder(&folder).map_err(failed)?;
        let name = Hash::sha256(url.as_bytes()).print(Form::Nix32);
        let lock = folder.join(format!("{name}.lock"));
        let lock =
            Lock::acquire(&lock, "fetch", Duration::from_secs(600), |_| {}).map_err(|error| match error {
                LockError::File(error) => failed(error),
                LockError::Held { holder } => WorldError::Other(format!(
                    "another process has been fetching '{url}' for ten minutes: {holder}"
                )),
            })?;
        Ok((folder.join(name), lock))
    }
}

impl Note {
    /// A note of content.
    pub fn of(hash: &Hash) -> Self {
        Note { hash: hash.to_string(), ..Note::default() }
    }

    /// The content's hash.
    pub fn hash(&self) -> Option<Hash> {
        Hash::parse(self.hash.as_bytes(), None).ok()
    }

    /// Whether it is younger than so many seconds.
    pub fn is_fresh(&self, seconds: u64) -> bool {
        // A clock that went back makes a note from the future: nobody knows how old it is.
        now().checked_sub(self.when).is_some_and(|age| age < seconds)
    }
}

/// Seconds since 1970.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// What was left by those who were killed: nothing is on its way for a day.
fn sweep(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let age = entry
            .metadata()
            .and_then(|metadata| metadata.modified())
            .ok()
            .and_then(|time| time.elapsed().ok());
        if age.is_some_and(|age| age > Duration::from_secs(86_400)) {
            remove(&entry.path());
        }
    }
}

/// A new file of a tree: nobody writes it again.
///
/// # Errors
/// When it is there already, or can't be made.
pub fn new_file(path: &Path, executable: bool) -> Answer<fs::File> {
    let mode = if executable { 0o755 } else { 0o644 };
    let mut options = fs::OpenOptions::new();
    options.read(true).write(true).create_new(true).mode(mode).open(path).map_err(failed_at("write", path))
}

fn sync(path: &Path) -> Answer<()> {
    let failed = failed_at("sync", path);
    let metadata = fs::symlink_metadata(path).map_err(&failed)?;
    if metadata.is_symlink() {
        return Ok(());
    }
    let open = fs::File::open(path).map_err(&failed)?;
    if metadata.is_file() {
        return open.sync_all().map_err(failed);
    }
    // A tree has tens of thousands of files: one sync of the file system is quicker than one of each.
    rustix::io::retry_on_intr(|| rustix::fs::syncfs(&open)).map_err(|error| failed(error.into()))
}

/// The sha256 of a file's bytes.
///
/// # Errors
/// When it can't be read.
pub fn hash_file(path: &Path) -> Answer<Hash> {
    let failed = failed_at("read", path);
    let mut file = fs::File::open(path).map_err(&failed)?;
    let mut hasher = Hasher::new(Algorithm::Sha256);
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(hasher.finish()),
            Ok(count) => hasher.update(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(failed(error)),
        }
    }
}

/// The sha256 of a tree's archive.
///
/// # Errors
/// When it can't be read, or holds what an archive can't.
pub fn hash_tree(path: &Path) -> Answer<Hash> {
    match nar::hash_tree(OnDisk(path.to_owned()), Algorithm::Sha256) {
        Ok((hash, _)) => Ok(hash),
        Err(TreeError(message)) => Err(WorldError::Other(format!("hashing '{}': {message}", path.display()))),
    }
}

/// The newest time of anything in a tree, in seconds since 1970.
///
/// # Errors
/// When it can't be read.
pub fn newest(path: &Path) -> Answer<u64> {
    let mut newest = 0;
    let mut left = vec![path.to_owned()];
    while let Some(path) = left.pop() {
        let failed = failed_at("read", &path);
        let metadata = fs::symlink_metadata(&path).map_err(&failed)?;
        let time = metadata.modified().map_err(&failed)?;
        newest = newest.max(time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()));
        if metadata.is_dir() {
            for entry in fs::read_dir(&path).map_err(&failed)? {
                left.push(entry.map_err(&failed)?.path());
            }
        }
    }
    Ok(newest)
}

/// A tree on the disk, as it is archived.
struct OnDisk(PathBuf);

struct TreeError(String);

impl From<NarError> for TreeError {
    fn from(error: NarError) -> Self {
        TreeError(error.to_string())
    }
}

impl Tree for OnDisk {
    type Contents = fs::File;
    type Error = TreeError;

    fn open(self) -> Result<Kind<Self>, TreeError> {
        let path = self.0;
        let failed = |error: io::Error| TreeError(format!("'{}': {error}", path.display()));
        let metadata = fs::symlink_metadata(&path).map_err(failed)?;
        if metadata.is_symlink() {
            let target = fs::read_link(&path).map_err(failed)?;
            return Ok(Kind::Symlink(target.into_os_string().into_encoded_bytes()));
        }
        if metadata.is_file() {
            let contents = fs::File::open(&path).map_err(failed)?;
            let executable = metadata.permissions().mode() & 0o100 != 0;
            return Ok(Kind::File { executable, size: metadata.len(), contents });
        }
        if !metadata.is_dir() {
            return Err(TreeError(format!("file '{}' has an unsupported type", path.display())));
        }
        let mut entries = Vec::new();
        for entry in fs::read_dir(&path).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            entries.push((entry.file_name().into_encoded_bytes(), OnDisk(entry.path())));
        }
        Ok(Kind::Directory(entries))
    }
}
