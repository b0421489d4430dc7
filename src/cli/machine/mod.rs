//! `fleet machine …`: one file per verb.

mod list;
mod manifest;
mod show;

use super::Context;
use crate::report::Reports;
use clap::{Args, Subcommand};

/// Add, list, show, remove and rename machines
#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    List(list::Arguments),
    Show(show::Arguments),
    Manifest(manifest::Arguments),
}

impl Arguments {
    /// Runs the verb.
    ///
    /// # Errors
    /// Whatever the verb reports.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Reports> {
        match self.command {
            Command::List(command) => command.run(context),
            Command::Show(command) => command.run(context),
            Command::Manifest(command) => command.run(context),
        }
    }
}
