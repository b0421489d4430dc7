//! Git, asked what a repository holds. Blobs come as they are stored: no filter, no line ending is changed.

use crate::nix::world::{Answer, WorldError};
use crate::os::process::{Process, ProcessError};
use crate::report::Diagnose;
use std::collections::HashSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// How many bytes of blobs are asked for at once, if no single one is larger.
const BATCH: u64 = 32 << 20;

/// A repository of this machine: a work tree, or a clone without one.
#[derive(Clone)]
pub(super) struct Repository {
    pub folder: PathBuf,
}

/// One line of a commit's tree.
pub(super) struct Entry {
    pub mode: u32,
    pub object: String,
    pub size: u64,
    pub path: String,
}

/// A file's mode in a tree of git's.
pub(super) const LINK: u32 = 0o120_000;
/// Another repository's commit.
pub(super) const SUBMODULE: u32 = 0o160_000;

/// What a program said when it failed, in the words of the world.
pub(super) fn told(error: ProcessError) -> WorldError {
    let hints = error.hints().join("; ");
    WorldError::Other(if hints.is_empty() { error.to_string() } else { format!("{error}: {hints}") })
}

impl Repository {
    fn git(&self) -> Process {
        // A hook's git tells its children of the repository that it belongs to: this is another one.
        let told = ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY"];
        let git = told.iter().fold(Process::new("git"), |git, name| git.without_env(name));
        git.folder(&self.folder)
            .env("LC_ALL", "C")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_OPTIONAL_LOCKS", "0")
    }

    /// Runs git and gives what it prints.
    pub(super) fn run(&self, arguments: &[&str]) -> Answer<Vec<u8>> {
        Ok(self.git().args(arguments).run().map_err(told)?.stdout)
    }

    /// Runs git with something to read.
    fn run_with(&self, arguments: &[&str], input: &[u8], index: Option<&Path>) -> Answer<Vec<u8>> {
        let mut git = self.git().args(arguments).input(input);
        if let Some(index) = index {
            git = git.env("GIT_INDEX_FILE", index);
        }
        Ok(git.run().map_err(told)?.stdout)
    }

    /// The one line that git answers; none if it fails.
    pub(super) fn line(&self, arguments: &[&str]) -> Answer<Option<String>> {
        let output = self.git().args(arguments).output().map_err(told)?;
        let text = output.text();
        let line = text.trim();
        Ok((output.success && !line.is_empty()).then(|| line.to_owned()))
    }

    /// The object that a name stands for, as git looks names up.
    pub(super) fn resolve(&self, name: &str) -> Answer<Option<String>> {
        self.line(&["rev-parse", "--verify", "--quiet", "--end-of-options", name])
    }

    /// Whether a commit is here.
    pub(super) fn has(&self, rev: &str) -> Answer<bool> {
        Ok(self.git().args(["cat-file", "-e", &format!("{rev}^{{commit}}")]).output().map_err(told)?.success)
    }

    /// When a commit was made, in seconds since 1970.
    pub(super) fn time(&self, rev: &str) -> Answer<u64> {
        let text = self.run(&["log", "-1", "--format=%ct", "--no-show-signature", rev])?;
        let text = String::from_utf8_lossy(&text);
        text.trim().parse().map_err(|_| WorldError::Other(format!("git gives no time for '{rev}'")))
    }

    /// How many commits lead to one, itself among them.
    pub(super) fn count(&self, rev: &str) -> Answer<u64> {
        let text = self.run(&["rev-list", "--count", rev])?;
        let text = String::from_utf8_lossy(&text);
        text.trim().parse().map_err(|_| WorldError::Other(format!("git can't count the commits of '{rev}'")))
    }

    /// Whether its history is cut off.
    pub(super) fn is_shallow(&self) -> Answer<bool> {
        Ok(self.line(&["rev-parse", "--is-shallow-repository"])?.as_deref() == Some("true"))
    }

    /// The files of a commit.
    pub(super) fn entries(&self, rev: &str) -> Answer<Vec<Entry>> {
        let listed = self.run(&["ls-tree", "-r", "-l", "-z", "--full-tree", rev])?;
        let lines = listed.split(|byte| *byte == 0).filter(|line| !line.is_empty());
        lines.map(|line| entry(line).ok_or_else(|| strange(line))).collect()
    }

