//! `fleet key master remove`: a key opens no secret that is written from now on.

use crate::cli::common::{GitArguments, IdentityArguments};
use crate::cli::{Context, tell};
use crate::format::KeyName;
use crate::ops::master;
use crate::os::private;
use crate::report::Reports;
use clap::Args;

/// Take a master out, seal the secrets again without that key, and list those to rotate
///
/// Rekeying revokes nothing: whoever holds the key has read every secret, or can read its old versions from git. They
/// are all listed in `[rotate]` of fleet.toml, and `fleet check` names each until its value was changed.
#[derive(Args)]
pub struct Arguments {
    /// The master: the name of its file in keys/masters
    name: KeyName,
    #[command(flatten)]
    identity: IdentityArguments,
    #[command(flatten)]
    git: GitArguments,
}

impl Arguments {
    /// Removes it and tells what was sealed again and what is to be rotated.
    ///
    /// # Errors
    /// When there is no such master, it is the last one, or a secret could not be sealed again without it.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Reports> {
        private::hide_process();
        let identities = self.identity.load(context.console)?;
        let (guard, fleet) = context.lock()?;
        let outcome = master::remove(&guard, &fleet, &self.name, &identities, self.git.mark())?;
        context.console.say(format!("`{}` is no master any more", self.name));
        tell::outcome(context.console, &outcome);
        if outcome.not_rekeyed.has_errors() { Err(Reports::default()) } else { Ok(()) }
    }
}
