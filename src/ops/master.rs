//! A master comes or goes: the key file, and every secret sealed anew with or without that key.

use super::change::{Change, Outcome};
use super::fleet::{Fleet, Guard};
use crate::format::KeyName;
use crate::keys::{Identities, PublicKeys, Recipient, is_known_public};
use crate::report::{Report, Reports, did_you_mean};
use crate::secrets::history;

/// Lets one more key open every secret; those that `identities` open are sealed for it at once.
///
/// # Errors
/// When the name or the key is a master's already, the key's private half is public, or a file can't be written: nothing
/// was changed then.
pub fn add(
    guard: &Guard,
    fleet: &Fleet,
    name: &KeyName,
    key: &Recipient,
    identities: &Identities,
    mark: bool,
) -> Result<Outcome, Reports> {
    if fleet.keys.masters.contains_key(name) {
        return Err(Report::error(format!("there is a master `{name}` already"))
            .at(PublicKeys::master_file(name))
            .hint(format!(
                "take the old key out first, `fleet key master remove {name}`, or choose another name"
            ))
            .into());
    }
    if let Some((other, _)) = fleet.keys.masters.iter().find(|(_, known)| known.same_key(key)) {
        let report = Report::error(format!("master `{other}` has this key already"));
        return Err(report.at(PublicKeys::master_file(other)).into());
    }
    if let Some(known) = is_known_public(key).filter(|_| !fleet.inventory.public_keys_ok) {
        return Err(known.report(&format!("key for master `{name}`")).into());
    }
    let mut keys = fleet.keys.clone();
    keys.masters.insert(name.clone(), key.clone());
    let mut change = Change::new(guard, fleet, fleet.with(fleet.source.clone(), keys)?)?;
    change.reseal(identities);
    change.commit(mark)
}

/// Takes a master out. What that key could ever read is listed to be rotated.
///
/// # Errors
/// When there is no such master, or it is the last one.
pub fn remove(
    guard: &Guard,
    fleet: &Fleet,
    name: &KeyName,
    identities: &Identities,
    mark: bool,
) -> Result<Outcome, Reports> {
    if !fleet.keys.masters.contains_key(name) {
        let mut report = Report::error(format!("there is no master `{name}`"));
        report.hints.extend(did_you_mean(name.as_str(), fleet.keys.masters.keys().map(KeyName::as_str)));
        return Err(report.hint("`fleet key list` shows them").into());
    }
    if fleet.keys.masters.len() == 1 {
        return Err(Report::error(format!(
            "`{name}` is the last master: without one nobody could change a secret"
        ))
        .at(PublicKeys::master_file(name))
        .hint("add another one first: `fleet key master add <name> FILE`")
        .into());
    }
    let file = PublicKeys::master_file(name);
    let leavers = history::keys_of_file(&fleet.root, &file).map_err(Report::from)?;
    let mut keys = fleet.keys.clone();
    keys.masters.remove(name);
    let mut change = Change::new(guard, fleet, fleet.with(fleet.source.clone(), keys)?)?;
    change.leave(&leavers.into_iter().collect::<Vec<_>>(), &format!("master {name} left"))?;
    change.reseal(identities);
    change.commit(mark)
}
