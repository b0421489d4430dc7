//! Age files of another tool become secrets of the fleet: taken over as they are, declared, and compared with what
//! the inventory wants.

use super::change::{Change, Outcome};
use super::fleet::{Fleet, Guard};
use crate::format::{SecretName, ServiceName};
use crate::inventory::{Per, SYSTEM, edit};
use crate::report::{Report, Reports};
use crate::secrets::import::{Candidate, machines};
use crate::secrets::{Comparison, Readers, store};
use std::collections::{BTreeMap, BTreeSet};

/// What became of one file.
pub struct Imported {
    /// The secret.
    pub name: SecretName,
    /// The file was there already, byte for byte.
    pub same: bool,
    /// Its readers beside the wanted ones; `None` when fleet.toml does not declare it.
    pub readers: Option<Comparison>,
}

/// How to import.
#[derive(Debug, Clone, Copy)]
pub struct Import {
    /// Declare in fleet.toml what is not.
    pub declare: bool,
    /// Replace sealed files that are there.
    pub replace: bool,
    /// Mark new files in git.
    pub mark: bool,
    /// Work it out, and change nothing.
    pub dry_run: bool,
}

/// Takes files over, all in one change.
///
/// # Errors
/// When a secret has another file already, or a declaration does not fit fleet.toml: nothing was changed then.
pub fn import(
    guard: &Guard,
    fleet: &Fleet,
    candidates: &[Candidate],
    how: Import,
) -> Result<(Vec<Imported>, Outcome), Reports> {
    let mut change = Change::new(guard, fleet, fleet.clone())?;
    let mut taken = Reports::default();
    let mut same = BTreeSet::new();
    for candidate in candidates {
        let name = &candidate.name;
        match store::read(&fleet.root, name).map_err(Report::from)? {
            Some(bytes) if bytes == candidate.bytes => {
                same.insert(name.clone());
            }
            Some(_) if !how.replace => taken.push(
                Report::error(format!(
                    "`{name}` has a sealed file already, and `{}` is another one",
                    candidate.path
                ))
                .at(name.file())
                .hint("give it another name with `--name`, or replace it with `--replace`"),
            ),
            _ if how.dry_run => {}
            _ => change.take_over(name, candidate.bytes.clone())?,
        }
    }
    taken.or_ok(())?;
    if how.declare {
        for new in declarations(fleet, candidates) {
            change.edit_inventory(|source| edit::add_secret(source, &new))?;
        }
    }
    let imported = {
        let readers = Readers::new(&change.after.keys);
        let compare = |candidate: &Candidate| Imported {
            name: candidate.name.clone(),
            same: same.contains(&candidate.name),
            readers: change
                .after
                .inventory
                .secret(&candidate.name)
                .map(|secret| readers.compare(&secret, &candidate.header)),
        };
        candidates.iter().map(compare).collect()
    };
    let outcome = if how.dry_run { change.outcome } else { change.commit(how.mark)? };
    Ok((imported, outcome))
}

/// What fleet.toml would have to say of the files that it does not declare. A new service runs where the readers of
/// its secrets are.
pub fn declarations(fleet: &Fleet, candidates: &[Candidate]) -> Vec<edit::NewSecret> {
    let readers = Readers::new(&fleet.keys);
    let mut of_service: BTreeMap<&ServiceName, BTreeSet<String>> = BTreeMap::new();
    let own = |candidate: &Candidate| -> BTreeSet<String> {
        let (mut found, _) = machines(&candidate.header, &readers);
        found.extend(candidate.name.machine.clone());
        found.retain(|machine| fleet.inventory.machines.contains_key(machine));
        found.iter().map(ToString::to_string).collect()
    };
    for candidate in candidates {
        of_service.entry(&candidate.name.service).or_default().extend(own(candidate));
    }
    let mut new: BTreeMap<(ServiceName, String), edit::NewSecret> = BTreeMap::new();
    for candidate in candidates {
        let name = &candidate.name;
        let known = fleet.inventory.services.get(&name.service);
        if known.is_some_and(|service| service.implied || service.secrets.contains_key(&name.name)) {
            continue;
        }
        let machines =
            if name.service.as_str() == SYSTEM { own(candidate) } else { of_service[&name.service].clone() };
        let entry = new
            .entry((name.service.clone(), name.name.to_string()))
            .or_insert_with(|| edit::NewSecret::new(name.service.clone(), name.name.clone()));
        entry.machines.extend(machines);
        entry.machines.sort();
        entry.machines.dedup();
        if name.machine.is_some() {
            entry.per = Per::Machine;
        }
    }
    new.into_values().collect()
}
