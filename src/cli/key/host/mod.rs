//! `fleet key host …`: the ssh host keys, which open a machine's secrets and pin its identity.

mod add;
mod scan;

use crate::cli::common::{GitArguments, IdentityArguments};
use crate::cli::{Context, tell};
use crate::format::{MachineName, SshPublicKey};
use crate::keys::{PublicKeys, is_known_public_ssh, scan as scanned};
use crate::ops::{Fleet, machine};
use crate::os::private;
use crate::report::Reports;
use clap::{Args, Subcommand};

/// Give machines their host keys
#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Add(add::Arguments),
    Scan(scan::Arguments),
}

impl Arguments {
    /// Runs the verb.
    ///
    /// # Errors
    /// Whatever the verb reports.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Reports> {
        match self.command {
            Command::Add(command) => command.run(context),
            Command::Scan(command) => command.run(context),
        }
    }
}

/// Arguments of every verb that writes a host key.
#[derive(Args)]
struct Write {
    /// Take the key although the fleet knows another one for this machine, and list what that one could read
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    identity: IdentityArguments,
    #[command(flatten)]
    git: GitArguments,
}

/// What a key means for the one in keys/hosts: true when it is there already.
fn is_known(fleet: &Fleet, name: &MachineName, key: &SshPublicKey, replace: bool) -> Result<bool, Reports> {
    fleet.machine(name)?;
    if let Some(public) = is_known_public_ssh(key).filter(|_| !fleet.inventory.public_keys_ok) {
        return Err(public.report(&format!("host key of `{name}`")).into());
    }
    let Some(known) = fleet.keys.hosts.get(name) else { return Ok(false) };
    match scanned::compare(name, known, key) {
        None => Ok(true),
        Some(_) if replace => Ok(false),
        Some(report) => Err(report.into()),
    }
}

/// Writes the key, seals again what the machine reads, and tells.
fn write(
    context: &mut Context<'_>,
    name: &MachineName,
    key: &SshPublicKey,
    write: &Write,
) -> Result<(), Reports> {
    private::hide_process();
    let identities = write.identity.load(context.console)?;
    let (guard, fleet) = context.lock()?;
    let replaced = fleet.keys.hosts.contains_key(name);
    if is_known(&fleet, name, key, write.replace)? {
        context.console.say(format!("`{name}` has this key already: {}", PublicKeys::host_file(name)));
        return Ok(());
    }
    let outcome = machine::set_host_key(&guard, &fleet, name, key, &identities, write.git.mark())?;
    context.console.say(format!("`{name}` has the host key {}", key.fingerprint()));
    tell::outcome(context.console, &outcome);
    if replaced && !outcome.to_rotate.is_empty() {
        context.console.say(
            "if the old key is gone for good, such as with a disk that was wiped, take these lines out of `[rotate]` instead",
        );
    }
    if outcome.not_rekeyed.has_errors() { Err(Reports::default()) } else { Ok(()) }
}
