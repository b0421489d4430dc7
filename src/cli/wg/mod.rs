//! `fleet wg …`: one file per verb.

mod check;
mod graph;
mod keygen;
mod qr;
mod reach;
mod render;

use super::Context;
use crate::report::Reports;
use clap::{Args, Subcommand};

/// Render, check and explain the WireGuard meshes
#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Render(render::Arguments),
    Keygen(keygen::Arguments),
    Check(check::Arguments),
    Reach(reach::Arguments),
    Graph(graph::Arguments),
    Qr(qr::Arguments),
}

impl Arguments {
    /// Runs the verb.
    ///
    /// # Errors
    /// Whatever the verb reports.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Reports> {
        match self.command {
            Command::Render(command) => command.run(context),
            Command::Keygen(command) => command.run(context),
            Command::Check(command) => command.run(context),
            Command::Reach(command) => command.run(context),
            Command::Graph(command) => command.run(context),
            Command::Qr(command) => command.run(context),
        }
    }
}
