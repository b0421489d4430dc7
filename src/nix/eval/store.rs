//! Paths and the store: reading what a value names, and giving store paths to files and folders.

use super::{Coercion, Evaluator, Text};
use crate::nix::context::{Context, Element};
use crate::nix::error::{Error, Kind, Result};
use crate::nix::eval::import::world_error;
use crate::nix::paths;
use crate::nix::value::{Tag, Word};
use crate::nix::world::{FileType, Source, World, WorldError};
use crate::store::nar::{self, NarError, Tree};
use crate::store::{Algorithm, ContentAddress, Hash, Method, References, StorePath, Upstream};
use std::collections::HashSet;
use std::io::Read;

impl Evaluator {
    /// The path that a value names, and what it depends on.
    pub(in crate::nix) fn coerced_path(&mut self, value: Word) -> Result<(String, Context)> {
        let Text { bytes, context } = self.coerced(value, Coercion::PLAIN)?;
        let path = String::from_utf8(bytes).map_err(|_| Error::other("a path must be UTF-8"))?;
        if !path.starts_with('/') {
            return Err(Error::other(format!("string '{path}' doesn't represent an absolute path")));
        }
        Ok((path, context))
    }

    /// The path that a value names, for reading: what it depends on is built first.
    pub(in crate::nix) fn readable_path(&mut self, value: Word) -> Result<String> {
        let (mut path, context) = self.coerced_path(value)?;
        for (placeholder, built) in self.realise(context)? {
            path = path.replace(&placeholder, &built);
        }
        Ok(path)
    }

    /// Builds what a text depends on, so that it can be read. Where an output's path follows from its content, a
    /// placeholder has stood for it until now: those with the paths that they stand for.
    pub(in crate::nix) fn realise(&mut self, context: Context) -> Result<Vec<(String, String)>> {
        if context == Context::NONE {
            return Ok(Vec::new());
        }
        let mut wanted = Vec::new();
        for element in self.contexts.elements(context) {
            if let Element::Output { derivation, output } = element {
                wanted.push((derivation.clone(), output.clone()));
            }
        }
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        wanted.sort();
        let built = self.world.realise(&wanted).map_err(world_error)?;
        let dir = self.world.store_dir();
        let mut placeholders = Vec::with_capacity(wanted.len());
        for ((derivation, output), path) in wanted.iter().zip(built) {
            let placeholder = Upstream::output(derivation, output.as_str());
            let placeholder = placeholder.map_err(|error| Error::other(error.to_string()))?;
            placeholders.push((placeholder.print(), dir.print(&path)));
        }
        Ok(placeholders)
    }

    /// The store path of a copied path, as a string with context. The same path is hashed once.
    pub(in crate::nix) fn copy_to_store(&mut self, value: Word) -> Result<Word> {
        debug_assert_eq!(value.tag(), Tag::Path);
        let path =
            std::str::from_utf8(self.bytes(value)).map_err(|_| Error::other("a path must be UTF-8"))?;
        if let Some(known) = self.derivations.copied.get(path) {
            return Ok(*known);
        }
        if path.ends_with(".drv") {
            return Err(Error::other(format!("file names are not allowed to end in '.drv': {path}")));
        }
        let name = path.rsplit('/').next().unwrap_or_default();
        let store_path = self.add_source(name, path, None, Method::Nar, None, &[])?;
        let word = self.store_string(&store_path);
        self.derivations.copied.insert(path.to_owned(), word);
        Ok(word)
    }

    /// A store path as a string that depends on it.
    pub(in crate::nix) fn store_string(&mut self, path: &StorePath) -> Word {
        let text = self.world.store_dir().print(path);
        let context = self.contexts.of(Element::Path(path.clone()));
        self.string_in(text.as_bytes(), context)
    }

    /// Gives a file or folder a store path; `wanted` is the hash its content must have.
    pub(in crate::nix) fn add_source(
        &mut self,
        name: &str,
        path: &str,
        kept: Option<&HashSet<String>>,
        method: Method,
        wanted: Option<Hash>,
        references: &[StorePath],
    ) -> Result<StorePath> {
        let algorithm = wanted.map_or(Algorithm::Sha256, |hash| hash.algorithm());
        let hash = self.hash_path(path, kept, method, algorithm)?;
        if let Some(wanted) = wanted
            && wanted != hash
        {
            let message = format!("hash mismatch in path '{path}': wanted {wanted}, found {hash}");
            return Err(Error::new(Kind::World, message));
        }
        let address = ContentAddress { method, hash };
        let made = self.world.store_dir().content_path(name, &address, References::to(references));
        let store_path = made.map_err(|error| Error::other(error.to_string()))?;
        self.world
            .add_source(&store_path, &Source { path, kept, address, references })
            .map_err(world_error)?;
        Ok(store_path)
    }

