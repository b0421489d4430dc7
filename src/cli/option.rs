//! `fleet option`: where an option's value comes from.

use super::Context;
use super::machines::FlakeArguments;
use crate::ops::evaluation::choose;
use crate::ops::evaluation::option::{DEFAULT_PRIORITY, Described, Found, describe, priority_words};
use crate::report::Reports;
use serde_json::{Value, json};

/// Show an option of a machine: its value, where it was defined, its type and default
///
/// `fleet option web1 services.nginx.enable` says which files define it and on which line, with which priority, and what its
/// declaration says. A path that leads to several options lists them.
#[derive(clap::Args)]
pub struct Arguments {
    /// The machine
    #[arg(value_name = "MACHINE")]
    machine: String,
    /// The option, such as `services.nginx.enable`; all of them without
    #[arg(value_name = "OPTION", default_value = "")]
    option: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    flake: FlakeArguments,
}

impl Arguments {
    /// Runs it.
    ///
    /// # Errors
    /// When there is no such option, or it can't be evaluated.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Reports> {
        let (mut evaluator, flake) = self.flake.open(&self.flake.settings(), context)?;
        // A name that is none gets a guess.
        choose(&flake, std::slice::from_ref(&self.machine))?;
        let found = self.flake.told(&mut evaluator, context, |evaluator| {
            describe(&flake, evaluator, &self.machine, &self.option)
        })?;
        let described = match found {
            Found::Row(names) => {
                let before = if self.option.is_empty() { String::new() } else { format!("{}.", self.option) };
                let paths: Vec<String> = names.iter().map(|name| format!("{before}{name}")).collect();
                let answer = match self.json {
                    true => format!("{:#}\n", json!({ "options": paths })),
                    false => paths.iter().map(|path| format!("{path}\n")).collect(),
                };
                context.console.answer(answer);
                return Ok(());
            }
            Found::Option(described) => described,
        };
        let told: Vec<String> = described
            .definitions
            .iter()
            .map(|definition| &definition.value)
            .chain([&described.value])
            .filter_map(|value| value.as_ref().err())
            .map(|error| self.flake.tell(&evaluator, error))
            .collect();
        context.console.answer(match self.json {
            true => format!("{:#}\n", self.json(&described)),
            false => self.text(&described),
        });
        let Some(last) = told.last() else { return Ok(()) };
        context.console.say(last);
        Err(Reports::told())
    }

    fn text(&self, described: &Described) -> String {
        let value = described.value.as_deref().unwrap_or("can't be evaluated");
        let mut lines = vec![format!("{} = {value}", self.option)];
        let mut line = |label: &str, text: &str| {
            for (at, part) in text.trim_end().lines().enumerate() {
                lines.push(format!("{:<12} {part}", if at == 0 { label } else { "" }).trim_end().to_owned());
            }
        };
        if let Some(text) = &described.type_ {
            line("type", text);
        }
        if let Some(text) = &described.default {
            line("default", text);
        }
        if let Some(priority) = described.priority {
            line("priority", &format!("{priority}, {}", priority_words(priority)));
        }
        let mut label = "defined in";
        // The default is told above, and where it is written is where the option is declared.
        let is_default = described.priority == Some(DEFAULT_PRIORITY);
        for definition in described.definitions.iter().filter(|_| !is_default) {
            let value = definition.value.as_deref().unwrap_or("can't be evaluated");
            let place = place(&definition.file, definition.line.map(u64::from));
            line(std::mem::take(&mut label), &format!("{place}: {value}"));
        }
        let mut label = "declared in";
        for (file, at) in &described.declarations {
            line(std::mem::take(&mut label), &place(file, *at));
        }
        if let Some(text) = &described.description {
            line("description", text);
        }
        lines.join("\n") + "\n"
    }

    fn json(&self, described: &Described) -> Value {
        let definitions: Vec<Value> = described
            .definitions
            .iter()
            .map(|one| json!({ "file": one.file, "line": one.line, "value": one.value.as_ref().ok() }))
            .collect();
        let declarations: Vec<Value> =
            described.declarations.iter().map(|(file, line)| json!({ "file": file, "line": line })).collect();
        json!({
            "option": self.option,
            "value": described.json,
            "shown": described.value.as_ref().ok(),
            "type": described.type_,
            "default": described.default,
            "description": described.description,
            "priority": described.priority,
            "definitions": definitions,
            "declarations": declarations,
        })
    }
}

fn place(file: &str, line: Option<u64>) -> String {
    line.map_or_else(|| file.to_owned(), |line| format!("{file}:{line}"))
}
