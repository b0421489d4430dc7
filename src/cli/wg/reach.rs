//! `fleet wg reach`: the path of a packet, or the first reason why there is none.

use crate::cli::Context;
use crate::format::MeshName;
use crate::ops::Fleet;
use crate::os::files;
use crate::peers::reach::{Lost, Matrix, Target, Walk, World};
use crate::peers::{self, Config};
use crate::report::{Report, Reports, did_you_mean};
use clap::Args;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Say how A reaches B through the meshes, or the first reason why it does not
///
/// Walks a packet and its reply over the configurations: routes, allowed IPs, keys, endpoints, keepalives, forwarding.
/// Exit code 1 when it is lost. Firewalls and name servers are not seen.
#[derive(Args)]
pub struct Arguments {
    /// Who sends
    #[arg(required_unless_present = "matrix", requires = "to")]
    from: Option<String>,
    /// Who receives: a member, or an address
    to: Option<String>,
    /// Everybody to everybody, as a table; of more than 64 members the numbers alone
    #[arg(long, conflicts_with = "from")]
    matrix: bool,
    /// Look at this mesh alone
    #[arg(long, value_name = "MESH")]
    mesh: Option<MeshName>,
    /// What if this member were down? May be given several times
    #[arg(long, value_name = "MEMBER")]
    without: Vec<String>,
    /// What if this member passed no packets on? May be given several times
    #[arg(long, value_name = "MEMBER")]
    no_forward: Vec<String>,
    /// Walk over the WireGuard configurations in this folder (`<machine>.conf`, or `<mesh>/<machine>.conf`) instead of
    /// what fleet.toml says
    #[arg(long, value_name = "DIR")]
    from_files: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Arguments {
    /// Prints the walk, or the matrix.
    ///
    /// # Errors
    /// When nobody has such a name, or the packet is lost.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Reports> {
        if let Some(folder) = &self.from_files {
            return self.walk(World::read(read(folder)?), context);
        }
        let fleet = Fleet::open(&context.folder)?;
        let meshes = peers::derive(&fleet.inventory, &fleet.keys);
        let checked = peers::check(&fleet.inventory, &fleet.keys);
        if checked.has_errors() {
            let count = checked.0.iter().filter(|report| report.is_error()).count();
            context.console.report(
                &Report::warning(format!(
                    "the meshes have {count} errors; this walk goes over what they would make"
                ))
                .hint("see `fleet wg check`"),
            );
        }
        self.walk(World::derived(&meshes), context)
    }

    fn walk(&self, mut world: World<'_>, context: &mut Context<'_>) -> Result<(), Reports> {
        for name in &self.without {
            world.without(name).map_err(Report::from)?;
        }
        for name in &self.no_forward {
            world.not_forwarding(name).map_err(Report::from)?;
        }
        let mesh = self.mesh.as_ref().map(MeshName::as_str);
        let (Some(from), Some(to)) = (&self.from, &self.to) else {
            return self.matrix(&world, mesh, context);
        };
        let target = to.parse().map_or_else(|_| Target::Host(to.clone()), Target::Address);
        let walk = world.reach(from, &target, mesh).map_err(Report::from)?;
        if self.json {
            context.console.answer(format!("{:#}\n", walk_json(&walk)));
        } else {
            context.console.answer(walk.to_string());
        }
        let Some(lost) = &walk.lost else { return Ok(()) };
        if !self.json {
            context.console.say(format!("hint: {}", lost.hint()));
        }
        Err(Reports::told())
    }

