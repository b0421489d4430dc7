//! `fleet secret rekey`: the same values for other readers.

use super::{ChangeArguments, selected, tell};
use crate::cli::Context;
use crate::format::SecretName;
use crate::ops::Fleet;
use crate::ops::secret_rekey::{Rekey, rekey};
use crate::os::private;
use crate::report::Reports;
use clap::Args;
use std::collections::BTreeSet;

/// Seal secrets again for the readers they should have now
///
/// Only files whose readers differ are touched, each gets a fresh file key, and all of them are verified before the
/// first is replaced. It revokes nothing: whoever could read a value knows it, so secrets that lose a reader are listed
/// to be rotated.
#[derive(Args)]
pub struct Arguments {
    /// Only these secrets, or those of a service
    #[arg(value_name = "SECRET")]
    words: Vec<String>,
    /// Also those whose readers are right already
    #[arg(long)]
    all: bool,
    /// Leave aside what can't be opened, and seal the others; without it, nothing is changed then
    #[arg(long)]
    keep_going: bool,
    #[command(flatten)]
    change: ChangeArguments,
}

impl Arguments {
    /// Seals them anew, all or none.
    ///
    /// # Errors
    /// When one can't be opened, or a file can't be written.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Reports> {
        private::hide_process();
        let tools = self.change.tools(context)?;
        let fleet = Fleet::open(&context.folder)?;
        let mut wanted: BTreeSet<SecretName> = BTreeSet::new();
        for word in &self.words {
            wanted.extend(selected(&fleet, word, None)?);
        }
        let names = |name: &SecretName| self.words.is_empty() || wanted.contains(name);
        let what = Rekey {
            names: &names,
            all: self.all,
            keep_going: self.keep_going,
            command: &context.command_line,
        };
        let console = &mut *context.console;
        let rekeyed = rekey(&context.folder, &what, &tools.means(), |line| console.say(line))?;
        let outcome = &rekeyed.outcome;
        for name in &outcome.rekeyed {
            context.console.say(format!("sealed `{name}` again"));
        }
        let (opened, compared) = rekeyed.opened;
        let count = outcome.rekeyed.len();
        context.console.say(match (count, compared) {
            (0, _) => format!("nothing to do: {} secrets have the readers they should have", rekeyed.unchanged),
            (_, 0) => format!("{count} sealed again, each opened to verify it; {} left alone", rekeyed.unchanged),
            _ => format!(
                "{count} sealed again, {opened} opened to verify them, {compared} verified by their readers; {} left alone",
                rekeyed.unchanged
            ),
        });
        tell(context, outcome);
        if rekeyed.failed.has_errors() { Err(rekeyed.failed) } else { Ok(()) }
    }
}
