//! History: who could ever read which secret, told by the tags in every version that git keeps.
//!
//! Rekeying revokes nothing: whoever could read a version has its value. So when a key leaves, all versions count, of
//! every branch, and those on disk that are in no commit. That an old version's value was replaced since can't be
//! seen, so a secret may be named once too often, and never once too seldom.

use super::readers::Tag;
use super::store::{self, Store};
use crate::format::SecretName;
use crate::format::sealed::{self, Header, SEALED_LIMIT, Stanza};
use crate::keys::Recipient;
use crate::os::git;
use crate::os::process::{Process, ProcessError};
use crate::os::{FileError, Root};
use crate::report::{Diagnose, Report};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Why the past can't be read.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// Git failed.
    #[error(transparent)]
    Git(#[from] ProcessError),
    /// A file on disk can't be read.
    #[error(transparent)]
    File(#[from] FileError),
}

impl Diagnose for HistoryError {
    fn hints(&self) -> Vec<String> {
        match self {
            HistoryError::Git(error) => error.hints(),
            HistoryError::File(error) => error.hints(),
        }
    }
}

/// A key that leaves the fleet, by what headers show of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Leaver {
    /// An ssh key.
    Tag(Tag),
    /// An `age1…` key: every version that some such key could read counts.
    Native,
    /// A plugin's key: every version that some plugin's key could read counts.
    Plugin,
}

impl Leaver {
    /// What headers show of this key.
    pub fn of(key: &Recipient) -> Self {
        match key {
            Recipient::Ssh(key) => Leaver::Tag(Tag::of(key)),
            Recipient::X25519(_) => Leaver::Native,
            Recipient::Plugin { .. } => Leaver::Plugin,
        }
    }

    /// The key in the text of a key file; `None` for what is none.
    pub fn parse(text: &str) -> Option<Self> {
        let line = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'))?;
        Recipient::parse(line).ok().map(|key| Leaver::of(&key))
    }

    /// True for a key without a name in a header that shows such a key: whether it is this one can't be told.
    pub fn may_hide_in(self, header: &Header) -> bool {
        !matches!(self, Leaver::Tag(_)) && self.is_in(&Seen::of(header))
    }

    fn is_in(self, readers: &Seen) -> bool {
        match self {
            Leaver::Tag(tag) => readers.tags.contains(&tag),
            Leaver::Native => readers.native,
            // A plugin may answer with a native stanza.
            Leaver::Plugin => readers.other || readers.native,
        }
    }
}

/// Every version of every sealed file.
#[derive(Debug, Default)]
pub struct History {
    versions: Vec<Version>,
    /// Why it is not the whole past.
    pub incomplete: Option<Incomplete>,
}

/// Why a history is not the whole past.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Incomplete {
    /// The fleet is in no git repository.
    NoGit,
    /// The repository was cloned without its past.
    Shallow,
}

impl Incomplete {
    /// What the user should know.
    pub fn report(self) -> Report {
        match self {
            Incomplete::NoGit => Report::warning(
                "the fleet is in no git repository: who could read a secret before can't be told",
            ),
            Incomplete::Shallow => {
                Report::warning("the repository was cloned without its past: older readers can't be told")
                    .hint("run `git fetch --unshallow` and the command again")
            }
        }
    }
}

/// When a secret could be read by a key that leaves.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exposed {
    /// Only in the past, the last such version being committed on this day (ISO 8601).
    Until(String),
    /// By the file as it is on disk.
    Now,
}

#[derive(Debug)]
struct Version {
    name: SecretName,
    /// The day of the commit; `None` for the file on disk.
    day: Option<String>,
    readers: Seen,
}

#[derive(Debug, Default, Clone)]
struct Seen {
    tags: BTreeSet<Tag>,
    native: bool,
    other: bool,
}

