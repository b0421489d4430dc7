//! Questions on the terminal: asked on stderr, answered on the terminal, never through a pipe.

use crate::format::Sensitive;
use crate::keys::Prompt;
use std::io::{BufRead as _, Write as _};

/// The person at this process's terminal.
pub struct Terminal;

impl Prompt for Terminal {
    fn passphrase(&self, what: &str) -> Option<Sensitive> {
        rpassword::prompt_password(format!("{what}: "))
            .ok()
            .filter(|answer| !answer.is_empty())
            .map(Sensitive::from)
    }

    fn word(&self, what: &str) -> Option<String> {
        let mut err = std::io::stderr();
        write!(err, "{what}: ").and_then(|()| err.flush()).ok()?;
        let mut answer = String::new();
        match std::io::stdin().lock().read_line(&mut answer) {
            Ok(count) if count > 0 => Some(answer.trim().to_owned()),
            _ => None,
        }
    }

    fn confirm(&self, what: &str, yes: &str, no: Option<&str>) -> Option<bool> {
        let no = no.unwrap_or("no");
        let answer = self.word(&format!("{what} [{yes}/{no}]"))?.to_lowercase();
        // The first letter is enough, unless both answers begin with it.
        let means = |word: &str| {
            let word = word.to_lowercase();
            word == answer || (answer.chars().count() == 1 && word.starts_with(&answer))
        };
        match (means(yes), means(no)) {
            (true, false) => Some(true),
            (false, true) => Some(false),
            _ => None,
        }
    }

    fn say(&self, message: &str) {
        let _ = writeln!(std::io::stderr(), "{message}");
    }

    fn is_interactive(&self) -> bool {
        true
    }
}
