//! A change of the fleet that is being prepared: the fleet as it is, the fleet as it will be, and the files between.

use super::fleet::{FLEET_JSON, FLEET_TOML, Fleet, Guard};
use super::resolved;
use crate::format::sealed::{self, Header};
use crate::format::{MachineName, MeshName, SecretName, Sensitive};
use crate::inventory::{Generate, Per, Rotate, Secret, preshared_key_name};
use crate::keys::{Identities, PublicKeys, Sealer, pair};
use crate::os::Transaction;
use crate::os::transaction::Done;
use crate::peers;
use crate::report::{Report, Reports};
use crate::secrets::history::Leaver;
use crate::secrets::rekey::{dropped, rekey};
use crate::secrets::rotation;
use crate::secrets::{Readers, Store, generate, seal, store};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// What a change did, for the command line to tell.
#[derive(Default)]
pub struct Outcome {
    /// The files.
    pub done: Done,
    /// Values that were made.
    pub generated: Vec<SecretName>,
    /// Secrets sealed anew for their readers of now.
    pub rekeyed: Vec<SecretName>,
    /// Secrets that wait to be sealed anew: no identity was at hand.
    pub waiting: Vec<SecretName>,
    /// A report for each secret that is to be sealed anew and could not be opened by any identity at hand.
    pub not_rekeyed: Reports,
    /// Some of those that wait, or could not be opened, have as many readers as they should: a key that left may be
    /// among them, and no header tells.
    pub look_right: bool,
    /// Secrets whose value a leaving key could read.
    pub to_rotate: Vec<SecretName>,
    /// Sealed files that were replaced or removed and are in no commit: where they are kept.
    pub kept: Vec<PathBuf>,
    /// Warnings and notes.
    pub reports: Reports,
}

/// A change in the making. Nothing is written before [`Change::commit`].
pub struct Change<'a> {
    pub(super) guard: &'a Guard,
    pub(super) before: &'a Fleet,
    /// The fleet as it will be.
    pub after: Fleet,
    pub(super) transaction: Transaction,
    sealer: Sealer,
    /// Sealed files that will exist afterwards.
    pub(super) sealed: BTreeSet<SecretName>,
    /// Secrets that lose a reader by being sealed anew.
    dropped: BTreeMap<SecretName, Rotate>,
    /// Keys that leave; those without a name in a header may be in files whose readers look right.
    pub(super) leavers: Vec<Leaver>,
    /// What it has done so far.
    pub outcome: Outcome,
}

impl<'a> Change<'a> {
    /// Begins a change from one fleet to another.
    ///
    /// # Errors
    /// When the sealed files can't be listed.
    pub fn new(guard: &'a Guard, before: &'a Fleet, after: Fleet) -> Result<Self, Reports> {
        let store = Store::open(&before.root).map_err(Report::from)?;
        Ok(Change {
            guard,
            before,
            after,
            transaction: guard.transaction(),
            sealer: Sealer::new(guard.prompt()),
            sealed: store.names().cloned().collect(),
            dropped: BTreeMap::new(),
            leavers: Vec::new(),
            outcome: Outcome::default(),
        })
    }

    /// The meshes this machine will be a member of.
    pub fn meshes_of(&self, machine: &MachineName) -> Vec<MeshName> {
        let meshes = self.after.inventory.meshes.values();
        meshes.filter(|mesh| mesh.members.contains_key(machine)).map(|mesh| mesh.name.clone()).collect()
    }

    /// Makes a WireGuard key pair for a member: the public half under keys/, the private half sealed for the machine.
    ///
    /// # Errors
    /// When it can't be sealed.
    pub fn make_mesh_key(&mut self, mesh: &MeshName, machine: &MachineName) -> Result<(), Reports> {
        let pair = pair::wireguard();
        self.after.keys.mesh.entry(mesh.clone()).or_default().insert(machine.clone(), pair.public);
        let name =
            SecretName::parse(&format!("wireguard-{mesh}/{machine}/{}", crate::inventory::PRIVATE_KEY))
                .map_err(Report::from)?;
        self.seal(&name, &pair.private)?;
        self.outcome.generated.push(name);
        Ok(())
    }

