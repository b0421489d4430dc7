//! Many files change together: all of them, or none, whenever the power fails.
//!
//! A rename is atomic for one file only, so a change of many is written down first. The journal lies outside the
//! fleet's folder and holds paths and content hashes of the files replaced, never a plaintext:
//!
//! 1. journal `prepare`: the names of the temporary files to come; whoever finds it removes them;
//! 2. every new content is written to a temporary file beside its target; they are synced;
//! 3. journal `commit`, in one rename: from here on the change is made, and whoever finds it finishes it;
//! 4. renames and removals, folders synced, new files marked in git, journal removed.
//!
//! What matters is that each step is on the disk before the next begins, not the order inside a step: nobody looks at
//! temporary files before the journal says `commit`, nor misses a rename while there is a journal. So a step of many
//! files is one sync of their [file system](super::file_system), and a step of few is a sync of each.
//!
//! [`recover`] runs under the lock before every command that changes something.

use super::file_system::FileSystems;
use super::files::{self, FileError};
use super::git;
use super::process::ProcessError;
use super::root::Root;
use crate::report::Diagnose;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Files of a fleet that will change together. Nothing happens before [`Transaction::commit`].
pub struct Transaction {
    root: Root,
    journal: PathBuf,
    changes: BTreeMap<String, Change>,
    mark: bool,
}

enum Change {
    Write { bytes: Vec<u8>, mode: u32 },
    Remove,
}

/// What a commit did, by path relative to the fleet's folder, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Done {
    /// Files that were not there before.
    pub created: Vec<String>,
    /// Files with new content.
    pub changed: Vec<String>,
    /// Files that are gone.
    pub removed: Vec<String>,
    /// What git was told of the files that were not there before.
    pub marked: Marked,
}

/// What git was told of new files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Marked {
    /// Nothing: there were none, git was to be left alone, or the folder is no work tree.
    #[default]
    Not,
    /// They are marked with `git add --intent-to-add`.
    Yes,
    /// Git refused, and said so.
    Refused(String),
}

impl Done {
    /// True when nothing was created, changed or removed.
    pub fn is_empty(&self) -> bool {
        self.created.is_empty() && self.changed.is_empty() && self.removed.is_empty()
    }
}

/// Why a change was not made, or not finished.
#[derive(Debug, thiserror::Error)]
pub enum TransactionError {
    /// A file can't be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// An interrupted change can't be finished: somebody edited a file of it since.
    #[error("`{path}` was changed after a command was interrupted that was about to replace it")]
    Conflict {
        /// The file, relative to the fleet's folder.
        path: String,
    },
    /// The journal is damaged.
    #[error("the journal `{}` can't be understood", path.display())]
    Journal {
        /// The journal.
        path: PathBuf,
    },
}

impl Diagnose for TransactionError {
    fn hints(&self) -> Vec<String> {
        match self {
            TransactionError::File(error) => error.hints(),
            TransactionError::Conflict { .. } => {
                vec!["your version was kept, nothing else of the interrupted change is lost: run that command again".into()]
            }
            TransactionError::Journal { .. } => {
                vec!["look at `git status`, mend what is half done, and remove the journal".into()]
            }
        }
    }
}

impl Transaction {
    /// Begins a change of files below `root`; `journal` lies outside of it, and [`recover`] has run.
    pub fn new(root: &Root, journal: &Path) -> Self {
        Transaction { root: root.clone(), journal: journal.to_owned(), changes: BTreeMap::new(), mark: false }
    }

    /// Stages a file's whole new content. A file that already has this content is left alone.
    pub fn write(&mut self, path: impl Into<String>, bytes: impl Into<Vec<u8>>) -> &mut Self {
        self.changes.insert(path.into(), Change::Write { bytes: bytes.into(), mode: 0o644 });
        self
    }

    /// Stages a file's removal; one that is not there is no error.
    pub fn remove(&mut self, path: impl Into<String>) -> &mut Self {
        self.changes.insert(path.into(), Change::Remove);
        self
    }

    /// New files will be marked in git as to be added, where the folder is a work tree: a flake sees no others.
    pub fn mark_new_files(&mut self, mark: bool) -> &mut Self {
        self.mark = mark;
        self
    }

    /// What is staged for this path: its new content, or `None` when nothing or its removal is.
    pub fn staged(&self, path: &str) -> Option<&[u8]> {
        match self.changes.get(path)? {
            Change::Write { bytes, .. } => Some(bytes),
            Change::Remove => None,
        }
    }

