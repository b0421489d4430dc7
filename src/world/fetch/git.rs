//! Git repositories: a commit of one, or the work tree as it is, which holds what git tracks and nothing else.
//!
//! A repository elsewhere is cloned into the cache, without a work tree, and only what is missing is fetched. A local
//! one is read where it lies.

use super::git_program::{Entry, LINK, Repository, SUBMODULE, make_folder, told};
use super::{Brought, Fetcher};
use crate::nix::input::url::Url;
use crate::nix::input::{Input, Scheme, git_rev};
use crate::nix::world::{Answer, WorldError};
use crate::os::process::Process;
use crate::store::Method;
use crate::world::cache::{Draft, Note, failed_at};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Where a repository is.
pub(super) enum Location {
    /// A work tree of this machine.
    Here(PathBuf),
    /// Anything that has to be cloned, bare repositories of this machine among it.
    Elsewhere(String),
}

/// How a tree is taken out of a repository.
#[derive(Clone, Copy)]
pub(super) struct Manner {
    pub export_ignore: bool,
    pub submodules: bool,
    pub shallow: bool,
}

impl Manner {
    fn key(self, rev: &str) -> String {
        let submodules = if self.submodules { ";s" } else { "" };
        let export = if self.export_ignore { ";e" } else { "" };
        format!("git tree {rev}{submodules}{export}")
    }
}

impl Fetcher {
    /// `type = "git"`
    pub(super) fn git(&self, input: &Input) -> Answer<Brought> {
        let manner = Manner {
            export_ignore: input.switch("exportIgnore")?,
            submodules: input.switch("submodules")?,
            shallow: input.switch("shallow")?,
        };
        if input.switch("lfs")? {
            return Err(WorldError::Other(format!(
                "'{input}' asks for large files (lfs), which fleet does not fetch; without `lfs` their pointers are fetched"
            )));
        }
        if manner.export_ignore && manner.submodules {
            return Err(WorldError::Other(
                "exportIgnore and submodules are not supported together yet".into(),
            ));
        }
        if let Some(rev) = input.rev()? {
            let rev = git_rev(&rev);
            if let Some(brought) = self.known_commit(input, &rev, manner) {
                return Ok(brought);
            }
        }
        match location(input)? {
            Location::Here(path) if input.text("ref")?.is_none() && input.rev()?.is_none() => {
                self.work_tree(input, &path, manner)
            }
            location => self.commit(input, &location, manner),
        }
    }

    /// A commit whose tree was taken out before.
    fn known_commit(&self, input: &Input, rev: &str, manner: Manner) -> Option<Brought> {
        let note = self.cache.note(&manner.key(rev))?;
        let hash = note.hash()?;
        let place = self.cache.find(Method::Nar, &hash)?;
        let mut attributes = input.attributes.clone();
        attributes.insert("rev".into(), rev.into());
        attributes.insert("lastModified".into(), note.last_modified.into());
        if !manner.shallow {
            let count: u64 = self.cache.note(&format!("git count {rev}"))?.text.parse().ok()?;
            attributes.insert("revCount".into(), count.into());
        }
        Some(Brought { place, method: Method::Nar, hash, attributes })
    }

