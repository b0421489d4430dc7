//! `fleet machine …`: one file per verb.

mod add;
mod list;
mod manifest;
mod remove;
mod rename;
mod show;

use super::{Console, Context};
use crate::ops::change::Outcome;
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

/// Tells what a change of machines did.
pub(super) fn tell(console: &mut Console, outcome: &Outcome) {
    for (word, files) in [
        ("wrote", &outcome.done.created),
        ("changed", &outcome.done.changed),
        ("removed", &outcome.done.removed),
    ] {
        for file in files {
            console.say(format!("{word} {file}"));
        }
    }
    if !outcome.rekeyed.is_empty() {
        console.say(format!("sealed again for their readers of now: {}", names(&outcome.rekeyed)));
    }
    console.reports(&outcome.reports);
    if !outcome.not_rekeyed.0.is_empty() {
        console.reports(&outcome.not_rekeyed);
        console.say("next: `fleet secret rekey`, with the private key of a master");
    }
    if !outcome.to_rotate.is_empty() {
        console.say("who left could read these values, and can for ever: change each at its source, then `fleet secret edit`");
        for name in &outcome.to_rotate {
            console.say(format!("  {name}"));
        }
    }
}

fn names<T: ToString>(names: impl IntoIterator<Item = T>) -> String {
    names.into_iter().map(|name| name.to_string()).collect::<Vec<_>>().join(", ")
}
