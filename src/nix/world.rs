//! The world: the evaluator's only door outside. Everything else in this module is a function of what comes through it.
//!
//! Paths are absolute, without `.`, `..`, or doubled slashes, and may name places that exist only virtually, such as a
//! store path that was fetched and never put into a store: it is the implementation that knows where the bytes are.

use super::input::{Attributes, Input};
use crate::store::{ContentAddress, Hash, OutputName, StoreDir, StorePath};
use std::collections::HashSet;
use std::rc::Rc;

/// What a directory entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileType {
    /// A file.
    Regular,
    /// A directory.
    Directory,
    /// A symbolic link, not followed.
    Symlink,
    /// A device, a socket, a pipe.
    Unknown,
}

impl FileType {
    /// As `builtins.readDir` names it.
    pub fn name(self) -> &'static str {
        match self {
            FileType::Regular => "regular",
            FileType::Directory => "directory",
            FileType::Symlink => "symlink",
            FileType::Unknown => "unknown",
        }
    }
}

/// What may go wrong outside, in words for the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorldError {
    /// There is nothing of that name.
    NotFound(String),
    /// Pure or restricted evaluation does not allow it.
    Forbidden(String),
    /// Anything else.
    Other(String),
    /// Anything else that something can be done about.
    Advised {
        /// What is so.
        message: String,
        /// What to do.
        hints: Vec<String>,
    },
}

impl std::fmt::Display for WorldError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (WorldError::NotFound(text)
        | WorldError::Forbidden(text)
        | WorldError::Other(text)
        | WorldError::Advised { message: text, .. }) = self;
        f.write_str(text)
    }
}

/// What the world answers.
pub type Answer<T> = Result<T, WorldError>;

