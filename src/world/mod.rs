//! The real world: files, environment, clock.

use crate::nix::world::{AddedSource, Answer, FileType, World, WorldError};
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
}

fn failed(path: &str, error: std::io::Error) -> WorldError {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => WorldError::NotFound(format!("path '{path}' does not exist")),
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
        Ok(fs::read(path).map_err(|error| failed(path, error))?.into())
    }

    fn file_type(&self, path: &str) -> Answer<Option<FileType>> {
        match fs::symlink_metadata(path) {
            Ok(metadata) => Ok(Some(kind(metadata.file_type()))),
            Err(error) => match failed(path, error) {
                WorldError::NotFound(_) => Ok(None),
                error => Err(error),
            },
        }
    }

    fn is_executable(&self, path: &str) -> Answer<bool> {
        let metadata = fs::symlink_metadata(path).map_err(|error| failed(path, error))?;
        Ok(metadata.permissions().mode() & 0o100 != 0)
    }

    fn read_link(&self, path: &str) -> Answer<Vec<u8>> {
        let target = fs::read_link(path).map_err(|error| failed(path, error))?;
        Ok(target.into_os_string().into_encoded_bytes())
    }

    fn read_dir(&self, path: &str) -> Answer<Vec<(Vec<u8>, FileType)>> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(path).map_err(|error| failed(path, error))? {
            let entry = entry.map_err(|error| failed(path, error))?;
            let of = entry.file_type().map_err(|error| failed(path, error))?;
            entries.push((entry.file_name().into_encoded_bytes(), kind(of)));
        }
        entries.sort();
        Ok(entries)
    }

    fn real_path(&self, path: &str) -> Answer<String> {
        let real = fs::canonicalize(path).map_err(|error| failed(path, error))?;
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
        use std::io::Write;
        let _ = writeln!(std::io::stderr(), "{text}");
    }

    fn search_path(&self) -> &[(String, String)] {
        &self.search_path
    }

    fn add_text(&self, _: &str, _: &[u8], _: &[String]) -> Answer<()> {
        Ok(())
    }

    fn add_source(&self, _: &str, _: &AddedSource<'_>) -> Answer<()> {
        Ok(())
    }

    fn realise(&self, wanted: &[(String, String)]) -> Answer<()> {
        let names: Vec<&str> = wanted.iter().map(|(derivation, _)| derivation.as_str()).collect();
        Err(WorldError::Other(format!("nothing here can build {}", names.join(", "))))
    }
}
