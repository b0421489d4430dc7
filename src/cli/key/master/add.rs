//! `fleet key master add`: one more key opens every secret.

use crate::cli::common::{GitArguments, IdentityArguments};
use crate::cli::key::{LIMIT, stdin};
use crate::cli::{Context, tell};
use crate::format::KeyName;
use crate::keys::{PublicKeys, Recipient};
use crate::ops::master;
use crate::os::{files, private};
use crate::report::{Report, Reports};
use clap::Args;
use std::path::Path;

/// Let one more key open every secret, and seal the secrets again for it
///
/// What your own private keys open is sealed again at once. The rest waits for somebody who can open it, and
/// `fleet secret rekey`.
#[derive(Args)]
pub struct Arguments {
    /// Whose key it is: the name of its file in keys/masters
    name: KeyName,
    /// A public key: a file, `-` for standard input, or the key itself (ssh-ed25519, ssh-rsa, age1…, a plugin's)
    #[arg(value_name = "FILE|KEY|-")]
    key: String,
    #[command(flatten)]
    identity: IdentityArguments,
    #[command(flatten)]
    git: GitArguments,
}

impl Arguments {
    /// Adds it and tells what was sealed again.
    ///
    /// # Errors
    /// When it is no public key, is a master's already, or a secret could not be sealed again for it.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Reports> {
        private::hide_process();
        let key = read(&self.key)?;
        let identities = self.identity.load(context.console)?;
        let (guard, fleet) = context.lock()?;
        let outcome = master::add(&guard, &fleet, &self.name, &key, &identities, self.git.mark())?;
        context.console.say(format!("`{}` is a master now: {} {}", self.name, key.kind(), key.fingerprint()));
        tell::outcome(context.console, &outcome);
        // Each secret that could not be opened was told above.
        if outcome.not_rekeyed.has_errors() { Err(Reports::default()) } else { Ok(()) }
    }
}

/// The key that a word means.
fn read(word: &str) -> Result<Recipient, Reports> {
    if word == "-" {
        return Ok(PublicKeys::parse_master("standard input", &stdin()?)?);
    }
    if word.starts_with("age1") || (word.starts_with("ssh-") && word.contains(' ')) {
        return Ok(Recipient::parse(word).map_err(Report::from)?);
    }
    let bytes = files::read_at_most(word, LIMIT).map_err(Report::from)?;
    PublicKeys::parse_master(word, &bytes).map_err(|mut report| {
        let public = format!("{word}.pub");
        if Path::new(&public).is_file() {
            report.hints = vec![format!("the public half is in `{public}`")];
        }
        report.into()
    })
}
