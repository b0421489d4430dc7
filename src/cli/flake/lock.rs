//! `fleet flake lock`: what is not locked yet is locked, and nothing else is touched.

use super::{LockArguments, evaluator, resolve};
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
        let mut evaluator = evaluator(context)?;
        let (_, resolved) = resolve(&mut evaluator, &self.flake, &self.lock, |_| Ok(()), false, context)?;
        if !resolved.is_changed() {
            context.console.say("everything is locked already");
        }
        Ok(())
    }
}
