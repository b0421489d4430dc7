//! `fleet machine rename`: the name changes everywhere, the keys and values stay.

use crate::cli::common::GitArguments;
use crate::cli::{Context, tell};
use crate::format::MachineName;
use crate::ops::machine;
use crate::report::Reports;
use clap::Args;

/// Give a machine another name, in fleet.toml, keys/, secrets/ and peers/
#[derive(Args)]
pub struct Arguments {
    /// Its name now
    old: MachineName,
    /// Its name from now on
    new: MachineName,
    #[command(flatten)]
    git: GitArguments,
}

impl Arguments {
    /// Renames it.
    ///
    /// # Errors
    /// When there is no such machine, or the name is taken.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Reports> {
        let (guard, fleet) = context.lock()?;
        let outcome = machine::rename(&guard, &fleet, &self.old, &self.new, self.git.mark())?;
        tell::outcome(context.console, &outcome);
        context.console.say(format!(
            "`{}` is now `{}`; its folder under machines/ is yours to rename",
            self.old, self.new
        ));
        Ok(())
    }
}
