//! `fleet flake metadata`: where a flake comes from, and all its inputs.

use super::{LockArguments, resolve, shown};
use crate::cli::Context;
use crate::nix::input::{Attribute, Attributes};
use crate::report::Reports;
use serde_json::{Value, json};

/// Show where a flake comes from and what its inputs are
#[derive(clap::Args)]
pub struct Arguments {
    /// The flake
    #[arg(value_name = "FLAKE", default_value = ".")]
    flake: String,
    /// Print JSON, with the names that `nix flake metadata` uses
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    lock: LockArguments,
}

fn values(attributes: &Attributes) -> Value {
    let value = |value: &Attribute| match value {
        Attribute::Text(text) => json!(text),
        Attribute::Number(number) => json!(number),
        Attribute::Bool(value) => json!(value),
    };
    Value::Object(attributes.iter().map(|(name, of)| (name.clone(), value(of))).collect())
}

impl Arguments {
    /// Runs it.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Reports> {
        let (named, (resolved, path)) = resolve(
            &self.flake,
            context,
            |here| self.lock.wish(here),
            |evaluator, _, resolved| {
                let path = evaluator.world().store_dir().print(&resolved.flake.tree.fetched.path);
                Ok((resolved, path))
            },
        )?;
        self.lock.settle(&named, &resolved, context)?;
        let flake = &resolved.flake;
        let known = &flake.tree.fetched.attributes;
        if self.json {
            let mut answer = json!({
                "originalUrl": shown(&named.reference),
                "original": values(&named.reference.attributes()),
                "locked": values(&flake.locked.attributes()),
                "url": shown(&flake.locked),
                "path": path,
                "locks": resolved.lock.json().0,
            });
            if let Some(description) = &flake.description {
                answer["description"] = json!(description);
            }
            for name in ["lastModified", "revision", "dirtyRevision", "revCount"] {
                let attribute = match name {
                    "revision" => "rev",
                    "dirtyRevision" => "dirtyRev",
                    name => name,
                };
                if let Some(value) = values(known).get(attribute) {
                    answer[name] = value.clone();
                }
            }
            context.console.answer(format!("{answer}\n"));
            return Ok(());
        }
        let mut lines = vec![format!("flake        {}", shown(&flake.locked))];
        if let Some(description) = &flake.description {
            lines.push(format!("description  {description}"));
        }
        lines.push(format!("path         {path}"));
        for (name, label) in [("rev", "commit"), ("dirtyRev", "commit")] {
            if let Some(Attribute::Text(rev)) = known.get(name) {
                lines.push(format!("{label:<12} {rev}"));
            }
        }
        let inputs = resolved.lock.listed();
        if !inputs.is_empty() {
            lines.push("inputs".into());
        }
        lines.extend(inputs.iter().map(|(way, of)| format!("  {way}: {of}")));
        context.console.answer(lines.join("\n") + "\n");
        Ok(())
    }
}
