//! `fleet secret …`: one file per verb.

mod check;
mod edit;
mod generate;
mod import;
mod list;
mod rekey;
mod remove;
mod set;
mod show;
mod textconv;
mod why;

use super::Context;
use super::common::{GitArguments, IdentityArguments};
use crate::format::{MachineName, SecretName};
use crate::keys::{Identities, Sealer};
use crate::ops::Fleet;
use crate::ops::change::Outcome;
use crate::ops::secret_write::{Listed, Means};
use crate::report::{Report, Reports};
use crate::secrets::{Readers, Store, select};
use clap::{Args, Subcommand};

/// Edit, show, make and check secrets
#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Edit(edit::Arguments),
    Show(show::Arguments),
    Set(set::Arguments),
    Generate(generate::Arguments),
    List(list::Arguments),
    Check(check::Arguments),
    Why(why::Arguments),
    Rekey(rekey::Arguments),
    Remove(remove::Arguments),
    Import(import::Arguments),
    Textconv(textconv::Arguments),
}

impl Arguments {
    /// Runs the verb.
    ///
    /// # Errors
    /// Whatever the verb reports.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Reports> {
        match self.command {
            Command::Edit(command) => command.run(context),
            Command::Show(command) => command.run(context),
            Command::Set(command) => command.run(context),
            Command::Generate(command) => command.run(context),
            Command::List(command) => command.run(context),
            Command::Check(command) => command.run(context),
            Command::Why(command) => command.run(context),
            Command::Rekey(command) => command.run(context),
            Command::Remove(command) => command.run(context),
            Command::Import(command) => command.run(context),
            Command::Textconv(command) => command.run(context),
        }
    }
}

/// What every verb that changes secrets takes.
#[derive(Args)]
struct ChangeArguments {
    #[command(flatten)]
    identity: IdentityArguments,
    #[command(flatten)]
    git: GitArguments,
}

/// Holds what [`Means`] refer to.
struct Tools {
    sealer: Sealer,
    identities: Identities,
    mark: bool,
}

impl ChangeArguments {
    fn tools(&self, context: &Context<'_>) -> Result<Tools, Reports> {
        Ok(Tools {
            sealer: Sealer::new(context.console.prompt()),
            identities: self.identity.load(context.console)?,
            mark: self.git.mark(),
        })
    }
}

impl Tools {
    fn means(&self) -> Means<'_> {
        Means { sealer: &self.sealer, identities: &self.identities, mark: self.mark }
    }
}

/// The secrets that a word means; with `machine`, only what that machine reads.
fn selected(fleet: &Fleet, word: &str, machine: Option<&MachineName>) -> Result<Vec<SecretName>, Reports> {
    let store = Store::open(&fleet.root).map_err(Report::from)?;
    let mut names = select::select(&fleet.inventory, &store, word).map_err(Report::from)?;
    if let Some(machine) = machine {
        fleet.machine(machine)?;
        names.retain(|name| reads(fleet, name, machine));
        if names.is_empty() {
            return Err(Report::error(format!("`{machine}` reads no secret of `{word}`"))
                .hint(format!("`fleet secret list --machine {machine}` shows what it reads"))
                .into());
        }
    }
    Ok(names)
}

fn reads(fleet: &Fleet, name: &SecretName, machine: &MachineName) -> bool {
    match fleet.inventory.secret(name) {
        Some(secret) => secret.machines.contains(machine),
        None => name.machine.as_ref() == Some(machine),
    }
}

/// Says what became of a secret's line in `[rotate]`.
fn rotation(context: &mut Context<'_>, listed: Listed) {
    context.console.say(match listed {
        Listed::Not => return,
        Listed::Changed => "it is off the list of what is to be rotated",
        Listed::Stated => {
            "it is off the list of what is to be rotated; no key at hand opens the old value, so nobody compared the two"
        }
        Listed::Still => "it stays on the list of what is to be rotated: this is the value it had",
    });
}

/// Says that a value was there already.
fn unchanged(context: &mut Context<'_>, name: &SecretName, listed: bool) {
    let still = if listed { ", and it stays on the list of what is to be rotated" } else { "" };
    context.console.say(format!("`{name}` has this value already: nothing was changed{still}"));
}

/// The one secret that a word means: asks on a terminal when there are several, and lists them elsewhere.
fn chosen(
    context: &Context<'_>,
    fleet: &Fleet,
    word: &str,
    machine: Option<&MachineName>,
) -> Result<SecretName, Reports> {
    let mut names = selected(fleet, word, machine)?;
    if names.len() == 1 {
        return Ok(names.remove(0));
    }
    let prompt = context.console.prompt();
    if !prompt.is_interactive() {
        let list: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        return Err(Report::usage(format!("`{word}` has {} secrets: {}", names.len(), list.join(", ")))
            .hint("name the one you mean")
            .into());
    }
    for (index, name) in names.iter().enumerate() {
        prompt.say(&format!("{:>4}  {name}", index + 1));
    }
    let answer = prompt.word("which one").unwrap_or_default();
    let by_number = answer.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    let by_name = || {
        names.iter().position(|name| {
            name.to_string() == answer
                || name.name.as_str() == answer
                || name.machine.as_ref().is_some_and(|machine| machine.as_str() == answer)
        })
    };
    match by_number.or_else(by_name).filter(|index| *index < names.len()) {
        Some(index) => Ok(names.swap_remove(index)),
        None => Err(Report::usage(format!("`{answer}` is none of them")).into()),
    }
}

/// Tells what a change did beyond what the verb says itself.
fn tell(context: &mut Context<'_>, outcome: &Outcome) {
    for path in &outcome.kept {
        context.console.say(format!(
            "the sealed file that was there is in no commit; it is kept as `{}`",
            path.display()
        ));
    }
    for path in outcome.done.created.iter().chain(&outcome.done.changed).filter(|path| derived(path)) {
        context.console.say(format!("wrote {path}"));
    }
    if !outcome.to_rotate.is_empty() {
        let names: Vec<String> = outcome.to_rotate.iter().map(|name| format!("`{name}`")).collect();
        context.console.report(
            &Report::warning(format!("known to a key that reads them no more: {}", names.join(", "))).hint(
                "change these values; `[rotate]` in fleet.toml lists them, and `fleet check` names them until then",
            ),
        );
    }
    context.console.reports(&outcome.reports);
}

fn derived(path: &str) -> bool {
    path.starts_with("keys/") || path.starts_with("peers/") || path == "fleet.toml"
}

/// Who reads a secret, for a sentence.
fn audience(fleet: &Fleet, name: &SecretName) -> String {
    let Some(secret) = fleet.inventory.secret(name) else { return String::new() };
    let wanted = Readers::new(&fleet.keys).wanted(&secret);
    let (masters, machines): (Vec<_>, Vec<_>) =
        wanted.readers.iter().partition(|reader| matches!(reader, crate::secrets::Reader::Master(_)));
    let mut words: Vec<String> = match machines.len() {
        0..=4 => machines.iter().map(ToString::to_string).collect(),
        count => vec![format!("{count} machines")],
    };
    words.push(match masters.len() {
        1 => masters[0].to_string(),
        count => format!("{count} masters"),
    });
    let keyless: Vec<String> = wanted.keyless.iter().map(|machine| format!("`{machine}`")).collect();
    let text = match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => words.concat(),
    };
    match keyless.as_slice() {
        [] => text,
        [one] => format!("{text}; {one} has no host key yet"),
        several => format!("{text}; {} machines have no host key yet", several.len()),
    }
}
