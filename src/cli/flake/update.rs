//! `fleet flake update`: inputs are looked up anew, all or those that are named.

use super::{LockArguments, evaluator, input_way, resolve};
use crate::cli::Context;
use crate::nix::flake::Wish;
use crate::report::{Report, Reports};

/// Look inputs up anew and lock what they are now
#[derive(clap::Args)]
pub struct Arguments {
    /// The inputs, such as `nixpkgs` or `home/nixpkgs`; all without
    #[arg(value_name = "INPUT")]
    inputs: Vec<String>,
    /// The flake
    #[arg(long, value_name = "FLAKE", default_value = ".")]
    flake: String,
    #[command(flatten)]
    lock: LockArguments,
}

impl Arguments {
    /// Runs it.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Reports> {
        let updates = |wish: &mut Wish| {
            wish.recreate = self.inputs.is_empty();
            wish.updates = self.inputs.iter().map(|input| input_way(input)).collect::<Result<_, Report>>()?;
            Ok(())
        };
        let mut evaluator = evaluator(context)?;
        let (_, resolved) = resolve(&mut evaluator, &self.flake, &self.lock, updates, false, context)?;
        if !resolved.is_changed() {
            context.console.say("nothing changed: every input is what it was");
        }
        Ok(())
    }
}
