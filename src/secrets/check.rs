//! The check: every secret of the fleet beside its sealed file, without any private key.
//!
//! Reads each file once, in threads when there are many. One damaged file is named, and the others go on.

use super::readers::{Comparison, Readers};
use super::rotation;
use super::store::Store;
use crate::format::SecretName;
use crate::format::sealed::{self, SEALED_LIMIT, SealError};
use crate::inventory::{Inventory, PRIVATE_KEY, Per, Secret};
use crate::keys::PublicKeys;
use crate::os::files::{self, FileError};
use crate::report::{Diagnose as _, Report, Reports};
use std::path::Path;

/// How one secret stands.
#[derive(Debug)]
pub enum State {
    /// Its file is sealed, as far as a header can tell.
    Sealed {
        /// Its readers beside the wanted ones.
        readers: Comparison,
        /// ASCII-armoured, so that git shows text.
        armored: bool,
    },
    /// It has no file.
    Missing,
    /// Its file can't be read.
    Unreadable(FileError),
    /// Its file is damaged, no age file, or sealed with a passphrase.
    Damaged(SealError),
}

/// One secret of the inventory, looked at.
#[derive(Debug)]
pub struct Checked {
    /// Its name.
    pub name: SecretName,
    /// How it stands.
    pub state: State,
}

/// All secrets, looked at.
#[derive(Debug)]
pub struct Check {
    /// The secrets of the inventory, in the order of names.
    pub secrets: Vec<Checked>,
    /// Sealed files that no service declares.
    pub undeclared: Vec<SecretName>,
    /// Only some secrets were looked at, so nothing is said of the fleet as a whole.
    filtered: bool,
}

/// Fewer files than this are not worth a second thread.
const WORTH_A_THREAD: usize = 200;

/// Looks at all secrets, or at those that `filter` wants; what is undeclared is looked for only without a filter.
pub fn check(
    inventory: &Inventory,
    keys: &PublicKeys,
    store: &Store,
    filter: Option<&dyn Fn(&SecretName) -> bool>,
) -> Check {
    let readers = Readers::new(keys);
    let mut secrets: Vec<Secret<'_>> = inventory.secrets().collect();
    let declared = |name: &SecretName| inventory.secret(name).is_some();
    let undeclared = match filter {
        None => store.files.keys().filter(|name| !declared(name)).cloned().collect(),
        Some(filter) => {
            secrets.retain(|secret| filter(&secret.name));
            Vec::new()
        }
    };
    secrets.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    let look = |secret: &Secret<'_>| Checked {
        name: secret.name.clone(),
        state: match store.files.get(&secret.name) {
            None => State::Missing,
            Some(path) => state(path, secret, &readers),
        },
    };
    let secrets = in_threads(&secrets, WORTH_A_THREAD, look);
    Check { secrets, undeclared, filtered: filter.is_some() }
}

fn state(path: &Path, secret: &Secret<'_>, readers: &Readers<'_>) -> State {
    let bytes = match files::read_at_most(path, SEALED_LIMIT as u64) {
        Ok(bytes) => bytes,
        Err(error) => return State::Unreadable(error),
    };
    match sealed::header(&bytes) {
        Ok(header) => State::Sealed { readers: readers.compare(secret, &header), armored: header.armored },
        Err(error) => State::Damaged(error),
    }
}

/// Does the same to each, in as many threads as there are processors when there are `enough`, and keeps the order.
pub(super) fn in_threads<T: Sync, R: Send>(
    items: &[T],
    enough: usize,
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(8);
    if threads == 1 || items.len() < enough {
        return items.iter().map(work).collect();
    }
    let work = &work;
    std::thread::scope(|scope| {
        let parts: Vec<_> = items
            .chunks(items.len().div_ceil(threads))
            .map(|part| scope.spawn(move || part.iter().map(work).collect::<Vec<R>>()))
            .collect();
        let join = |part: std::thread::ScopedJoinHandle<'_, Vec<R>>| match part.join() {
            Ok(results) => results,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        parts.into_iter().flat_map(join).collect()
    })
}

impl Check {
    /// True when nothing is said about any secret that fails the check.
    pub fn is_good(&self, inventory: &Inventory, keys: &PublicKeys, store: &Store) -> bool {
        !self.reports(inventory, keys, store).has_errors()
    }

