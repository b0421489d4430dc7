//! The real world: files, environment, clock, a store behind a daemon, and what is fetched from elsewhere.

mod bring;
pub mod cache;
pub mod fetch;
mod here;
mod sight;
pub mod store;

pub use fetch::{Downloads, Fetcher};
pub use sight::Sight;

use crate::nix::input::Input;
use crate::nix::paths;
use crate::nix::world::{Answer, Fetch, Fetched, FileType, Source, World, WorldError};
use crate::store::{OutputName, StoreDir, StorePath};
use rustix::fs::OFlags;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::{ErrorKind, Read};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::PathBuf;
use std::rc::Rc;
use store::{Address, Place, Store};

/// What the evaluator of a command line sees.
pub struct RealWorld {
    /// `-I` and `NIX_PATH`: prefix and path.
    pub search_path: Vec<(String, String)>,
    /// No environment, no clock.
    pub pure: bool,
    /// The store.
    pub store: Store,
    /// What evaluation may see.
    pub sight: Sight,
    /// Brings what lies elsewhere.
    pub fetcher: Fetcher,
    /// What was fetched: within one evaluation an address has one content.
    brought: RefCell<HashMap<String, Answer<Fetched>>>,
    /// Inputs that a lock names.
    locked: RefCell<HashSet<String>>,
    /// Work trees that were brought: the store path, and where they lie.
    work_trees: RefCell<Vec<(String, PathBuf)>>,
    /// Where `builtins.trace` and warnings go.
    pub say: fn(&str),
    begun: std::time::Instant,
}

impl RealWorld {
    /// The world of a command that was started in `folder`: `search_path` is what `-I` said, before NIX_PATH.
    pub fn new(search_path: &[String], folder: &str, pure: bool, store: Address, say: fn(&str)) -> Self {
        let environment = if pure { String::new() } else { std::env::var("NIX_PATH").unwrap_or_default() };
        let search_path = if pure { &[] } else { search_path };
        let entries = search_path.iter().map(String::as_str).chain(split_search_path(&environment));
        let search_path = entries
            .map(|entry| {
                let (prefix, path) = entry.split_once('=').unwrap_or(("", entry));
                let path = if is_url(path) { path.to_owned() } else { paths::absolute(folder, path) };
                (prefix.to_owned(), path)
            })
            .collect();
        RealWorld {
            search_path,
            pure,
            store: Store::new(store, say),
            sight: if pure { Sight::Pure } else { Sight::Everything },
            fetcher: Fetcher::new(crate::os::state::cache().join("fetch"), say),
            brought: RefCell::default(),
            locked: RefCell::default(),
            work_trees: RefCell::default(),
            say,
            begun: std::time::Instant::now(),
        }
    }

    /// Where a path's bytes are: elsewhere, for one that is in the store only virtually. A link at its end is followed
    /// if `last`, as far as the system would not follow it rightly itself.
    ///
    /// What evaluation gave a store path is always seen; the rest depends.
    fn place(&self, path: &str, last: bool) -> Answer<Place> {
        self.place_for(path, last, &self.sight)
    }

    /// An error of the system, for what is read: of what is not there it is said why, where that is known.
    fn failed(&self, path: &str, error: std::io::Error) -> WorldError {
        match failed(path, error) {
            WorldError::NotFound(_) => self.missing(path),
            other => other,
        }
    }

    fn place_for(&self, path: &str, last: bool, sight: &Sight) -> Answer<Place> {
        let path = self.store.follow(path, last)?;
        if let Some(place) = self.store.place(&path) {
            return Ok(place);
        }
        if *sight != Sight::Everything && !self.store.made(&path) {
            self.check_path(&path, last)?;
        }
        Ok(Place::Disk(self.store.real(&path).unwrap_or(path.into_owned()), None))
    }
}

/// The system that this machine runs, as Nix names it.
pub fn this_system() -> String {
    format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS)
}

/// What is neither a file nor can be one.
fn not_that(path: &str, what: &str) -> WorldError {
    WorldError::Other(format!("'{path}' is no {what}"))
}

