//! Arguments that many commands share.
#![allow(dead_code, reason = "the commands that change a fleet come next")]

use super::Console;
use crate::keys::{Identities, IdentityOptions};
use crate::report::{Report, Reports};
use clap::Args;
use std::path::PathBuf;

/// Which private keys open secrets.
#[derive(Args, Clone, Default)]
pub struct IdentityArguments {
    /// A private key that opens secrets; FLEET_IDENTITY and ~/.ssh are looked at too
    #[arg(long, short = 'i', value_name = "FILE")]
    identity: Vec<PathBuf>,
}

/// Whether new files are made known to git.
#[derive(Args, Clone, Copy)]
pub struct GitArguments {
    /// Leave git alone: do not mark new files with `git add --intent-to-add`
    #[arg(long)]
    no_git: bool,
}

impl GitArguments {
    /// True when new files are to be marked.
    pub fn mark(self) -> bool {
        !self.no_git
    }
}

impl IdentityArguments {
    /// Finds the private keys; a passphrase is asked when a file needs it, once.
    ///
    /// # Errors
    /// When a file that was named is missing or holds no identity.
    pub fn load(&self, console: &Console) -> Result<Identities, Reports> {
        let options = IdentityOptions::from_environment(self.identity.clone());
        Ok(Identities::load(&options, console.prompt()).map_err(Report::from)?)
    }
}
