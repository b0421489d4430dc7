//! age plugins: programs named `age-plugin-<name>` that hold keys fleet never sees, such as a hardware token's.

use super::prompt::Prompt;
use crate::format::sealed::{self, SealError};
use age::plugin::{IdentityPluginV1, RecipientPluginV1, ResolveError};
use age::secrecy::SecretString;
use std::collections::HashSet;
use std::sync::{Arc, Mutex};

/// Shows a plugin's questions to the person at the terminal.
#[derive(Clone)]
pub(super) struct Questions {
    prompt: Arc<dyn Prompt>,
    /// What was said already: a thousand files are a thousand runs of the plugin, and one "touch your key" will do.
    said: Arc<Mutex<HashSet<String>>>,
}

impl Questions {
    pub(super) fn new(prompt: Arc<dyn Prompt>) -> Self {
        Questions { prompt, said: Arc::default() }
    }
}

impl age::Callbacks for Questions {
    fn display_message(&self, message: &str) {
        let message = printable(message);
        // A poisoned lock only means that another thread panicked while it said something.
        let mut said = self.said.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if said.insert(message.clone()) {
            self.prompt.say(&message);
        }
    }

    fn confirm(&self, message: &str, yes: &str, no: Option<&str>) -> Option<bool> {
        self.prompt.confirm(&printable(message), &printable(yes), no.map(printable).as_deref())
    }

    fn request_public_string(&self, description: &str) -> Option<String> {
        self.prompt.word(&printable(description))
    }

    fn request_passphrase(&self, description: &str) -> Option<SecretString> {
        let answer = self.prompt.passphrase(&printable(description))?;
        answer.expose_str().map(SecretString::from)
    }
}

/// A plugin's words as one line without control characters: it must not draw on our terminal.
fn printable(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().filter(|c| !c.is_control()).collect()
}

/// One recipient for all of a file's recipients of one plugin, so that it runs once.
pub(super) fn recipient(
    plugin: &str,
    recipients: &[&str],
    questions: &Questions,
) -> Result<sealed::Recipient, SealError> {
    let name = recipients.join(", ");
    let failed = |reason: String| SealError::Recipient { reader: name.clone(), reason };
    let parsed = recipients.iter().map(|text| text.parse::<age::plugin::Recipient>());
    let parsed = parsed.collect::<Result<Vec<_>, _>>().map_err(|reason| failed(reason.into()))?;
    let plugin = RecipientPluginV1::new(plugin, &parsed, &[], questions.clone())
        .map_err(|error| failed(resolve_reason(&error)))?;
    Ok(sealed::Recipient::other(name.clone(), Box::new(plugin)))
}

/// A plugin's identity.
pub(super) fn identity(
    identity: age::plugin::Identity,
    questions: &Questions,
) -> Result<sealed::Identity, String> {
    let name = identity.plugin().to_owned();
    let plugin = IdentityPluginV1::new(&name, &[identity], questions.clone());
    plugin.map(sealed::Identity::plugin).map_err(|error| resolve_reason(&error))
}

fn resolve_reason(error: &ResolveError) -> String {
    match error {
        ResolveError::MissingPlugin { binary_name } => {
            format!("the program `{binary_name}` is not on PATH: install it")
        }
        _ => "its plugin's name is none".into(),
    }
}
