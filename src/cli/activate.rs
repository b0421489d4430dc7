//! `fleet activate`: on the host, open what this machine may read.

use super::Context;
use crate::report::Reports;
use clap::Args;

/// Open this machine's secrets, on the machine itself
#[derive(Args)]
pub struct Arguments {}

impl Arguments {
    /// Runs the command.
    ///
    /// # Errors
    /// One report per secret that could not be opened.
    pub fn run(self, _context: &mut Context<'_>) -> Result<(), Reports> {
        Ok(())
    }
}
