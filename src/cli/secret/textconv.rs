//! `fleet secret textconv`: what `git diff` shows of a sealed file.

use crate::cli::Context;
use crate::cli::common::IdentityArguments;
use crate::format::sealed;
use crate::keys::PublicKeys;
use crate::ops::Fleet;
use crate::os::{files, private};
use crate::report::Reports;
use crate::secrets::Readers;
use clap::Args;
use std::path::PathBuf;

/// Print a sealed file for `git diff`: its value to whoever can open it, else its readers
///
/// Git runs it where .gitattributes says `*.age diff=fleet`, after
/// `git config diff.fleet.textconv "fleet secret textconv"`. Never set `diff.fleet.cachetextconv`: git would write values
/// into the repository. It asks for no passphrase and never fails, so that `git diff` goes on.
#[derive(Args)]
pub struct Arguments {
    /// The file, as git names it
    file: PathBuf,
    #[command(flatten)]
    identity: IdentityArguments,
}

impl Arguments {
    /// Prints the value or a description.
    ///
    /// # Errors
    /// None.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Reports> {
        private::hide_process();
        let text = match files::read_at_most(&self.file, sealed::SEALED_LIMIT as u64) {
            Ok(bytes) => match self.open(context, &bytes) {
                Some(value) => {
                    context.console.answer(value.expose());
                    // Git compares lines, and what has no end would be joined to what follows.
                    if !value.expose().ends_with(b"\n") {
                        context.console.answer("\n");
                    }
                    return Ok(());
                }
                None => describe(context, &bytes),
            },
            Err(error) => format!("{error}: {}", error.source),
        };
        context.console.answer(format!("{text}\n"));
        Ok(())
    }

    fn open(&self, context: &Context<'_>, bytes: &[u8]) -> Option<crate::format::Sensitive> {
        self.identity.load(context.console).ok()?.open_silently(bytes).ok()?
    }
}

/// Who can read it: no digest of it, and nothing that tells one value from another.
fn describe(context: &Context<'_>, bytes: &[u8]) -> String {
    let header = match sealed::header(bytes) {
        Ok(header) => header,
        Err(error) => return error.to_string(),
    };
    let keys = Fleet::open(&context.folder).map_or_else(|_| PublicKeys::default(), |fleet| fleet.keys);
    format!("sealed for {}", Readers::new(&keys).present(&header).join(", ").replace('`', ""))
}
