//! A source is a file or folder that evaluation gave a store path: it stays where it is until a store wants it.
//!
//! So it is remembered by where it lies, and by which parts of it a filter kept.

use crate::store::nar::{self, NarError, Tree};
use crate::store::{ContentAddress, Method, StorePath};
use std::collections::HashSet;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

/// The paths inside of a source that a filter kept, seen from its root: ``, `/a`, `/a/b`.
pub type Kept = Arc<HashSet<String>>;

/// Where a source lies, and how it was hashed.
#[derive(Debug, Clone)]
pub struct Content {
    /// The path on this machine.
    pub real: String,
    /// What of it belongs to the source; all where there was no filter.
    pub kept: Option<Kept>,
    /// How its content tells its path; none for what came out of a store.
    pub address: Option<ContentAddress>,
    /// What it refers to.
    pub references: Vec<StorePath>,
}

impl Content {
    /// Whether a path inside of it, seen from its root, belongs to it.
    pub fn holds(&self, inside: &str) -> bool {
        self.kept.as_ref().is_none_or(|kept| kept.contains(inside))
    }

    /// Writes it as a store wants it: its archive, or the bytes of its file.
    ///
    /// # Errors
    /// When it can't be read, or the stream fails.
    pub fn write(&self, method: Method, to: &mut impl Write) -> Result<(), ContentError> {
        if method == Method::Nar {
            let tree = Place { content: self, inside: String::new() };
            return nar::dump(tree, to).map(drop);
        }
        let mut file = fs::File::open(&self.real).map_err(|error| unreadable(&self.real, error))?;
        io::copy(&mut file, to).map(drop).map_err(|error| unreadable(&self.real, error))
    }
}

/// Writes a text as a source: as the archive of a file that can't be run, or as it is.
///
/// # Errors
/// When the stream fails.
pub fn copy(text: &[u8], method: Method, to: &mut impl Write) -> Result<(), ContentError> {
    if method == Method::Nar {
        let mut writer = nar::Writer::new(to);
        writer.file(false, text.len() as u64, text)?;
        return Ok(writer.finish().map(drop)?);
    }
    to.write_all(text).map_err(|error| NarError::Io(error).into())
}

/// Why a source could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ContentError {
    /// The system's answer, with the path.
    #[error("can't read {path}")]
    Read {
        /// The path.
        path: String,
        /// The answer.
        #[source]
        source: io::Error,
    },
    /// It changed meanwhile, or is nothing that a store takes.
    #[error(transparent)]
    Archive(#[from] NarError),
}

fn unreadable(path: &str, source: io::Error) -> ContentError {
    ContentError::Read { path: path.to_owned(), source }
}

/// A place in a source.
struct Place<'c> {
    content: &'c Content,
    inside: String,
}

impl Tree for Place<'_> {
    type Contents = fs::File;
    type Error = ContentError;

    fn open(self) -> Result<nar::Kind<Self>, ContentError> {
        let path = format!("{}{}", self.content.real, self.inside);
        let failed = |error| unreadable(&path, error);
        let there = fs::symlink_metadata(&path).map_err(failed)?;
        if there.is_symlink() {
            let target = fs::read_link(&path).map_err(failed)?;
            return Ok(nar::Kind::Symlink(target.into_os_string().into_encoded_bytes()));
        }
        if there.is_dir() {
            return self.folder(&path);
        }
        if !there.is_file() {
            return Err(failed(io::Error::other("it is neither file, folder nor link")));
        }
        let contents = fs::File::open(&path).map_err(failed)?;
        // Of the file that was opened: another one may have taken the name meanwhile.
        let there = contents.metadata().map_err(failed)?;
        let executable = there.permissions().mode() & 0o100 != 0;
        Ok(nar::Kind::File { executable, size: there.len(), contents })
    }
}

impl<'c> Place<'c> {
    fn folder(self, path: &str) -> Result<nar::Kind<Place<'c>>, ContentError> {
        let failed = |error| unreadable(path, error);
        let mut entries = Vec::new();
        for entry in fs::read_dir(Path::new(path)).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name().into_encoded_bytes();
            let text =
                str::from_utf8(&name).map_err(|_| failed(io::Error::other("a name in it is not UTF-8")))?;
            let inside = format!("{}/{text}", self.inside);
            if self.content.holds(&inside) {
                entries.push((name, Place { content: self.content, inside }));
            }
        }
        Ok(nar::Kind::Directory(entries))
    }
}
