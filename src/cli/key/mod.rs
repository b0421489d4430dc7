//! `fleet key …`: one file per verb.

mod host;
mod list;
mod master;

use super::Context;
use crate::format::SshPublicKey;
use crate::keys::scan;
use crate::os::files;
use crate::report::{Report, Reports};
use clap::{Args, Subcommand};
use std::io::Read as _;

/// Show and change the public keys of masters and hosts
#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    List(list::Arguments),
    Master(master::Arguments),
    Host(host::Arguments),
}

impl Arguments {
    /// Runs the verb.
    ///
    /// # Errors
    /// Whatever the verb reports.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Reports> {
        match self.command {
            Command::List(command) => command.run(context),
            Command::Master(command) => command.run(context),
            Command::Host(command) => command.run(context),
        }
    }
}

/// A host key from a file, standard input or the word itself.
pub(in crate::cli) fn read_host_key(word: &str) -> Result<SshPublicKey, Reports> {
    let (place, bytes) = match word {
        "-" => ("standard input", stdin()?),
        word if word.starts_with("ssh-") && word.contains(' ') => ("the command line", word.into()),
        word => (word, files::read_at_most(word, LIMIT).map_err(Report::from)?),
    };
    let text = String::from_utf8_lossy(&bytes);
    Ok(scan::host_key(&text).map_err(|error| Report::from(error).at(place))?)
}

/// No file with one public key is longer.
const LIMIT: u64 = 64 << 10;

/// What stands on standard input.
fn stdin() -> Result<Vec<u8>, Report> {
    let mut bytes = Vec::new();
    let read = std::io::stdin().take(LIMIT).read_to_end(&mut bytes);
    read.map_err(|error| Report::error("can't read a key from standard input").because(error))?;
    Ok(bytes)
}
