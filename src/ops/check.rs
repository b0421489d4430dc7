//! All that can be known without a host, without a private key and without evaluating Nix.

use super::bypass::bypasses;
use super::fleet::{FLEET_JSON, Fleet};
use crate::format::{MachineName, MeshName};
use crate::keys::{PublicKeys, Recipient, is_known_public};
use crate::os::files;
use crate::peers;
use crate::report::{Report, Reports};
use crate::secrets::{self, Store};
use std::path::Path;

/// What a check found.
pub struct Checked {
    /// Errors first, then warnings and notes, each in the order of the fleet.
    pub reports: Reports,
    /// How much there is, for the sentence that says all is well.
    pub machines: usize,
    /// Secrets that should exist.
    pub secrets: usize,
    /// Mesh members, counted in each mesh.
    pub members: usize,
}

/// Checks the fleet in this folder.
///
/// # Errors
/// When it can't be read at all: then nothing more can be said.
pub fn check(folder: &Path) -> Result<Checked, Reports> {
    let root = super::fleet::find(folder)?;
    // What needs nothing of each other goes side by side: a large fleet is thousands of files to read.
    let (fleet, store) = std::thread::scope(|scope| {
        let store = scope.spawn(|| Store::open(&root));
        (Fleet::open(folder), joined(store))
    });
    let (fleet, store) = (fleet?, store.map_err(Report::from)?);
    let mut reports = fleet.warnings.clone();
    let (looked, derived, stale) = std::thread::scope(|scope| {
        let derived = scope.spawn(|| {
            let reports = peers::check(&fleet.inventory, &fleet.keys);
            (reports, stale(&fleet, &store))
        });
        let looked = secrets::check(&fleet.inventory, &fleet.keys, &store, None);
        let (derived, stale) = joined(derived);
        (looked, derived, stale)
    });
    reports.0.extend(public_private_keys(&fleet).0);
    reports.0.extend(keys_of_nobody(&fleet).0);
    reports.0.extend(bypasses(&fleet).map_err(Report::from)?);
    reports.0.extend(derived.0);
    reports.0.extend(looked.reports(&fleet.inventory, &fleet.keys, &store).0);
    reports.0.extend(secrets::keyless(&fleet.inventory, &fleet.keys));
    reports.0.extend(stale?);
    // A long list of warnings must not hide the error above it.
    reports.0.sort_by_key(|report| report.severity);
    let checked = Checked {
        reports,
        machines: fleet.inventory.machines.len(),
        secrets: looked.secrets.len(),
        members: fleet.inventory.meshes.values().map(|mesh| mesh.members.len()).sum(),
    };
    // The command ends here: to free thousands of small pieces one by one would be a tenth of its time.
    std::mem::forget((fleet, store, looked));
    Ok(checked)
}

/// What a thread came to; its panic goes on here.
fn joined<T>(thread: std::thread::ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Keys whose private half everybody can read.
fn public_private_keys(fleet: &Fleet) -> Reports {
    let mut reports = Reports::default();
    if fleet.inventory.public_keys_ok {
        return reports;
    }
    let masters = fleet
        .keys
        .masters
        .iter()
        .map(|(name, key)| (format!("master `{name}`"), PublicKeys::master_file(name), key.clone()));
    let hosts = fleet.keys.hosts.iter().map(|(name, key)| {
        (format!("host key of `{name}`"), PublicKeys::host_file(name), Recipient::Ssh(key.clone()))
    });
    for (whose, file, key) in masters.chain(hosts) {
        if let Some(known) = is_known_public(&key) {
            reports.push(known.report(&whose).at(file));
        }
    }
    reports
}

/// Key files that belong to no machine, mesh or member.
fn keys_of_nobody(fleet: &Fleet) -> Reports {
    let mut reports = Reports::default();
    let machine = |name: &MachineName| fleet.inventory.machines.contains_key(name);
    for name in fleet.keys.hosts.keys().filter(|name| !machine(name)) {
        reports.push(
            Report::warning(format!("there is a host key of `{name}`, which is no machine in fleet.toml"))
                .at(PublicKeys::host_file(name))
                .hint(format!("add it with `fleet machine add {name}`, or remove the file")),
        );
    }
    for (mesh, members) in &fleet.keys.mesh {
        let Some(known) = fleet.inventory.meshes.get(mesh) else {
            reports.push(unknown_mesh(mesh));
            continue;
        };
        for member in members.keys().filter(|member| !known.members.contains_key(*member)) {
            reports.push(
                Report::warning(format!(
                    "there is a WireGuard key of `{member}`, which is no member of `{mesh}`"
                ))
                .at(PublicKeys::mesh_file(mesh, member))
                .hint("name it as a member in fleet.toml, or remove the file"),
            );
        }
    }
    reports
}

fn unknown_mesh(mesh: &MeshName) -> Report {
    Report::warning(format!("there are WireGuard keys of `{mesh}`, which is no mesh in fleet.toml"))
        .at(format!("keys/{mesh}"))
        .hint(format!("declare it with `[mesh.{mesh}]`, or remove the folder"))
}

/// What was derived from the inventory, and is no longer what it would be now.
fn stale(fleet: &Fleet, store: &Store) -> Result<Vec<Report>, Reports> {
    let mut reports = Vec::new();
    let render = "run `fleet wg render`, which writes what follows from fleet.toml and keys/";
    let meshes = peers::derive(&fleet.inventory, &fleet.keys);
    let written = files::if_exists(fleet.root.open_file(FLEET_JSON)).map_err(Report::from)?;
    let same =
        written.map(|file| fleet.is_resolved(file, store, &meshes)).transpose().map_err(Report::from)?;
    match same {
        Some(true) => {}
        Some(false) => {
            let message = format!("{FLEET_JSON} is not what fleet.toml and keys/ say now");
            reports.push(Report::error(message).at(FLEET_JSON).hint(render));
        }
        None => reports.push(Report::error(format!("there is no {FLEET_JSON}")).hint(render)),
    }
    let differences =
        peers::rendering(&meshes).compare(&fleet.root, peers::Act::Tell).map_err(Report::from)?;
    let files = [&differences.created, &differences.changed, &differences.removed];
    let mut files: Vec<&String> = files.into_iter().flatten().collect();
    files.sort_unstable();
    if let Some(first) = files.first() {
        let message = match files.len() {
            1 => format!("`{first}` is not what fleet.toml and keys/ say now"),
            more => format!("{more} files under peers/ are not what fleet.toml and keys/ say now"),
        };
        reports.push(Report::error(message).at(first.as_str()).hint(render));
    }
    Ok(reports)
}
