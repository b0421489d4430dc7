//! `fleet flake metadata`: where a flake comes from, and all its inputs.

use super::{LockArguments, evaluator, resolve};
use crate::cli::Context;
use crate::nix::input::{self, Attribute};
use crate::report::Reports;
use serde_json::json;

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

impl Arguments {
    /// Runs it.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Reports> {
        let mut evaluator = evaluator(context)?;
        let (named, resolved) = resolve(&mut evaluator, &self.flake, &self.lock, |_| Ok(()), false, context)?;
        let path = evaluator.world().store_dir().print(&resolved.flake.tree.fetched.path);
        let flake = &resolved.flake;
        let known = &flake.tree.fetched.attributes;
        if self.json {
            let mut answer = json!({
                "originalUrl": named.reference.to_string(),
                "original": input::json(&named.reference.attributes()),
                "locked": input::json(&flake.locked.attributes()),
                "url": flake.locked.to_string(),
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
                if let Some(value) = input::json(known).get(attribute) {
                    answer[name] = value.clone();
                }
            }
            context.console.answer(format!("{answer}\n"));
            return Ok(());
        }
        let mut lines = vec![format!("flake        {}", flake.locked)];
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
