//! The store: which sealed files lie under `secrets/`, by the names of their secrets.
//!
//! The folder tells names only; whether they should be there is the inventory's word. A link that leads out of the
//! fleet is never followed, and what is no sealed file's name is a stray: kept, and named by the check.

use crate::format::sealed::SEALED_LIMIT;
use crate::format::{KeyName, MachineName, SecretName, ServiceName};
use crate::os::Root;
use crate::os::files::{self, FileError, Kind};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The folder of sealed files, relative to the fleet's.
pub const FOLDER: &str = "secrets";

/// The sealed files of a fleet.
#[derive(Debug, Default)]
pub struct Store {
    /// Each secret that has a file, with the file's path.
    pub files: BTreeMap<SecretName, PathBuf>,
    /// What lies there and is no secret.
    pub strays: Vec<Stray>,
}

/// Something under `secrets/` that is no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stray {
    /// Its path, relative to the fleet's folder.
    pub path: String,
    /// What is wrong with it.
    pub reason: String,
}

impl Store {
    /// Looks at what is there.
    ///
    /// # Errors
    /// When a folder can't be listed.
    pub fn open(root: &Root) -> Result<Self, FileError> {
        let mut store = Store::default();
        let folder = root.join(FOLDER)?;
        for (name, kind) in files::entries(&folder)? {
            let path = format!("{FOLDER}/{name}");
            if store.is_folder(root, &path, kind) {
                match ServiceName::parse(&name) {
                    Ok(service) => store.service(root, &path, service)?,
                    Err(error) => store.stray(&path, error.to_string()),
                }
            } else if kind == Kind::File && !is_note(&name) {
                store.stray(&path, "a sealed file lies in the folder of its service".into());
            }
        }
        Ok(store)
    }

    fn service(&mut self, root: &Root, folder: &str, service: ServiceName) -> Result<(), FileError> {
        for (name, kind) in files::entries(root.path().join(folder))? {
            let path = format!("{folder}/{name}");
            if !self.is_folder(root, &path, kind) {
                self.file(root, path, (&service, None), &name, kind);
                continue;
            }
            let machine = match MachineName::parse(&name) {
                Ok(machine) => machine,
                Err(error) => {
                    self.stray(
                        &path,
                        format!("{error}, and a folder in `{service}` is named like a machine"),
                    );
                    continue;
                }
            };
            for (name, kind) in files::entries(root.path().join(&path))? {
                let path = format!("{path}/{name}");
                match kind {
                    Kind::Folder => self.stray(&path, "sealed files don't lie this deep".into()),
                    kind => self.file(root, path, (&service, Some(&machine)), &name, kind),
                }
            }
        }
        Ok(())
    }

    fn file(
        &mut self,
        root: &Root,
        path: String,
        (service, machine): (&ServiceName, Option<&MachineName>),
        name: &str,
        kind: Kind,
    ) {
        if is_note(name) {
            return;
        }
        if name.starts_with(".fleet-") {
            return self.stray(&path, "a command that was interrupted left it".into());
        }
        let Some(stem) = name.strip_suffix(".age") else {
            return self.stray(&path, "its name does not end in `.age`".into());
        };
        let Ok(name) = KeyName::parse(stem) else {
            return self.stray(&path, "its name is no secret's name".into());
        };
        let secret = SecretName { service: service.clone(), machine: machine.cloned(), name };
        match self.followed(root, &path, kind) {
            Some(Kind::File) => {
                self.files.insert(secret, root.path().join(&path));
            }
            Some(_) => self.stray(&path, "it is no regular file".into()),
            None => {}
        }
    }

    fn is_folder(&mut self, root: &Root, path: &str, kind: Kind) -> bool {
        match kind {
            Kind::Folder => true,
            // A file's link is looked at when the file is.
            Kind::Link if !path.ends_with(".age") => self.followed(root, path, kind) == Some(Kind::Folder),
            _ => false,
        }
    }

