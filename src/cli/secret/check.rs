//! `fleet secret check`: every secret beside its file, without a private key.

use super::selected;
use crate::cli::Context;
use crate::cli::check::{plural, verdict};
use crate::format::SecretName;
use crate::ops::Fleet;
use crate::report::{Report, Reports, Severity};
use crate::secrets::{Store, check, keyless};
use clap::Args;
use std::collections::BTreeSet;

/// Check that every secret is there and sealed for its readers, without a private key
///
/// Exit code 1 when one is missing, damaged, or has other readers than fleet.toml wants.
#[derive(Args)]
pub struct Arguments {
    /// Only these secrets, or those of a service
    #[arg(value_name = "SECRET")]
    words: Vec<String>,
}

impl Arguments {
    /// Prints what is wrong, then one sentence.
    ///
    /// # Errors
    /// When something is wrong.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Reports> {
        let fleet = Fleet::open(&context.folder)?;
        let mut wanted: BTreeSet<SecretName> = BTreeSet::new();
        for word in &self.words {
            wanted.extend(selected(&fleet, word, None)?);
        }
        let filter = |name: &SecretName| wanted.contains(name);
        let filter: Option<&dyn Fn(&SecretName) -> bool> =
            if self.words.is_empty() { None } else { Some(&filter) };
        let store = Store::open(&fleet.root).map_err(Report::from)?;
        let looked = check(&fleet.inventory, &fleet.keys, &store, filter);
        let mut reports = looked.reports(&fleet.inventory, &fleet.keys, &store);
        if self.words.is_empty() {
            reports.0.extend(keyless(&fleet.inventory, &fleet.keys));
        }
        reports.0.sort_by_key(|report| report.severity);
        context.console.reports(&reports);
        let count = |severity| reports.0.iter().filter(|report| report.severity == severity).count();
        let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
        let secrets = plural(looked.secrets.len(), "secret");
        context.console.say(format!("{secrets}: {}", verdict(errors, warnings)));
        if errors > 0 { Err(Reports::told()) } else { Ok(()) }
    }
}
