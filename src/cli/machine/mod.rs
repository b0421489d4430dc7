//! `fleet machine …`: one file per verb.

mod add;
mod list;
mod manifest;
mod remove;
mod rename;
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
    Add(Box<add::Arguments>),
    List(list::Arguments),
    Show(show::Arguments),
    Remove(remove::Arguments),
    Rename(rename::Arguments),
    Manifest(manifest::Arguments),
}

impl Arguments {
    /// Runs the verb.
    ///
    /// # Errors
    /// Whatever the verb reports.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Reports> {
        match self.command {
            Command::Add(command) => command.run(context),
            Command::List(command) => command.run(context),
            Command::Show(command) => command.run(context),
            Command::Remove(command) => command.run(context),
            Command::Rename(command) => command.run(context),
            Command::Manifest(command) => command.run(context),
        }
    }
}
