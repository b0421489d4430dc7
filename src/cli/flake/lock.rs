//! `fleet flake lock`: what is not locked yet is locked, and nothing else is touched.

use super::{LockArguments, resolve};
use crate::cli::Context;
use crate::report::Reports;

/// Lock the inputs that are not locked yet
#[derive(clap::Args)]
pub struct Arguments {
    /// The flake
    #[arg(value_name = "FLAKE", default_value = ".")]
    flake: String,
    #[command(flatten)]
    lock: LockArguments,
}

impl Arguments {
    /// Runs it.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Reports> {
        let (named, resolved) =
            resolve(&self.flake, context, |here| self.lock.wish(here), |_, _, resolved| Ok(resolved))?;
        if !resolved.is_changed() {
            context.console.say("everything is locked already");
        }
        Ok(self.lock.settle(&named, &resolved, context)?)
    }
}
