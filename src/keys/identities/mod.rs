//! Identities: the private keys an operator opens secrets with, found once per run and asked for as little as can be.
//!
//! They are tried in the order that disturbs least: keys that are open, then a protected ssh key whose tag the file
//! carries (its passphrase is asked once per run), then protected age identity files, then plugins, which may want a
//! touch. A file that an open key opens never asks anything.

mod error;
mod options;
mod parse;

pub use error::IdentityError;
pub use options::IdentityOptions;

use super::plugin::Questions;
use super::prompt::Prompt;
use crate::format::identity::LockedKey;
use crate::format::sealed::{self, Header, SealError, Stanza};
use crate::format::{Sensitive, SshPublicKey};
use std::sync::{Arc, OnceLock};

/// How often a passphrase is asked before its key is given up.
const TRIES: usize = 3;

/// Private keys, opened when they are needed. They may be used by several threads at once.
pub struct Identities {
    entries: Vec<Entry>,
    /// Default files that are there and can't be used, with the reason.
    skipped: Vec<String>,
    /// Where identities were looked for.
    looked: Vec<String>,
    prompt: Arc<dyn Prompt>,
    questions: Questions,
}

struct Entry {
    file: String,
    key: Key,
}

enum Key {
    /// Opens at once. The public half is known for ssh keys.
    Open { public: Option<SshPublicKey>, identity: sealed::Identity },
    /// A protected ssh key, and what became of it.
    Locked { key: LockedKey, unlocked: OnceLock<Result<sealed::Identity, Refusal>> },
    /// A protected age identity file, and the keys that were in it.
    Encrypted { bytes: Vec<u8>, unlocked: OnceLock<Result<Vec<Key>, Refusal>> },
    /// A plugin's.
    Plugin(Result<sealed::Identity, String>),
}

/// Why a protected key stayed closed. It is kept: the same question is not asked for every file.
#[derive(Clone)]
enum Refusal {
    NobodyToAsk,
    GaveUp,
    Wrong,
    Content { line: usize, problem: String },
}

impl Identities {
    /// Finds them, and reads what needs no passphrase.
    ///
    /// # Errors
    /// When a file that was named on the command line or in FLEET_IDENTITY is missing or holds no identity. A file
    /// that is only looked for by default is passed over.
    pub fn load(options: &IdentityOptions, prompt: Arc<dyn Prompt>) -> Result<Self, IdentityError> {
        let questions = Questions::new(prompt.clone());
        let mut identities =
            Identities { entries: Vec::new(), skipped: Vec::new(), looked: Vec::new(), prompt, questions };
        for (path, named) in options.paths() {
            let file = path.display().to_string();
            identities.looked.push(file.clone());
            match parse::file(&path, &identities.questions) {
                Ok(keys) => {
                    identities.entries.extend(keys.into_iter().map(|key| Entry { file: file.clone(), key }))
                }
                Err(IdentityError::File(error)) if !named && error.is_not_found() => {}
                Err(error) if !named => identities.skipped.push(error.to_string()),
                Err(error) => return Err(error),
            }
        }
        Ok(identities)
    }

    /// Opens a sealed file.
    ///
    /// # Errors
    /// When the file is damaged, when no identity opens it, or when the one that might is protected and its passphrase
    /// is not to be had.
    pub fn open(&self, file: &[u8]) -> Result<Sensitive, IdentityError> {
        let header = sealed::header(file)?;
        if self.entries.is_empty() {
            return Err(IdentityError::None { looked: self.looked.clone(), skipped: self.skipped.clone() });
        }
        let mut attempt = Attempt { file, failure: None };
        if let Some(plaintext) = attempt.with(self.silent(&header))? {
            return Ok(plaintext);
        }
        let mut refused = None;
        for entry in &self.entries {
            let tried = match &entry.key {
                Key::Locked { key, unlocked } if has_tag(&header, key.public()) => {
                    match unlocked.get_or_init(|| self.unlock(&entry.file, key)) {
                        Ok(identity) => attempt.with([identity])?,
                        Err(refusal) => {
                            refused.get_or_insert((entry, refusal));
                            None
                        }
                    }
                }
                Key::Encrypted { bytes, unlocked } if has_other_than_ssh(&header) => {
                    match unlocked.get_or_init(|| self.decrypt(&entry.file, bytes)) {
                        Ok(keys) => attempt.with(keys.iter().filter_map(open_key))?,
                        Err(refusal) => {
                            refused.get_or_insert((entry, refusal));
                            None
                        }
                    }
                }
                _ => None,
            };
            if let Some(plaintext) = tried {
                return Ok(plaintext);
            }
        }
        for plugin in self.plugins() {
            match plugin {
                Ok(identity) => {
                    if let Some(plaintext) = attempt.with([identity])? {
                        return Ok(plaintext);
                    }
                }
                Err(reason) => {
                    attempt.failure.get_or_insert(SealError::Identity { reason: reason.clone() });
                }
            }
        }
        Err(match (refused, attempt.failure) {
            (Some((entry, refusal)), _) => refusal.error(&entry.file),
            (None, Some(failure)) => failure.into(),
            (None, None) => {
                let mut tried: Vec<String> = self.entries.iter().map(|entry| entry.file.clone()).collect();
                tried.dedup();
                IdentityError::NoMatch { tried, skipped: self.skipped.clone() }
            }
        })
    }

