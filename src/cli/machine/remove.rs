//! `fleet machine remove`: out of fleet.toml, the keys, the meshes; and the list of what it could read.

use crate::cli::common::{GitArguments, IdentityArguments};
use crate::cli::{Context, tell};
use crate::format::MachineName;
use crate::ops::machine;
use crate::report::Reports;
use clap::Args;

/// Take a machine out of the fleet, and list the secrets to rotate
///
/// Rekeying revokes nothing: the machine can read, for ever, what it could read once. Each such secret is listed, from
/// git history too, and `fleet check` names it until its value was changed.
#[derive(Args)]
pub struct Arguments {
    /// The machine
    machine: MachineName,
    #[command(flatten)]
    identity: IdentityArguments,
    #[command(flatten)]
    git: GitArguments,
}

impl Arguments {
    /// Removes it and tells what is to be rotated.
    ///
    /// # Errors
    /// When there is no such machine, or something still depends on it.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Reports> {
        let identities = self.identity.load(context.console)?;
        let (guard, fleet) = context.lock()?;
        let outcome = machine::remove(&guard, &fleet, &self.machine, &identities, self.git.mark())?;
        tell::outcome(context.console, &outcome);
        context.console.say(format!("`{}` has left the fleet", self.machine));
        Ok(())
    }
}
