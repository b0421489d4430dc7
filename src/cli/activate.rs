//! `fleet activate`: on the host, open what this machine may read.

use super::Context;
use crate::activate::{self, Choice, Options, Outcome, units};
use crate::format::ServiceName;
use crate::report::{Report, Reports};
use clap::Args;
use std::path::PathBuf;

/// Open this machine's secrets, on the machine itself
///
/// Reads the manifest, opens each sealed file with the host's ssh key, and lays the plaintext below /run, in memory.
/// Without a choice it renews what is open now: the machine's own secrets, and those of services whose unit runs.
/// Units are restarted or reloaded only when a plaintext changed.
#[derive(Args)]
pub struct Arguments {
    /// Open the secrets of this service; may be repeated
    #[arg(long, value_name = "SERVICE")]
    service: Vec<ServiceName>,
    /// Open the machine's own secrets
    #[arg(long)]
    system: bool,
    /// Open those of the machine's own secrets that are needed before accounts are made
    #[arg(long)]
    users: bool,
    /// Open every service's secrets, whether its unit runs or not
    #[arg(long, conflicts_with_all = ["service", "system", "users"])]
    all: bool,
    /// Remove the secrets of the named services: their units have ended
    #[arg(long, requires = "service", conflicts_with_all = ["system", "users", "units"])]
    remove: bool,
    /// Print the systemd units and drop-ins, or write them into a folder
    #[arg(long, value_name = "DIR", num_args = 0..=1, conflicts_with_all = ["service", "system", "users", "all"])]
    units: Option<Option<PathBuf>>,
    /// Start this program in the units: a path that stays the same when fleet is upgraded
    #[arg(long, value_name = "PATH", requires = "units", default_value = units::PROGRAM)]
    program: String,
    /// Open and compare, change nothing, and say what would change
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// Read this manifest
    #[arg(long, value_name = "FILE", help = "Read this manifest [default: /etc/fleet/secrets.json]")]
    manifest: Option<PathBuf>,
    /// Open with this ssh private key
    #[arg(
        long,
        value_name = "FILE",
        help = "Open with this ssh private key [default: /etc/ssh/ssh_host_ed25519_key]"
    )]
    identity: Option<PathBuf>,
    /// Take this folder for /: the machine's paths are below it, nothing is mounted, and no unit is told
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
    /// Write secrets to a disk when no file system in memory is to be had
    #[arg(long)]
    allow_disk: bool,
    /// Answer in JSON
    #[arg(long, conflicts_with = "units")]
    json: bool,
}

impl Arguments {
    /// Runs the command.
    ///
    /// # Errors
    /// One report per secret that could not be opened.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Reports> {
        if let Some(folder) = &self.units {
            return self.units(folder.clone(), context);
        }
        let choice = match (self.all, self.system, self.users, self.service.is_empty()) {
            (true, ..) => Choice::All,
            (false, false, false, true) => Choice::Present,
            (false, system, users, _) => {
                Choice::Named { system, users, services: self.service.iter().cloned().collect() }
            }
        };
        let options = Options {
            root: self.root.clone(),
            manifest: self.manifest.clone(),
            identity: self.identity.clone(),
            choice,
            dry_run: self.dry_run,
            allow_disk: self.allow_disk,
            command: context.command_line.clone(),
        };
        let outcome = match self.remove {
            true => activate::remove(&options, &self.service)?,
            false => activate::activate(&options)?,
        };
        self.show(outcome, context)
    }

    fn show(&self, outcome: Outcome, context: &mut Context<'_>) -> Result<(), Reports> {
        if self.json {
            let json =
                serde_json::to_string_pretty(&outcome).map_err(|error| Report::error(error.to_string()))?;
            context.console.answer(json + "\n");
        } else {
            let lines: Vec<String> =
                outcome.services.iter().filter_map(activate::ServiceOutcome::line).collect();
            for line in &lines {
                context.console.say(line);
            }
            if lines.is_empty() && !outcome.reports.has_errors() {
                context.console.say("nothing changed");
            }
            if self.dry_run {
                context.console.say("dry run: nothing was written");
            }
            let would = if self.dry_run || self.root.is_some() { "would " } else { "" };
            let units = outcome.restart.iter().map(|unit| ("restart", unit));
            for (verb, unit) in units.chain(outcome.reload.iter().map(|unit| ("reload", unit))) {
                context.console.say(format!("{would}{verb} {unit}, if it is active"));
            }
        }
        let reports = outcome.reports;
        if !reports.has_errors() {
            context.console.reports(&reports);
        }
        reports.or_ok(())
    }

    fn units(&self, folder: Option<PathBuf>, context: &mut Context<'_>) -> Result<(), Reports> {
        check_program(&self.program)?;
        let manifest = activate::read_manifest(self.root.as_deref(), self.manifest.as_deref())?;
        let files = units::units(&manifest, &self.program);
        let Some(folder) = folder else {
            let shown = files.iter().map(|file| format!("# {}\n{}", file.path, file.text));
            context.console.answer(shown.collect::<Vec<_>>().join("\n"));
            return Ok(());
        };
        let changed = units::write(&folder, &files)?;
        for path in &changed {
            context.console.say(format!("{}", folder.join(path).display()));
        }
        match changed.len() {
            0 => context.console.say("nothing changed"),
            _ => context.console.say("run `systemctl daemon-reload` for systemd to read them"),
        }
        Ok(())
    }
}

/// The path stands in unit files, and must stay true when fleet is upgraded.
fn check_program(program: &str) -> Result<(), Report> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_' | '.' | '+');
    if !program.starts_with('/') || !program.chars().all(plain) {
        return Err(Report::usage(format!("`{program}` can't stand in a unit"))
            .hint("give an absolute path of letters, digits and `/-_.+`"));
    }
    if program.starts_with("/nix/store/") {
        return Err(Report::usage("a path in the Nix store changes with every build of fleet")
            .hint("every unit would change with it and restart its service: give a link that stays, such as /etc/fleet/fleet"));
    }
    Ok(())
}