    fn commit(&self, input: &Input, location: &Location, manner: Manner) -> Answer<Brought> {
        let wanted = input.rev()?.map(|rev| git_rev(&rev));
        let (repository, rev, name, _lock) = match location {
            Location::Here(path) => {
                let repository = Repository { folder: path.clone() };
                let name = match input.text("ref")? {
                    Some(name) => name.to_owned(),
                    None => repository.line(&["symbolic-ref", "--quiet", "HEAD"])?.unwrap_or("HEAD".into()),
                };
                let rev = match wanted {
                    Some(rev) if repository.has(&rev)? => rev,
                    Some(rev) => return Err(no_commit(&rev, &name, &path.display().to_string())),
                    None => repository.resolve(&format!("{name}^{{commit}}"))?.ok_or_else(|| {
                        WorldError::Other(format!(
                            "there is no branch or tag '{name}' in the git repository '{}'",
                            path.display()
                        ))
                    })?,
                };
                (repository, rev, name, None)
            }
            Location::Elsewhere(url) => {
                let cached = if manner.shallow { format!("{url} shallow") } else { url.clone() };
                let (folder, lock) = self.cache.clone_of("git", &cached)?;
                let repository = Repository { folder };
                let (rev, name) = self.bring_commit(&repository, url, input, wanted, manner.shallow)?;
                (repository, rev, name, Some(lock))
            }
        };
        if !manner.shallow && repository.is_shallow()? {
            return Err(WorldError::Other(format!(
                "'{input}' is a shallow Git repository, but shallow repositories are only allowed when `shallow = true;` \
                 is specified"
            )));
        }
        let mut input = input.clone();
        input.set("ref", name);
        if !manner.shallow {
            let count = Note { text: repository.count(&rev)?.to_string(), ..Note::default() };
            self.cache.write_note(&format!("git count {rev}"), count)?;
        }
        if let Some(brought) = self.known_commit(&input, &rev, manner) {
            return Ok(brought);
        }
        let draft = self.cache.draft()?;
        make_folder(draft.path())?;
        let mut entries = repository.entries(&rev)?;
        if manner.export_ignore {
            let paths: Vec<String> = entries.iter().map(|entry| entry.path.clone()).collect();
            let ignored = self.ignored(&repository, Some(&rev), &paths)?;
            entries.retain(|entry| !is_below(&entry.path, &ignored));
        }
        lay_out(&repository, &entries, draft.path())?;
        if manner.submodules {
            self.submodules_of_commit(
                &repository,
                &rev,
                location,
                input.text("ref")?,
                &entries,
                draft.path(),
            )?;
        }
        let top = draft.path().to_owned();
        let (_, hash) = self.cache.keep_tree(draft, &top)?;
        let note = Note { last_modified: repository.time(&rev)?, ..Note::of(&hash) };
        self.cache.write_note(&manner.key(&rev), note)?;
        self.known_commit(&input, &rev, manner)
            .ok_or_else(|| WorldError::Other(format!("the cache lost '{input}' while it was fetched")))
    }

    /// Makes sure that a clone has the commit that an input names; its hash, and the branch or tag.
    fn bring_commit(
        &self,
        repository: &Repository,
        url: &str,
        input: &Input,
        wanted: Option<String>,
        shallow: bool,
    ) -> Answer<(String, String)> {
        if !repository.folder.join("HEAD").exists() {
            make_folder(&repository.folder)?;
            repository.run(&["init", "--bare", "--quiet", "."])?;
        }
        let name = match input.text("ref")? {
            Some(name) => name.to_owned(),
            None => self.default_branch(repository, url)?,
        };
        let all = input.switch("allRefs")?;
        let whole = if name.starts_with("refs/") || name == "HEAD" {
            name.clone()
        } else {
            format!("refs/heads/{name}")
        };
        let spec = if all { "+refs/*:refs/*".to_owned() } else { format!("+{whole}:{whole}") };
        let depth: &[&str] = if shallow { &["--depth", "1"] } else { &[] };
        let fetch = |spec: &str| {
            let mut words = vec!["fetch", "--quiet", "--force", "--no-tags", "--update-head-ok"];
            words.extend_from_slice(depth);
            words.extend_from_slice(&["--end-of-options", url, spec]);
            repository.run(&words)
        };
        if let Some(rev) = wanted {
            if !repository.has(&rev)? {
                // Most servers hand out any commit; of the others the branch is fetched.
                fetch(&rev).or_else(|_| fetch(&spec))?;
            }
            return match repository.has(&rev)? {
                true => Ok((rev, name)),
                false => Err(no_commit(&rev, &name, url)),
            };
        }
        let key = format!("git ref {url} {whole}{}", if shallow { " shallow" } else { "" });
        let known =
            self.cache.note(&key).filter(|note| !all && note.is_fresh(self.ttl)).map(|note| note.text);
        if let Some(rev) = known
            && repository.has(&rev)?
        {
            return Ok((rev, name));
        }
        if let Err(error) = fetch(&spec) {
            match repository.resolve(&whole)? {
                Some(_) => self.warn(&format!(
                    "could not update local clone of Git repository '{url}'; continuing with the most recent version \
                     ({error})"
                )),
                None => return Err(error),
            }
        }
        let rev = repository.resolve(&format!("{whole}^{{commit}}"))?.ok_or_else(|| {
            WorldError::Other(format!("there is no branch or tag '{name}' in the git repository '{url}'"))
        })?;
        self.cache.write_note(&key, Note { text: rev.clone(), ..Note::default() })?;
        Ok((rev, name))
    }

    /// The branch that a repository elsewhere has checked out.
    fn default_branch(&self, repository: &Repository, url: &str) -> Answer<String> {
        let key = format!("git head {url}");
        if let Some(note) = self.cache.note(&key).filter(|note| note.is_fresh(self.ttl)) {
            return Ok(note.text);
        }
        let listed = repository.run(&["ls-remote", "--symref", "--end-of-options", url, "HEAD"])?;
        let listed = String::from_utf8_lossy(&listed);
        let head = listed.lines().find_map(|line| line.strip_prefix("ref: ")?.split('\t').next());
        let Some(head) = head else {
            self.warn(&format!("could not read HEAD ref from repo at '{url}', using 'master'"));
            return Ok("master".into());
        };
        self.cache.write_note(&key, Note { text: head.to_owned(), ..Note::default() })?;
        Ok(head.to_owned())
    }

