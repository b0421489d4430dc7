//! `fleet key host scan`: asks a machine's sshd for its host key.

use super::{Write, is_known, write};
use crate::cli::Context;
use crate::format::{MachineName, SshPublicKey};
use crate::keys::{PublicKeys, scan};
use crate::ops::Fleet;
use crate::report::{Report, Reports};
use clap::Args;
use std::time::Duration;

/// Ask a machine for its host key with ssh-keyscan, and compare or write it
///
/// Its mesh address is asked first, then `address.lan`, then `address.public`. Nobody vouches for the answer: compare the
/// fingerprint with what the machine says on its console before you write it.
#[derive(Args)]
pub struct Arguments {
    /// The machine
    machine: MachineName,
    /// Ask this address instead of those in fleet.toml
    #[arg(long, value_name = "HOST")]
    address: Option<String>,
    /// Ask this port instead of the machine's `ssh_port`
    #[arg(long)]
    port: Option<u16>,
    /// Wait so many seconds for each address
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=60))]
    patience: u64,
    /// Write the key without a question: its fingerprint was compared
    #[arg(long, short = 'y')]
    yes: bool,
    #[command(flatten)]
    write: Write,
}

impl Arguments {
    /// Prints the key, and writes it when told to.
    ///
    /// # Errors
    /// When nobody answers, the fleet knows another key, or nobody said that this one is right.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Reports> {
        let fleet = Fleet::open(&context.folder)?;
        let name = &self.machine;
        let key = self.ask(context, &fleet)?;
        context.console.answer(format!("{}\n", key.line()));
        context.console.say(format!("fingerprint: {}", key.fingerprint()));
        if is_known(&fleet, name, &key, self.write.replace)? {
            context.console.say(format!("this is the key in {}", PublicKeys::host_file(name)));
            return Ok(());
        }
        context
            .console
            .say("nobody vouches for this answer; on the machine's console the fingerprint is printed by");
        context.console.say("  ssh-keygen -l -f /etc/ssh/ssh_host_ed25519_key.pub");
        let file = PublicKeys::host_file(name);
        let question = format!("do they agree, and shall it be written to {file}?");
        let agreed = self.yes || context.console.prompt().confirm(&question, "yes", Some("no")) == Some(true);
        if !agreed {
            return Err(Report::error(format!("{file} was not written"))
                .hint("say `--yes` when you have compared the fingerprint")
                .into());
        }
        write(context, name, &key, &self.write)
    }

    /// The first answer.
    fn ask(&self, context: &mut Context<'_>, fleet: &Fleet) -> Result<SshPublicKey, Reports> {
        let machine = fleet.machine(&self.machine)?;
        let port = self.port.unwrap_or(machine.ssh_port);
        let addresses = match &self.address {
            Some(address) => vec![address.clone()],
            None => scan::addresses(&fleet.inventory, &self.machine),
        };
        if addresses.is_empty() {
            return Err(Report::error(format!("`{}` has no address to ask", self.machine))
                .at(fleet.inventory.places.at(&format!("machine.{}", self.machine)))
                .hint("name one with `--address HOST`, or write `address = { lan = \"…\" }` into fleet.toml")
                .into());
        }
        let mut silent = Reports::default();
        for address in addresses {
            context.console.say(format!("asking {address}, port {port}"));
            match scan::ask(&address, port, Duration::from_secs(self.patience)) {
                Ok(key) => return Ok(key),
                Err(error @ scan::ScanError::Silent { .. }) => silent.push(error),
                Err(error) => return Err(Report::from(error).into()),
            }
        }
        Err(silent)
    }
}
