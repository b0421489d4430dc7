//! `fleet secret why`: the chain from fleet.toml to the sealed file.

use super::selected;
use crate::cli::Context;
use crate::format::SecretName;
use crate::ops::Fleet;
use crate::report::{Place, Reports};
use crate::secrets::Reader;
use crate::secrets::why::{self, Verdict, Why};
use clap::Args;
use serde_json::json;

/// Say why a machine or master can read a secret, or can't
#[derive(Args)]
pub struct Arguments {
    /// The secret, or a service with all of its secrets
    #[arg(value_name = "SECRET")]
    word: String,
    /// A machine or a master
    #[arg(value_name = "READER")]
    reader: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Arguments {
    /// Prints the chain.
    ///
    /// # Errors
    /// When there is no such secret or reader.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Reports> {
        let fleet = Fleet::open(&context.folder)?;
        let reader = why::reader(&fleet.inventory, &fleet.keys, &self.reader)?;
        let mut names = selected(&fleet, &self.word, None)?;
        // Of the values that machines have each, its own is meant.
        if let Reader::Machine(machine) = &reader {
            let own = |name: &SecretName| name.machine.as_ref().is_none_or(|of| of == machine);
            if names.iter().any(own) {
                names.retain(own);
            }
        }
        let chains: Vec<Why> = names
            .iter()
            .map(|name| why::why(&fleet.root, &fleet.inventory, &fleet.keys, name, reader.clone()))
            .collect();
        if self.json {
            let list: Vec<serde_json::Value> = chains.iter().map(json).collect();
            context.console.answer(format!("{:#}\n", serde_json::Value::from(list)));
            return Ok(());
        }
        let text: Vec<String> = chains.iter().map(text).collect();
        context.console.answer(text.join("\n"));
        Ok(())
    }
}

fn at(place: &Place) -> String {
    match &place.spot {
        Some(spot) => format!("{}:{}", place.file, spot.line),
        None => place.file.clone(),
    }
}

fn text(why: &Why) -> String {
    let mut text = format!("{} {} `{}`\n", why.reader, why.verdict, why.secret);
    for step in &why.steps {
        let mark = if step.yes { "yes" } else { "no " };
        text.push_str(&format!("  {mark}  {}: {}\n", at(&step.place), step.says));
    }
    if let Some(advice) = &why.advice {
        text.push_str(&format!("  {advice}\n"));
    }
    text
}

fn json(why: &Why) -> serde_json::Value {
    let steps: Vec<serde_json::Value> = why
        .steps
        .iter()
        .map(|step| json!({ "yes": step.yes, "at": at(&step.place), "says": step.says }))
        .collect();
    json!({
        "secret": why.secret,
        "reader": why.reader.name(),
        "reads": match why.verdict {
            Verdict::Reads => json!(true),
            Verdict::DoesNot => json!(false),
            Verdict::CannotTell => serde_json::Value::Null,
        },
        "steps": steps,
        "advice": why.advice,
    })
}
