//! `fleet wg qr`: an external member's configuration for a phone's camera.

use crate::cli::Context;
use crate::cli::common::{GitArguments, IdentityArguments};
use crate::format::{MachineName, MeshName, Sensitive, WgPublicKey};
use crate::keys::{Identities, pair};
use crate::ops::change::Outcome;
use crate::ops::{Fleet, Guard, mesh_keys};
use crate::os::private;
use crate::peers::qr::{Code, for_phone};
use crate::report::{Report, Reports, did_you_mean};
use clap::Args;
use std::io::IsTerminal as _;

/// Show an external member's configuration as a QR code, for a phone to scan
///
/// A phone's private key is not kept here. It comes from standard input, or a fresh pair is made: for a member that has
/// no key yet, or with `--new`. The private half is shown in the code and nowhere else; the public half goes to keys/,
/// and peers/ follows.
#[derive(Args)]
pub struct Arguments {
    /// The external member
    member: MachineName,
    /// The mesh, when it is in several
    #[arg(long, value_name = "MESH")]
    mesh: Option<MeshName>,
    /// Make a fresh pair in place of the one it has, which stops working
    #[arg(long)]
    new: bool,
    /// Print an SVG instead of characters for the terminal
    #[arg(long)]
    svg: bool,
    #[command(flatten)]
    identity: IdentityArguments,
    #[command(flatten)]
    git: GitArguments,
}

impl Arguments {
    /// Takes or makes the key, and prints the code.
    ///
    /// # Errors
    /// When the member is a machine of the fleet, or its key is neither given nor to be made.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Reports> {
        private::hide_process();
        let fleet = Fleet::open(&context.folder)?;
        let mesh = self.mesh_of(&fleet)?;
        let known = fleet.keys.mesh.get(&mesh).and_then(|keys| keys.get(&self.member)).copied();
        let (private, public) = self.key(context, &mesh, known)?;
        // Nothing is written before the configuration is known to fit a code, and the public half only once the code is
        // ready: a failure in between would leave a key in keys/ whose private half nobody has.
        let drawn = mesh_keys::with_private_key(&fleet, &mesh, &self.member, &private)?;
        Code::new(&for_phone(&drawn)).map_err(Report::from)?;
        let identities = self.identities(context, &fleet, &mesh)?;
        if identities.is_some() {
            self.change(context, |fleet, guard, mark| {
                mesh_keys::make_preshared_keys(fleet, guard, &mesh, &self.member, mark)
            })?;
        }
        let after = mesh_keys::with_public_key(&fleet, &mesh, &self.member, public);
        let config = mesh_keys::filled_in(&after, &mesh, &self.member, &private, identities.as_ref())?;
        let code = Code::new(&for_phone(&config)).map_err(Report::from)?;
        let shown = if self.svg { code.svg() } else { code.terminal(std::io::stdout().is_terminal()) };
        if known != Some(public) {
            self.change(context, |fleet, guard, mark| {
                mesh_keys::take_external_key(fleet, guard, &mesh, &self.member, public, mark)
            })?;
        }
        context.console.answer(shown.expose());
        context.console.say(format!(
            "this code holds the private key of `{}`: let its owner alone scan it, then clear the screen",
            self.member
        ));
        Ok(())
    }

    /// The mesh in which the member is external.
    fn mesh_of(&self, fleet: &Fleet) -> Result<MeshName, Report> {
        let member = &self.member;
        if let Some(mesh) = &self.mesh {
            mesh_keys::mesh(fleet, mesh)?;
        }
        let meshes = || {
            let wanted = |name: &&MeshName| self.mesh.as_ref().is_none_or(|mesh| mesh == *name);
            fleet.inventory.meshes.iter().filter(move |(name, _)| wanted(name)).map(|(_, mesh)| mesh)
        };
        let found: Vec<&MeshName> = meshes()
            .filter(|mesh| mesh.members.get(member).is_some_and(|member| member.external))
            .map(|mesh| &mesh.name)
            .collect();
        match found[..] {
            [one] => return Ok(one.clone()),
            [] => {}
            [first, ..] => {
                return Err(Report::usage(format!("`{member}` is in several meshes"))
                    .hint(format!("name one: `--mesh {first}`")));
            }
        }
        if fleet.inventory.machines.contains_key(member) {
            return Err(Report::error(format!(
                "`{member}` is a machine of the fleet: its private key is sealed for it"
            ))
            .hint(
                "a QR code is for members whose owners keep their own keys: `[mesh.<mesh>.external.<name>]`",
            ));
        }
        let mut report = Report::error(format!("`{member}` is no external member of a mesh"));
        let externals = meshes().flat_map(|mesh| mesh.members.values()).filter(|member| member.external);
        let guess = did_you_mean(member.as_str(), externals.map(|member| member.name.as_str()));
        report.hints.push(guess.unwrap_or_else(|| {
            format!("add it to fleet.toml: `[mesh.<mesh>.external.{member}]` with a `postfix`")
        }));
        Err(report)
    }

    /// The private key and its public half: fresh, or from standard input.
    fn key(
        &self,
        context: &mut Context<'_>,
        mesh: &MeshName,
        known: Option<WgPublicKey>,
    ) -> Result<(Sensitive, WgPublicKey), Reports> {
        let member = &self.member;
        if !self.new && !context.console.input_is_terminal() {
            let given = context.console.read_input(1 << 10).map_err(|error| {
                Report::error("the private key can't be read from standard input").because(error)
            })?;
            if !given.expose().trim_ascii().is_empty() {
                let public = pair::wireguard_public(&given).map_err(|error| {
                    Report::from(error)
                        .hint("standard input is to hold the private key, as `wg genkey` prints it")
                })?;
                if known.is_some_and(|known| known != public) {
                    return Err(Report::error(format!("this is not the private key of `{member}`"))
                        .at(crate::keys::PublicKeys::mesh_file(mesh, member))
                        .hint("`--new` makes a fresh pair instead")
                        .into());
                }
                return Ok((given, public));
            }
        }
        if known.is_some() && !self.new {
            return Err(Report::error(format!("the private key of `{member}` is not kept here"))
                .hint(format!("pipe it in: `fleet wg qr {member} < private-key`"))
                .hint("or make a fresh pair with `--new`: the phone's present one stops working")
                .into());
        }
        let pair = pair::wireguard();
        Ok((pair.private, pair.public))
    }

    /// What opens pre-shared keys, in a mesh that has them.
    fn identities(
        &self,
        context: &Context<'_>,
        fleet: &Fleet,
        mesh: &MeshName,
    ) -> Result<Option<Identities>, Reports> {
        match fleet.inventory.meshes.get(mesh).is_some_and(|mesh| mesh.preshared) {
            true => Ok(Some(self.identity.load(context.console)?)),
            false => Ok(None),
        }
    }

    /// Changes the fleet under its lock, and says which files changed: stdout is the code's.
    fn change(
        &self,
        context: &mut Context<'_>,
        change: impl FnOnce(&Fleet, &Guard, bool) -> Result<Outcome, Reports>,
    ) -> Result<(), Reports> {
        let (guard, fleet) = context.lock()?;
        let outcome = change(&fleet, &guard, self.git.mark())?;
        for (word, files) in [("created", &outcome.done.created), ("changed", &outcome.done.changed)] {
            for file in files {
                context.console.say(format!("{word} {file}"));
            }
        }
        Ok(())
    }
}