    /// What the user should know.
    pub fn reports(&self, inventory: &Inventory, keys: &PublicKeys, store: &Store) -> Reports {
        let mut reports = Reports::default();
        if keys.masters.is_empty() && !self.secrets.is_empty() {
            reports.push(
                Report::error("the fleet has no master: nobody could open its secrets to change them")
                    .at("keys/masters")
                    .hint("add your public key with `fleet key master add <name> <file>`"),
            );
        }
        let mut cannot_tell = Vec::new();
        let mut unarmored = Vec::new();
        for secret in &self.secrets {
            match &secret.state {
                State::Missing => reports.0.extend(missing(&secret.name, inventory, keys)),
                State::Unreadable(error) => {
                    let message = format!("secret `{}` can't be read", secret.name);
                    reports.push(Report::error(message).at(secret.name.file()).because(&error.source));
                }
                State::Damaged(error) => reports.push(damaged(&secret.name, error)),
                State::Sealed { readers, armored } => {
                    if !readers.same() {
                        reports.push(differs(&secret.name, readers));
                    } else if readers.cannot_tell {
                        cannot_tell.push(&secret.name);
                    }
                    if !armored {
                        unarmored.push(&secret.name);
                    }
                }
            }
        }
        if !self.filtered {
            self.report_strays(inventory, store, &mut reports);
            reports.0.extend(rotation::reports(inventory, store).0);
        }
        if let Some(name) = cannot_tell.first() {
            let sealed = match cannot_tell.len() {
                1 => format!("`{name}` is"),
                count => format!("{count} secrets are"),
            };
            reports.push(
                Report::note(format!(
                    "cannot tell whose `age1…` and plugin keys {sealed} sealed for: such keys leave no name, only their number is right"
                ))
                .hint(format!(
                    "opening one proves it (`fleet secret show {name}`); after a key file was changed by hand, run `fleet secret rekey --all`"
                )),
            );
        }
        if !unarmored.is_empty() {
            reports.push(
                Report::note(format!(
                    "{} sealed without ASCII armour, so git shows no text",
                    some(&unarmored)
                ))
                .hint("`fleet secret rekey --all` seals with armour"),
            );
        }
        reports
    }

    fn report_strays(&self, inventory: &Inventory, store: &Store, reports: &mut Reports) {
        for name in &self.undeclared {
            let declaration = inventory.services.get(&name.service).and_then(|s| s.secrets.get(&name.name));
            let why = match (declaration, &name.machine) {
                (Some(declaration), Some(machine)) if declaration.per == Per::Machine => {
                    format!("`{machine}` does not run `{}`", name.service)
                }
                (Some(_), Some(_)) => "one value is declared for all machines".to_owned(),
                (Some(_), None) => "each machine is declared to have its own".to_owned(),
                (None, _) => "fleet.toml does not declare it".to_owned(),
            };
            reports.push(
                Report::warning(format!("there is a sealed file for `{name}`, but {why}"))
                    .at(name.file())
                    .hint(format!("declare it, or remove it with `fleet secret remove {name}`")),
            );
        }
        for stray in &store.strays {
            let message = format!("`{}` is not used as a secret: {}", stray.path, stray.reason);
            reports.push(
                Report::warning(message).hint(
                    "move it out of secrets/; if it is a plaintext, change the value too: git keeps it",
                ),
            );
        }
    }
}

/// A secret without a file. The key of a mesh member may rightly be elsewhere, or not be made yet.
fn missing(name: &SecretName, inventory: &Inventory, keys: &PublicKeys) -> Option<Report> {
    let declared = inventory.secret(name)?;
    if inventory.services.get(&name.service).is_some_and(|service| service.implied) {
        let mesh = name.service.as_str().strip_prefix("wireguard-")?;
        let has_key = |member: &str| keys.mesh.get(mesh).is_some_and(|members| members.contains_key(member));
        // A private key may be elsewhere, and a member without a public key is pending: the mesh's check says so.
        if name.name.as_str() == PRIVATE_KEY || !name.name.as_str().split('.').skip(1).all(has_key) {
            return None;
        }
    }
    let hint = match declared.declaration.generate {
        Some(_) => format!("make it with `fleet secret generate {name}`"),
        None => format!("set it with `fleet secret edit {name}`, or `fleet secret set {name} < file`"),
    };
    let place = inventory.places.at(&declaration_path(name));
    Some(Report::error(format!("secret `{name}` has no value yet")).at(place).hint(hint))
}

/// The dotted path of a secret's declaration in fleet.toml.
pub fn declaration_path(name: &SecretName) -> String {
    match name.service.as_str() {
        crate::inventory::SYSTEM => format!("system.secrets.{}", name.name),
        service => format!("service.{service}.secrets.{}", name.name),
    }
}

fn damaged(name: &SecretName, error: &SealError) -> Report {
    let message = match error {
        SealError::Passphrase => {
            format!("secret `{name}` is sealed with a passphrase: no machine can open it")
        }
        _ => format!("secret `{name}` is damaged"),
    };
    let mut report = Report::error(message).at(name.file());
    if !matches!(error, SealError::Passphrase) {
        report = report.because(error);
    }
    report.hints.extend(error.hints().into_iter().map(|hint| hint.replace("<file>", &name.file())));
    report
}

fn differs(name: &SecretName, readers: &Comparison) -> Report {
    Report::error(format!("secret `{name}` is sealed {}", readers.words()))
        .at(name.file())
        .hint(format!("run `fleet secret rekey {name}` to seal it for its readers in fleet.toml"))
}

/// "3 secrets (`a/b`, `c/d`, …) are", with the verb, for a sentence.
fn some(names: &[&SecretName]) -> String {
    match names {
        [one] => format!("secret `{one}` is"),
        _ => {
            let shown: Vec<String> = names.iter().take(3).map(|name| format!("`{name}`")).collect();
            let more = if names.len() > 3 { ", …" } else { "" };
            format!("{} secrets ({}{more}) are", names.len(), shown.join(", "))
        }
    }
}
