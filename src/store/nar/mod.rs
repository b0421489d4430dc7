//! A NAR is a tree as one stream of bytes: files, links and folders, and nothing of owners, times or modes but "executable".
//!
//! The same tree gives the same bytes, so its hash names it. Everything streams: a [`Writer`] is told of one event
//! after the other, a [`Reader`] tells them, and neither holds more than a buffer and the names above the present
//! place. Nix's manual, "Nix Archive (NAR) format", has the grammar.
//!
//! ```
//! use fleet::store::nar::{Event, Reader, Writer};
//!
//! let mut writer = Writer::new(Vec::new());
//! writer.directory()?;
//! writer.entry(b"hello")?;
//! writer.file(true, 5, &b"world"[..])?;
//! writer.end()?;
//! let bytes = writer.finish()?;
//!
//! let mut reader = Reader::new(&bytes[..]);
//! assert_eq!(reader.next()?, Some(Event::Directory));
//! assert_eq!(reader.next()?, Some(Event::Entry { name: b"hello".to_vec() }));
//! assert_eq!(reader.next()?, Some(Event::File { executable: true, size: 5 }));
//! assert_eq!(reader.text(100)?, b"world");
//! assert_eq!(reader.next()?, Some(Event::End));
//! assert_eq!(reader.next()?, None);
//! # Ok::<(), fleet::store::nar::NarError>(())
//! ```

mod read;
mod tree;
mod write;

pub use read::{Contents, Reader};
pub use tree::{Kind, Tree, dump, hash_tree};
pub use write::Writer;

use std::io;

#[cfg(test)]
mod tests;

/// What a stream begins with.
const MAGIC: &[u8] = b"nix-archive-1";

/// How deep folders may lie in each other. Nix takes 64 since 2.34.8 and any number before.
pub const DEPTH: usize = 1000;

/// How long a name in a folder may be.
pub const NAME_LENGTH: usize = 255;

/// How long the target of a link may be.
pub const TARGET_LENGTH: usize = 4095;

/// One thing in a stream. A tree is a file, a link, or a folder with its entries, each followed by a tree, and an end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A file begins; its bytes follow.
    File {
        /// Whether it can be run.
        executable: bool,
        /// How many bytes it has.
        size: u64,
    },
    /// A symbolic link.
    Symlink {
        /// Where it points.
        target: Vec<u8>,
    },
    /// A folder begins; its entries follow in the order of their names' bytes.
    Directory,
    /// An entry of the folder; what it is follows.
    Entry {
        /// Its name.
        name: Vec<u8>,
    },
    /// The folder ends.
    End,
}

/// The sha256 of the archive of one file with these contents, and the archive's length.
pub fn hash_file(executable: bool, contents: &[u8]) -> (super::Hash, u64) {
    let mut writer = Writer::new(super::Hasher::new(super::Algorithm::Sha256));
    writer
        .file(executable, contents.len() as u64, contents)
        .and_then(|()| writer.finish())
        .map(|hasher| (hasher.length(), hasher.finish()))
        .map(|(length, hash)| (hash, length))
        .expect("neither a slice nor a hasher fails")
}

/// Why a stream is no archive, or a tree can't be one.
#[derive(Debug, thiserror::Error)]
pub enum NarError {
    /// The stream below failed.
    #[error("the archive's stream failed")]
    Io(#[from] io::Error),
    /// A file could not be read.
    #[error("a file for the archive could not be read")]
    Source(#[source] io::Error),
    /// The stream ends inside the archive.
    #[error("bad archive: it is cut off")]
    Truncated,
    /// It does not begin as one.
    #[error("bad archive: input doesn't look like a Nix archive")]
    NoArchive,
    /// A word is not the one that must stand there.
    #[error("bad archive: expected {expected}, got '{got}'")]
    Word {
        /// What may stand there.
        expected: &'static str,
        /// What does, shortened.
        got: String,
    },
    /// A text is longer than it may be.
    #[error("bad archive: a text of {length} bytes where at most {limit} may be")]
    Length {
        /// How long it says it is.
        length: u64,
        /// How long it may be.
        limit: usize,
    },
    /// The bytes that fill up to a multiple of eight are not zero.
    #[error("bad archive: non-zero padding")]
    Padding,
    /// Empty, `.`, `..`, or with a slash or a zero byte.
    #[error("bad archive: NAR contains invalid file name '{name}'")]
    Name {
        /// The name.
        name: String,
    },
    /// Two names are equal or in the wrong order.
    #[error("bad archive: NAR directory is not sorted: '{name}' comes after '{before}'")]
    Order {
        /// The name.
        name: String,
        /// The one before it.
        before: String,
    },
    /// Empty, or with a zero byte.
    #[error("bad archive: NAR contains invalid symlink target")]
    Target,
    /// Folders in folders in folders.
    #[error("bad archive: NAR directory nesting exceeds maximum depth of {DEPTH}")]
    Depth,
    /// There is something behind the end.
    #[error("bad archive: bytes follow its end")]
    Trailing,
    /// A file has another length than was said before it was read.
    #[error("the file changed while it was read: it had {said} bytes")]
    Changed {
        /// How many it had.
        said: u64,
    },
    /// A larger file than the reader takes as a whole.
    #[error("a file of {size} bytes, where at most {limit} are taken")]
    TooLarge {
        /// Its size.
        size: u64,
        /// How much is taken.
        limit: usize,
    },
    /// The writer was told of events in an order that makes no tree.
    #[error("{told} can't stand here in an archive")]
    Misplaced {
        /// What it was told of.
        told: &'static str,
    },
}

impl crate::report::Diagnose for NarError {
    fn hints(&self) -> Vec<String> {
        match self {
            NarError::Changed { .. } => {
                vec!["wait until nothing writes to it, and run the command again".into()]
            }
            _ => Vec::new(),
        }
    }
}

/// Whether a name can stand in a folder.
fn check_name(name: &[u8]) -> Result<(), NarError> {
    if matches!(name, b"" | b"." | b"..") || name.iter().any(|byte| matches!(byte, b'/' | 0)) {
        return Err(NarError::Name { name: shown(name) });
    }
    Ok(())
}

/// Whether a link can point there.
fn check_target(target: &[u8]) -> Result<(), NarError> {
    if target.is_empty() || target.contains(&0) {
        return Err(NarError::Target);
    }
    Ok(())
}

/// Whether a name may follow another in a folder.
fn check_order(before: &[u8], name: &[u8]) -> Result<(), NarError> {
    if name <= before {
        return Err(NarError::Order { name: shown(name), before: shown(before) });
    }
    Ok(())
}

/// A text from a stream, as a message shows it.
fn shown(bytes: &[u8]) -> String {
    bytes[..bytes.len().min(80)].escape_ascii().to_string()
}
