//! GitHub, GitLab and SourceHut: which commit a branch has is asked of the forge, its tree is downloaded as an archive.

use super::{Brought, Fetcher};
use crate::nix::input::{Input, Scheme, git_rev};
use crate::nix::world::{Answer, WorldError};
use crate::store::Method;
use crate::world::cache::Note;
use std::path::Path;

/// A repository on a forge.
struct Project<'a> {
    scheme: Scheme,
    host: &'a str,
    owner: &'a str,
    repo: &'a str,
}

impl Project<'_> {
    /// Where a branch's or a tag's newest commit is told.
    fn commit_address(&self, name: &str) -> String {
        let Project { host, owner, repo, .. } = self;
        match self.scheme {
            Scheme::GitLab => {
                format!("https://{host}/api/v4/projects/{owner}%2F{repo}/repository/commits?ref_name={name}")
            }
            Scheme::SourceHut => format!("https://{host}/{owner}/{repo}/info/refs"),
            _ if *host == "github.com" => format!("https://api.{host}/repos/{owner}/{repo}/commits/{name}"),
            _ => format!("https://{host}/api/v3/repos/{owner}/{repo}/commits/{name}"),
        }
    }

    /// Where a commit's tree is.
    fn archive_address(&self, rev: &str) -> String {
        let Project { host, owner, repo, .. } = self;
        match self.scheme {
            Scheme::GitLab => {
                format!("https://{host}/api/v4/projects/{owner}%2F{repo}/repository/archive.tar.gz?sha={rev}")
            }
            Scheme::SourceHut => format!("https://{host}/{owner}/{repo}/archive/{rev}.tar.gz"),
            _ if *host == "github.com" => format!("https://{host}/{owner}/{repo}/archive/{rev}.tar.gz"),
            _ => format!("https://{host}/api/v3/repos/{owner}/{repo}/tarball/{rev}"),
        }
    }
}

impl Fetcher {
    /// `type = "github"`, `"gitlab"`, `"sourcehut"`
    pub(super) fn forge(&self, scheme: Scheme, input: &Input) -> Answer<Brought> {
        let host = match (input.text("host")?, scheme) {
            (Some(host), _) => host,
            (None, Scheme::GitLab) => "gitlab.com",
            (None, Scheme::SourceHut) => "git.sr.ht",
            (None, _) => "github.com",
        };
        let project =
            Project { scheme, host, owner: input.wanted_text("owner")?, repo: input.wanted_text("repo")? };
        let rev = match input.rev()? {
            Some(rev) => git_rev(&rev),
            None => self.newest_commit(&project, input.text("ref")?.unwrap_or("HEAD"))?,
        };
        let mut input = input.clone();
        input.attributes.remove("ref");
        input.set("rev", rev.as_str());
        // A commit names its tree for ever, wherever it is fetched from.
        let key = format!("{} tree {rev}", scheme.name());
        if let Some(note) = self.cache.note(&key)
            && let Some(hash) = note.hash()
            && let Some(place) = self.cache.find(Method::Nar, &hash)
        {
            input.set("lastModified", note.last_modified);
            return Ok(Brought { place, method: Method::Nar, hash, attributes: input.attributes });
        }
        let tree = self.tarball_with(&project.archive_address(&rev), None, &[])?;
        let note = Note { last_modified: tree.last_modified, ..Note::of(&tree.hash) };
        self.cache.write_note(&key, note)?;
        input.set("lastModified", tree.last_modified);
        Ok(Brought { place: tree.place, method: Method::Nar, hash: tree.hash, attributes: input.attributes })
    }

    fn newest_commit(&self, project: &Project<'_>, name: &str) -> Answer<String> {
        let text = |place: &Path| -> Answer<String> {
            let bytes =
                crate::os::files::read_at_most(place, 64 << 20).map_err(crate::world::cache::failed)?;
            Ok(String::from_utf8_lossy(&bytes).into_owned())
        };
        let url = project.commit_address(name);
        let answer = text(&self.file(&url, None, &[])?.place)?;
        let found = match project.scheme {
            Scheme::SourceHut => {
                let head = match name {
                    "HEAD" => {
                        let url = format!("https://{}/{}/{}/HEAD", project.host, project.owner, project.repo);
                        text(&self.file(&url, None, &[])?.place)?
                    }
                    _ => String::new(),
                };
                commit_of_refs(&answer, name, &head)
            }
            Scheme::GitLab => json_text(&answer, "/0/id"),
            _ => json_text(&answer, "/sha"),
        };
        found.filter(|rev| crate::nix::input::scheme::is_commit(rev)).ok_or_else(|| {
            WorldError::Other(format!("'{url}' does not say which commit '{name}' is; does it exist there?"))
        })
    }
}

fn json_text(answer: &str, place: &str) -> Option<String> {
    let json: serde_json::Value = serde_json::from_str(answer).ok()?;
    json.pointer(place)?.as_str().map(str::to_owned)
}

/// The commit of a branch or a tag among git's `info/refs`; `head` is what the file HEAD says: `ref: refs/heads/main`.
fn commit_of_refs(refs: &str, name: &str, head: &str) -> Option<String> {
    let wanted: Vec<String> = match head.trim().strip_prefix("ref: ") {
        Some(reference) if name == "HEAD" => vec![reference.trim().to_owned()],
        _ => ["heads", "tags"].map(|kind| format!("refs/{kind}/{name}")).to_vec(),
    };
    refs.lines().find_map(|line| {
        let (rev, reference) = line.split_once('\t')?;
        wanted.iter().any(|wanted| wanted == reference).then(|| rev.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_the_forges_own() {
        let project = |scheme, host| Project { scheme, host, owner: "o", repo: "r" };
        let github = project(Scheme::GitHub, "github.com");
        assert_eq!(github.commit_address("HEAD"), "https://api.github.com/repos/o/r/commits/HEAD");
        assert_eq!(github.archive_address("abc"), "https://github.com/o/r/archive/abc.tar.gz");
        let own = project(Scheme::GitHub, "git.example.org");
        assert_eq!(own.archive_address("abc"), "https://git.example.org/api/v3/repos/o/r/tarball/abc");
        let gitlab = project(Scheme::GitLab, "gitlab.com");
        let archive = "https://gitlab.com/api/v4/projects/o%2Fr/repository/archive.tar.gz?sha=abc";
        assert_eq!(gitlab.archive_address("abc"), archive);
        let sourcehut = project(Scheme::SourceHut, "git.sr.ht");
        assert_eq!(sourcehut.archive_address("abc"), "https://git.sr.ht/o/r/archive/abc.tar.gz");
    }

    #[test]
    fn a_commit_is_found_in_what_forges_answer() {
        let rev = "0123456789012345678901234567890123456789";
        assert_eq!(json_text(&format!("{{\"sha\": \"{rev}\"}}"), "/sha").as_deref(), Some(rev));
        assert_eq!(json_text(&format!("[{{\"id\": \"{rev}\"}}]"), "/0/id").as_deref(), Some(rev));
        let refs = format!("1111\trefs/heads/other\n{rev}\trefs/heads/main\n2222\trefs/tags/v1\n");
        assert_eq!(commit_of_refs(&refs, "HEAD", "ref: refs/heads/main\n").as_deref(), Some(rev));
        assert_eq!(commit_of_refs(&refs, "v1", "").as_deref(), Some("2222"));
        assert_eq!(commit_of_refs(&refs, "v2", ""), None);
    }
}