    /// The paths that are staged, in order.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.changes.keys().map(String::as_str)
    }

    /// Makes the change: all of it, or nothing.
    ///
    /// # Errors
    /// When a file can't be written; then none was changed. When a rename fails after the journal said `commit`,
    /// the next command finishes the change.
    pub fn commit(self) -> Result<Done, TransactionError> {
        let mut done = Done::default();
        let mut journal = Journal { state: State::Prepare, mark: self.mark, entries: Vec::new() };
        let mut contents = Vec::new();
        for (path, change) in self.changes {
            let target = self.root.join(&path)?;
            let old = files::if_exists(files::read(&target))?;
            let was = old.as_deref().map(hash);
            match change {
                Change::Write { bytes, mode } => {
                    if old.as_deref() == Some(&bytes) {
                        continue;
                    }
                    if old.is_some() { &mut done.changed } else { &mut done.created }.push(path.clone());
                    let temporary = files::temporary_beside(Path::new(&path));
                    journal.entries.push(Entry { path, was, temporary: Some(temporary) });
                    contents.push(Some((bytes, mode)));
                }
                Change::Remove => {
                    if old.is_some() {
                        done.removed.push(path.clone());
                        journal.entries.push(Entry { path, was, temporary: None });
                        contents.push(None);
                    }
                }
            }
        }
        if journal.entries.is_empty() {
            return Ok(done);
        }
        journal.save(&self.journal)?;
        let prepared = prepare(&self.root, &journal, &contents).and_then(|()| {
            journal.state = State::Commit;
            journal.save(&self.journal)
        });
        if let Err(error) = prepared {
            undo(&self.root, &journal);
            files::remove(&self.journal)?;
            return Err(error.into());
        }
        finish(&self.root, &journal)?;
        done.marked = end(&self.root, &journal, &self.journal)?;
        Ok(done)
    }
}

/// What [`recover`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recovered {
    /// No command was interrupted.
    Nothing,
    /// A command was interrupted before its change was made; its temporary files are gone.
    Undone,
    /// A command was interrupted while its change was made; it is made now.
    Finished(Marked),
}

/// Finishes or undoes the change of a command that was interrupted. Call it under the fleet's lock.
///
/// # Errors
/// When a file can't be replaced, or was edited since; the edited file is left as it is.
pub fn recover(root: &Root, journal_path: &Path) -> Result<Recovered, TransactionError> {
    sweep(journal_path)?;
    let Some(text) = files::if_exists(files::read(journal_path))? else { return Ok(Recovered::Nothing) };
    let journal: Journal = serde_json::from_slice(&text)
        .map_err(|_| TransactionError::Journal { path: journal_path.to_owned() })?;
    match journal.state {
        State::Prepare => {
            undo(root, &journal);
            files::remove(journal_path)?;
            Ok(Recovered::Undone)
        }
        State::Commit => {
            for entry in &journal.entries {
                let pending = match &entry.temporary {
                    Some(temporary) => root.join(temporary)?.exists(),
                    None => true,
                };
                let now = files::if_exists(files::read(root.join(&entry.path)?))?;
                let gone = entry.temporary.is_none() && now.is_none();
                if pending && !gone && now.as_deref().map(hash) != entry.was {
                    undo(root, &journal);
                    files::remove(journal_path)?;
                    return Err(TransactionError::Conflict { path: entry.path.clone() });
                }
            }
            finish(root, &journal)?;
            Ok(Recovered::Finished(end(root, &journal, journal_path)?))
        }
    }
}

/// Removes journals that a command was killed over while it wrote them: they were never in force.
fn sweep(journal: &Path) -> Result<(), FileError> {
    let folder = journal.parent().unwrap_or(Path::new("."));
    let name = journal.file_name().unwrap_or_default().to_string_lossy();
    for file in files::list(folder)? {
        if files::is_temporary_of(&file, &name) {
            files::remove(folder.join(file))?;
        }
    }
    Ok(())
}

#[derive(Serialize, Deserialize)]
struct Journal {
    state: State,
    /// New files are to be marked in git.
    mark: bool,
    entries: Vec<Entry>,
}

#[derive(Serialize, Deserialize, Clone, Copy, PartialEq)]
#[serde(rename_all = "lowercase")]
enum State {
    Prepare,
    Commit,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    path: String,
    /// SHA-256 of the content that is replaced; none for a new file.
    was: Option<String>,
    /// Holds the new content; none for a removal.
    temporary: Option<PathBuf>,
}

