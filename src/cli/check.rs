//! `fleet check`: everything that can be known here and now.

use super::Context;
use crate::ops::check::check;
use crate::report::{Reports, Severity};
use clap::Args;
use serde_json::json;

/// Check everything that can be known without a host, a private key, or evaluating Nix
///
/// fleet.toml, keys, the readers of every secret, the meshes, and whether fleet.json and peers/ are of now. Exit code 1
/// when something is wrong; warnings and notes alone are no failure.
#[derive(Args)]
pub struct Arguments {
    /// Print what was found as JSON
    #[arg(long)]
    json: bool,
    /// Fail on warnings too
    #[arg(long)]
    strict: bool,
}

impl Arguments {
    /// Prints every report, then one sentence.
    ///
    /// # Errors
    /// When something is wrong.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Reports> {
        let checked = match check(&context.folder) {
            Ok(checked) => checked,
            Err(reports) if self.json => {
                context.console.answer(json(&reports));
                return Err(Reports::told());
            }
            Err(reports) => return Err(reports),
        };
        let count = |severity| checked.reports.0.iter().filter(|report| report.severity == severity).count();
        let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
        if self.json {
            context.console.answer(json(&checked.reports));
        } else {
            context.console.reports(&checked.reports);
            if !checked.reports.0.is_empty() {
                context.console.say("");
            }
            context.console.say(format!(
                "{}, {}, {}: {}",
                plural(checked.machines, "machine"),
                plural(checked.secrets, "secret"),
                plural(checked.members, "mesh member"),
                verdict(errors, warnings)
            ));
        }
        if errors > 0 || (self.strict && warnings > 0) { Err(Reports::told()) } else { Ok(()) }
    }
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