impl Seen {
    fn of(header: &Header) -> Self {
        let mut seen = Seen::default();
        for stanza in &header.stanzas {
            match stanza {
                Stanza::Ssh { algorithm, tag } => {
                    seen.tags.insert(Tag { algorithm: *algorithm, tag: *tag });
                }
                Stanza::X25519 => seen.native = true,
                Stanza::Scrypt => {}
                Stanza::Other(_) => seen.other = true,
            }
        }
        seen
    }
}

impl History {
    /// Reads every version's header, and those of the files on disk.
    ///
    /// # Errors
    /// When git fails, or a folder can't be listed.
    pub fn read(root: &Root) -> Result<Self, HistoryError> {
        let mut history = History::default();
        for name in Store::open(root)?.files.into_keys() {
            // A damaged file is the check's affair.
            let Some(bytes) = store::read(root, &name).ok().flatten() else { continue };
            if let Ok(header) = sealed::header(&bytes) {
                history.versions.push(Version { name, day: None, readers: Seen::of(&header) });
            }
        }
        if !git::is_work_tree(root.path()) {
            history.incomplete = Some(Incomplete::NoGit);
            return Ok(history);
        }
        if git::run(root.path(), ["rev-parse", "--is-shallow-repository"])?.starts_with(b"true") {
            history.incomplete = Some(Incomplete::Shallow);
        }
        let past = versions(root, store::FOLDER)?;
        let blobs: Vec<&str> = past.keys().map(String::as_str).collect();
        for_each_blob(root, &blobs, |blob, bytes| {
            let Ok(header) = sealed::header(bytes) else { return };
            let readers = Seen::of(&header);
            for (path, day) in &past[blob] {
                if let Some(name) = SecretName::from_file(path) {
                    history.versions.push(Version { name, day: Some(day.clone()), readers: readers.clone() });
                }
            }
        })?;
        Ok(history)
    }

    /// The secrets that one of these keys could ever read, with the last time that holds for.
    pub fn readable_by(&self, leavers: &[Leaver]) -> BTreeMap<SecretName, Exposed> {
        let mut found: BTreeMap<SecretName, Exposed> = BTreeMap::new();
        for version in &self.versions {
            if leavers.iter().any(|leaver| leaver.is_in(&version.readers)) {
                let exposed = version.day.clone().map_or(Exposed::Now, Exposed::Until);
                let known = found.entry(version.name.clone()).or_insert_with(|| exposed.clone());
                *known = exposed.max(known.clone());
            }
        }
        found
    }
}

/// Every key that this file ever held, in git and on disk: a host that was set up anew had another key before.
///
/// # Errors
/// When git fails.
pub fn keys_of_file(root: &Root, path: &str) -> Result<BTreeSet<Leaver>, HistoryError> {
    let mut keys: BTreeSet<Leaver> =
        root.read_text(path).ok().and_then(|text| Leaver::parse(&text)).into_iter().collect();
    if git::is_work_tree(root.path()) {
        let past = versions(root, path)?;
        let blobs: Vec<&str> = past.keys().map(String::as_str).collect();
        for_each_blob(root, &blobs, |_, bytes| {
            keys.extend(std::str::from_utf8(bytes).ok().and_then(Leaver::parse));
        })?;
    }
    Ok(keys)
}

/// True when this file's present content is in the commit that is checked out, so that git can bring it back.
pub fn is_committed(root: &Root, path: &str) -> bool {
    let ask = |arguments: [&str; 4]| {
        Process::new("git").folder(root.path()).env("LC_ALL", "C").args(arguments).output()
    };
    let there = ask(["rev-parse", "--verify", "--quiet", &format!("HEAD:./{path}")]);
    let here = ask(["hash-object", "--no-filters", "--", path]);
    match (there, here) {
        (Ok(there), Ok(here)) => there.success && here.success && there.stdout == here.stdout,
        _ => false,
    }
}