impl Journal {
    fn save(&self, path: &Path) -> Result<(), FileError> {
        let text = serde_json::to_vec(self)
            .map_err(|error| FileError::new("write", path, std::io::Error::other(error)))?;
        files::write(path, &text, 0o600)
    }
}

fn prepare(root: &Root, journal: &Journal, contents: &[Option<(Vec<u8>, u32)>]) -> Result<(), FileError> {
    let (mut new, mut folders) = (Vec::new(), BTreeSet::new());
    for (entry, content) in journal.entries.iter().zip(contents) {
        if let (Some(temporary), Some((bytes, mode))) = (&entry.temporary, content) {
            let temporary = root.join(temporary)?;
            if let Some(folder) = temporary.parent()
                && !folders.contains(folder)
            {
                files::create_folder(folder)?;
                folders.insert(folder.to_owned());
            }
            new.push((temporary, bytes, *mode));
        }
    }
    let systems = FileSystems::of_many(new.len(), folders.iter().map(PathBuf::as_path))?;
    let write = if systems.is_some() { files::write_new_unsynced } else { files::write_new };
    for (temporary, bytes, mode) in new {
        write(&temporary, bytes, mode)?;
    }
    systems.map_or(Ok(()), |systems| systems.sync())
}

/// Renames what is still to be renamed: also a second time, after an interruption at any point.
fn finish(root: &Root, journal: &Journal) -> Result<(), FileError> {
    let mut targets = Vec::new();
    for entry in &journal.entries {
        targets.push((entry, root.join(&entry.path)?));
    }
    let folders: BTreeSet<&Path> = targets.iter().filter_map(|(_, target)| target.parent()).collect();
    let systems = FileSystems::of_many(folders.len(), folders.iter().copied())?;
    for (entry, target) in &targets {
        match &entry.temporary {
            Some(temporary) => match files::rename(&root.join(temporary)?, target) {
                Err(error) if error.is_not_found() && target.exists() => {}
                result => result?,
            },
            None => files::remove(target)?,
        }
    }
    match systems {
        Some(systems) => systems.sync()?,
        None => {
            for folder in &folders {
                // An interrupted run may have gone as far as removing it.
                files::if_exists(files::sync_folder_of(&folder.join("x")))?;
            }
        }
    }
    // A folder that a removal left empty means nothing any more, and git does not know it.
    for entry in journal.entries.iter().filter(|entry| entry.temporary.is_none()) {
        for folder in Path::new(&entry.path).ancestors().skip(1).filter(|f| f.components().count() > 1) {
            files::remove_empty_folder(&root.join(folder)?)?;
        }
    }
    Ok(())
}

/// Marks new files and forgets the journal, in this order: a kill in between is made good by [`recover`].
///
/// A git that refuses is told of once. It must not keep every later command from working.
fn end(root: &Root, journal: &Journal, path: &Path) -> Result<Marked, FileError> {
    let new = journal.entries.iter().filter(|entry| entry.was.is_none() && entry.temporary.is_some());
    // One that was removed since an interruption is no new file any more.
    let there = |path: &&str| root.join(path).is_ok_and(|path| path.exists());
    let new: Vec<&str> = new.map(|entry| entry.path.as_str()).filter(there).collect();
    let marked = match journal.mark && !new.is_empty() && git::is_work_tree(root.path()) {
        true => match git::intend_to_add(root.path(), &new) {
            Ok(()) => Marked::Yes,
            Err(error) => Marked::Refused(words(&error)),
        },
        false => Marked::Not,
    };
    files::remove(path)?;
    Ok(marked)
}

fn words(error: &ProcessError) -> String {
    let said = error.hints().join("\n");
    if said.is_empty() { error.to_string() } else { format!("{error}; {said}") }
}