    fn matrix(
        &self,
        world: &World<'_>,
        mesh: Option<&str>,
        context: &mut Context<'_>,
    ) -> Result<(), Reports> {
        let known = world.meshes();
        let meshes: Vec<&str> = match mesh {
            Some(mesh) if !known.contains(mesh) => {
                let mut report = Report::usage(format!("no mesh `{mesh}` has members with a key"));
                report.hints.extend(did_you_mean(mesh, known.iter().copied()));
                return Err(report.into());
            }
            Some(mesh) => vec![mesh],
            None => known.into_iter().collect(),
        };
        if self.json {
            let mut walks = Vec::new();
            for mesh in meshes {
                walks.extend(world.walks(mesh).take(MOST_WALKS + 1));
                if walks.len() > MOST_WALKS {
                    return Err(Report::error(format!(
                        "mesh `{mesh}` has too many ways for one JSON text: more than {MOST_WALKS}"
                    ))
                    .hint("ask for one way, `fleet wg reach A B --json`, or for numbers, without `--json`")
                    .into());
                }
            }
            let list: Vec<Value> = walks.iter().map(walk_json).collect();
            context.console.answer(format!("{:#}\n", Value::from(list)));
            return if walks.iter().all(Walk::arrived) { Ok(()) } else { Err(Reports::told()) };
        }
        let all: Vec<Matrix> = meshes.into_iter().map(|mesh| world.matrix(mesh)).collect();
        let texts: Vec<String> = all.iter().map(ToString::to_string).collect();
        context.console.answer(texts.join("\n"));
        if all.iter().any(Matrix::is_large) {
            context.console.say("so many members make no table; `fleet wg reach A B` tells one way");
        }
        if all.iter().all(Matrix::is_open) { Ok(()) } else { Err(Reports::told()) }
    }
}

/// 300 members have 89,700 ways, which are 50 MB of JSON.
const MOST_WALKS: usize = 100_000;

fn walk_json(walk: &Walk) -> Value {
    let hops = |hops: &[peers::reach::Hop]| -> Vec<Value> {
        let hop = |hop: &peers::reach::Hop| json!({ "from": hop.from, "to": hop.to, "mesh": hop.mesh, "allowed": hop.allowed.to_string() });
        hops.iter().map(hop).collect()
    };
    json!({
        "from": walk.from,
        "to": walk.to,
        "source": walk.source,
        "target": walk.target,
        "arrived": walk.arrived(),
        "there": hops(&walk.there),
        "back": hops(&walk.back),
        "behind": walk.behind.map(|network| network.to_string()),
        "replyLost": walk.reply_lost,
        "reason": walk.lost.as_ref().map(ToString::to_string),
        "hint": walk.lost.as_ref().map(Lost::hint),
    })
}

/// Configurations in a folder: mesh, file's name, content.
fn read(folder: &Path) -> Result<Vec<(String, String, Config)>, Reports> {
    let mut configs = Vec::new();
    let mut reports = Reports::default();
    let own_name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    for name in files::list(folder).map_err(Report::from)? {
        let path = folder.join(&name);
        if path.is_dir() {
            for file in files::list(&path).map_err(Report::from)? {
                one(&path.join(&file), &name, &file, &mut configs, &mut reports);
            }
        } else {
            one(&path, &own_name, &name, &mut configs, &mut reports);
        }
    }
    if configs.is_empty() && reports.0.is_empty() {
        let message = format!("there is no WireGuard configuration in `{}`", folder.display());
        reports.push(Report::error(message).hint("the files' names end in `.conf`"));
    }
    reports.or_ok(configs)
}

/// No configuration that a person keeps is larger.
const LIMIT: u64 = 64 << 20;

fn one(
    path: &Path,
    mesh: &str,
    file: &str,
    configs: &mut Vec<(String, String, Config)>,
    reports: &mut Reports,
) {
    let Some(name) = file.strip_suffix(".conf") else { return };
    let bytes = match files::read_at_most(path, LIMIT) {
        Ok(bytes) => bytes,
        Err(error) => return reports.push(error),
    };
    match peers::parse(&String::from_utf8_lossy(&bytes), &path.display().to_string()) {
        Ok(config) => configs.push((mesh.to_owned(), name.to_owned(), config)),
        Err(error) => reports.push(error),
    }
}
