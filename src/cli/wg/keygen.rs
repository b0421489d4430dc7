//! `fleet wg keygen`: key pairs for members that are pending.

use crate::cli::{Context, common::GitArguments};
use crate::format::{MachineName, MeshName};
use crate::ops::mesh_keys::keygen;
use crate::report::Reports;
use clap::Args;

/// Make key pairs for machines in a mesh: the private half sealed, the public half in keys/
///
/// Needs no private key. The private half becomes the secret `wireguard-<mesh>/<machine>/private-key`, sealed for the
/// machine and the masters; pre-shared keys with its peers are made where the mesh has them; peers/ and fleet.json
/// follow.
#[derive(Args)]
pub struct Arguments {
    /// The mesh
    mesh: MeshName,
    /// The machines
    #[arg(required = true)]
    machine: Vec<MachineName>,
    /// Make a new pair where there is one: the machine is cut off until both ends were deployed
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    git: GitArguments,
}

impl Arguments {
    /// Makes the pairs and says which files changed.
    ///
    /// # Errors
    /// When a machine is unknown, external, or has a key already.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Reports> {
        let (guard, fleet) = context.lock()?;
        let outcome = keygen(&fleet, &guard, &self.mesh, &self.machine, self.replace, self.git.mark())?;
        for secret in &outcome.generated {
            context.console.say(format!("made {secret}"));
        }
        super::render::tell(context, &outcome.done.created, &outcome.done.changed, &outcome.done.removed);
        Ok(())
    }
}
