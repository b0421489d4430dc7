//! Work trees: what git tracks of a repository on this machine, as it lies there now, with the changes that nobody committed.

use super::git::{Manner, is_below};
use super::git_program::{Repository, make_folder};
use super::{Brought, Fetcher};
use crate::nix::input::Input;
use crate::nix::world::{Answer, WorldError};
use crate::store::Method;
use crate::world::cache::failed_at;
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

impl Fetcher {
    /// The files that git tracks in a work tree, as they are now.
    pub(super) fn work_tree(&self, input: &Input, path: &Path, manner: Manner) -> Answer<Brought> {
        let shown = path.display().to_string();
        if !path.join(".git").exists() {
            return Err(WorldError::NotFound(format!(
                "'{shown}' is not a Git repository, or does not exist"
            )));
        }
        let repository = Repository { folder: path.to_owned() };
        let head = repository.resolve("HEAD^{commit}")?;
        let changes = repository.run(&[
            "status",
            "--porcelain",
            "-z",
            "--untracked-files=no",
            "--ignore-submodules=all",
        ])?;
        let draft = self.cache.draft()?;
        make_folder(draft.path())?;
        let files = tracked(&repository)?;
        let ignored = match manner.export_ignore {
            true => self.ignored(&repository, None, &files.iter().cloned().collect::<Vec<_>>())?,
            false => Default::default(),
        };
        for file in files.iter().filter(|file| !is_below(file, &ignored)) {
            copy(path, file, draft.path())?;
        }
        let mut dirty = !changes.is_empty();
        if manner.submodules {
            dirty |= self.submodules_of_work_tree(&repository, draft.path())?;
        }
        let mut input = input.clone();
        match &head {
            Some(rev) if dirty => {
                input.set("dirtyRev", format!("{rev}-dirty"));
                input.set("dirtyShortRev", format!("{}-dirty", &rev[..7]));
            }
            _ if dirty => {}
            head => {
                if let Some(name) = repository.line(&["symbolic-ref", "--quiet", "HEAD"])? {
                    input.set("ref", name);
                }
                input.set("rev", head.clone().unwrap_or_else(|| "0".repeat(40)));
                if !manner.shallow {
                    input.set("revCount", head.as_ref().map_or(Ok(0), |rev| repository.count(rev))?);
                }
            }
        }
        if dirty {
            self.warn(&format!("Git tree '{shown}' is dirty"));
        }
        input.set("lastModified", head.map_or(Ok(0), |rev| repository.time(&rev))?);
        let top = draft.path().to_owned();
        let (place, hash) = self.cache.keep_tree(draft, &top)?;
        Ok(Brought { place, method: Method::Nar, hash, attributes: input.attributes })
    }
}

/// The files that are in a work tree and in git's index; places of other repositories are none.
fn tracked(repository: &Repository) -> Answer<BTreeSet<String>> {
    let listed = repository.run(&["ls-files", "-s", "-z"])?;
    let mut files = BTreeSet::new();
    for line in listed.split(|byte| *byte == 0).filter(|line| !line.is_empty()) {
        let tab = line.iter().position(|byte| *byte == b'\t').unwrap_or(0);
        if line.starts_with(b"160000 ") {
            continue;
        }
        let path = std::str::from_utf8(&line[tab + 1..])
            .map_err(|_| WorldError::Other("a name in the git repository is not UTF-8".into()))?;
        if fs::symlink_metadata(repository.folder.join(path)).is_ok_and(|found| !found.is_dir()) {
            files.insert(path.to_owned());
        }
    }
    Ok(files)
}

/// Copies one file or link of a tree to the same place of another.
pub(super) fn copy(from: &Path, file: &str, to: &Path) -> Answer<()> {
    let (source, place) = (from.join(file), to.join(file));
    let failed = failed_at("read", &source);
    if let Some(folder) = place.parent() {
        make_folder(folder)?;
    }
    let metadata = fs::symlink_metadata(&source).map_err(&failed)?;
    if metadata.is_symlink() {
        let target = fs::read_link(&source).map_err(&failed)?;
        return std::os::unix::fs::symlink(target, &place).map_err(failed_at("write", &place));
    }
    if !metadata.is_file() {
        return Err(WorldError::Other(format!("file '{}' has an unsupported type", source.display())));
    }
    let mut new = crate::world::cache::new_file(&place, metadata.permissions().mode() & 0o100 != 0)?;
    let mut old = fs::File::open(&source).map_err(&failed)?;
    std::io::copy(&mut old, &mut new).map_err(failed_at("write", &place)).map(|_| ())
}
