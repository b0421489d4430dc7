//! `fleet flake …`: one file per verb, and what they share: a flake is named, resolved, and its lock may be written.

mod lock;
mod metadata;
mod show;
mod update;

use super::Context;
use super::evaluation::{self, Settings};
use crate::flake::Named;
use crate::nix::Evaluator;
use crate::nix::flake::{Resolved, Wish, way};
use crate::report::{Report, Reports};
use clap::{Args, Subcommand};

/// Lock, update and look at flakes
#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Lock(lock::Arguments),
    Update(update::Arguments),
    Metadata(metadata::Arguments),
    Show(show::Arguments),
}

impl Arguments {
    /// Runs the verb.
    ///
    /// # Errors
    /// Whatever the verb reports.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Reports> {
        match self.command {
            Command::Lock(command) => command.run(context),
            Command::Update(command) => command.run(context),
            Command::Metadata(command) => command.run(context),
            Command::Show(command) => command.run(context),
        }
    }
}

/// How inputs are locked, for every command that resolves a flake.
#[derive(Args, Default)]
pub struct LockArguments {
    /// Take this flake in place of an input, named by its way, such as `nixpkgs` or `home/nixpkgs`
    #[arg(long, num_args = 2, value_names = ["INPUT", "FLAKE"])]
    override_input: Vec<String>,
    /// Leave flake.lock as it is, also when it says less than is needed
    #[arg(long)]
    no_write_lock_file: bool,
}

impl LockArguments {
    /// What is wished of the lock; `here` is where relative names begin.
    fn wish(&self, here: &str) -> Result<Wish, Report> {
        let mut wish = Wish::default();
        for pair in self.override_input.chunks_exact(2) {
            wish.overrides.push((input_way(&pair[0])?, Named::parse(&pair[1], here)?.reference));
        }
        Ok(wish)
    }

    /// Writes a lock that changed, unless it shall not be.
    fn settle(&self, named: &Named, resolved: &Resolved, context: &mut Context<'_>) -> Result<(), Report> {
        if !resolved.is_changed() {
            return Ok(());
        }
        let told = changes(resolved);
        if self.no_write_lock_file {
            context.console.say(format!(
                "the lock of `{}` is not written, as it was asked for:\n{told}",
                named.reference
            ));
            return Ok(());
        }
        let file = named.write_lock(resolved)?;
        context.console.say(format!("wrote {}:\n{told}", file.display()));
        Ok(())
    }
}

/// A way to an input, as it is typed.
fn input_way(text: &str) -> Result<Vec<String>, Report> {
    way(text).map_err(|error| Report::usage(error.message()))
}

/// What differs between the lock that lies there and the one that belongs there, a line each.
fn changes(resolved: &Resolved) -> String {
    let (old, new) = (resolved.old.listed(), resolved.lock.listed());
    let mut lines = Vec::new();
    for (way, now) in &new {
        match old.get(way) {
            Some(before) if before == now => {}
            Some(before) => lines.push(format!("  {way}: {before}\n    now {now}")),
            None => lines.push(format!("  {way}: new, {now}")),
        }
    }
    let gone = old.keys().filter(|way| !new.contains_key(*way));
    lines.extend(gone.map(|way| format!("  {way}: gone")));
    lines.join("\n")
}

/// Names a flake, resolves it, and writes its lock if that changed.
pub fn resolve(
    evaluator: &mut Evaluator,
    text: &str,
    lock: &LockArguments,
    more: impl FnOnce(&mut Wish) -> Result<(), Report>,
    show_trace: bool,
    context: &mut Context<'_>,
) -> Result<(Named, Resolved), Reports> {
    let here = evaluation::text_of(&context.folder).map_err(|error| Report::error(error.message()))?;
    let named = Named::parse(text, &here)?;
    let mut wish = lock.wish(&here)?;
    more(&mut wish)?;
    match evaluator.enter(|evaluator| evaluator.resolve_flake(&named.reference, &wish)) {
        Ok(resolved) => {
            lock.settle(&named, &resolved, context)?;
            Ok((named, resolved))
        }
        Err(error) => {
            context.console.say(evaluation::render(evaluator, &error, show_trace).trim_end());
            Err(Reports::told())
        }
    }
}

/// The evaluator of these commands: impure, as locking has to be.
fn evaluator(context: &Context<'_>) -> Result<Evaluator, Report> {
    evaluation::evaluator(&Settings::default(), &context.folder)
}
