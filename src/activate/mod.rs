//! The host's side: `fleet activate` opens what this machine may read and lays it where services find it.
//!
//! ```text
//! /run/nginx-keys/                      a real folder, secrix's path
//!     session-key -> ..data/session-key     what services read: this name never changes
//!     ..data -> ../fleet/secrets/nginx/7    the one link that a new generation moves
//! /run/fleet/secrets/                   a file system in memory (ramfs), mounted when it is missing
//!     nginx/7/session-key                   the plaintext, owner and mode set before it is visible
//!     nginx/directory -> nginx-keys         where this service's secrets appear, for the day it is gone
//! /run/fleet/restart                    units still to be told of a change
//! /run/fleet/lock                       one activation at a time
//! ```
//!
//! A run opens a service's secrets, writes a complete new generation beside the present one, and moves `..data`. Whoever
//! looks, at whatever instant, finds the old generation or the new one. When nothing changed, nothing is written: new bytes are
//! compared with the file that is there, so no digest of a plaintext exists anywhere.
//!
//! **When a secret can't be opened**, its service keeps the generation it has, as a whole, and the command fails; other
//! services are served. `system` is no one's service, so there each secret stands for itself: the bad one keeps its last
//! good value, the others are renewed.
//!
//! **Who may look.** The folders are root's with mode 0751 and the group that all secrets of the service share, so
//! that this group may list them, others may pass and not look around, and each file's own mode decides. For a dynamic user
//! they have mode 0700: systemd alone reads them and hands them to the unit as credentials.

mod choice;
mod error;
mod generation;
mod layout;
mod outcome;
mod plaintext;
mod restart;
pub mod units;

pub use choice::Choice;
pub use error::{ActivateError, SecretError};
pub use outcome::{Change, Outcome, ServiceOutcome, State};

use crate::format::manifest::{self, Manifest, Secret, Service};
use crate::format::{KeyName, ServiceName};
use crate::os::accounts::Accounts;
use crate::os::memory::{self, Medium};
use crate::os::{Lock, files, private, tree};
use crate::report::{Report, Reports};
use generation::{Generations, NewFile};
use layout::Layout;
use plaintext::HostKey;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a replaced generation stays for those who are on their way into it.
const GRACE: Duration = Duration::from_millis(50);

/// What an activation is asked to do.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The folder that stands for `/`; `None` is the machine itself.
    pub root: Option<PathBuf>,
    /// The manifest, when it is not the machine's own.
    pub manifest: Option<PathBuf>,
    /// The host key, when it is not the one the manifest names.
    pub identity: Option<PathBuf>,
    /// Which secrets.
    pub choice: Choice,
    /// Open and compare, and change nothing.
    pub dry_run: bool,
    /// Accept a place that is no file system in memory.
    pub allow_disk: bool,
    /// The command as it was typed, for whoever waits for its end.
    pub command: String,
}

/// Reads the machine's manifest; `file` is `/etc/fleet/secrets.json` below the root unless told.
///
/// # Errors
/// When it can't be read or is wrong.
pub fn read_manifest(root: Option<&Path>, file: Option<&Path>) -> Result<Manifest, ActivateError> {
    let layout = Layout::new(root);
    let file = file.map_or_else(|| layout.at(manifest::PATH), Path::to_path_buf);
    let bytes = files::read_at_most(&file, manifest::LIMIT).map_err(|error| match error.is_not_found() {
        true => ActivateError::NoManifest { path: file.clone() },
        false => error.into(),
    })?;
    Ok(Manifest::parse(&file.to_string_lossy(), &bytes)?)
}

/// Opens the chosen secrets and tells the units that are to know of a change.
///
/// # Errors
/// When nothing at all could be done; what is wrong with single secrets and services stands in the [`Outcome`].
pub fn activate(options: &Options) -> Result<Outcome, Reports> {
    private::hide_process();
    memory::lock_pages();
    let layout = Layout::new(options.root.as_deref());
    let manifest = read_manifest(options.root.as_deref(), options.manifest.as_deref())?;
    let accounts = Accounts::read(layout.root()).map_err(ActivateError::from)?;
    let mut run = Run {
        layout: &layout,
        manifest: &manifest,
        folder: manifest_folder(options, &layout),
        outcome: Outcome::default(),
        ownership: ownership(&layout)?,
        accounts,
        dry_run: options.dry_run,
        replaced: Vec::new(),
    };
    let lock = if options.dry_run { None } else { Some(run.prepare(options)?) };
    // Only now, under the lock: what is open may be closed by another run until then.
    let services = options.choice.of(&manifest, &layout)?;
    let needs_key = services.iter().any(|(_, stage)| !stage.is_empty());
    let host_key =
        needs_key.then(|| HostKey::read(options.identity.as_deref(), &manifest, &layout)).transpose()?;
    for (name, stage) in &services {
        run.service(host_key.as_ref(), name, stage);
    }
    run.forget_old();
    if options.choice.is_whole() {
        run.remove_what_no_manifest_names();
    }
    // Who restarts reads everything anew.
    let restart = &run.outcome.restart;
    run.outcome.reload.retain(|unit| !restart.contains(unit));
    // Still under the lock: a run that one of these units starts would tell them a second time.
    if !options.dry_run {
        run.tell_units();
    }
    drop(lock);
    Ok(run.outcome)
}

