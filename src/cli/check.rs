//! `fleet check`: everything that can be known here and now.

use super::Context;
use super::machines::{FlakeArguments, ShareArguments};
use crate::ops::check::{Checked, check};
use crate::ops::evaluation::channels::ways_around;
use crate::ops::evaluation::judge::{QUESTION, judge, strangers};
use crate::ops::fleet::FLEET_TOML;
use crate::report::{Report, Reports, Severity};
use clap::Args;
use serde_json::json;

/// Check everything that can be known without a host, a private key, or evaluating Nix
///
/// fleet.toml, keys, the readers of every secret, the meshes, and whether fleet.json and peers/ are of now. With `--eval` every
/// machine is evaluated, too. Exit code 1 when something is wrong; warnings and notes alone are no failure.
#[derive(Args)]
pub struct Arguments {
    /// Print what was found as JSON
    #[arg(long)]
    json: bool,
    /// Fail on warnings too
    #[arg(long)]
    strict: bool,
    /// Evaluate every machine, too: assertions, warnings, and whether its configuration agrees with the inventory
    #[arg(long)]
    eval: bool,
    #[command(flatten)]
    share: ShareArguments,
    #[command(flatten)]
    flake: FlakeArguments,
}

impl Arguments {
    /// Prints every report, then one sentence.
    ///
    /// # Errors
    /// When something is wrong.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Reports> {
        let mut checked = match check(&context.folder) {
            // A flake without an inventory has machines all the same.
            Err(_) if self.eval && !has_inventory(&context.folder) => {
                Checked { reports: Reports::default(), machines: 0, secrets: 0, members: 0 }
            }
            Ok(checked) => checked,
            Err(reports) if self.json => {
                context.console.answer(json(&reports));
                return Err(Reports::told());
            }
            Err(reports) => return Err(reports),
        };
        let mut failures = Vec::new();
        let mut evaluated = String::new();
        if self.eval && !checked.reports.has_errors() {
            let (mut evaluator, flake) = self.flake.open(&self.flake.settings(), context)?;
            checked.reports.0.extend(strangers(&flake));
            if !has_inventory(&context.folder) {
                checked.reports.0.extend(ways_around(&evaluator, &flake));
            }
            let names = &flake.machines;
            let all = self.share.ask(&flake, &mut evaluator, names, QUESTION, false, &self.flake, context);
            for (name, answers) in names.iter().zip(all) {
                let judgement = judge(&flake, name, &answers);
                checked.reports.0.extend(judgement.reports);
                failures.extend(judgement.failures.into_iter().map(|failure| (name.clone(), failure)));
            }
            evaluated = format!(", {} evaluated", flake.machines.len());
        }
        let count = |severity| checked.reports.0.iter().filter(|report| report.severity == severity).count();
        let (errors, warnings) = (count(Severity::Error) + failures.len(), count(Severity::Warning));
        if self.json {
            for (name, failure) in &failures {
                checked.reports.push(Report::error(format!("machine `{name}`: {}", failure.message)));
            }
            context.console.answer(json(&checked.reports));
        } else {
            context.console.reports(&checked.reports);
            for (at, (name, failure)) in failures.iter().enumerate() {
                let before = if at > 0 || !checked.reports.0.is_empty() { "\n" } else { "" };
                let told = failure.told.strip_prefix("error: ").unwrap_or(&failure.told);
                context.console.say(format!("{before}error: machine `{name}`: {told}"));
            }
            if errors + warnings > 0 || !checked.reports.0.is_empty() {
                context.console.say("");
            }
            context.console.say(format!(
                "{}, {}, {}{evaluated}: {}",
                plural(checked.machines, "machine"),
                plural(checked.secrets, "secret"),
                plural(checked.members, "mesh member"),
                verdict(errors, warnings)
            ));
        }
        if errors > 0 || (self.strict && warnings > 0) { Err(Reports::told()) } else { Ok(()) }
    }
}

/// Whether a folder lies in a fleet that has an inventory.
fn has_inventory(folder: &std::path::Path) -> bool {
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    folder.ancestors().any(|folder| folder.join(FLEET_TOML).exists())
}

/// How it stands, for the end of a check.
pub(super) fn verdict(errors: usize, warnings: usize) -> String {
    match (errors, warnings) {
        (0, 0) => "all is well".to_owned(),
        (0, warnings) => plural(warnings, "warning"),
        (errors, 0) => plural(errors, "error"),
        (errors, warnings) => format!("{}, {}", plural(errors, "error"), plural(warnings, "warning")),
    }
}

/// "1 secret", "2 secrets".
pub(super) fn plural(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

/// Reports for a script.
pub(super) fn json(reports: &Reports) -> String {
    let list: Vec<_> = reports
        .0
        .iter()
        .map(|report| {
            let places: Vec<_> = report
                .places
                .iter()
                .map(|place| {
                    json!({
                        "file": place.file,
                        "line": place.spot.as_ref().map(|spot| spot.line),
                        "column": place.spot.as_ref().map(|spot| spot.column),
                    })
                })
                .collect();
            json!({
                "severity": match report.severity {
                    Severity::Error => "error",
                    Severity::Warning => "warning",
                    Severity::Note => "note",
                },
                "message": report.message,
                "places": places,
                "causes": report.causes,
                "hints": report.hints,
            })
        })
        .collect();
    format!("{:#}\n", serde_json::Value::from(list))
}
