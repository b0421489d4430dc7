//! `fleet completions`, `fleet man`: made from the commands themselves, so they can't be out of date.

use super::Context;
use crate::os::FileError;
use crate::report::{Report, Reports};
use clap::{Args, CommandFactory as _};
use std::path::PathBuf;

/// Print completions for a shell
#[derive(Args)]
pub struct Completions {
    /// The shell to complete for
    shell: clap_complete::Shell,
}

impl Completions {
    /// Prints the completions to stdout.
    ///
    /// # Errors
    /// None.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Reports> {
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut super::Arguments::command(), "fleet", &mut text);
        context.console.answer(text);
        Ok(())
    }
}

/// Write the manual pages into a folder
#[derive(Args)]
pub struct Man {
    /// An existing folder
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

impl Man {
    /// Writes fleet.1, fleet-secret.1, fleet-secret-edit.1 and so on.
    ///
    /// # Errors
    /// When a page can't be written.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Reports> {
        clap_mangen::generate_to(super::Arguments::command(), &self.folder)
            .map_err(|error| FileError::new("write manual pages into", &self.folder, error))
            .map_err(Report::from)?;
        context.console.say(format!("the manual pages are in `{}`", self.folder.display()));
        Ok(())
    }
}
