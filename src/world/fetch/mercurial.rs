//! Mercurial repositories, through the program `hg`: cloned into the cache, and a commit's tree taken out of there.

use super::git::is_installed;
use super::git_program::{make_folder, told};
use super::{Brought, Fetcher};
use crate::nix::input::url::Url;
use crate::nix::input::{Input, git_rev};
use crate::nix::world::{Answer, WorldError};
use crate::os::process::Process;
use crate::store::Method;
use crate::world::cache::Note;
use std::fs;
use std::path::Path;

fn hg<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Answer<String> {
    // No user's settings, no question, and English.
    let program = Process::new("hg").env("HGPLAIN", "").env("LC_ALL", "C");
    Ok(program.args(["--noninteractive"]).args(arguments).run().map_err(told)?.text())
}

impl Fetcher {
    /// `type = "hg"`
    pub(super) fn mercurial(&self, input: &Input) -> Answer<Brought> {
        if !is_installed("hg")? {
            return Err(WorldError::Other(format!(
                "fetching '{input}' needs the program `hg`: install Mercurial, or put it on PATH"
            )));
        }
        let url = Url::parse(input.wanted_text("url")?).map_err(|error| WorldError::Other(error.0))?;
        let here = match url.scheme.as_str() {
            "file" => Some(url.file_path().map_err(|error| WorldError::Other(error.0))?),
            _ => None,
        };
        let wanted = input.rev()?.map(|rev| git_rev(&rev));
        if let (Some(path), None, None) = (&here, input.text("ref")?, &wanted)
            && Path::new(path).join(".hg").exists()
            && !hg(["status", "-R", path, "--modified", "--added", "--removed"])?.is_empty()
        {
            return self.changed_tree(input, path);
        }
        let actual = here.unwrap_or_else(|| url.to_string());
        let (folder, _lock) = self.cache.clone_of("hg", &actual)?;
        let clone = folder.to_string_lossy().into_owned();
        let name = wanted.clone().unwrap_or(input.text("ref")?.unwrap_or("default").to_owned());
        let is_here = folder.join(".hg").exists();
        let key = format!("hg ref {actual} {name}");
        let fresh = self.cache.note(&key).is_some_and(|note| note.is_fresh(self.ttl));
        let known = is_here
            && match &wanted {
                Some(rev) => {
                    hg(["log", "-R", &clone, "-r", rev, "--template", "1"]).is_ok_and(|one| one == "1")
                }
                None => fresh,
            };
        if !known {
            if is_here {
                hg(["pull", "-R", &clone, "--", &actual])?;
            } else {
                hg(["clone", "--noupdate", "--", &actual, &clone])?;
            }
            self.cache.write_note(&key, Note::default())?;
        }
        let told = hg(["log", "-R", &clone, "-r", &name, "--template", "{node} {rev} {branch}"])?;
        let words: Vec<&str> = told.splitn(3, ' ').collect();
        let [rev, count, branch] = words[..] else {
            return Err(WorldError::Other(format!("hg does not say which commit '{name}' of '{actual}' is")));
        };
        let mut input = input.clone();
        input.set("rev", rev);
        input.set("ref", branch);
        input.set("revCount", count.parse::<u64>().unwrap_or(0));
        let key = format!("hg tree {rev}");
        if let Some(hash) = self.cache.note(&key).and_then(|note| note.hash())
            && let Some(place) = self.cache.find(Method::Nar, &hash)
        {
            return Ok(Brought { place, method: Method::Nar, hash, attributes: input.attributes });
        }
        let draft = self.cache.draft()?;
        hg(["archive", "-R", &clone, "-r", rev, "--", &draft.path().to_string_lossy()])?;
        crate::os::files::remove(draft.path().join(".hg_archival.txt"))
            .map_err(crate::world::cache::failed)?;
        let top = draft.path().to_owned();
        let (place, hash) = self.cache.keep_tree(draft, &top)?;
        self.cache.write_note(&key, Note::of(&hash))?;
        Ok(Brought { place, method: Method::Nar, hash, attributes: input.attributes })
    }

    /// The files that Mercurial tracks in a work tree with changes.
    fn changed_tree(&self, input: &Input, path: &str) -> Answer<Brought> {
        self.warn(&format!("Mercurial tree '{path}' is unclean"));
        let mut input = input.clone();
        input.set("ref", hg(["branch", "-R", path])?.trim_end());
        let listed =
            hg(["status", "-R", path, "--clean", "--modified", "--added", "--no-status", "--print0"])?;
        let draft = self.cache.draft()?;
        make_folder(draft.path())?;
        for file in listed.split('\0').filter(|file| !file.is_empty()) {
            if fs::symlink_metadata(Path::new(path).join(file)).is_ok() {
                super::git_work_tree::copy(Path::new(path), file, draft.path())?;
            }
        }
        let top = draft.path().to_owned();
        let (place, hash) = self.cache.keep_tree(draft, &top)?;
        Ok(Brought { place, method: Method::Nar, hash, attributes: input.attributes })
    }
}