    /// What a link stands for; a stray when it leads out or nowhere.
    fn followed(&mut self, root: &Root, path: &str, kind: Kind) -> Option<Kind> {
        if kind != Kind::Link {
            return Some(kind);
        }
        match root.join(path) {
            Ok(real) if real.is_dir() => Some(Kind::Folder),
            Ok(real) if real.is_file() => Some(Kind::File),
            Ok(_) => Some(Kind::Other),
            Err(error) => {
                self.stray(path, error.source.to_string());
                None
            }
        }
    }

    fn stray(&mut self, path: &str, reason: String) {
        self.strays.push(Stray { path: path.to_owned(), reason });
    }

    /// The secrets that have files, in the order of names.
    pub fn names(&self) -> impl Iterator<Item = &SecretName> {
        self.files.keys()
    }

    /// True when the secret has a file.
    pub fn has(&self, name: &SecretName) -> bool {
        self.files.contains_key(name)
    }

    /// The secrets of one service that have files.
    pub fn of_service<'a>(&'a self, service: &'a ServiceName) -> impl Iterator<Item = &'a SecretName> {
        self.files.keys().filter(move |name| name.service == *service)
    }
}

/// The bytes of a secret's sealed file; `None` when it has none.
///
/// # Errors
/// When it can't be read, leads out of the fleet, or is larger than any sealed file may be.
pub fn read(root: &Root, name: &SecretName) -> Result<Option<Vec<u8>>, FileError> {
    files::if_exists(root.read_at_most(name.file(), SEALED_LIMIT as u64))
}

/// Files people keep beside sealed ones.
fn is_note(name: &str) -> bool {
    name.starts_with("README") || matches!(name, ".gitkeep" | ".gitattributes" | ".gitignore")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn files_are_found_by_name_and_the_rest_is_called_stray() {
        let folder = std::env::temp_dir().join(format!("fleet-store-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        let secrets = folder.join("secrets");
        for path in [
            "nginx/tls.age",
            "nginx/web1/tls.age",
            "nginx/web1/deep/x.age",
            "nginx/Web_1/tls.age",
            "nginx/plain.txt",
            "nginx/.fleet-1-0-tls.age",
            "nginx/-x.age",
            "README.md",
            "loose.age",
            ".hidden/x.age",
        ] {
            std::fs::create_dir_all(secrets.join(path).parent().unwrap()).unwrap();
            std::fs::write(secrets.join(path), "x").unwrap();
        }
        std::fs::write(folder.join("elsewhere.age"), "x").unwrap();
        symlink("/etc/passwd", secrets.join("nginx/out.age")).unwrap();
        symlink("/etc", secrets.join("etc")).unwrap();
        symlink("../../elsewhere.age", secrets.join("nginx/inside.age")).unwrap();
        symlink("nowhere", secrets.join("nginx/nowhere.age")).unwrap();

        let root = Root::open(&folder).unwrap();
        let store = Store::open(&root).unwrap();
        let names: Vec<String> = store.files.keys().map(ToString::to_string).collect();
        assert_eq!(names, ["nginx/inside", "nginx/tls", "nginx/web1/tls"]);
        let strays: Vec<&str> = store.strays.iter().map(|stray| stray.path.as_str()).collect();
        assert_eq!(
            strays,
            [
                "secrets/.hidden",
                "secrets/etc",
                "secrets/loose.age",
                "secrets/nginx/-x.age",
                "secrets/nginx/.fleet-1-0-tls.age",
                "secrets/nginx/Web_1",
                "secrets/nginx/nowhere.age",
                "secrets/nginx/out.age",
                "secrets/nginx/plain.txt",
                "secrets/nginx/web1/deep",
            ]
        );
        assert!(read(&root, &SecretName::parse("nginx/out").unwrap()).is_err());
        assert!(read(&root, &SecretName::parse("nginx/none").unwrap()).unwrap().is_none());
        std::fs::remove_dir_all(folder).unwrap();
    }
}
