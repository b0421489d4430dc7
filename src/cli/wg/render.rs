//! `fleet wg render`: writes peers/ and fleet.json, or prints a mesh for another program.

use crate::cli::{Context, common::GitArguments};
use crate::format::MachineName;
use crate::ops::{Fleet, render};
use crate::peers::{self, KeyState, Meshes, Style, formats};
use crate::report::{Report, Reports, did_you_mean};
use clap::{Args, ValueEnum};

/// Write peers/ and fleet.json where they are not what fleet.toml and keys/ say
///
/// Prints each file that changed. With `--format` nothing is written: the configuration of one member, or of every
/// machine, goes to stdout in the words of another program, with private and pre-shared keys named by file.
#[derive(Args)]
pub struct Arguments {
    /// The member to print; without one, every machine
    #[arg(requires = "format")]
    member: Option<MachineName>,
    /// Print instead of writing
    #[arg(long, value_enum, conflicts_with = "check")]
    format: Option<Format>,
    /// Change nothing; fail when something is out of date
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    git: GitArguments,
}

/// Whose words.
#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Format {
    /// For `wg-quick up`; keys are read by PostUp commands
    WgQuick,
    /// For `wg setconf` and `wg syncconf`, once the private key was put in
    Setconf,
    /// For systemd-networkd
    Networkd,
    /// A NixOS module
    Nixos,
    /// For scripts; pending members too
    Json,
    /// Lines for /etc/hosts
    Hosts,
    /// Host keys for ssh's known_hosts
    KnownHosts,
}

impl Arguments {
    /// Writes, compares or prints.
    ///
    /// # Errors
    /// When a mesh is wrong; with `--check`, when a file is out of date.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Reports> {
        if let Some(format) = self.format {
            return print(format, self.member.as_ref(), context);
        }
        if self.check {
            let fleet = Fleet::open(&context.folder)?;
            let (differences, said) = render::would_render(&fleet)?;
            context.console.reports(&said);
            let files = [&differences.created, &differences.changed, &differences.removed];
            for (word, files) in ["missing", "out of date", "left over"].iter().zip(files) {
                for file in files {
                    context.console.answer(format!("{word}: {file}\n"));
                }
            }
            if differences.is_empty() {
                context.console.say("peers/ and fleet.json are up to date");
                return Ok(());
            }
            return Err(Report::error("peers/ and fleet.json are not what fleet.toml and keys/ say")
                .hint("run `fleet wg render` and commit what it changes")
                .into());
        }
        let (guard, fleet) = context.lock()?;
        let (differences, said) = render::render(&fleet, &guard, self.git.mark())?;
        context.console.reports(&said);
        for file in &differences.foreign {
            context.console.report(
                &Report::warning("nobody renders this file, and fleet did not write it")
                    .at(file.as_str())
                    .hint("remove it, or keep it elsewhere"),
            );
        }
        tell(context, &differences.created, &differences.changed, &differences.removed);
        if differences.is_empty() {
            context.console.say(match differences.same {
                1 => "1 configuration is up to date".to_owned(),
                count => format!("{count} configurations are up to date"),
            });
        }
        Ok(())
    }
}

/// Says which files changed: a line each, for people and for `cut`.
pub(super) fn tell(context: &mut Context<'_>, created: &[String], changed: &[String], removed: &[String]) {
    let mut lines = String::new();
    for (word, files) in [("created", created), ("changed", changed), ("removed", removed)] {
        for file in files {
            lines.push_str(&format!("{word} {file}\n"));
        }
    }
    context.console.answer(lines);
}

fn print(format: Format, member: Option<&MachineName>, context: &mut Context<'_>) -> Result<(), Reports> {
    let fleet = Fleet::open(&context.folder)?;
    let said = peers::check_for_rendering(&fleet.inventory, &fleet.keys).or_told()?;
    let meshes = peers::derive(&fleet.inventory, &fleet.keys);
    let name = member.map(MachineName::as_str);
    match member {
        Some(member) => known(&meshes, member, context)?,
        None => context.console.reports(&said),
    }
    context.console.answer(match format {
        Format::WgQuick => each(&meshes, name, Style::WgQuick),
        Format::Setconf => each(&meshes, name, Style::Setconf),
        Format::Networkd => {
            let texts: Vec<String> = formats::members(&meshes, name)
                .map(|(network, node)| {
                    let head = format!("# `{}` in mesh `{}`\n", node.name, network.name);
                    head + &formats::networkd(network, node)
                })
                .collect();
            texts.join("\n")
        }
        Format::Nixos => formats::nixos(&meshes, name),
        Format::Json => formats::json(&meshes, name),
        Format::Hosts => formats::hosts(&meshes, name),
        Format::KnownHosts => formats::known_hosts(&fleet.inventory, &fleet.keys, &meshes, name),
    });
    Ok(())
}

fn each(meshes: &Meshes, member: Option<&str>, style: Style) -> String {
    let texts: Vec<String> = formats::members(meshes, member)
        .map(|(network, node)| {
            let head = peers::header(network.name.as_str(), node.name.as_str(), style);
            head + &peers::print(&network.config(node), style)
        })
        .collect();
    texts.join("\n")
}

/// The member is one; says aloud when it has no key yet or its private key is not ours.
fn known(meshes: &Meshes, member: &MachineName, context: &mut Context<'_>) -> Result<(), Report> {
    let mut nodes = meshes
        .networks
        .values()
        .flat_map(|network| network.node(member.as_str()).map(|node| (network, node)));
    let mut any = false;
    for (network, node) in &mut nodes {
        any = true;
        let name = &network.name;
        if node.key == KeyState::Pending {
            context.console.report(
                &Report::warning(format!(
                    "`{member}` has no key in mesh `{name}` yet: its peers do not know it"
                ))
                .hint(format!(
                    "make one with `fleet wg keygen {name} {member}`, or put it into keys/{name}/{member}.pub"
                )),
            );
        } else if node.external {
            context.console.say(format!(
                "`{member}` is external in mesh `{name}`: fill in its private key where the configuration has <…>"
            ));
        }
    }
    if any {
        return Ok(());
    }
    let names =
        meshes.networks.values().flat_map(|network| network.nodes.iter().map(|node| node.name.as_str()));
    let mut report = Report::usage(format!("`{member}` is no member of any mesh"));
    report.hints.extend(did_you_mean(member.as_str(), names));
    Err(report)
}
