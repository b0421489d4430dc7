//! A machine joins, leaves or is renamed: fleet.toml, its keys, its secrets, the mesh and fleet.json in one change.
//!
//! Everything is worked out in memory first, on the fleet as it will be; then one transaction makes it so. A killed
//! command leaves the fleet as it was, or as it will be.

use super::change::{Change, Outcome};
use super::fleet::{Fleet, Guard};
use crate::format::{MachineName, MeshName, SecretName, SshPublicKey, WgPublicKey};
use crate::inventory::{Secret, edit, preshared_key_name};
use crate::keys::{Identities, PublicKeys};
use crate::report::{Report, Reports, Severity};
use crate::secrets::Tag;
use crate::secrets::history::{self, Leaver};
use std::collections::BTreeMap;

/// A machine that is to be added.
pub struct NewMachine {
    /// What fleet.toml will say of it.
    pub entry: edit::NewMachine,
    /// Its ssh host key; without one it is keyless.
    pub host_key: Option<SshPublicKey>,
    /// WireGuard public keys that it made itself; for its other meshes a pair is made here.
    pub own_keys: BTreeMap<MeshName, WgPublicKey>,
}

/// Adds a machine: its entry, its keys, its place in the meshes, and the values its services generate.
///
/// Secrets that it should read from now on are sealed anew where `identities` open them; the others are listed in
/// the outcome. No private key is needed to add a machine.
///
/// # Errors
/// When its name is taken, its entry does not fit fleet.toml, or a file can't be written: nothing was changed then.
pub fn add(
    guard: &Guard,
    fleet: &Fleet,
    new: NewMachine,
    identities: &Identities,
    mark: bool,
) -> Result<Outcome, Reports> {
    let name = new.entry.name.clone();
    refuse_taken_name(fleet, &name)?;
    let source = edit::add_machine(&fleet.source, &new.entry)?;
    let mut keys = fleet.keys.clone();
    if let Some(key) = &new.host_key {
        refuse_taken_key(fleet, &name, key)?;
        keys.hosts.insert(name.clone(), key.clone());
    }
    for (mesh, key) in &new.own_keys {
        keys.mesh.entry(mesh.clone()).or_default().insert(name.clone(), *key);
    }
    let after = fleet.with(source, keys)?;
    let mut change = Change::new(guard, fleet, after)?;
    for mesh in change.meshes_of(&name) {
        if !new.own_keys.contains_key(&mesh) {
            change.make_mesh_key(&mesh, &name)?;
        }
    }
    change.generate_for(&name)?;
    change.reseal(identities);
    change.commit(mark)
}

/// Refuses a name that a machine has.
///
/// # Errors
/// When one has it, with what may have been meant.
pub fn refuse_taken_name(fleet: &Fleet, name: &MachineName) -> Result<(), Report> {
    if !fleet.inventory.machines.contains_key(name) {
        return Ok(());
    }
    let report = Report::error(format!("there is a machine `{name}` already"));
    Err(report.at(fleet.inventory.places.at(&format!("machine.{name}"))).hint(format!(
        "`fleet key host add {name} FILE` gives it a host key, `fleet machine remove {name}` takes it out"
    )))
}

/// Gives a machine its host key, or another one: what it may read is sealed for the key from now on, and what the key
/// that was there could ever read is listed to be rotated.
///
/// # Errors
/// When there is no such machine, another one has this key, or a file can't be written.
pub fn set_host_key(
    guard: &Guard,
    fleet: &Fleet,
    name: &MachineName,
    key: &SshPublicKey,
    identities: &Identities,
    mark: bool,
) -> Result<Outcome, Reports> {
    fleet.machine(name)?;
    refuse_taken_key(fleet, name, key)?;
    let mut keys = fleet.keys.clone();
    let old = keys.hosts.insert(name.clone(), key.clone());
    let mut change = Change::new(guard, fleet, fleet.with(fleet.source.clone(), keys)?)?;
    if let Some(old) = old.filter(|old| !old.same_key(key)) {
        change.leave(&[Leaver::Tag(Tag::of(&old))], &format!("{name} had another key"))?;
    }
    change.generate_for(name)?;
    change.reseal(identities);
    change.commit(mark)
}