/// Blobs that ever lay below `folder`, with the path and the last day of each; paths relative to the fleet's folder.
fn versions(root: &Root, folder: &str) -> Result<HashMap<String, BTreeMap<String, String>>, ProcessError> {
    let log = git::run(
        root.path(),
        [
            "-c",
            "core.quotePath=true",
            "-c",
            "log.showSignature=false",
            "log",
            "--all",
            "-m",
            "--raw",
            "--no-abbrev",
            "--no-renames",
            "--no-color",
            "--no-ext-diff",
            "--relative",
            "--format=@%cs",
            "--",
            folder,
        ],
    )?;
    let mut blobs: HashMap<String, BTreeMap<String, String>> = HashMap::new();
    let mut day = "";
    let log = String::from_utf8_lossy(&log);
    for line in log.lines() {
        if let Some(date) = line.strip_prefix('@') {
            day = date;
            continue;
        }
        // `:100644 100644 <blob before> <blob after> M<tab>path`
        let Some((modes, path)) = line.strip_prefix(':').and_then(|line| line.split_once('\t')) else {
            continue;
        };
        let words: Vec<&str> = modes.split(' ').collect();
        let [before, after, old, new, _] = words[..] else { continue };
        for (mode, blob) in [(before, old), (after, new)] {
            if mode.starts_with("1006") {
                // The side before a change lived until that day.
                let known = blobs.entry(blob.to_owned()).or_default().entry(path.to_owned()).or_default();
                if day > known.as_str() {
                    day.clone_into(known);
                }
            }
        }
    }
    Ok(blobs)
}

/// How many files are asked for at once: their contents lie in memory together.
const AT_ONCE: usize = 200;