    /// Opens a sealed file with the keys that are open by now, without asking anybody anything; `None` when none of
    /// them is a reader.
    ///
    /// # Errors
    /// When the file is damaged.
    pub fn open_silently(&self, file: &[u8]) -> Result<Option<Sensitive>, IdentityError> {
        let header = sealed::header(file)?;
        let mut attempt = Attempt { file, failure: None };
        let unlocked = self.entries.iter().flat_map(|entry| -> Vec<&sealed::Identity> {
            match &entry.key {
                Key::Locked { key, unlocked } if has_tag(&header, key.public()) => {
                    unlocked.get().and_then(|key| key.as_ref().ok()).into_iter().collect()
                }
                Key::Encrypted { unlocked, .. } => match unlocked.get() {
                    Some(Ok(keys)) => keys.iter().filter_map(open_key).collect(),
                    _ => Vec::new(),
                },
                _ => Vec::new(),
            }
        });
        let opened = attempt.with(self.silent(&header).chain(unlocked))?;
        match (opened, attempt.failure) {
            (None, Some(failure)) => Err(failure.into()),
            (opened, _) => Ok(opened),
        }
    }

    /// True when no identity was found.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The keys that are open and may be among the readers.
    fn silent<'a>(&'a self, header: &'a Header) -> impl Iterator<Item = &'a sealed::Identity> {
        self.entries.iter().filter_map(move |entry| match &entry.key {
            Key::Open { public: Some(public), .. } if !has_tag(header, public) => None,
            key => open_key(key),
        })
    }

    fn plugins(&self) -> impl Iterator<Item = &Result<sealed::Identity, String>> {
        self.entries.iter().flat_map(|entry| -> Vec<_> {
            match &entry.key {
                Key::Encrypted { unlocked, .. } => match unlocked.get() {
                    Some(Ok(keys)) => keys.iter().filter_map(plugin_key).collect(),
                    _ => Vec::new(),
                },
                key => plugin_key(key).into_iter().collect(),
            }
        })
    }

    fn unlock(&self, file: &str, key: &LockedKey) -> Result<sealed::Identity, Refusal> {
        self.ask(file, |passphrase| key.unlock(passphrase).ok())
    }

    fn decrypt(&self, file: &str, bytes: &[u8]) -> Result<Vec<Key>, Refusal> {
        let text = self.ask(file, |passphrase| parse::decrypt(bytes, passphrase))?;
        parse::age_lines(&text, &self.questions).map_err(|(line, problem)| Refusal::Content { line, problem })
    }

    /// Asks for a file's passphrase until it opens, three times at most.
    fn ask<T>(&self, file: &str, mut open: impl FnMut(&Sensitive) -> Option<T>) -> Result<T, Refusal> {
        if !self.prompt.is_interactive() {
            return Err(Refusal::NobodyToAsk);
        }
        for attempt in 1..=TRIES {
            let what = format!("passphrase of `{file}`");
            let passphrase = self.prompt.passphrase(&what).ok_or(Refusal::GaveUp)?;
            if let Some(opened) = open(&passphrase) {
                return Ok(opened);
            }
            if attempt < TRIES {
                self.prompt.say("that is not its passphrase; try again");
            }
        }
        Err(Refusal::Wrong)
    }
}

/// One file being opened, and the first thing that went wrong with a key that seemed to fit.
struct Attempt<'a> {
    file: &'a [u8],
    failure: Option<SealError>,
}

impl Attempt<'_> {
    fn with<'i>(
        &mut self,
        identities: impl IntoIterator<Item = &'i sealed::Identity>,
    ) -> Result<Option<Sensitive>, SealError> {
        match sealed::open(self.file, identities) {
            Ok(plaintext) => Ok(Some(plaintext)),
            Err(SealError::NoMatch) => Ok(None),
            // Another identity may still do.
            Err(error @ (SealError::Wrapped | SealError::Mac | SealError::Identity { .. })) => {
                self.failure.get_or_insert(error);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

impl Refusal {
    fn error(&self, file: &str) -> IdentityError {
        let file = file.to_owned();
        match self {
            Refusal::NobodyToAsk => IdentityError::Locked { file },
            Refusal::GaveUp => IdentityError::GaveUp { file },
            Refusal::Wrong => IdentityError::Passphrase { file, tries: TRIES },
            Refusal::Content { line, problem } => {
                IdentityError::Line { file, line: *line, problem: problem.clone() }
            }
        }
    }
}

fn open_key(key: &Key) -> Option<&sealed::Identity> {
    match key {
        Key::Open { identity, .. } => Some(identity),
        _ => None,
    }
}

fn plugin_key(key: &Key) -> Option<&Result<sealed::Identity, String>> {
    match key {
        Key::Plugin(plugin) => Some(plugin),
        _ => None,
    }
}

fn has_tag(header: &Header, key: &SshPublicKey) -> bool {
    let stanza = Stanza::Ssh { algorithm: key.algorithm(), tag: key.tag() };
    header.stanzas.contains(&stanza)
}

fn has_other_than_ssh(header: &Header) -> bool {
    header.stanzas.iter().any(|stanza| !matches!(stanza, Stanza::Ssh { .. }))
}

#[cfg(test)]
mod tests;