/// Removes all secrets of these services: their units have ended.
///
/// # Errors
/// With the first file that can't be removed; a service that has nothing is no error.
pub fn remove(options: &Options, services: &[ServiceName]) -> Result<Outcome, Reports> {
    let layout = Layout::new(options.root.as_deref());
    ownership(&layout)?;
    let mut outcome = Outcome::default();
    if tree::look(&layout.fleet()).map_err(ActivateError::from)?.is_none() {
        return Ok(outcome);
    }
    let _lock = layout.lock(&options.command)?;
    for name in services {
        let generations = Generations::of_removed(&layout, name);
        match generations
            .and_then(|generations| generations.map_or(Ok(false), |it| it.remove(options.dry_run)))
        {
            Ok(true) => outcome.services.push(ServiceOutcome::removed(name)),
            Ok(false) => {}
            Err(error) => outcome.reports.push(error),
        }
    }
    Ok(outcome)
}

/// Whether files get the owners the manifest wants: root gives them, a pretend root of another user's does not.
fn ownership(layout: &Layout) -> Result<bool, ActivateError> {
    match (rustix::process::geteuid().is_root(), layout.is_machine()) {
        // A pretend root with accounts of its own is a machine being made; one without is a trial.
        (true, machine) => Ok(machine || layout.at("/etc/passwd").exists()),
        (false, false) => Ok(false),
        (false, true) => Err(ActivateError::NotRoot),
    }
}

fn manifest_folder(options: &Options, layout: &Layout) -> PathBuf {
    let file = options.manifest.clone().unwrap_or_else(|| layout.at(manifest::PATH));
    file.parent().map(Path::to_path_buf).unwrap_or_default()
}

/// One activation under way.
struct Run<'a> {
    layout: &'a Layout,
    manifest: &'a Manifest,
    /// Where relative sealed files lie.
    folder: PathBuf,
    outcome: Outcome,
    ownership: bool,
    accounts: Accounts,
    dry_run: bool,
    /// Services whose old generation is still there.
    replaced: Vec<Generations>,
}

