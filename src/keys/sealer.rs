//! Sealing for a fleet's public keys: each key is prepared once, however many files are sealed for it.

use super::plugin::{self, Questions};
use super::prompt::Prompt;
use super::recipient::Recipient;
use crate::format::Sensitive;
use crate::format::sealed::{self, SealError};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex};

/// Seals plaintexts for public keys. It may be used by several threads at once.
pub struct Sealer {
    questions: Questions,
    ready: Mutex<HashMap<String, Arc<sealed::Recipient>>>,
}

impl Sealer {
    /// A sealer whose plugins ask their questions through `prompt`.
    pub fn new(prompt: Arc<dyn Prompt>) -> Self {
        Sealer { questions: Questions::new(prompt), ready: Mutex::default() }
    }

    /// Seals for these readers, in this order; a key that is named twice is sealed to once.
    ///
    /// # Errors
    /// When there is no reader, the plaintext is empty or too large, or a plugin is missing or fails.
    pub fn seal<'a>(
        &self,
        plaintext: &Sensitive,
        readers: impl IntoIterator<Item = &'a Recipient>,
    ) -> Result<Vec<u8>, SealError> {
        let mut seen = HashSet::new();
        let mut recipients = Vec::new();
        let mut plugins: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for reader in readers {
            let line = reader.line();
            if !seen.insert(line.clone()) {
                continue;
            }
            match reader {
                Recipient::Ssh(key) => recipients.push(self.ready(&line, || sealed::Recipient::ssh(key))?),
                Recipient::X25519(text) => {
                    recipients.push(self.ready(&line, || sealed::Recipient::x25519(text))?);
                }
                Recipient::Plugin { plugin, recipient } => {
                    plugins.entry(plugin).or_default().push(recipient);
                }
            }
        }
        for (name, of_plugin) in plugins {
            recipients.push(Arc::new(plugin::recipient(name, &of_plugin, &self.questions)?));
        }
        sealed::seal(plaintext, recipients.iter().map(Arc::as_ref))
    }

    fn ready(
        &self,
        line: &str,
        make: impl FnOnce() -> Result<sealed::Recipient, SealError>,
    ) -> Result<Arc<sealed::Recipient>, SealError> {
        // Whoever panicked while holding this lock left a map that is whole.
        let mut ready = self.ready.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(recipient) = ready.get(line) {
            return Ok(recipient.clone());
        }
        let recipient = Arc::new(make()?);
        ready.insert(line.to_owned(), recipient.clone());
        Ok(recipient)
    }
}
