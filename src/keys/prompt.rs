//! Questions to the person at the terminal, asked by whoever needs the answer and shown by the command line.

use crate::format::Sensitive;

/// A person who can be asked. An answer of `None` means: nobody is there, or they gave up.
pub trait Prompt: Send + Sync {
    /// Asks for a passphrase; `what` is the whole prompt without its colon.
    fn passphrase(&self, what: &str) -> Option<Sensitive>;

    /// Asks for a word that is no secret.
    fn word(&self, what: &str) -> Option<String>;

    /// Asks to choose between two answers; true for `yes`.
    fn confirm(&self, what: &str, yes: &str, no: Option<&str>) -> Option<bool>;

    /// Says something that wants no answer, such as `touch your key`.
    fn say(&self, message: &str);

    /// True when a question would reach a person.
    fn is_interactive(&self) -> bool;
}

/// Nobody to ask: scripts, tests, standard input that is no terminal.
pub struct NoPrompt;

impl Prompt for NoPrompt {
    fn passphrase(&self, _: &str) -> Option<Sensitive> {
        None
    }

    fn word(&self, _: &str) -> Option<String> {
        None
    }

    fn confirm(&self, _: &str, _: &str, _: Option<&str>) -> Option<bool> {
        None
    }

    fn say(&self, _: &str) {}

    fn is_interactive(&self) -> bool {
        false
    }
}