impl Run<'_> {
    /// Makes the folders, takes the lock, and sees to it that what is written stays in memory.
    fn prepare(&mut self, options: &Options) -> Result<Lock, ActivateError> {
        if !self.layout.is_machine() {
            // On a machine /run is there; a pretend one begins empty.
            files::create_folder(self.layout.run())?;
        }
        tree::ensure_folder(&self.layout.fleet(), 0o755)?;
        let lock = self.layout.lock(&options.command)?;
        let secrets = self.layout.secrets();
        tree::ensure_folder(&secrets, 0o711)?;
        let mut medium = memory::medium(&secrets)?;
        // A container may not mount: then what /run itself is decides.
        if self.layout.is_machine()
            && medium != Medium::Memory
            && files::list(&secrets)?.is_empty()
            && memory::mount_memory(&secrets, 0o711).is_ok()
        {
            medium = memory::medium(&secrets)?;
        }
        match medium {
            Medium::Memory => {}
            Medium::Swappable if !memory::has_swap() => {}
            Medium::Swappable => self.outcome.reports.push(
                Report::warning(format!(
                    "`{}` is swappable: secrets may be written to swap",
                    secrets.display()
                ))
                .hint("encrypt the swap, or let fleet mount a ramfs there: it needs CAP_SYS_ADMIN"),
            ),
            Medium::Disk if options.allow_disk => self.outcome.reports.push(Report::warning(format!(
                "`{}` lies on a disk: secrets are written to it",
                secrets.display()
            ))),
            Medium::Disk => return Err(ActivateError::Disk { path: secrets }),
        }
        if !self.ownership {
            self.outcome
                .reports
                .push(Report::note("owners and groups are not set: this is no machine, or you are not root"));
        }
        Ok(lock)
    }

    /// Opens one service's secrets and publishes them, or says why not.
    fn service(&mut self, host_key: Option<&HostKey>, name: &ServiceName, stage: &[&KeyName]) {
        let service = &self.manifest.services[name];
        match self.try_service(host_key, name, service, stage) {
            Ok(outcome) => self.outcome.services.push(outcome),
            Err(error) => {
                self.outcome.reports.push(error);
                self.outcome.services.push(ServiceOutcome::failed(name, service));
            }
        }
    }

    fn try_service(
        &mut self,
        host_key: Option<&HostKey>,
        name: &ServiceName,
        service: &Service,
        stage: &[&KeyName],
    ) -> Result<ServiceOutcome, ActivateError> {
        let generations = Generations::new(self.layout, name, service.directory.as_str())?;
        let present = generations.present()?;
        let system = service.unit.is_none();
        let mut changes = BTreeMap::new();
        let mut files = Vec::new();
        let mut failed = false;
        for (key, secret) in &service.secrets {
            let old = present.as_ref().map(|present| present.file(&secret.name)).transpose()?.flatten();
            let host_key = host_key.filter(|_| stage.contains(&key));
            let opened = host_key.map(|host_key| self.open(host_key, secret));
            let change = match (opened, old) {
                (Some(Ok(file)), old) => {
                    let change = match &old {
                        None => Change::New,
                        Some(old) if old.bytes.expose() != file.bytes.expose() => Change::Changed,
                        Some(old) if !old.is_like(&file) => Change::Attributes,
                        Some(_) => Change::Unchanged,
                    };
                    files.push(file);
                    change
                }
                (Some(Err(error)), old) => {
                    let kept = old.is_some();
                    self.outcome.reports.push(error.into_report(name, key, kept));
                    failed = true;
                    files.extend(old);
                    if kept { Change::Kept } else { Change::Failed }
                }
                // Not of this stage: it stays as it is.
                (None, Some(old)) => {
                    files.push(old);
                    Change::Unchanged
                }
                (None, None) => Change::Waiting,
            };
            changes.insert(key.clone(), change);
        }
        let mut outcome = ServiceOutcome::new(name, service, changes);
        if let Some(present) = &present {
            let gone = |file: &&KeyName| !service.secrets.values().any(|secret| secret.name == **file);
            outcome.removed = present.names()?.iter().filter(gone).cloned().collect();
        }
        if failed && !system {
            outcome.fail(present.is_some());
            return Ok(outcome);
        }
        if failed {
            outcome.state = State::Partial;
        }
        if self.dry_run {
            self.note_units(service, &outcome);
            return Ok(outcome);
        }
        if files.is_empty() {
            generations.remove(false)?;
            return Ok(outcome);
        }
        if outcome.is_new_generation() {
            self.note_units(service, &outcome);
            restart::remember(self.layout, &self.outcome.restart, &self.outcome.reload)?;
        }
        let folder = generation::folder_of(service.dynamic_user, &files, self.ownership);
        generations.publish(files, folder, outcome.is_new_generation())?;
        if outcome.is_new_generation() && present.is_some() {
            self.replaced.push(generations);
        }
        Ok(outcome)
    }

    /// One secret's bytes, with whom they are for.
    fn open(&self, host_key: &HostKey, secret: &Secret) -> Result<NewFile, SecretError> {
        let bytes = plaintext::open(host_key, &self.layout.sealed(&self.folder, &secret.file))?;
        let owner = self.ownership.then(|| plaintext::owner(secret, &self.accounts)).transpose()?;
        Ok(NewFile { name: secret.name.clone(), bytes, owner, mode: secret.mode.bits() })
    }

    fn note_units(&mut self, service: &Service, outcome: &ServiceOutcome) {
        for (key, secret) in &service.secrets {
            if outcome.changes.get(key) == Some(&Change::Changed) {
                self.outcome.restart.extend(secret.restart.iter().cloned());
                self.outcome.reload.extend(secret.reload.iter().cloned());
            }
        }
    }

    /// A service that left the manifest loses its secrets, whether or not its unit was stopped.
    fn remove_what_no_manifest_names(&mut self) {
        match generation::services_there(self.layout) {
            Ok(there) => {
                for name in there.into_iter().filter(|name| !self.manifest.services.contains_key(name)) {
                    let removed = Generations::of_removed(self.layout, &name)
                        .and_then(|generations| generations.map_or(Ok(false), |it| it.remove(self.dry_run)));
                    match removed {
                        Ok(true) => self.outcome.services.push(ServiceOutcome::removed(&name)),
                        Ok(false) => {}
                        Err(error) => self.outcome.reports.push(error),
                    }
                }
            }
            Err(error) => self.outcome.reports.push(error),
        }
    }

    /// Removes the generations that were replaced.
    fn forget_old(&mut self) {
        if !self.replaced.is_empty() {
            // Who has followed `..data` to the old generation a moment ago still finds its file in it.
            std::thread::sleep(GRACE);
        }
        for generations in std::mem::take(&mut self.replaced) {
            if let Err(error) = generations.forget_old() {
                self.outcome.reports.push(error);
            }
        }
    }

    /// Restarts and reloads units, those that an interrupted run left too.
    fn tell_units(&mut self) {
        let told = restart::tell(self.layout, &mut self.outcome);
        if let Err(error) = told {
            self.outcome.reports.push(error);
        }
    }
}
