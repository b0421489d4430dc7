//! `fleet key master …`: who may open every secret.

mod add;
mod remove;

use crate::cli::Context;
use crate::report::Reports;
use clap::{Args, Subcommand};

/// Let people open every secret, or no longer
#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Add(add::Arguments),
    Remove(remove::Arguments),
}

impl Arguments {
    /// Runs the verb.
    ///
    /// # Errors
    /// Whatever the verb reports.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Reports> {
        match self.command {
            Command::Add(command) => command.run(context),
            Command::Remove(command) => command.run(context),
        }
    }
}