/// Takes a machine out: its entry, keys, rendered files and own secrets.
///
/// What it could read is listed to be rotated, from git history too, and stays listed until each value was changed.
///
/// # Errors
/// When there is no such machine, something still depends on it, or a file can't be written.
pub fn remove(
    guard: &Guard,
    fleet: &Fleet,
    name: &MachineName,
    identities: &Identities,
    mark: bool,
) -> Result<Outcome, Reports> {
    fleet.machine(name)?;
    let (mut source, mut notes) = edit::remove_machine(&fleet.source, name)?;
    for (mesh, postfix) in greatest_of(fleet, name) {
        match edit::keep_postfix(&source, mesh, postfix) {
            Ok(kept) => source = kept,
            // The file's style has no place for it: no reason to keep a machine.
            Err(reports) => notes.0.extend(reports.0.into_iter().map(|report| Report {
                severity: Severity::Warning,
                message: format!(
                    "the postfix {postfix} of mesh `{mesh}` may be given again: {}",
                    report.message
                ),
                ..report
            })),
        }
    }
    let mut keys = fleet.keys.clone();
    keys.hosts.remove(name);
    for members in keys.mesh.values_mut() {
        members.remove(name);
    }
    let mut change = Change::new(guard, fleet, fleet.with(source, keys)?)?;
    change.outcome.reports.0.extend(notes.0);
    for secret in fleet.inventory.secrets().filter(|secret| is_own(secret, name)) {
        change.remove_secret(&secret.name)?;
    }
    let leavers = history::keys_of_file(&fleet.root, &PublicKeys::host_file(name)).map_err(Report::from)?;
    change.leave(&leavers.into_iter().collect::<Vec<_>>(), &format!("{name} left"))?;
    change.reseal(identities);
    change.commit(mark)
}

/// Renames a machine everywhere: fleet.toml, key files, its own secrets, rendered files. Nothing is sealed anew.
///
/// # Errors
/// When there is no such machine, the new name is taken, or a file can't be written.
pub fn rename(
    guard: &Guard,
    fleet: &Fleet,
    old: &MachineName,
    new: &MachineName,
    mark: bool,
) -> Result<Outcome, Reports> {
    fleet.machine(old)?;
    if fleet.inventory.machines.contains_key(new) {
        return Err(Report::error(format!("there is a machine `{new}` already"))
            .at(fleet.inventory.places.at(&format!("machine.{new}")))
            .into());
    }
    let (source, notes) = edit::rename_machine(&fleet.source, old, new)?;
    let mut keys = fleet.keys.clone();
    if let Some(key) = keys.hosts.remove(old) {
        keys.hosts.insert(new.clone(), key);
    }
    for members in keys.mesh.values_mut() {
        if let Some(key) = members.remove(old) {
            members.insert(new.clone(), key);
        }
    }
    let mut change = Change::new(guard, fleet, fleet.with(source, keys)?)?;
    change.outcome.reports.0.extend(notes.0);
    for secret in fleet.inventory.secrets().filter(|secret| secret.machines.contains(old)) {
        let renamed = renamed(&secret.name, fleet, old, new);
        if renamed != secret.name {
            change.move_secret(&secret.name, &renamed)?;
        }
    }
    change.commit(mark)
}

/// The meshes in which nobody else has as great a number, with the number: it must not be given to the next machine.
fn greatest_of<'a>(
    fleet: &'a Fleet,
    name: &'a MachineName,
) -> impl Iterator<Item = (&'a MeshName, u32)> + 'a {
    fleet.inventory.meshes.values().filter_map(move |mesh| {
        let leaves = mesh.members.get(name)?.postfix;
        let stay = mesh.members.values().filter(|member| member.name != *name);
        stay.map(|member| member.postfix).all(|postfix| postfix < leaves).then_some((&mesh.name, leaves))
    })
}

/// True for what has no meaning without this machine: its own values, and pre-shared keys with its peers.
fn is_own(secret: &Secret<'_>, name: &MachineName) -> bool {
    let with_peer = secret.name.name.as_str().strip_prefix("psk.").is_some_and(|pair| {
        pair.split_once('.').is_some_and(|(a, b)| a == name.as_str() || b == name.as_str())
    });
    let implied = secret.name.service.as_str().starts_with("wireguard-");
    secret.name.machine.as_ref() == Some(name) || (implied && with_peer)
}

fn refuse_taken_key(fleet: &Fleet, name: &MachineName, key: &SshPublicKey) -> Result<(), Reports> {
    match fleet.keys.hosts.iter().find(|(other, taken)| *other != name && taken.same_key(key)) {
        None => Ok(()),
        Some((other, _)) => Err(Report::error(format!("`{other}` has this host key already"))
            .at(PublicKeys::host_file(other))
            .hint("two machines with one key can read each other's secrets: make a new key on one of them")
            .into()),
    }
}

/// What a secret is called after its machine's new name: its own folder, and the names of pre-shared keys.
fn renamed(name: &SecretName, fleet: &Fleet, old: &MachineName, new: &MachineName) -> SecretName {
    let mut renamed = name.clone();
    if renamed.machine.as_ref() == Some(old) {
        renamed.machine = Some(new.clone());
    }
    let mesh = fleet.inventory.meshes.values().find(|mesh| mesh.service() == name.service);
    if let Some(mesh) = mesh {
        let other = mesh.members.keys().find(|other| preshared_key_name(old, other) == name.name);
        if let Some(other) = other {
            renamed.name = preshared_key_name(new, other);
        }
    }
    renamed
}