    fn hash_path(
        &self,
        path: &str,
        kept: Option<&HashSet<String>>,
        method: Method,
        algorithm: Algorithm,
    ) -> Result<Hash> {
        let world = &*self.world;
        if method == Method::Nar {
            let tree = Place { world, path: path.to_owned(), kept };
            return match nar::hash_tree(tree, algorithm) {
                Ok((hash, _)) => Ok(hash),
                Err(TreeError::World(error)) => Err(world_error(error)),
                Err(TreeError::Nar(error)) => {
                    Err(Error::new(Kind::World, format!("hashing '{path}': {error}")))
                }
            };
        }
        let (_, mut contents) = world.open(path).map_err(world_error)?;
        let mut hasher = crate::store::Hasher::new(algorithm);
        let mut buffer = vec![0; 1 << 16];
        loop {
            let read = contents.read(&mut buffer);
            match read.map_err(|error| Error::new(Kind::World, format!("reading '{path}': {error}")))? {
                0 => return Ok(hasher.finish()),
                count => hasher.update(&buffer[..count]),
            }
        }
    }

    /// The paths inside of a folder that a filter keeps; it is asked for each, a folder before what is in it.
    pub(in crate::nix) fn filtered(
        &mut self,
        filter: Word,
        root: &str,
        place: u32,
    ) -> Result<HashSet<String>> {
        let mut kept = HashSet::from([root.to_owned()]);
        let mut folders = vec![root.to_owned()];
        if self.world.file_type(root).map_err(world_error)? != Some(FileType::Directory) {
            return Ok(kept);
        }
        while let Some(folder) = folders.pop() {
            let mut inside = Vec::new();
            for (name, kind) in self.world.read_dir(&folder).map_err(world_error)? {
                let name = String::from_utf8(name)
                    .map_err(|_| Error::new(Kind::World, format!("a name in '{folder}' is not UTF-8")))?;
                let path = paths::absolute(&folder, &name);
                let path_word = self.string(path.as_bytes());
                let kind_word = self.string(kind.name().as_bytes());
                let keep = self.call(filter, &[path_word, kind_word], place)?;
                if keep != Word::TRUE && keep != Word::FALSE {
                    return Err(self.expected("a Boolean", keep));
                }
                if keep == Word::TRUE {
                    if kind == FileType::Directory {
                        inside.push(path.clone());
                    }
                    kept.insert(path);
                }
            }
            folders.extend(inside.into_iter().rev());
        }
        Ok(kept)
    }
}

/// A place in the world's files, as part of a tree that is hashed.
struct Place<'w> {
    world: &'w dyn World,
    path: String,
    kept: Option<&'w HashSet<String>>,
}

enum TreeError {
    World(WorldError),
    Nar(NarError),
}

impl From<NarError> for TreeError {
    fn from(error: NarError) -> Self {
        TreeError::Nar(error)
    }
}

impl From<WorldError> for TreeError {
    fn from(error: WorldError) -> Self {
        TreeError::World(error)
    }
}

impl Tree for Place<'_> {
    type Contents = Box<dyn Read>;
    type Error = TreeError;

    fn open(self) -> std::result::Result<nar::Kind<Self>, TreeError> {
        match self.world.file_type(&self.path)? {
            Some(FileType::Regular) => {
                let (size, contents) = self.world.open(&self.path)?;
                Ok(nar::Kind::File { executable: self.world.is_executable(&self.path)?, size, contents })
            }
            Some(FileType::Symlink) => Ok(nar::Kind::Symlink(self.world.read_link(&self.path)?)),
            Some(FileType::Directory) => {
                let mut entries = Vec::new();
                for (name, _) in self.world.read_dir(&self.path)? {
                    let text = str::from_utf8(&name)
                        .map_err(|_| WorldError::Other(format!("a name in '{}' is not UTF-8", self.path)))?;
                    let path =
                        if self.path == "/" { format!("/{text}") } else { format!("{}/{text}", self.path) };
                    if self.kept.is_none_or(|kept| kept.contains(&path)) {
                        entries.push((name, Place { world: self.world, path, kept: self.kept }));
                    }
                }
                Ok(nar::Kind::Directory(entries))
            }
            Some(FileType::Unknown) => {
                Err(WorldError::Other(format!("file '{}' has an unsupported type", self.path)).into())
            }
            None => Err(self.world.missing(&self.path).into()),
        }
    }
}
