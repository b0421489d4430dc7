//! Writing: what evaluation computed is added to a real store, what is referred to before what refers to it.
//!
//! Few questions are asked, however many paths there are: all are given roots at once, then the daemon tells in one
//! answer which of them it has, and then only those it lacks are sent.

use super::content::{ContentError, copy};
use super::{Item, Store, advised, with_causes};
use crate::daemon::{DaemonError, Frames, Text};
use crate::nix::world::{Answer, WorldError};
use crate::store::{ContentAddress, StorePath};
use std::collections::HashSet;

/// What is to be in the store, each behind what it refers to.
#[derive(Default)]
struct Plan {
    items: Vec<(StorePath, Item)>,
    /// What was not made here, and must be there already.
    others: Vec<StorePath>,
}

impl Store {
    /// Adds what has these paths, and all that it refers to; without a list, everything that was given a path.
    ///
    /// # Errors
    /// When there is no daemon, it refuses, or a source is not any more what it was.
    pub fn write(&self, wanted: Option<&[StorePath]>) -> Answer<()> {
        let plan = match wanted {
            Some(wanted) => self.plan(wanted),
            None => {
                let mut all: Vec<StorePath> = self.items.borrow().keys().cloned().collect();
                all.sort();
                self.plan(&all)
            }
        };
        let all: Vec<StorePath> =
            plan.others.iter().chain(plan.items.iter().map(|(path, _)| path)).cloned().collect();
        if all.is_empty() {
            return Ok(());
        }
        let there: HashSet<StorePath> = {
            let mut daemon = self.daemon()?;
            // The roots come first: what is there now must not be collected before the rest has come.
            daemon.add_temp_roots(&all).map_err(|error| advised(&error))?;
            let valid = daemon.valid_paths(&all, false, &mut |event| self.tell(&event));
            valid.map_err(|error| advised(&error))?.into_iter().collect()
        };
        if let Some(missing) = plan.others.iter().find(|path| !there.contains(path)) {
            return Err(WorldError::Advised {
                message: format!("path '{}' is not valid", self.dir().print(missing)),
                hints: vec!["it is not in the store, and nothing that was evaluated makes it".into()],
            });
        }
        let mut texts = Vec::new();
        for (path, item) in plan.items.iter().filter(|(path, _)| !there.contains(path)) {
            if !matches!(item, Item::Text { .. } | Item::Lasting { .. }) && !item.references().is_empty() {
                self.write_texts(&mut texts)?;
            }
            match item {
                Item::Text { text, references } => {
                    texts.push(Text { name: path.name(), text, references, path });
                }
                Item::Lasting { text, references } => {
                    texts.push(Text { name: path.name(), text, references, path });
                }
                Item::Copy { text, address, references } => {
                    let (text, method) = (&**text, address.method);
                    let write = |to: &mut Frames<'_>| copy(text, method, to);
                    self.write_content(path, path.as_str(), *address, references, write)?;
                }
                Item::Content(content) => {
                    // Without an address it came out of this very store.
                    let Some(address) = content.address else { continue };
                    let (content, method) = (&**content, address.method);
                    let write = |to: &mut Frames<'_>| content.write(method, to);
                    self.write_content(path, &content.real, address, &content.references, write)?;
                }
            }
        }
        self.write_texts(&mut texts)?;
        self.rooted.borrow_mut().extend(all);
        Ok(())
    }

    /// Sends texts that were gathered, which takes one exchange for all of them.
    fn write_texts(&self, texts: &mut Vec<Text<'_>>) -> Answer<()> {
        if texts.is_empty() {
            return Ok(());
        }
        let added = self.daemon()?.add_texts(texts, &mut |event| self.tell(&event));
        texts.clear();
        added.map_err(|error| advised(&error))
    }

    /// What has to be in the store, without what this connection has put there already.
    fn plan(&self, wanted: &[StorePath]) -> Plan {
        enum Task {
            Look(StorePath),
            Put(StorePath, Item),
        }
        let items = self.items.borrow();
        let mut plan = Plan::default();
        let mut seen: HashSet<StorePath> = self.rooted.borrow().clone();
        // What comes next is at the end. The stack is the heap's: a deep closure overflows nothing.
        let mut tasks: Vec<Task> = wanted.iter().rev().cloned().map(Task::Look).collect();
        while let Some(task) = tasks.pop() {
            let path = match task {
                Task::Put(path, item) => {
                    plan.items.push((path, item));
                    continue;
                }
                Task::Look(path) if !seen.insert(path.clone()) => continue,
                Task::Look(path) => path,
            };
            match items.get(&path) {
                Some(item) => {
                    tasks.push(Task::Put(path, item.clone()));
                    tasks.extend(item.references().iter().rev().cloned().map(Task::Look));
                }
                None => plan.others.push(path),
            }
        }
        plan
    }

    /// Sends a source's content; the daemon hashes it, and must come to the path that evaluation computed.
    fn write_content(
        &self,
        path: &StorePath,
        from: &str,
        address: ContentAddress,
        references: &[StorePath],
        write: impl FnOnce(&mut Frames<'_>) -> Result<(), ContentError> + Send,
    ) -> Answer<()> {
        let mut daemon = self.daemon()?;
        let ContentAddress { method, hash } = address;
        let sent = daemon.add::<WriteError>(
            path.name(),
            method,
            hash.algorithm(),
            references,
            |to| Ok(write(to)?),
            &mut |event| self.tell(&event),
        );
        let (found, _) = sent.map_err(|error| match error {
            WriteError::Daemon(error) => advised(&error),
            WriteError::Content(error) => WorldError::Other(with_causes(&error)),
        })?;
        if found == *path {
            return Ok(());
        }
        Err(WorldError::Advised {
            message: format!(
                "'{from}' changed while it was evaluated: it had the path '{}' and has '{}' now",
                self.dir().print(path),
                self.dir().print(&found)
            ),
            hints: vec!["evaluate again".into()],
        })
    }
}

/// Why a source did not get into the store.
enum WriteError {
    Daemon(DaemonError),
    Content(ContentError),
}

impl From<DaemonError> for WriteError {
    fn from(error: DaemonError) -> Self {
        WriteError::Daemon(error)
    }
}

impl From<ContentError> for WriteError {
    fn from(error: ContentError) -> Self {
        WriteError::Content(error)
    }
}
