//! What an activation did, service by service, in words and for scripts.

use crate::format::manifest::{Service, UnitName};
use crate::format::{KeyName, ServiceName};
use crate::report::Reports;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What a run did, or would do.
#[derive(Default, Serialize)]
pub struct Outcome {
    /// Per service, in the order of names.
    pub services: Vec<ServiceOutcome>,
    /// Units asked to restart; below a pretend root and in a dry run, those that would be.
    pub restart: BTreeSet<UnitName>,
    /// Units asked to reload.
    pub reload: BTreeSet<UnitName>,
    /// Errors, warnings and notes.
    #[serde(skip)]
    pub reports: Reports,
}

/// What became of one service's secrets.
#[derive(Serialize)]
pub struct ServiceOutcome {
    /// Its name.
    pub service: ServiceName,
    /// Where its secrets appear.
    pub directory: Option<String>,
    /// Per secret.
    pub changes: BTreeMap<KeyName, Change>,
    /// Files that the manifest no longer names.
    pub removed: Vec<KeyName>,
    /// In one word.
    pub state: State,
}

/// What became of a service, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Its secrets are open.
    Open,
    /// The machine's own: some failed, and the others are open.
    Partial,
    /// Something failed, and the secrets it had before are still there.
    Kept,
    /// Something failed, and it has no secrets.
    Failed,
    /// Its secrets were removed.
    Removed,
}

/// What became of one secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// It was not there before.
    New,
    /// Its plaintext is another.
    Changed,
    /// Its owner or mode is another.
    Attributes,
    /// It is as it was.
    Unchanged,
    /// It can't be opened; its last good value stays.
    Kept,
    /// It can't be opened, and there is no value from before.
    Failed,
    /// Its turn comes later.
    Waiting,
}

impl ServiceOutcome {
    pub(super) fn new(name: &ServiceName, service: &Service, changes: BTreeMap<KeyName, Change>) -> Self {
        ServiceOutcome {
            service: name.clone(),
            directory: Some(format!("/run/{}", service.directory)),
            changes,
            removed: Vec::new(),
            state: State::Open,
        }
    }

    pub(super) fn failed(name: &ServiceName, service: &Service) -> Self {
        ServiceOutcome { state: State::Failed, ..ServiceOutcome::new(name, service, BTreeMap::new()) }
    }

    pub(super) fn removed(name: &ServiceName) -> Self {
        ServiceOutcome {
            service: name.clone(),
            directory: None,
            changes: BTreeMap::new(),
            removed: Vec::new(),
            state: State::Removed,
        }
    }

    /// One bad secret fails the whole of its service: nothing of it is new.
    pub(super) fn fail(&mut self, kept: bool) {
        self.state = if kept { State::Kept } else { State::Failed };
        for change in self.changes.values_mut().filter(|change| **change != Change::Failed) {
            *change = if kept { Change::Kept } else { Change::Waiting };
        }
        self.removed.clear();
    }

    /// True when a new generation has to be written.
    pub(super) fn is_new_generation(&self) -> bool {
        let new = |change: &Change| matches!(change, Change::New | Change::Changed | Change::Attributes);
        !self.removed.is_empty() || self.changes.values().any(new)
    }

    /// One line for a person: `nginx: session-key changed, tls new`; `None` when nothing happened.
    pub fn line(&self) -> Option<String> {
        let service = &self.service;
        match self.state {
            State::Removed => return Some(format!("{service}: removed")),
            State::Failed => return Some(format!("{service}: failed, it has no secrets")),
            State::Kept => return Some(format!("{service}: failed, it keeps the secrets it has")),
            State::Open | State::Partial => {}
        }
        let words = self.changes.iter().filter_map(|(secret, change)| {
            let word = match change {
                Change::New => "opened",
                Change::Changed => "changed",
                Change::Attributes => "has another owner or mode",
                Change::Kept => "keeps its last good value",
                Change::Failed => "failed",
                Change::Unchanged | Change::Waiting => return None,
            };
            Some(format!("`{secret}` {word}"))
        });
        let removed = self.removed.iter().map(|secret| format!("`{secret}` removed"));
        let words: Vec<String> = words.chain(removed).collect();
        (!words.is_empty()).then(|| format!("{service}: {}", words.join(", ")))
    }
}
