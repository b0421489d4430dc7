//! `fleet secret show`: a secret's value on standard output.

use super::chosen;
use crate::cli::Context;
use crate::cli::common::IdentityArguments;
use crate::format::{MachineName, sealed};
use crate::ops::Fleet;
use crate::os::private;
use crate::report::{Report, Reports};
use crate::secrets::rekey::cannot_open;
use crate::secrets::{Readers, store};
use clap::Args;

/// Print a secret's value, byte for byte
#[derive(Args)]
pub struct Arguments {
    /// The secret: `<service>/<name>`, or a service to choose from
    #[arg(value_name = "SECRET")]
    word: String,
    /// Show this machine's value, where each has its own
    #[arg(long, value_name = "MACHINE")]
    machine: Option<MachineName>,
    #[command(flatten)]
    identity: IdentityArguments,
}

impl Arguments {
    /// Opens and prints it.
    ///
    /// # Errors
    /// When it has no value, or can't be opened.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Reports> {
        private::hide_process();
        let fleet = Fleet::open(&context.folder)?;
        let name = chosen(context, &fleet, &self.word, self.machine.as_ref())?;
        let Some(bytes) = store::read(&fleet.root, &name).map_err(Report::from)? else {
            return Err(Report::error(format!("secret `{name}` has no value yet"))
                .at(name.file())
                .hint(format!("give it one with `fleet secret edit {name}`"))
                .into());
        };
        let identities = self.identity.load(context.console)?;
        let value = identities.open(&bytes).map_err(|error| {
            let header = sealed::header(&bytes).ok();
            cannot_open(&name, error, &Readers::new(&fleet.keys), header.as_ref()).at(name.file())
        })?;
        context.console.answer(value.expose());
        Ok(())
    }
}