fn undo(root: &Root, journal: &Journal) {
    for temporary in journal.entries.iter().filter_map(|entry| entry.temporary.as_ref()) {
        // What can't be removed is a stray hidden file, and worth no second error.
        if let Ok(path) = root.join(temporary) {
            let _ = files::remove(path);
        }
    }
}

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Scratch(PathBuf, Root, PathBuf);

    impl Scratch {
        fn new(name: &str) -> Self {
            let folder = std::env::temp_dir().join(format!("fleet-tx-{name}-{}", std::process::id()));
            let _ = std::fs::remove_dir_all(&folder);
            files::create_folder(folder.join("root")).unwrap();
            let root = Root::open(folder.join("root")).unwrap();
            let journal = folder.join("journal");
            Scratch(folder, root, journal)
        }

        fn text(&self, path: &str) -> Option<String> {
            std::fs::read_to_string(self.1.path().join(path)).ok()
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_commit_says_what_it_did_and_leaves_no_trace() {
        let s = Scratch::new("commit");
        let mut first = Transaction::new(&s.1, &s.2);
        first.write("a", "1").write("deep/er/b", "2");
        first.commit().unwrap();
        let mut second = Transaction::new(&s.1, &s.2);
        second.write("a", "1").write("c", "3").remove("deep/er/b");
        let done = second.commit().unwrap();
        assert_eq!(
            (done.created, done.changed, done.removed),
            (vec!["c".into()], vec![], vec!["deep/er/b".into()])
        );
        assert_eq!(s.text("deep/er/b"), None);
        assert!(!s.1.path().join("deep/er").exists() && !s.2.exists());
        assert_eq!(files::list(s.1.path()).unwrap(), ["a", "c", "deep"]);
    }

    #[test]
    fn a_change_of_many_files_in_many_folders_is_made_and_undone_like_one_of_few() {
        let s = Scratch::new("many");
        let path = |n: usize| format!("in/folder-{n}/f");
        let mut first = Transaction::new(&s.1, &s.2);
        for n in 0..40 {
            first.write(path(n), format!("old {n}"));
        }
        assert_eq!(first.commit().unwrap().created.len(), 40);
        let mut second = Transaction::new(&s.1, &s.2);
        for n in 0..20 {
            second.write(path(n), format!("new {n}"));
        }
        for n in 20..40 {
            second.remove(path(n));
        }
        let done = second.commit().unwrap();
        assert_eq!((done.changed.len(), done.removed.len()), (20, 20));
        assert!((0..20).all(|n| s.text(&path(n)) == Some(format!("new {n}"))));
        assert_eq!(files::list(s.1.path().join("in")).unwrap().len(), 20);
        let mut third = Transaction::new(&s.1, &s.2);
        for n in 0..20 {
            third.write(path(n), "newer");
        }
        // Its name leaves no room for that of its temporary file: the last of them can't be written.
        third.write(format!("in/{}", "\u{10000}".repeat(63)), "newer");
        assert!(third.commit().is_err());
        assert!((0..20).all(|n| s.text(&path(n)) == Some(format!("new {n}"))) && !s.2.exists());
        assert_eq!(files::list(s.1.path().join("in/folder-0")).unwrap(), ["f"]);
        assert_eq!(files::list(s.1.path().join("in")).unwrap().len(), 20);
    }

    #[test]
    fn a_change_interrupted_after_the_commit_mark_is_finished_and_one_before_is_undone() {
        for (state, expected) in [(State::Commit, "new"), (State::Prepare, "old")] {
            let s = Scratch::new(expected);
            std::fs::write(s.1.path().join("f"), "old").unwrap();
            std::fs::write(s.1.path().join(".t"), "new").unwrap();
            let entry = Entry { path: "f".into(), was: Some(hash(b"old")), temporary: Some(".t".into()) };
            Journal { state, mark: false, entries: vec![entry] }.save(&s.2).unwrap();
            // Another one, that a kill cut off.
            std::fs::write(files::temporary_beside(&s.2), "{").unwrap();
            assert_ne!(recover(&s.1, &s.2).unwrap(), Recovered::Nothing);
            assert_eq!(files::list(s.2.parent().unwrap()).unwrap(), ["root"]);
            assert_eq!(s.text("f").as_deref(), Some(expected));
            assert_eq!(files::list(s.1.path()).unwrap(), ["f"]);
            assert_eq!(recover(&s.1, &s.2).unwrap(), Recovered::Nothing);
        }
    }

    #[test]
    fn a_file_edited_after_the_interruption_is_kept() {
        let s = Scratch::new("conflict");
        std::fs::write(s.1.path().join("f"), "mine").unwrap();
        std::fs::write(s.1.path().join(".t"), "new").unwrap();
        let entry = Entry { path: "f".into(), was: Some(hash(b"old")), temporary: Some(".t".into()) };
        Journal { state: State::Commit, mark: false, entries: vec![entry] }.save(&s.2).unwrap();
        assert!(matches!(recover(&s.1, &s.2), Err(TransactionError::Conflict { .. })));
        assert_eq!(s.text("f").as_deref(), Some("mine"));
    }
}
