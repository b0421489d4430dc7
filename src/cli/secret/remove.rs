//! `fleet secret remove`: a secret that is no longer needed.

use super::{ChangeArguments, selected, tell};
use crate::cli::Context;
use crate::ops::secret_write::remove;
use crate::report::{Report, Reports};
use crate::secrets::check::declaration_path;
use clap::Args;

/// Remove a secret's sealed file, and its declaration if asked
#[derive(Args)]
pub struct Arguments {
    /// The secret; one that each machine has its own of is removed for all of them
    #[arg(value_name = "SECRET", required = true)]
    words: Vec<String>,
    /// Take it out of fleet.toml too
    #[arg(long)]
    declaration: bool,
    #[command(flatten)]
    change: ChangeArguments,
}

impl Arguments {
    /// Removes the files.
    ///
    /// # Errors
    /// When there is nothing to remove, or it can't be removed.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Reports> {
        let (guard, fleet) = context.lock()?;
        let mut names = Vec::new();
        for word in &self.words {
            if !word.contains('/') {
                return Err(Report::usage(format!("`{word}` is a whole service"))
                    .hint("name each secret that is to be removed")
                    .into());
            }
            names.extend(selected(&fleet, word, None)?);
        }
        names.sort();
        names.dedup();
        let outcome = remove(&guard, &fleet, &names, self.declaration, self.change.git.mark())?;
        for path in &outcome.done.removed {
            context.console.say(format!("removed {path}"));
        }
        tell(context, &outcome);
        let still: Vec<_> =
            names.iter().filter(|name| !self.declaration && fleet.inventory.secret(name).is_some()).collect();
        if let Some(first) = still.first() {
            let list: Vec<String> = still.iter().map(|name| format!("`{name}`")).collect();
            context.console.report(
                &Report::warning(format!("fleet.toml still declares {}", list.join(", ")))
                    .at(fleet.inventory.places.at(&declaration_path(first)))
                    .hint("`--declaration` takes that out too"),
            );
        }
        Ok(())
    }
}
