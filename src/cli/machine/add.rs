//! `fleet machine add`: a machine joins, with its keys, its place in the mesh and its own secrets.

use crate::cli::common::{GitArguments, IdentityArguments};
use crate::cli::key::read_host_key;
use crate::cli::{Context, tell};
use crate::format::{ChannelName, MachineName, MeshName, TagName, WgPublicKey};
use crate::inventory::edit;
use crate::inventory::{Addresses, Endpoint, Mesh};
use crate::ops::{Fleet, machine};
use crate::report::{Report, Reports};
use clap::Args;
use ipnet::IpNet;
use std::collections::BTreeMap;

/// Add a machine: its entry, host key, mesh keys and generated secrets
///
/// Without a host key the machine is keyless: its secrets are sealed for the masters alone until `fleet key host add`.
#[derive(Args)]
pub struct Arguments {
    /// Its name: a host name's label
    machine: MachineName,
    /// Its ssh host key: a file, `-` for stdin, the key itself, or what ssh-keyscan printed
    #[arg(long, value_name = "FILE|KEY|-")]
    host_key: Option<String>,
    /// The Nix system, such as aarch64-linux, when it differs from the fleet's default
    #[arg(long)]
    system: Option<String>,
    /// The package set it is built from
    #[arg(long)]
    channel: Option<ChannelName>,
    /// A tag; may be given several times
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<TagName>,
    /// A mesh it joins, with its postfix or the next free one; the fleet's only mesh unless told
    #[arg(long = "mesh", value_name = "MESH[=POSTFIX]", conflicts_with = "no_mesh")]
    meshes: Vec<String>,
    /// Join no mesh
    #[arg(long)]
    no_mesh: bool,
    /// Where other members reach it: host:port
    #[arg(long, value_name = "HOST:PORT")]
    endpoint: Option<String>,
    /// A network behind it; may be given several times
    #[arg(long = "route", value_name = "CIDR")]
    routes: Vec<IpNet>,
    /// A WireGuard public key that the machine made itself: nobody else will hold the private half
    #[arg(long = "wg-key", value_name = "MESH=KEY")]
    own_keys: Vec<String>,
    /// Its address or name in the local network
    #[arg(long)]
    lan: Option<String>,
    /// Its address or name from everywhere
    #[arg(long)]
    public: Option<String>,
    #[command(flatten)]
    identity: IdentityArguments,
    #[command(flatten)]
    git: GitArguments,
}

impl Arguments {
    /// Adds it and tells what changed.
    ///
    /// # Errors
    /// When the name is taken, a mesh is unknown or full, or a key is no key.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Reports> {
        let host_key = self.host_key.as_deref().map(read_host_key).transpose()?;
        let own_keys = self.own_keys()?;
        let endpoint = self.endpoint.as_deref().map(Endpoint::parse).transpose().map_err(Report::from)?;
        let identities = self.identity.load(context.console)?;
        let (guard, fleet) = context.lock()?;

        machine::refuse_taken_name(&fleet, &self.machine)?;
        let wanted = self.meshes(&fleet)?;
        if wanted.len() != 1 && (endpoint.is_some() || !self.routes.is_empty()) {
            return Err(Report::usage("`--endpoint` and `--route` belong to one mesh")
                .hint("name it with `--mesh`, and write the others into fleet.toml")
                .into());
        }
        let (mut meshes, mut addresses) = (Vec::new(), Vec::new());
        for (mesh, postfix) in wanted {
            let known = &fleet.inventory.meshes[&mesh];
            let postfix = match postfix {
                Some(postfix) => postfix,
                None => next_postfix(known)?,
            };
            if let Some(address) = known.address(postfix) {
                addresses.push(format!("{} is {address} in {mesh}", self.machine));
            }
            let (endpoint, routes) = (endpoint.clone(), self.routes.clone());
            meshes.push(edit::NewMember { mesh, postfix, endpoint, routes });
        }
        let mut entry = edit::NewMachine::new(self.machine.clone());
        entry.system = self.system;
        entry.channel = self.channel;
        entry.tags = self.tags;
        entry.address = Addresses { lan: self.lan, public: self.public };
        entry.meshes = meshes;
        let new = machine::NewMachine { entry, host_key, own_keys };
        let keyless = new.host_key.is_none();
        let outcome = machine::add(&guard, &fleet, new, &identities, self.git.mark())?;
        addresses.iter().for_each(|line| context.console.say(line));
        tell::outcome(context.console, &outcome);
        if keyless {
            context.console.say(format!(
                "`{0}` is keyless: nothing can be deployed to it before `fleet key host add {0} FILE`",
                self.machine
            ));
        }
        Ok(())
    }

    fn meshes(&self, fleet: &Fleet) -> Result<Vec<(MeshName, Option<u32>)>, Reports> {
        if self.no_mesh {
            return Ok(Vec::new());
        }
        if self.meshes.is_empty() {
            let names: Vec<&MeshName> = fleet.inventory.meshes.keys().collect();
            return match names[..] {
                [] => Ok(Vec::new()),
                [only] => Ok(vec![(only.clone(), None)]),
                _ => Err(Report::usage("the fleet has several meshes")
                    .hint("name those it joins with `--mesh`, or say `--no-mesh`")
                    .into()),
            };
        }
        let parse = |text: &String| {
            let (name, postfix) = match text.split_once('=') {
                Some((name, postfix)) => (name, Some(postfix)),
                None => (text.as_str(), None),
            };
            let postfix = postfix.map(str::parse::<u32>).transpose().map_err(|_| {
                Report::usage(format!("`{text}` has no postfix after `=`"))
                    .hint("a postfix is a number: wireg0=3")
            })?;
            let name = MeshName::parse(name).map_err(Report::from)?;
            if !fleet.inventory.meshes.contains_key(&name) {
                let known = fleet.inventory.meshes.keys().map(MeshName::as_str);
                let mut report = Report::error(format!("there is no mesh `{name}` in fleet.toml"));
                report.hints.extend(crate::report::did_you_mean(name.as_str(), known));
                return Err(Reports::from(report));
            }
            Ok((name, postfix))
        };
        self.meshes.iter().map(parse).collect()
    }

    fn own_keys(&self) -> Result<BTreeMap<MeshName, WgPublicKey>, Reports> {
        let mut keys = BTreeMap::new();
        for text in &self.own_keys {
            let (mesh, key) = text.split_once('=').ok_or_else(|| {
                Report::usage(format!("`{text}` names no mesh")).hint("write `--wg-key wireg0=PUBLIC-KEY`")
            })?;
            let mesh = MeshName::parse(mesh).map_err(Report::from)?;
            keys.insert(mesh, WgPublicKey::parse(key).map_err(Report::from)?);
        }
        Ok(keys)
    }
}

/// The next free postfix; said when it was somebody's before, as an old rule of theirs may still name it.
fn next_postfix(mesh: &Mesh) -> Result<u32, Reports> {
    let next = mesh.next_postfix().ok_or_else(|| {
        Report::error(format!("mesh `{}` is full: every address of {} is taken", mesh.name, mesh.subnet))
            .hint("give it a larger subnet in fleet.toml, or make room")
    })?;
    if next.gap {
        return Err(Report::error(format!(
            "the postfixes of mesh `{}` above the greatest are used up",
            mesh.name
        ))
        .hint(format!(
            "{0} is free; if nobody remembers who had it, say `--mesh {1}={0}`",
            next.postfix, mesh.name
        ))
        .into());
    }
    Ok(next.postfix)
}