    /// Makes the values this machine's services declare with `generate`, where each machine has its own, and the
    /// pre-shared keys with its peers. A value that exists is left alone.
    ///
    /// # Errors
    /// When one can't be sealed.
    pub fn generate_for(&mut self, machine: &MachineName) -> Result<(), Reports> {
        let mut wanted = Vec::new();
        for secret in self.after.inventory.secrets() {
            let implied = self.after.inventory.services.get(&secret.name.service).is_some_and(|s| s.implied);
            let own = secret.name.machine.as_ref() == Some(machine) && !implied;
            let pair = implied && secret.declaration.per == Per::Fleet && secret.machines.contains(machine);
            if (own || pair)
                && !self.sealed.contains(&secret.name)
                && let Some(generate) = &secret.declaration.generate
            {
                wanted.push((secret.name.clone(), generate.clone()));
            }
        }
        self.make(wanted)
    }

    /// Makes the pre-shared keys between a member of a mesh and its peers that do not exist yet.
    ///
    /// # Errors
    /// When one can't be sealed.
    pub fn make_preshared_keys(&mut self, mesh: &MeshName, member: &MachineName) -> Result<(), Reports> {
        let Some(mesh) = self.after.inventory.meshes.get(mesh).filter(|mesh| mesh.preshared) else {
            return Ok(());
        };
        let Some(service) = self.after.inventory.services.get(&mesh.service()) else { return Ok(()) };
        let mut wanted = Vec::new();
        for (one, other) in mesh.pairs() {
            let key = preshared_key_name(&one.name, &other.name);
            let name = SecretName { service: service.name.clone(), machine: None, name: key };
            if (one.name == *member || other.name == *member)
                && !self.sealed.contains(&name)
                && let Some(declaration) = service.secrets.get(&name.name)
                && let Some(generate) = &declaration.generate
            {
                wanted.push((name, generate.clone()));
            }
        }
        self.make(wanted)
    }

    fn make(&mut self, wanted: Vec<(SecretName, Generate)>) -> Result<(), Reports> {
        for (name, how) in wanted {
            let value = generate::value(&how, &name)?;
            self.seal(&name, &value.private)?;
            self.outcome.generated.push(name);
        }
        Ok(())
    }

    /// Seals again every existing secret whose readers will not be those of its file, where it can be opened; and every
    /// one that a key that leaves may still open, though as many keys are in its header as there should be.
    ///
    /// One that can't be opened is listed in the outcome: adding a machine needs no private key.
    pub fn reseal(&mut self, identities: &Identities) {
        let readers = Readers::new(&self.after.keys);
        let secrets: Vec<Secret<'_>> = self
            .after
            .inventory
            .secrets()
            .filter(|secret| self.sealed.contains(&secret.name) && !self.is_staged(&secret.name))
            .collect();
        let hidden = |header: &Header| self.leavers.iter().any(|leaver| leaver.may_hide_in(header));
        let header_of = |name: &SecretName| {
            let bytes = store::read(&self.before.root, name).ok().flatten();
            bytes.and_then(|bytes| sealed::header(&bytes).ok())
        };
        if identities.is_empty() {
            for secret in &secrets {
                let Some(header) = header_of(&secret.name) else { continue };
                let same = readers.compare(secret, &header).same();
                if !same || hidden(&header) {
                    self.outcome.waiting.push(secret.name.clone());
                    self.outcome.look_right |= same;
                }
            }
            return;
        }
        let rekeying = rekey(&self.before.root, &secrets, &readers, &hidden, &self.sealer, identities);
        if rekeying.failed.has_errors() {
            let done: BTreeSet<&SecretName> = rekeying.ready.iter().map(|ready| &ready.sealed.name).collect();
            self.outcome.look_right =
                secrets.iter().filter(|secret| !done.contains(&secret.name)).any(|secret| {
                    let header = header_of(&secret.name);
                    header.is_some_and(|header| hidden(&header) && readers.compare(secret, &header).same())
                });
        }
        let before = Readers::new(&self.before.keys);
        for rekeyed in rekeying.ready {
            if let Some(because) = dropped(&rekeyed.was, &before, &self.after.keys) {
                let rotate = Rotate { because, since: rotation::today() };
                self.dropped.insert(rekeyed.sealed.name.clone(), rotate);
            }
            self.transaction.write(rekeyed.sealed.name.file(), rekeyed.sealed.bytes);
            self.outcome.rekeyed.push(rekeyed.sealed.name);
        }
        self.outcome.not_rekeyed = rekeying.failed;
    }

    /// True when the secret will have a sealed file.
    pub fn is_sealed(&self, name: &SecretName) -> bool {
        self.sealed.contains(name)
    }

