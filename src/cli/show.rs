//! `fleet show`: the machines, as the inventory and their evaluation have them.

use super::machines::{FlakeArguments, ShareArguments};
use super::{Context, table};
use crate::ops::evaluation::{Answers, Failure, FleetFlake, choose};
use crate::report::Reports;
use serde_json::{Value, json};

/// Show the machines with system, channel, address, tags and the derivation of their system
///
/// Every machine is evaluated. One that fails is told, and the others are shown all the same; then the exit code is 1.
#[derive(clap::Args)]
pub struct Arguments {
    /// The machines: names, `@tag`, patterns such as `web*`; all without
    #[arg(value_name = "MACHINE")]
    machines: Vec<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    share: ShareArguments,
    #[command(flatten)]
    flake: FlakeArguments,
}

const QUESTION: &str = include_str!("../ops/evaluation/show.nix");

impl Arguments {
    /// Runs it.
    ///
    /// # Errors
    /// When the flake or one of the machines can't be evaluated.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Reports> {
        let (mut evaluator, flake) = self.flake.open(&self.flake.settings(), context)?;
        if flake.inventory.is_none() {
            context.console.say("there is no fleet.json: what is shown comes from evaluating the machines");
        }
        let mut rows = vec![
            ["machine", "system", "channel", "address", "tags", "derivation"].map(String::from).to_vec(),
        ];
        let (mut list, mut failures) = (Vec::new(), Vec::new());
        let names = choose(&flake, &self.machines)?;
        let all = self.share.ask(&flake, &mut evaluator, &names, QUESTION, false, &self.flake, context);
        for (name, answers) in names.into_iter().zip(all) {
            let shown = Shown::of(&flake, &name, &answers);
            list.push(json!({
                "name": name,
                "system": shown.system,
                "channel": shown.channel,
                "addresses": shown.addresses,
                "tags": shown.tags,
                "derivation": shown.derivation,
                "error": shown.failure.as_ref().map(|failure| &failure.message),
            }));
            let derivation = shown.derivation.as_deref().unwrap_or("failed");
            let address = shown.addresses.first().map_or("", String::as_str);
            let cells = [
                &name,
                shown.system.as_deref().unwrap_or_default(),
                shown.channel.as_deref().unwrap_or_default(),
                address,
                &shown.tags.join(" "),
                derivation,
            ];
            rows.push(cells.map(str::to_owned).to_vec());
            failures.extend(shown.failure.map(|failure| (name, failure)));
        }
        if self.json {
            context.console.answer(format!("{:#}\n", Value::from(list)));
        } else {
            context.console.answer(table(&rows));
        }
        for (name, failure) in &failures {
            context.console.say(format!("\nmachine `{name}` does not evaluate\n{}", failure.told));
        }
        if failures.is_empty() { Ok(()) } else { Err(Reports::told()) }
    }
}

/// A machine's line.
struct Shown {
    system: Option<String>,
    channel: Option<String>,
    addresses: Vec<String>,
    tags: Vec<String>,
    derivation: Option<String>,
    failure: Option<Failure>,
}

impl Shown {
    fn of(flake: &FleetFlake, name: &str, answers: &Answers) -> Self {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let answer = |field: &str| answers.get(field).and_then(|answer| answer.as_ref().ok()).and_then(text);
        let facts = flake.facts(name).unwrap_or(&Value::Null);
        let tags = facts["tags"].as_array().into_iter().flatten().filter_map(text).collect();
        let mut addresses = flake.addresses(name);
        if addresses.is_empty() {
            addresses.extend(answer("host"));
        }
        Shown {
            system: text(&facts["system"]).or_else(|| answer("system")),
            channel: text(&facts["channel"]),
            addresses,
            tags,
            derivation: answer("derivation"),
            failure: answers.values().find_map(|answer| answer.as_ref().err()).cloned(),
        }
    }
}
