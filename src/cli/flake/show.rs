//! `fleet flake show`: what a flake offers, as a tree or as JSON, as `nix flake show` prints it.

use super::{LockArguments, evaluator, resolve};
use crate::cli::{Context, evaluation};
use crate::nix::Evaluator;
use crate::nix::flake::outline::{Outline, Scope};
use crate::report::Reports;
use serde_json::{Map, Value, json};

/// Show what a flake offers
#[derive(clap::Args)]
pub struct Arguments {
    /// The flake
    #[arg(value_name = "FLAKE", default_value = ".")]
    flake: String,
    /// Print JSON, with the names that `nix flake show` uses
    #[arg(long)]
    json: bool,
    /// Look at the outputs for other systems, too
    #[arg(long)]
    all_systems: bool,
    /// Look into `legacyPackages`
    #[arg(long)]
    legacy: bool,
    /// Show how an error was reached
    #[arg(long)]
    show_trace: bool,
    #[command(flatten)]
    lock: LockArguments,
}

impl Arguments {
    /// Runs it.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Reports> {
        let mut evaluator = evaluator(context)?;
        let (_, resolved) =
            resolve(&mut evaluator, &self.flake, &self.lock, |_| Ok(()), self.show_trace, context)?;
        let scope = Scope { all_systems: self.all_systems, legacy: self.legacy };
        let system = crate::world::this_system();
        let outline = evaluator.enter(|evaluator| {
            let flake = evaluator.call_flake(&resolved)?;
            let outputs = evaluator.find_along("outputs", &[], flake)?;
            Ok(evaluator.outline(outputs, &system, scope))
        });
        let outline = outline.unwrap_or_else(Outline::Failed);
        let mut page =
            Page { evaluator: &evaluator, show_trace: self.show_trace, said: Vec::new(), failed: false };
        if self.json {
            let answer = page.json(&outline, "");
            page.tell(context);
            context.console.answer(format!("{answer}\n"));
        } else {
            let mut text = format!("{}\n", resolved.flake.locked);
            page.tree(&outline, "", "", &mut text);
            context.console.answer(text);
            page.tell(context);
        }
        if page.failed { Err(Reports::told()) } else { Ok(()) }
    }
}

struct Page<'a> {
    evaluator: &'a Evaluator,
    show_trace: bool,
    said: Vec<String>,
    failed: bool,
}

impl Page<'_> {
    fn tell(&mut self, context: &mut Context<'_>) {
        for line in self.said.drain(..) {
            context.console.say(line);
        }
    }

    /// The lines below a row; `place` is its name, `margin` what stands left of them.
    fn tree(&mut self, outline: &Outline, place: &str, margin: &str, text: &mut String) {
        let Outline::Row(row) = outline else {
            if let Outline::Failed(error) = outline {
                self.fail(place, error);
            }
            return;
        };
        for (at, (name, below)) in row.iter().enumerate() {
            let is_last = at + 1 == row.len();
            let place = join(place, name);
            let line = match below {
                Outline::Row(_) => String::new(),
                Outline::Derivation { name, role, .. } => format!(": {role} '{name}'"),
                Outline::App { description } => {
                    format!(": app: {}", description.as_deref().unwrap_or("no description"))
                }
                Outline::Template { description } => format!(": template: {description}"),
                Outline::Other(_, label) => format!(": {label}"),
                Outline::Omitted(option) => format!(" omitted (use '{option}' to show)"),
                Outline::NoDerivation => {
                    self.said.push(format!("warning: {place} is not a derivation"));
                    continue;
                }
                Outline::Failed(_) => " failed".to_owned(),
            };
            text.push_str(&format!("{margin}{}{name}{line}\n", if is_last { "└───" } else { "├───" }));
            let margin = format!("{margin}{}", if is_last { "    " } else { "│   " });
            self.tree(below, &place, &margin, text);
        }
    }

    fn json(&mut self, outline: &Outline, place: &str) -> Value {
        match outline {
            Outline::Row(row) => {
                let all =
                    row.iter().map(|(name, below)| (name.clone(), self.json(below, &join(place, name))));
                Value::Object(all.collect::<Map<String, Value>>())
            }
            Outline::Derivation { name, description, .. } => {
                let description = description.as_deref().unwrap_or_default();
                json!({ "type": "derivation", "name": name, "description": description })
            }
            Outline::App { description: Some(description) } => {
                json!({ "type": "app", "description": description })
            }
            Outline::App { description: None } => json!({ "type": "app" }),
            Outline::Template { description } => json!({ "type": "template", "description": description }),
            Outline::Other(name, _) => json!({ "type": name }),
            Outline::Omitted(option) => {
                self.said.push(format!("warning: {place} omitted (use '{option}' to show)"));
                json!({})
            }
            Outline::NoDerivation => {
                self.said.push(format!("warning: {place} is not a derivation"));
                json!({})
            }
            Outline::Failed(error) => {
                self.fail(place, error);
                json!({})
            }
        }
    }

    fn fail(&mut self, place: &str, error: &crate::nix::error::Error) {
        self.failed = true;
        let error = error.clone().while_(0, format!("while looking at the output '{place}'"));
        self.said.push(evaluation::render(self.evaluator, &error, self.show_trace).trim_end().to_owned());
    }
}

fn join(place: &str, name: &str) -> String {
    if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") }
}
