//! `fleet key …`: one file per verb.

mod list;

use super::Context;
use crate::report::Reports;
use clap::{Args, Subcommand};

/// Show and change the public keys of masters and hosts
#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    List(list::Arguments),
}

impl Arguments {
    /// Runs the verb.
    ///
    /// # Errors
    /// Whatever the verb reports.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Reports> {
        match self.command {
            Command::List(command) => command.run(context),
        }
    }
}
