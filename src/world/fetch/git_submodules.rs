//! Submodules: other repositories whose commits a repository names, each fetched as an input of its own and laid into
//! its place.

use super::Fetcher;
use super::git::Location;
use super::git_program::{Entry, Repository, SUBMODULE, make_folder};
use crate::nix::input::{Attribute, Attributes, Input};
use crate::nix::world::{Answer, WorldError};
use crate::world::cache::failed_at;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// What `.gitmodules` says of one.
#[derive(Default)]
struct Submodule {
    path: String,
    url: String,
    branch: String,
}

impl Fetcher {
    /// Lays the submodules of a commit into its tree.
    pub(super) fn submodules_of_commit(
        &self,
        repository: &Repository,
        rev: &str,
        location: &Location,
        name: Option<&str>,
        entries: &[Entry],
        to: &Path,
    ) -> Answer<()> {
        let places: BTreeMap<&str, &Entry> = entries
            .iter()
            .filter(|entry| entry.mode == SUBMODULE)
            .map(|entry| (entry.path.as_str(), entry))
            .collect();
        if places.is_empty() {
            return Ok(());
        }
        let blob = format!("{rev}:.gitmodules");
        let described = repository.run(&["config", "--blob", &blob, "-z", "--list"])?;
        for submodule in parse(&described) {
            let Some(entry) = places.get(submodule.path.as_str()) else { continue };
            let url = resolve(repository, location, &submodule.url)?;
            let mut attributes = attributes(&url);
            attributes.insert("rev".into(), entry.object.as_str().into());
            attributes.insert("allRefs".into(), true.into());
            match submodule.branch.as_str() {
                "" => {}
                // The branch of the same name as this repository's own.
                "." => drop(name.map(|name| attributes.insert("ref".into(), name.into()))),
                branch => drop(attributes.insert("ref".into(), branch.into())),
            }
            let brought = self.git(&Input::from_attributes(attributes)?)?;
            lay(&brought.place, &to.join(&submodule.path))?;
        }
        Ok(())
    }

    /// Lays the submodules that are checked out in a work tree into its copy; whether one of them has changes.
    pub(super) fn submodules_of_work_tree(&self, repository: &Repository, to: &Path) -> Answer<bool> {
        let file = repository.folder.join(".gitmodules");
        if !file.exists() {
            return Ok(false);
        }
        let described = repository.run(&["config", "--file", ".gitmodules", "-z", "--list"])?;
        let mut dirty = false;
        for submodule in parse(&described) {
            let path = repository.folder.join(&submodule.path);
            let input = Input::from_attributes(attributes(&path.to_string_lossy()))?;
            let brought = self.git(&input)?;
            dirty |= !brought.attributes.contains_key("rev");
            lay(&brought.place, &to.join(&submodule.path))?;
        }
        Ok(dirty)
    }
}

fn attributes(url: &str) -> Attributes {
    let pairs: [(&str, Attribute); 4] = [
        ("type", "git".into()),
        ("url", url.into()),
        ("exportIgnore", false.into()),
        ("submodules", true.into()),
    ];
    pairs.map(|(name, value)| (name.to_owned(), value)).into()
}

/// `submodule.<name>.<key>`, a line feed, the value, a zero byte.
fn parse(described: &[u8]) -> Vec<Submodule> {
    let mut found: BTreeMap<String, Submodule> = BTreeMap::new();
    for entry in String::from_utf8_lossy(described).split('\0') {
        let Some((key, value)) = entry.split_once('\n') else { continue };
        let Some((name, key)) = key.strip_prefix("submodule.").and_then(|rest| rest.rsplit_once('.')) else {
            continue;
        };
        let submodule = found.entry(name.to_owned()).or_default();
        match key {
            "path" => submodule.path = value.to_owned(),
            "url" => submodule.url = value.to_owned(),
            "branch" => submodule.branch = value.to_owned(),
            _ => {}
        }
    }
    // A path that leads out is no place in the tree.
    let inside = |path: &str| path.split('/').all(|part| !["", ".", ".."].contains(&part));
    found.into_values().filter(|submodule| inside(&submodule.path) && !submodule.url.is_empty()).collect()
}

/// A submodule's address, which may be said from the repository's own (git-submodule(1)).
fn resolve(repository: &Repository, location: &Location, url: &str) -> Answer<String> {
    if !url.starts_with("./") && !url.starts_with("../") {
        return Ok(url.to_owned());
    }
    let base = match location {
        Location::Elsewhere(url) => url.clone(),
        Location::Here(path) => match repository.line(&["config", "--get", "remote.origin.url"])? {
            Some(url) => url,
            None => path.to_string_lossy().into_owned(),
        },
    };
    relative(&base, url)
        .ok_or_else(|| WorldError::Other(format!("the submodule '{url}' leads out of '{base}'")))
}

fn relative(base: &str, url: &str) -> Option<String> {
    let (mut base, mut url) = (base.trim_end_matches('/'), url);
    loop {
        if let Some(rest) = url.strip_prefix("./") {
            url = rest;
        } else if let Some(rest) = url.strip_prefix("../") {
            base = &base[..base.rfind(['/', ':'])?];
            url = rest;
        } else {
            return Some(format!("{base}/{url}"));
        }
    }
}

/// Puts a tree of the cache at a place of another; the files are the same ones, since nobody changes them.
fn lay(from: &Path, to: &Path) -> Answer<()> {
    make_folder(to)?;
    let failed = failed_at("read", from);
    for entry in fs::read_dir(from).map_err(&failed)? {
        let entry = entry.map_err(&failed)?;
        let (kind, source, place) =
            (entry.file_type().map_err(&failed)?, entry.path(), to.join(entry.file_name()));
        if kind.is_dir() {
            lay(&source, &place)?;
        } else if kind.is_symlink() {
            let target = fs::read_link(&source).map_err(failed_at("read", &source))?;
            std::os::unix::fs::symlink(target, &place).map_err(failed_at("write", &place))?;
        } else {
            fs::hard_link(&source, &place).map_err(failed_at("write", &place))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_said_from_another() {
        for (base, url, wanted) in [
            ("https://h/a/b.git", "../c.git", "https://h/a/c.git"),
            ("https://h/a/b", "./c", "https://h/a/b/c"),
            ("/srv/a", "../../b", "/b"),
            ("git@h:a/b", "../c", "git@h:a/c"),
        ] {
            assert_eq!(relative(base, url).as_deref(), Some(wanted));
        }
        assert_eq!(relative("a", "../b"), None);
    }

    #[test]
    fn submodules_outside_of_the_tree_are_none() {
        let text =
            "submodule.x.path\na/b\0submodule.x.url\n../x\0submodule.y.path\n../y\0submodule.y.url\nu\0";
        let found = parse(text.as_bytes());
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].path.as_str(), found[0].url.as_str()), ("a/b", "../x"));
    }
}
