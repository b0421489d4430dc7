//! `fleet wg check`: what WireGuard itself would accept in silence.

use crate::cli::{Context, check::json};
use crate::ops::Fleet;
use crate::peers;
use crate::report::Reports;
use clap::Args;

/// Check the meshes: numbers, keys, hubs, endpoints, and networks that two members claim
///
/// `fleet check` does this too, and looks at everything else. Exit code 1 when something is wrong; warnings and notes
/// alone are no failure.
#[derive(Args)]
pub struct Arguments {
    /// Print what was found as JSON
    #[arg(long)]
    json: bool,
}

impl Arguments {
    /// Prints every report, then one sentence.
    ///
    /// # Errors
    /// When something is wrong.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Reports> {
        let fleet = Fleet::open(&context.folder)?;
        let reports = peers::check(&fleet.inventory, &fleet.keys);
        if self.json {
            context.console.answer(json(&reports));
        } else {
            context.console.reports(&reports);
            let meshes = fleet.inventory.meshes.len();
            let members: usize = fleet.inventory.meshes.values().map(|mesh| mesh.members.len()).sum();
            let errors = reports.0.iter().filter(|report| report.is_error()).count();
            context.console.say(match errors {
                0 => format!("{meshes} meshes with {members} members: nothing is wrong"),
                1 => format!("{meshes} meshes with {members} members: 1 error"),
                _ => format!("{meshes} meshes with {members} members: {errors} errors"),
            });
        }
        if reports.has_errors() { Err(Reports::told()) } else { Ok(()) }
    }
}
