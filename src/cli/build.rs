//! `fleet build`: machines' systems, evaluated here and built by the store's daemon.

use super::Context;
use super::machines::{FlakeArguments, ShareArguments};
use crate::nix::query::Found;
use crate::ops::evaluation::{Failure, choose};
use crate::report::{Report, Reports};
use serde_json::{Value, json};

/// Build the machines' systems through the store's daemon
///
/// Derivations are computed here and added to the store, whose daemon builds them: on this machine, on its remote builders,
/// or fetched from its caches. A machine that does not evaluate is told, and the others are built.
#[derive(clap::Args)]
pub struct Arguments {
    /// The machines: names, `@tag`, patterns such as `web*`; all without
    #[arg(value_name = "MACHINE")]
    machines: Vec<String>,
    /// Print the derivations and build nothing
    #[arg(long)]
    dry_run: bool,
    /// Keep what was built from garbage collection with a link of this name, and `-MACHINE` where there are several
    #[arg(short, long, value_name = "LINK", conflicts_with = "dry_run")]
    out_link: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    share: ShareArguments,
    #[command(flatten)]
    flake: FlakeArguments,
}

const QUESTION: &str =
    "{ derivation = builtins.unsafeDiscardStringContext machine.config.system.build.toplevel.drvPath; }";

impl Arguments {
    /// Runs it.
    ///
    /// # Errors
    /// When a machine can't be evaluated or built.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Reports> {
        let mut settings = self.flake.settings();
        settings.write = !self.dry_run;
        let (mut evaluator, flake) = self.flake.open(&settings, context)?;
        let (mut names, mut wanted) = (Vec::new(), Vec::new());
        let mut failures: Vec<(String, Failure)> = Vec::new();
        let chosen = choose(&flake, &self.machines)?;
        let write = !self.dry_run;
        let all = self.share.ask(&flake, &mut evaluator, &chosen, QUESTION, write, &self.flake, context);
        for (name, answers) in chosen.into_iter().zip(all) {
            for answer in answers.into_values() {
                match answer {
                    Ok(derivation) => {
                        let derivation = derivation.as_str().unwrap_or_default().to_owned();
                        names.push(name.clone());
                        wanted.push(Found { derivation, output: "out".into() });
                    }
                    Err(failure) => failures.push((name.clone(), failure)),
                }
            }
        }
        let built = match self.dry_run || wanted.is_empty() {
            true => Vec::new(),
            false => self.flake.told(&mut evaluator, context, |evaluator| evaluator.build_all(&wanted))?,
        };
        if let Some(link) = &self.out_link {
            for (name, path) in names.iter().zip(&built) {
                let link = if names.len() == 1 { link.clone() } else { format!("{link}-{name}") };
                let link = std::path::absolute(context.folder.join(&link))
                    .map_err(|error| Report::error(format!("`{link}` can't be a link: {error}")))?;
                let link = link.to_string_lossy().into_owned();
                self.flake.told(&mut evaluator, context, |evaluator| evaluator.add_root(path, &link))?;
            }
        }
        let mut list = Vec::new();
        for (at, (name, found)) in names.iter().zip(&wanted).enumerate() {
            list.push(json!({ "name": name, "derivation": found.derivation, "path": built.get(at) }));
            if !self.json {
                context.console.answer(format!("{}\n", built.get(at).unwrap_or(&found.derivation)));
            }
        }
        if self.json {
            context.console.answer(format!("{:#}\n", Value::from(list)));
        }
        for (name, failure) in &failures {
            context.console.say(format!("machine `{name}` is not built\n{}", failure.told));
        }
        if failures.is_empty() { Ok(()) } else { Err(Reports::told()) }
    }
}
