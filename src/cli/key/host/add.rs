//! `fleet key host add`: a machine's host key, brought by hand.

use super::{Write, write};
use crate::cli::Context;
use crate::cli::key::read_host_key;
use crate::format::MachineName;
use crate::report::Reports;
use clap::Args;

/// Give a machine its host key, and seal again what it reads
#[derive(Args)]
pub struct Arguments {
    /// The machine
    machine: MachineName,
    /// Its ssh-ed25519 key: a file, `-` for standard input, the key itself, or what ssh-keyscan printed
    #[arg(value_name = "FILE|KEY|-")]
    key: String,
    #[command(flatten)]
    write: Write,
}

impl Arguments {
    /// Writes it and tells what was sealed again.
    ///
    /// # Errors
    /// When there is no such machine, it is no host key, or the fleet knows another one.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Reports> {
        let key = read_host_key(&self.key)?;
        write(context, &self.machine, &key, &self.write)
    }
}