    /// Those of some paths that `export-ignore` leaves out, by the attributes of a commit, or of the work tree.
    pub(super) fn ignored(
        &self,
        rev: Option<&str>,
        index: &Path,
        paths: &[String],
    ) -> Answer<HashSet<String>> {
        let mut input = Vec::new();
        for path in paths {
            input.extend_from_slice(path.as_bytes());
            input.push(0);
        }
        let answer = match rev {
            Some(rev) => {
                // An index of its own: git reads attributes from there, and the repository's stays as it is.
                self.run_with(&["read-tree", rev], b"", Some(index))?;
                let words = ["check-attr", "--cached", "--stdin", "-z", "export-ignore"];
                self.run_with(&words, &input, Some(index))?
            }
            None => self.run_with(&["check-attr", "--stdin", "-z", "export-ignore"], &input, None)?,
        };
        let words: Vec<&[u8]> = answer.split(|byte| *byte == 0).collect();
        let set = words.chunks_exact(3).filter(|three| three[2] == b"set");
        Ok(set.map(|three| String::from_utf8_lossy(three[0]).into_owned()).collect())
    }

    /// Writes the blobs of entries below a folder whose folders are there.
    pub(super) fn write(&self, entries: &[Entry], to: &Path) -> Answer<()> {
        let mut rest = entries;
        while !rest.is_empty() {
            let (mut size, mut count) = (0, 0);
            while count < rest.len() && (count == 0 || size + rest[count].size <= BATCH) {
                size += rest[count].size;
                count += 1;
            }
            let (batch, after) = rest.split_at(count);
            self.write_batch(batch, to)?;
            rest = after;
        }
        Ok(())
    }

    fn write_batch(&self, batch: &[Entry], to: &Path) -> Answer<()> {
        let names: String = batch.iter().map(|entry| format!("{}\n", entry.object)).collect();
        let blobs = self.run_with(&["cat-file", "--batch"], names.as_bytes(), None)?;
        let mut blobs = &blobs[..];
        for entry in batch {
            let path = to.join(&entry.path);
            // `<object> blob <size>`, a line feed, the bytes, a line feed.
            let end = blobs.iter().position(|byte| *byte == b'\n').ok_or_else(|| strange(b"cat-file"))?;
            let head = String::from_utf8_lossy(&blobs[..end]).into_owned();
            let size: usize = head
                .rsplit(' ')
                .next()
                .and_then(|size| size.parse().ok())
                .filter(|size| blobs.len() > end + 1 + size)
                .ok_or_else(|| strange(head.as_bytes()))?;
            let bytes = &blobs[end + 1..end + 1 + size];
            if entry.mode == LINK {
                let target: &std::ffi::OsStr = std::os::unix::ffi::OsStrExt::from_bytes(bytes);
                std::os::unix::fs::symlink(target, &path)
                    .map_err(crate::world::cache::failed_at("write", &path))?;
            } else {
                let mut file = crate::world::cache::new_file(&path, entry.mode & 0o100 != 0)?;
                file.write_all(bytes).map_err(crate::world::cache::failed_at("write", &path))?;
            }
            blobs = &blobs[end + 1 + size + 1..];
        }
        Ok(())
    }
}

/// Makes a folder of a tree, and those above it.
pub(super) fn make_folder(path: &Path) -> Answer<()> {
    fs::create_dir_all(path).map_err(crate::world::cache::failed_at("create", path))
}

fn strange(line: &[u8]) -> WorldError {
    WorldError::Other(format!("git answered what nobody understands: '{}'", String::from_utf8_lossy(line)))
}

/// `<mode> <type> <object> <size>`, a tabulator, the path.
fn entry(line: &[u8]) -> Option<Entry> {
    let tab = line.iter().position(|byte| *byte == b'\t')?;
    let head = std::str::from_utf8(&line[..tab]).ok()?;
    let mut words = head.split_ascii_whitespace();
    let mode = u32::from_str_radix(words.next()?, 8).ok()?;
    let _kind = words.next()?;
    let object = words.next()?.to_owned();
    let size = words.next()?.parse().unwrap_or(0);
    Some(Entry { mode, object, size, path: String::from_utf8(line[tab + 1..].to_vec()).ok()? })
}