fn is_url(path: &str) -> bool {
    path.contains("://") || path.starts_with("channel:") || path.starts_with("flake:")
}

/// NIX_PATH is split at colons, but not at those of addresses.
fn split_search_path(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        while let Some(after) = rest.strip_prefix(':') {
            rest = after;
        }
        if rest.is_empty() {
            return None;
        }
        let mut from = 0;
        let end = loop {
            let Some(at) = rest[from..].find(':').map(|at| at + from) else { break rest.len() };
            let word = &rest[..at];
            let value = word.split_once('=').map_or(word, |(_, value)| value);
            let scheme = matches!(value, "http" | "https" | "file" | "channel" | "flake" | "git" | "ssh")
                || value.starts_with("flake:") && rest[at..].starts_with("://");
            if !scheme {
                break at;
            }
            from = at + 1;
        };
        let (word, after) = rest.split_at(end);
        rest = after;
        Some(word)
    })
}

fn not_there(path: &str) -> WorldError {
    WorldError::NotFound(format!("path '{path}' does not exist"))
}

fn failed(path: &str, error: std::io::Error) -> WorldError {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => not_there(path),
        _ => WorldError::Other(format!("reading '{path}': {error}")),
    }
}

/// All bytes of a file of a wanted type. They are read to where they stay: a system's files are megabytes together.
fn whole(mut file: fs::File, wanted: impl Fn(&fs::Metadata) -> bool) -> std::io::Result<Option<Rc<[u8]>>> {
    let metadata = file.metadata()?;
    if !wanted(&metadata) {
        return Ok(None);
    }
    let mut bytes: Rc<[u8]> = std::iter::repeat_n(0, metadata.len() as usize).collect();
    let into = Rc::get_mut(&mut bytes).expect("nobody else has it yet");
    let mut read = 0;
    while read < into.len() {
        match file.read(&mut into[read..]) {
            Ok(0) => break,
            Ok(count) => read += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    if read > 0 && read == into.len() {
        return Ok(Some(bytes));
    }
    // It shrank meanwhile, or it is made as it is read and has no size beforehand, as those of /proc.
    let mut rest = into[..read].to_vec();
    file.read_to_end(&mut rest)?;
    Ok(Some(rest.into()))
}

fn kind(kind: fs::FileType) -> FileType {
    if kind.is_file() {
        FileType::Regular
    } else if kind.is_dir() {
        FileType::Directory
    } else if kind.is_symlink() {
        FileType::Symlink
    } else {
        FileType::Unknown
    }
}

impl World for RealWorld {
    fn read(&self, path: &str) -> Answer<Rc<[u8]>> {
        match self.place(path, true)? {
            Place::Text(text) => Ok(text),
            Place::Disk(real, _) => {
                let read = fs::File::open(real).and_then(|file| whole(file, |_| true));
                Ok(read.map_err(|error| self.failed(path, error))?.expect("any type will do"))
            }
        }
    }

    fn read_plain(&self, path: &str) -> Option<Rc<[u8]>> {
        match self.place(path, false).ok()? {
            Place::Text(text) => Some(text),
            Place::Disk(real, _) => {
                // Not blocking, since it may be a pipe that nobody writes to.
                let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits() as i32;
                let file = fs::OpenOptions::new().read(true).custom_flags(flags).open(real).ok()?;
                whole(file, fs::Metadata::is_file).ok()?
            }
        }
    }

    fn open(&self, path: &str) -> Answer<(u64, Box<dyn Read>)> {
        match self.place(path, true)? {
            Place::Text(text) => Ok((text.len() as u64, Box::new(std::io::Cursor::new(text.to_vec())))),
            Place::Disk(real, _) => {
                let file = fs::File::open(real).map_err(|error| self.failed(path, error))?;
                let size = file.metadata().map_err(|error| self.failed(path, error))?.len();
                Ok((size, Box::new(file)))
            }
        }
    }

    fn file_type(&self, path: &str) -> Answer<Option<FileType>> {
        let Place::Disk(real, _) = self.place(path, false)? else { return Ok(Some(FileType::Regular)) };
        match fs::symlink_metadata(real) {
            Ok(metadata) => Ok(Some(kind(metadata.file_type()))),
            Err(error) => match failed(path, error) {
                WorldError::NotFound(_) => Ok(None),
                error => Err(error),
            },
        }
    }

    fn is_executable(&self, path: &str) -> Answer<bool> {
        let Place::Disk(real, _) = self.place(path, false)? else { return Ok(false) };
        let metadata = fs::symlink_metadata(real).map_err(|error| failed(path, error))?;
        Ok(metadata.permissions().mode() & 0o100 != 0)
    }

    fn read_link(&self, path: &str) -> Answer<Vec<u8>> {
        let Place::Disk(real, _) = self.place(path, false)? else { return Err(not_that(path, "link")) };
        let target = fs::read_link(real).map_err(|error| self.failed(path, error))?;
        Ok(target.into_os_string().into_encoded_bytes())
    }

    fn read_dir(&self, path: &str) -> Answer<Vec<(Vec<u8>, FileType)>> {
        let Place::Disk(real, filtered) = self.place(path, true)? else {
            return Err(not_that(path, "folder"));
        };
        let mut entries = Vec::new();
        for entry in fs::read_dir(real).map_err(|error| self.failed(path, error))? {
            let entry = entry.map_err(|error| self.failed(path, error))?;
            if let Some((content, inside)) = &filtered
                && !content.holds(&format!("{inside}/{}", entry.file_name().to_string_lossy()))
            {
                continue;
            }
            let of = entry.file_type().map_err(|error| failed(path, error))?;
            // Of a folder above the search path, restricted evaluation sees what leads there.
            let seen = format!("{}/{}", path.trim_end_matches('/'), entry.file_name().to_string_lossy());
            if matches!(self.sight, Sight::Restricted { .. }) && !self.is_granted(&seen) {
                continue;
            }
            entries.push((entry.file_name().into_encoded_bytes(), kind(of)));
        }
        entries.sort();
        Ok(entries)
    }

    fn real_path(&self, path: &str) -> Answer<String> {
        let followed = self.store.follow(path, true)?;
        match self.place(&followed, false)? {
            Place::Disk(real, _) => {
                let found = fs::canonicalize(&real).map_err(|error| failed(path, error))?;
                // What lies elsewhere than its name says keeps its name.
                let found = if real == *followed { found.into_os_string() } else { followed.as_ref().into() };
                found.into_string().map_err(|_| WorldError::Other(format!("'{path}' is not UTF-8")))
            }
            Place::Text(_) => Ok(followed.into_owned()),
        }
    }

    fn environment(&self, name: &str) -> Option<String> {
        if self.pure { None } else { std::env::var(name).ok() }
    }

    fn clock(&self) -> u64 {
        self.begun.elapsed().as_nanos() as u64
    }

    fn now(&self) -> Option<i64> {
        if self.pure {
            return None;
        }
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        Some(since.map_or(0, |since| since.as_secs() as i64))
    }

    fn current_system(&self) -> Option<String> {
        (!self.pure).then(this_system)
    }

    fn home(&self) -> Option<String> {
        self.environment("HOME")
    }

    fn say(&self, text: &str) {
        (self.say)(text);
    }

    fn search_path(&self) -> &[(String, String)] {
        &self.search_path
    }

    fn store_dir(&self) -> &StoreDir {
        self.store.dir()
    }

    fn add_text(&self, path: &StorePath, text: &[u8], references: &[StorePath]) -> Answer<()> {
        self.store.remember_text(path, text, references);
        Ok(())
    }

    fn add_lasting_text(
        &self,
        path: &StorePath,
        text: &'static [u8],
        references: &[StorePath],
    ) -> Answer<()> {
        self.store.remember_lasting_text(path, text, references);
        Ok(())
    }

    fn add_source(&self, path: &StorePath, source: &Source<'_>) -> Answer<()> {
        self.store.remember_source(path, source);
        Ok(())
    }

    fn is_valid(&self, path: &StorePath) -> Answer<bool> {
        if self.store.references(path).is_some() {
            return Ok(true);
        }
        match self.store.ask(path) {
            Some(Some(_)) => Ok(true),
            Some(None) => Ok(self.store.fetch(path)),
            None => Ok(self.file_type(&self.store.dir().print(path))?.is_some()),
        }
    }

    fn references(&self, path: &StorePath) -> Answer<Vec<StorePath>> {
        let known = self.store.references(path).or_else(|| self.store.ask(path).flatten());
        Ok(known.map(|references| references.to_vec()).unwrap_or_default())
    }

    fn missing(&self, path: &str) -> WorldError {
        self.untracked(path).unwrap_or_else(|| not_there(path))
    }

    fn is_copy(&self) {
        self.store.is_copy();
    }

    fn locked(&self, inputs: &[Input]) {
        self.locked.borrow_mut().extend(inputs.iter().map(|input| format!("{input:?}")));
    }

    fn prefetch(&self, inputs: &[Input]) {
        self.prefetch_all(inputs);
    }

    fn fetch(&self, wanted: &Fetch<'_>) -> Answer<Fetched> {
        self.bring(wanted)
    }

    fn write(&self, wanted: Option<&[StorePath]>) -> Answer<()> {
        self.store.write(wanted)
    }

    fn add_root(&self, path: &StorePath, link: &str) -> Answer<()> {
        self.store.add_root(path, link)
    }

    fn build(&self, wanted: &[(StorePath, OutputName)]) -> Answer<Vec<StorePath>> {
        self.store.build(wanted)
    }

    fn realise(&self, wanted: &[(StorePath, OutputName)]) -> Answer<Vec<StorePath>> {
        self.store.realise(wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pure_evaluation_sees_no_file() {
        let pure = RealWorld::new(&[], "/", true, Address::default(), |_| {});
        assert!(matches!(pure.read("/etc/passwd"), Err(WorldError::Forbidden(_))));
        assert!(matches!(pure.file_type("/etc"), Err(WorldError::Forbidden(_))));
        assert!(matches!(pure.read_dir("/"), Err(WorldError::Forbidden(_))));
        assert!(matches!(pure.real_path("/etc"), Err(WorldError::Forbidden(_))));
        assert_eq!((pure.environment("PATH"), pure.now()), (None, None));
        let impure = RealWorld::new(&[], "/", false, Address::default(), |_| {});
        assert_eq!(impure.file_type("/etc"), Ok(Some(FileType::Directory)));
    }

    #[test]
    fn a_file_is_read_whole_whatever_its_size_says() {
        let world = RealWorld::new(&[], "/", false, Address::default(), |_| {});
        let folder = std::env::temp_dir().join(format!("fleet-world-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
        fs::write(path("file"), b"text").unwrap();
        fs::write(path("empty"), b"").unwrap();
        std::os::unix::fs::symlink("file", path("link")).unwrap();
        assert_eq!(&*world.read(&path("link")).unwrap(), b"text");
        assert_eq!(world.read_plain(&path("file")).as_deref(), Some(&b"text"[..]));
        assert_eq!(world.read_plain(&path("empty")).as_deref(), Some(&b""[..]));
        for other in [path("link"), path("missing"), path("."), "/dev/null".to_owned()] {
            assert_eq!(world.read_plain(&other), None, "{other}");
        }
        // Its size is said to be 0.
        assert_eq!(&*world.read("/proc/sys/kernel/ostype").unwrap(), b"Linux\n");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn the_search_path_is_split_at_colons_but_not_in_addresses() {
        let split: Vec<&str> = split_search_path("a=/x:/y::nixpkgs=https://e.org/n.tar.gz:/z").collect();
        assert_eq!(split, ["a=/x", "/y", "nixpkgs=https://e.org/n.tar.gz", "/z"]);
    }
}