    fn is_staged(&self, name: &SecretName) -> bool {
        self.transaction.staged(&name.file()).is_some()
    }

    /// Stages a sealed file under another name, byte for byte.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn move_secret(&mut self, from: &SecretName, to: &SecretName) -> Result<(), Reports> {
        if let Some(bytes) = store::read(&self.before.root, from).map_err(Report::from)? {
            self.transaction.write(to.file(), bytes);
            self.transaction.remove(from.file());
            self.sealed.remove(from);
            self.sealed.insert(to.clone());
        }
        Ok(())
    }

    /// Seals a value for the readers it will have and stages the file.
    ///
    /// # Errors
    /// When the inventory will not declare it, or it can't be sealed.
    pub fn seal(&mut self, name: &SecretName, value: &Sensitive) -> Result<(), Reports> {
        let readers = Readers::new(&self.after.keys);
        let secret = self
            .after
            .inventory
            .secret(name)
            .ok_or_else(|| Report::error(format!("secret `{name}` is not declared in {FLEET_TOML}")))?;
        let sealed = seal::seal(&secret, value, &readers, &self.sealer, None).map_err(Report::from)?;
        self.transaction.write(name.file(), sealed.bytes);
        self.sealed.insert(sealed.name);
        Ok(())
    }

    /// Stages what follows from the fleet as it will be (fleet.toml, key files, peers/, fleet.json), and makes it so.
    ///
    /// # Errors
    /// When the mesh would be wrong, or a file can't be written: nothing was changed then.
    pub fn commit(mut self, mark: bool) -> Result<Outcome, Reports> {
        // Whoever left by name is listed already, with better words.
        let mut dropped = std::mem::take(&mut self.dropped);
        dropped.retain(|name, _| !self.after.inventory.rotate.contains_key(name));
        self.rotate(&dropped)?;
        if self.after.source != self.before.source {
            self.transaction.write(FLEET_TOML, self.after.source.as_str());
        }
        self.stage_keys();
        // What is wrong with a mesh must not keep anybody from changing a secret.
        let (before, after) = (&self.before, &self.after);
        if before.inventory.meshes != after.inventory.meshes || before.keys.mesh != after.keys.mesh {
            self.stage_peers()?;
        }
        let sealed = &self.sealed;
        let json = resolved::text(&self.after.inventory, &self.after.keys, &self.after.source, &|name| {
            sealed.contains(name)
        });
        self.transaction.write(FLEET_JSON, json);
        let mut outcome = self.outcome;
        outcome.done = self.guard.commit(self.transaction, mark)?;
        Ok(outcome)
    }

    /// Rendered files that are new, changed or gone.
    fn stage_peers(&mut self) -> Result<(), Reports> {
        peers::check_for_rendering(&self.after.inventory, &self.after.keys).or_ok(())?;
        let meshes = peers::derive(&self.after.inventory, &self.after.keys);
        let rendering = peers::rendering(&meshes);
        let differences = rendering.compare(&self.before.root, peers::Act::Tell).map_err(Report::from)?;
        for index in 0..rendering.len() {
            let path = rendering.path(index);
            if differences.created.contains(&path) || differences.changed.contains(&path) {
                let mut text = String::new();
                rendering.text(index, &mut text);
                self.transaction.write(path, text);
            }
        }
        for path in differences.removed {
            self.transaction.remove(path);
        }
        Ok(())
    }

    /// Key files that are new, changed or gone between the two fleets.
    fn stage_keys(&mut self) {
        let (before, after) = (files_of(&self.before.keys), files_of(&self.after.keys));
        for path in before.keys().filter(|path| !after.contains_key(*path)) {
            self.transaction.remove(path.clone());
        }
        for (path, text) in after.iter().filter(|(path, text)| before.get(*path) != Some(text)) {
            self.transaction.write(path.clone(), text.clone());
        }
    }
}

/// The key files that would hold these keys, with their content.
fn files_of(keys: &PublicKeys) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for (name, key) in &keys.masters {
        files.insert(PublicKeys::master_file(name), format!("{key}\n"));
    }
    for (machine, key) in &keys.hosts {
        let comment = if key.comment().is_empty() { String::new() } else { format!(" {}", key.comment()) };
        files.insert(PublicKeys::host_file(machine), format!("{}{comment}\n", key.line()));
    }
    for (mesh, members) in &keys.mesh {
        for (member, key) in members {
            files.insert(PublicKeys::mesh_file(mesh, member), format!("{key}\n"));
        }
    }
    files
}