    /// Those of some files, and of the folders they are in, that `export-ignore` leaves out.
    pub(super) fn ignored(
        &self,
        repository: &Repository,
        rev: Option<&str>,
        files: &[String],
    ) -> Answer<std::collections::HashSet<String>> {
        if !files.iter().any(|file| file.rsplit('/').next() == Some(".gitattributes")) {
            return Ok(Default::default());
        }
        let mut paths: BTreeSet<String> = files.iter().cloned().collect();
        for file in files {
            let above = file.match_indices('/').map(|(at, _)| file[..at].to_owned());
            paths.extend(above);
        }
        let paths: Vec<String> = paths.into_iter().collect();
        let index: Draft = self.cache.draft()?;
        repository.ignored(rev, index.path(), &paths)
    }
}

/// The work tree of this machine that an input names, if it names no commit.
pub fn work_tree_of(input: &Input) -> Option<PathBuf> {
    let is_git = input.scheme == Some(Scheme::Git);
    let is_commit = ["ref", "rev"].iter().any(|name| input.attributes.contains_key(*name));
    match location(input) {
        Ok(Location::Here(path)) if is_git && !is_commit => Some(path),
        _ => None,
    }
}

/// Where an input's repository is.
pub(super) fn location(input: &Input) -> Answer<Location> {
    let mut url = Url::parse(input.wanted_text("url")?).map_err(|error| WorldError::Other(error.0))?;
    if url.scheme == "file" {
        let path = PathBuf::from(url.file_path().map_err(|error| WorldError::Other(error.0))?);
        let path = std::path::absolute(&path).map_err(failed_at("find", &path))?;
        // What is there and has no `.git` is a repository without a work tree.
        if !path.exists() || path.join(".git").exists() {
            return Ok(Location::Here(path));
        }
        url.query.clear();
    }
    url.query.remove("dir");
    Ok(Location::Elsewhere(url.to_string()))
}

fn no_commit(rev: &str, name: &str, place: &str) -> WorldError {
    WorldError::Other(format!(
        "Cannot find Git revision '{rev}' in ref '{name}' of repository '{place}'! Please make sure that the rev exists \
         on the ref you've specified or add allRefs = true; to fetchGit."
    ))
}

/// Whether a file or a folder above it is among some names.
pub(super) fn is_below(file: &str, names: &std::collections::HashSet<String>) -> bool {
    !names.is_empty()
        && (names.contains(file) || file.match_indices('/').any(|(at, _)| names.contains(&file[..at])))
}

/// Writes a commit's files; another repository's place is an empty folder.
fn lay_out(repository: &Repository, entries: &[Entry], to: &Path) -> Answer<()> {
    let mut made = BTreeSet::new();
    let (mut files, mut last) = (Vec::new(), String::new());
    for entry in entries {
        // No commit that git checks out has such names; one that was made to do harm might.
        let legal = entry.path.split('/').all(|part| !["", ".", "..", ".git"].contains(&part));
        if !legal {
            return Err(WorldError::Other(format!("the git tree holds the name '{}'", entry.path)));
        }
        let folder = match entry.path.rfind('/') {
            Some(at) => &entry.path[..at],
            None => "",
        };
        let folder = if entry.mode == SUBMODULE { entry.path.as_str() } else { folder };
        if folder != last {
            if made.insert(folder.to_owned()) {
                make_folder(&to.join(folder))?;
            }
            last = folder.to_owned();
        }
        if entry.mode != SUBMODULE {
            files.push(entry);
        }
    }
    // Links are written last, so that no file is ever written through one.
    let (links, files): (Vec<&Entry>, Vec<&Entry>) = files.into_iter().partition(|entry| entry.mode == LINK);
    for part in [files, links] {
        let part: Vec<Entry> = part
            .into_iter()
            .map(|entry| Entry {
                mode: entry.mode,
                object: entry.object.clone(),
                size: entry.size,
                path: entry.path.clone(),
            })
            .collect();
        repository.write(&part, to)?;
    }
    Ok(())
}

/// Whether a program is there.
pub(super) fn is_installed(program: &str) -> Answer<bool> {
    match Process::new(program).arg("--version").output() {
        Ok(output) => Ok(output.success),
        Err(crate::os::process::ProcessError::Missing { .. }) => Ok(false),
        Err(error) => Err(told(error)),
    }
}