/// Shows each blob's content; those too large for a sealed file are left out.
fn for_each_blob(root: &Root, blobs: &[&str], mut show: impl FnMut(&str, &[u8])) -> Result<(), ProcessError> {
    for part in blobs.chunks(AT_ONCE) {
        let list = part.join("\n") + "\n";
        let answer = Process::new("git")
            .folder(root.path())
            .env("LC_ALL", "C")
            .args(["cat-file", "--batch"])
            .input(list.as_bytes())
            .run()?
            .stdout;
        let mut rest = answer.as_slice();
        // `<blob> blob <size>`, a newline, the content, a newline; or `<blob> missing`.
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let line = String::from_utf8_lossy(&rest[..end]).into_owned();
            rest = &rest[end + 1..];
            let words: Vec<&str> = line.split(' ').collect();
            let [blob, "blob", size] = words[..] else { continue };
            let Ok(size) = size.parse::<usize>() else { break };
            let Some((content, after)) = rest.split_at_checked(size) else { break };
            if size <= SEALED_LIMIT {
                show(blob, content);
            }
            rest = after.get(1..).unwrap_or_default();
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::Sensitive;
    use crate::keys::{NoPrompt, Sealer, pair};
    use std::path::PathBuf;
    use std::sync::Arc;

    struct Repository(PathBuf, Root);

    impl Repository {
        fn new(name: &str) -> Self {
            let folder = std::env::temp_dir().join(format!("fleet-history-{name}-{}", std::process::id()));
            let _ = std::fs::remove_dir_all(&folder);
            // The fleet lies below the top of its repository.
            std::fs::create_dir_all(folder.join("sub/secrets/nginx")).unwrap();
            let root = Root::open(folder.join("sub")).unwrap();
            Repository(folder, root)
        }

        fn git(&self, words: &str) {
            let identity = ["-c", "user.name=t", "-c", "user.email=t@example.net"];
            git::run(self.1.path(), identity.into_iter().chain(words.split(' '))).unwrap();
        }

        fn seal(&self, name: &str, readers: &[&Recipient]) {
            let value = Sensitive::new(b"value".to_vec());
            let bytes = Sealer::new(Arc::new(NoPrompt)).seal(&value, readers.iter().copied()).unwrap();
            std::fs::write(self.1.path().join(SecretName::parse(name).unwrap().file()), bytes).unwrap();
        }

        fn readable_by(&self, key: &Recipient) -> String {
            let history = History::read(&self.1).unwrap();
            let found = history.readable_by(&[Leaver::of(key)]);
            let word = |(name, exposed): (&SecretName, &Exposed)| match exposed {
                Exposed::Now => format!("{name} now"),
                Exposed::Until(_) => format!("{name} once"),
            };
            found.iter().map(word).collect::<Vec<_>>().join(", ")
        }
    }

    impl Drop for Repository {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn every_version_of_every_branch_counts_and_what_is_in_no_commit_too() {
        let repository = Repository::new("versions");
        let [web, db] = [(); 2].map(|()| Recipient::Ssh(pair::ssh("").unwrap().public));
        let [native, other] = [(); 2].map(|()| pair::age().public);
        repository.git("init -q -b main ..");
        // No commit yet.
        repository.seal("nginx/a", &[&web]);
        assert_eq!(repository.readable_by(&web), "nginx/a now");
        repository.git("add -A");
        repository.git("commit -q -m one");
        repository.seal("nginx/a", &[&db]);
        repository.git("commit -q -a -m two");
        repository.git("checkout -q -b branch");
        repository.seal("nginx/b", &[&web, &native]);
        repository.git("add -A");
        repository.git("commit -q -m three");
        repository.git("checkout -q main");
        repository.seal("nginx/c", &[&web]);
        assert_eq!(repository.readable_by(&web), "nginx/a once, nginx/b once, nginx/c now");
        assert_eq!(repository.readable_by(&db), "nginx/a now");
        // Which native key it was can't be told.
        assert_eq!(repository.readable_by(&other), "nginx/b once");

        let committed = |name: &str| is_committed(&repository.1, &format!("secrets/nginx/{name}.age"));
        assert!(committed("a") && !committed("b") && !committed("c"));
        repository.seal("nginx/a", &[&db]);
        assert!(!committed("a"), "another version is in the commit");
    }

    #[test]
    fn a_merge_that_made_a_version_of_its_own_counts() {
        let repository = Repository::new("merge");
        let [one, two, three] = [(); 3].map(|()| Recipient::Ssh(pair::ssh("").unwrap().public));
        repository.git("init -q -b main ..");
        repository.seal("nginx/a", &[&one]);
        repository.git("add -A");
        repository.git("commit -q -m one");
        repository.git("checkout -q -b branch");
        repository.git("commit -q --allow-empty -m empty");
        repository.git("checkout -q main");
        repository.git("commit -q --allow-empty -m other");
        repository.git("merge -q --no-commit --no-ff branch");
        repository.seal("nginx/a", &[&two]);
        repository.git("commit -q -a -m merged");
        repository.seal("nginx/a", &[&three]);
        repository.git("commit -q -a -m after");
        for key in [&one, &two] {
            assert_eq!(repository.readable_by(key), "nginx/a once");
        }
    }

    #[test]
    fn a_key_file_remembers_its_keys_and_a_past_that_is_missing_is_said() {
        let repository = Repository::new("keys");
        assert_eq!(History::read(&repository.1).unwrap().incomplete, Some(Incomplete::NoGit));
        let keys = [(); 2].map(|()| pair::ssh("").unwrap().public);
        repository.git("init -q ..");
        for key in &keys {
            std::fs::write(repository.1.path().join("web1.pub"), format!("# x\n{} c\n", key.line())).unwrap();
            repository.git("add -A");
            repository.git("commit -q -m key");
        }
        repository.git("rm -q web1.pub");
        repository.git("commit -q -m gone");
        let expected = keys.map(|key| Leaver::of(&Recipient::Ssh(key)));
        assert_eq!(keys_of_file(&repository.1, "web1.pub").unwrap(), BTreeSet::from(expected));
        assert_eq!(History::read(&repository.1).unwrap().incomplete, None);

        let clone = repository.0.join("clone");
        let from = format!("file://{}", repository.0.display());
        repository.git(&format!("clone -q --depth 1 {from} {}", clone.display()));
        let root = Root::open(&clone).unwrap();
        assert_eq!(History::read(&root).unwrap().incomplete, Some(Incomplete::Shallow));
    }
}
