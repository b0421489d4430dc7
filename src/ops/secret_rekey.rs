//! Secrets are sealed anew for the readers of now, all together or not at all.
//!
//! The private key is unlocked before the lock is taken: a person looks for a passphrase while others go on working.

use super::change::{Change, Outcome};
use super::fleet::Fleet;
use super::secret_write::Means;
use crate::format::SecretName;
use crate::format::sealed;
use crate::inventory::{Rotate, Secret};
use crate::keys::Identities;
use crate::report::{Report, Reports};
use crate::secrets::rekey::{Rekeying, dropped, rekey as prepare};
use crate::secrets::{Readers, rotation, store};
use std::collections::BTreeMap;
use std::path::Path;

/// Which secrets are sealed anew, and how.
pub struct Rekey<'a> {
    /// Only these; all of the fleet without any.
    pub names: &'a dyn Fn(&SecretName) -> bool,
    /// Also those whose readers are right already.
    pub all: bool,
    /// Go on without those that can't be opened, and write the others.
    pub keep_going: bool,
    /// The command as it was typed, for the lock.
    pub command: &'a str,
}

/// What was sealed anew.
pub struct Rekeyed {
    /// The files, and the secrets to be rotated.
    pub outcome: Outcome,
    /// How many were opened again before they were written, and how many could only be compared.
    pub opened: (usize, usize),
    /// How many had the right readers.
    pub unchanged: usize,
    /// Those that were left as they are, each with its reason; empty unless `keep_going`.
    pub failed: Reports,
}

/// Seals anew what has other readers than it should. Every file is verified before the first one is replaced.
///
/// # Errors
/// When one can't be opened or sealed, unless `keep_going`; and when a file can't be written. Nothing was changed
/// then.
pub fn rekey(
    folder: &Path,
    what: &Rekey<'_>,
    means: &Means<'_>,
    mut say: impl FnMut(&str),
) -> Result<Rekeyed, Reports> {
    unlock(&Fleet::open(folder)?, what, means.identities);
    let (guard, fleet) = Fleet::lock(folder, what.command, &mut say)?;
    let readers = Readers::new(&fleet.keys);
    let secrets = wanted(&fleet, what);
    let all = what.all;
    let Rekeying { ready, mut failed, unchanged } =
        prepare(&fleet.root, &secrets, &readers, &|_| all, means.sealer, means.identities);
    if failed.has_errors() && !what.keep_going {
        let mut note = Report::note("nothing was changed");
        if !ready.is_empty() {
            let others = ready.len();
            note = note
                .hint(format!("`--keep-going` seals the other {others}, and leaves those above as they are"));
        }
        failed.push(note);
        return Err(failed);
    }
    let mut change = Change::new(&guard, &fleet, fleet.clone())?;
    let mut rotate = BTreeMap::new();
    let mut opened = (0, 0);
    for rekeyed in ready {
        let name = rekeyed.sealed.name.clone();
        if let Some(because) = dropped(&rekeyed.was, &readers, &fleet.keys) {
            rotate.insert(name.clone(), Rotate { because, since: rotation::today() });
        }
        if rekeyed.sealed.opened {
            opened.0 += 1
        } else {
            opened.1 += 1
        }
        change.outcome.rekeyed.push(name);
        change.same_value(rekeyed.sealed);
    }
    rotate.retain(|name, _| !fleet.inventory.rotate.contains_key(name));
    change.rotate(&rotate)?;
    let outcome =
        if change.outcome.rekeyed.is_empty() { change.outcome } else { change.commit(means.mark)? };
    Ok(Rekeyed { outcome, opened, unchanged, failed })
}

fn wanted<'a>(fleet: &'a Fleet, what: &Rekey<'_>) -> Vec<Secret<'a>> {
    fleet.inventory.secrets().filter(|secret| (what.names)(&secret.name)).collect()
}

/// Opens the first file that will have to be opened: what has to be asked is asked now.
fn unlock(fleet: &Fleet, what: &Rekey<'_>, identities: &Identities) {
    let readers = Readers::new(&fleet.keys);
    let first = wanted(fleet, what).into_iter().find_map(|secret| {
        let bytes = store::read(&fleet.root, &secret.name).ok()??;
        let header = sealed::header(&bytes).ok()?;
        (what.all || !readers.compare(&secret, &header).same()).then_some(bytes)
    });
    // Why it does not open is said when it is its turn.
    let _ = first.map(|bytes| identities.open(&bytes));
}
