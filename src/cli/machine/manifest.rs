//! `fleet machine manifest`: what a machine's NixOS configuration carries as /etc/fleet/secrets.json.

use crate::cli::Context;
use crate::format::MachineName;
use crate::ops::{Fleet, manifest::manifest};
use crate::report::Reports;
use clap::Args;

/// Print the manifest of a machine: the secrets it opens, for `fleet activate`
#[derive(Args)]
pub struct Arguments {
    /// The machine
    machine: MachineName,
}

impl Arguments {
    /// Prints JSON to stdout.
    ///
    /// # Errors
    /// When there is no such machine, or it is keyless.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Reports> {
        let fleet = Fleet::open(&context.folder)?;
        let (manifest, reports) = manifest(&fleet, &self.machine)?;
        context.console.reports(&reports);
        context.console.answer(manifest.print());
        Ok(())
    }
}
