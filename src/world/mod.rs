//! The real world: files, environment, clock.

use crate::nix::paths;
use crate::nix::world::{Answer, FileType, Source, World, WorldError};
use crate::store::{OutputName, StoreDir, StorePath};
use std::cell::RefCell;
use std::collections::HashMap;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::rc::Rc;

/// What the evaluator of a command line sees.
pub struct RealWorld {
    /// `-I` and `NIX_PATH`: prefix and path.
    pub search_path: Vec<(String, String)>,
    /// No environment, no clock.
    pub pure: bool,
    /// The store.
    pub store: StoreDir,
    /// Texts that were given a store path, by its whole text.
    pub texts: RefCell<HashMap<String, Rc<[u8]>>>,
    /// Sources that were given a store path: where they lie.
    pub added: RefCell<HashMap<String, String>>,
    /// Where `builtins.trace` and warnings go.
    pub say: fn(&str),
}

impl RealWorld {
    /// The world of a command that was started in `folder`: `search_path` is what `-I` said, before NIX_PATH.
    pub fn new(search_path: &[String], folder: &str, pure: bool, say: fn(&str)) -> Self {
        let environment = if pure { String::new() } else { std::env::var("NIX_PATH").unwrap_or_default() };
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
            store: StoreDir::default(),
            texts: RefCell::default(),
            added: RefCell::default(),
            say,
        }
    }

    /// Where a path's bytes are: elsewhere, for one that is in the store only virtually.
    ///
    /// Pure evaluation sees what was given a store path by the evaluation itself, and nothing else.
    fn real(&self, path: &str) -> Answer<String> {
        if let Ok((store_path, rest)) = self.store.split(path)
            && let Some(source) = self.added.borrow().get(store_path.as_str())
        {
            return Ok(format!("{source}{}", String::from_utf8_lossy(rest)));
        }
        if self.pure {
            return Err(WorldError::Forbidden(format!(
                "access to absolute path '{path}' is forbidden in pure evaluation mode (use '--impure' to override)"
            )));
        }
        Ok(path.to_owned())
    }
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

fn failed(path: &str, error: std::io::Error) -> WorldError {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => {
            WorldError::NotFound(format!("path '{path}' does not exist"))
        }
        _ => WorldError::Other(format!("reading '{path}': {error}")),
    }
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
        if let Some(text) = self.texts.borrow().get(path) {
            return Ok(text.clone());
        }
        Ok(fs::read(self.real(path)?).map_err(|error| failed(path, error))?.into())
    }

    fn open(&self, path: &str) -> Answer<(u64, Box<dyn std::io::Read>)> {
        if let Some(text) = self.texts.borrow().get(path) {
            return Ok((text.len() as u64, Box::new(std::io::Cursor::new(text.to_vec()))));
        }
        let file = fs::File::open(self.real(path)?).map_err(|error| failed(path, error))?;
        let size = file.metadata().map_err(|error| failed(path, error))?.len();
        Ok((size, Box::new(file)))
    }

    fn file_type(&self, path: &str) -> Answer<Option<FileType>> {
        if self.texts.borrow().contains_key(path) {
            return Ok(Some(FileType::Regular));
        }
        match fs::symlink_metadata(self.real(path)?) {
            Ok(metadata) => Ok(Some(kind(metadata.file_type()))),
            Err(error) => match failed(path, error) {
                WorldError::NotFound(_) => Ok(None),
                error => Err(error),
            },
        }
    }

    fn is_executable(&self, path: &str) -> Answer<bool> {
        let metadata = fs::symlink_metadata(self.real(path)?).map_err(|error| failed(path, error))?;
        Ok(metadata.permissions().mode() & 0o100 != 0)
    }

    fn read_link(&self, path: &str) -> Answer<Vec<u8>> {
        let target = fs::read_link(self.real(path)?).map_err(|error| failed(path, error))?;
        Ok(target.into_os_string().into_encoded_bytes())
    }

    fn read_dir(&self, path: &str) -> Answer<Vec<(Vec<u8>, FileType)>> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(self.real(path)?).map_err(|error| failed(path, error))? {
            let entry = entry.map_err(|error| failed(path, error))?;
            let of = entry.file_type().map_err(|error| failed(path, error))?;
            entries.push((entry.file_name().into_encoded_bytes(), kind(of)));
        }
        entries.sort();
        Ok(entries)
    }

    fn real_path(&self, path: &str) -> Answer<String> {
        let real = fs::canonicalize(self.real(path)?).map_err(|error| failed(path, error))?;
        real.into_os_string().into_string().map_err(|_| WorldError::Other(format!("'{path}' is not UTF-8")))
    }

    fn environment(&self, name: &str) -> Option<String> {
        if self.pure { None } else { std::env::var(name).ok() }
    }

    fn now(&self) -> Option<i64> {
        if self.pure {
            return None;
        }
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        Some(since.map_or(0, |since| since.as_secs() as i64))
    }

    fn current_system(&self) -> Option<String> {
        (!self.pure).then(|| format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS))
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
        &self.store
    }

    fn add_text(&self, path: &StorePath, text: &[u8], _: &[StorePath]) -> Answer<()> {
        if !path.is_derivation() {
            self.texts.borrow_mut().insert(self.store.print(path), text.into());
        }
        Ok(())
    }

    fn add_source(&self, path: &StorePath, source: &Source<'_>) -> Answer<()> {
        if source.kept.is_none() {
            self.added.borrow_mut().insert(path.as_str().to_owned(), source.path.to_owned());
        }
        Ok(())
    }

    fn is_valid(&self, path: &StorePath) -> Answer<bool> {
        let whole = self.store.print(path);
        Ok(self.file_type(&whole)?.is_some())
    }

    fn references(&self, _: &StorePath) -> Answer<Vec<StorePath>> {
        Ok(Vec::new())
    }

    fn realise(&self, wanted: &[(StorePath, OutputName)]) -> Answer<()> {
        let names: Vec<&str> = wanted.iter().map(|(derivation, _)| derivation.as_str()).collect();
        Err(WorldError::Other(format!("nothing here can build {}", names.join(", "))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pure_evaluation_sees_no_file() {
        let pure = RealWorld::new(&[], "/", true, |_| {});
        assert!(matches!(pure.read("/etc/passwd"), Err(WorldError::Forbidden(_))));
        assert!(matches!(pure.file_type("/etc"), Err(WorldError::Forbidden(_))));
        assert!(matches!(pure.read_dir("/"), Err(WorldError::Forbidden(_))));
        assert!(matches!(pure.real_path("/etc"), Err(WorldError::Forbidden(_))));
        assert_eq!((pure.environment("PATH"), pure.now()), (None, None));
        let impure = RealWorld::new(&[], "/", false, |_| {});
        assert_eq!(impure.file_type("/etc"), Ok(Some(FileType::Directory)));
    }

    #[test]
    fn the_search_path_is_split_at_colons_but_not_in_addresses() {
        let split: Vec<&str> = split_search_path("a=/x:/y::nixpkgs=https://e.org/n.tar.gz:/z").collect();
        assert_eq!(split, ["a=/x", "/y", "nixpkgs=https://e.org/n.tar.gz", "/z"]);
    }
}
