//! A tree that somebody else holds, on a disk or in memory, walked into an archive.

use super::{NarError, Writer};
use crate::store::{Algorithm, Hash, Hasher};
use std::io::{Read, Write};

/// A place in a tree, such as a path: small, and opened only when its turn comes.
pub trait Tree: Sized {
    /// The bytes of a file.
    type Contents: Read;
    /// Why something could not be read.
    type Error: From<NarError>;

    /// Looks at what lies here.
    ///
    /// # Errors
    /// When it can't be read, or is neither file, link nor folder.
    fn open(self) -> Result<Kind<Self>, Self::Error>;
}

/// What lies at a place in a tree.
#[derive(Debug)]
pub enum Kind<T: Tree> {
    /// A file.
    File {
        /// Whether it can be run.
        executable: bool,
        /// How many bytes it has.
        size: u64,
        /// Its bytes.
        contents: T::Contents,
    },
    /// A symbolic link and where it points.
    Symlink(Vec<u8>),
    /// A folder: names and what they lead to, in any order.
    Directory(Vec<(Vec<u8>, T)>),
}

/// Writes the archive of a tree.
///
/// # Errors
/// When the tree can't be read or be an archive, or the stream fails.
pub fn dump<T: Tree, W: Write>(tree: T, to: W) -> Result<W, T::Error> {
    // What is still to be written, the next at the end. The stack is the heap's: a deep tree overflows nothing.
    enum Task<T> {
        Tree(T),
        Entry(Vec<u8>, T),
        End,
    }
    let mut writer = Writer::new(to);
    let mut tasks = vec![Task::Tree(tree)];
    while let Some(task) = tasks.pop() {
        let tree = match task {
            Task::End => {
                writer.end()?;
                continue;
            }
            Task::Entry(name, tree) => {
                writer.entry(&name)?;
                tree
            }
            Task::Tree(tree) => tree,
        };
        match tree.open()? {
            Kind::File { executable, size, contents } => writer.file(executable, size, contents)?,
            Kind::Symlink(target) => writer.symlink(&target)?,
            Kind::Directory(mut entries) => {
                writer.directory()?;
                tasks.push(Task::End);
                entries.sort_unstable_by(|a, b| b.0.cmp(&a.0));
                tasks.extend(entries.into_iter().map(|(name, tree)| Task::Entry(name, tree)));
            }
        }
    }
    Ok(writer.finish()?)
}

/// The hash of a tree's archive, and the archive's length.
///
/// # Errors
/// When the tree can't be read or be an archive.
pub fn hash_tree<T: Tree>(tree: T, algorithm: Algorithm) -> Result<(Hash, u64), T::Error> {
    let hasher = dump(tree, Hasher::new(algorithm))?;
    let length = hasher.length();
    Ok((hasher.finish(), length))
}