/// Everything outside: files, environment, time.
pub trait World {
    /// The bytes of a file; symbolic links are followed.
    fn read(&self, path: &str) -> Answer<Rc<[u8]>>;
    /// The bytes of what is at a path if that is a file itself, no link to one: the answer to "what is it?" and "what is in
    /// it?" at once. None for all else, errors among it: who asks further learns what is the matter.
    fn read_plain(&self, path: &str) -> Option<Rc<[u8]>> {
        match self.file_type(path) {
            Ok(Some(FileType::Regular)) => self.read(path).ok(),
            _ => None,
        }
    }
    /// The bytes of a file as a stream, with how many they are, for what may be too large to hold.
    fn open(&self, path: &str) -> Answer<(u64, Box<dyn std::io::Read>)>;
    /// What is at a path, not following a link at its end; links in its folders are followed. None if nothing.
    fn file_type(&self, path: &str) -> Answer<Option<FileType>>;
    /// Whether a file may be executed.
    fn is_executable(&self, path: &str) -> Answer<bool>;
    /// Where a symbolic link points, as it is written.
    fn read_link(&self, path: &str) -> Answer<Vec<u8>>;
    /// Names and types of what is in a folder, sorted by name.
    fn read_dir(&self, path: &str) -> Answer<Vec<(Vec<u8>, FileType)>>;
    /// The path with every symbolic link followed.
    fn real_path(&self, path: &str) -> Answer<String>;
    /// A variable of the environment; nothing in pure mode.
    fn environment(&self, name: &str) -> Option<String>;
    /// Seconds since 1970; none in pure mode.
    fn now(&self) -> Option<i64>;
    /// Nanoseconds on a clock that only goes forward, for saying what took how long; zero where there is none. No value
    /// depends on it.
    fn clock(&self) -> u64 {
        0
    }
    /// The system that derivations are built for by default, such as `x86_64-linux`; none in pure mode.
    fn current_system(&self) -> Option<String>;
    /// The folder that `~` stands for; none in pure mode.
    fn home(&self) -> Option<String>;
    /// `builtins.trace`, `warn` and other things said in passing.
    fn say(&self, text: &str);
    /// Where `<name>` entries are looked up, in order: prefix (may be empty) and path.
    fn search_path(&self) -> &[(String, String)];
    /// The store's folder, `/nix/store` nearly everywhere.
    fn store_dir(&self) -> &StoreDir;
    /// Tells the world of a text that was given a store path (a derivation, or `builtins.toFile`), with the paths it
    /// refers to, so that it can be read back and, with `--read-write`, be added to the store.
    fn add_text(&self, path: &StorePath, text: &[u8], references: &[StorePath]) -> Answer<()>;
    /// The same for a text that lies in the evaluator's heap, and so outlives the world: it need not be copied.
    fn add_lasting_text(
        &self,
        path: &StorePath,
        text: &'static [u8],
        references: &[StorePath],
    ) -> Answer<()> {
        self.add_text(path, text, references)
    }
    /// Tells the world that a source, filtered or not, got a store path.
    fn add_source(&self, path: &StorePath, source: &Source<'_>) -> Answer<()>;
    /// Whether a store path is there, really or virtually.
    fn is_valid(&self, path: &StorePath) -> Answer<bool>;
    /// What a store path that is there refers to.
    fn references(&self, path: &StorePath) -> Answer<Vec<StorePath>>;
    /// Brings something here from elsewhere and gives it a store path, under which it can be read from then on.
    fn fetch(&self, wanted: &Fetch<'_>) -> Answer<Fetched>;
    /// What a path is where nothing is found.
    fn missing(&self, path: &str) -> WorldError {
        WorldError::NotFound(format!("path '{path}' does not exist"))
    }
    /// Tells the world of inputs as a lock names them: all that is known of their trees stands there, so a tree of that hash
    /// which is here already need not be fetched.
    fn locked(&self, inputs: &[Input]) {
        let _ = inputs;
    }
    /// Fetches inputs that will be wanted, at the same time. What fails says so when it is fetched.
    fn prefetch(&self, inputs: &[Input]) {
        let _ = inputs;
    }
    /// Says that this process is a copy of another: connections are that one's.
    fn is_copy(&self) {}
    /// Adds to the store what has these paths, with all that it refers to; without a list, all that evaluation gave a
    /// path.
    fn write(&self, wanted: Option<&[StorePath]>) -> Answer<()>;
    /// Makes a link to a store path that keeps it from garbage collection for as long as the link is there.
    fn add_root(&self, path: &StorePath, link: &str) -> Answer<()>;
    /// Builds outputs of derivations, because the user asked for them; where each lies.
    fn build(&self, wanted: &[(StorePath, OutputName)]) -> Answer<Vec<StorePath>>;
    /// The same for import-from-derivation, which may be forbidden: afterwards the outputs can be read.
    fn realise(&self, wanted: &[(StorePath, OutputName)]) -> Answer<Vec<StorePath>>;
}

/// A source that was given a store path.
pub struct Source<'a> {
    /// Where it lies.
    pub path: &'a str,
    /// The paths inside of it that a filter kept, `path` among them; none if there was no filter.
    pub kept: Option<&'a HashSet<String>>,
    /// How it was hashed, and to what.
    pub address: ContentAddress,
    /// What it refers to: for a part of something in the store, what the whole does.
    pub references: &'a [StorePath],
}

/// What is to be brought here.
#[derive(Debug)]
pub enum Fetch<'a> {
    /// The bytes at an address, as a file.
    File {
        /// The address.
        url: &'a str,
        /// What the store path is called.
        name: &'a str,
        /// The hash of the bytes, if it is known: then what is here already need not be brought again.
        hash: Option<Hash>,
    },
    /// The archive at an address, unpacked, without the one folder around everything.
    Archive {
        /// The address.
        url: &'a str,
        /// What the store path is called.
        name: &'a str,
        /// The hash of the tree, if it is known.
        hash: Option<Hash>,
    },
    /// The tree of an input.
    Input(&'a Input),
    /// A store path and all it refers to, out of a binary cache.
    Closure {
        /// The binary cache's address.
        from: &'a str,
        /// Which path.
        path: &'a StorePath,
    },
}

/// What was brought.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// Its store path.
    pub path: StorePath,
    /// The hash that the store path stands for: of a file's bytes, or of a tree's archive.
    pub hash: Hash,
    /// An input's attributes with what is known now: its commit, when it was changed.
    pub attributes: Attributes,
    /// Whether a path of a binary cache is named by its content.
    pub content_addressed: bool,
}
