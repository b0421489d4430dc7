//! Telling units that a plaintext changed: once each, only when they are active, and also when the run that changed it
//! was killed before it could tell.

use super::layout::Layout;
use super::{ActivateError, Outcome};
use crate::format::manifest::UnitName;
use crate::os::{Process, files, tree};
use std::collections::BTreeSet;
use std::path::PathBuf;

fn file(layout: &Layout) -> PathBuf {
    layout.fleet().join("restart")
}

/// Writes down which units are to be told, before the change becomes visible.
pub(super) fn remember(
    layout: &Layout,
    restart: &BTreeSet<UnitName>,
    reload: &BTreeSet<UnitName>,
) -> Result<(), ActivateError> {
    let (mut all_restart, mut all_reload) = remembered(layout)?;
    let before = (all_restart.len(), all_reload.len());
    all_restart.extend(restart.iter().cloned());
    all_reload.extend(reload.iter().cloned());
    if (all_restart.len(), all_reload.len()) == before {
        return Ok(());
    }
    let lines = all_restart.iter().map(|unit| format!("restart {unit}\n"));
    let lines: String = lines.chain(all_reload.iter().map(|unit| format!("reload {unit}\n"))).collect();
    Ok(files::write(file(layout), lines.as_bytes(), 0o600)?)
}

fn remembered(layout: &Layout) -> Result<(BTreeSet<UnitName>, BTreeSet<UnitName>), ActivateError> {
    let text = files::if_exists(files::read_text(file(layout)))?.unwrap_or_default();
    let units = |verb: &str| {
        let names = text.lines().filter_map(|line| line.split_once(' ')).filter(|(word, _)| *word == verb);
        names.filter_map(|(_, name)| UnitName::parse(name).ok()).collect()
    };
    Ok((units("restart"), units("reload")))
}

/// Asks systemd to restart and reload what is active; it queues the work and answers at once.
///
/// Waiting for it could be waiting for ourselves: this may run inside a unit that those units are ordered after.
pub(super) fn tell(layout: &Layout, outcome: &mut Outcome) -> Result<(), ActivateError> {
    let (restart, mut reload) = remembered(layout)?;
    reload.retain(|unit| !restart.contains(unit));
    let running = layout.is_machine() && tree::look(&layout.run().join("systemd/system"))?.is_some();
    let mut failure = None;
    if running {
        // `try-` leaves units alone that are not active: at boot nothing is, and nothing is restarted.
        let jobs = restart.iter().map(|unit| ("try-restart", unit));
        for (verb, unit) in jobs.chain(reload.iter().map(|unit| ("try-reload-or-restart", unit))) {
            let asked = Process::of_system("systemctl").args(["--no-block", verb, "--", unit.as_str()]).run();
            if let Err(source) = asked {
                failure = failure.or(Some(ActivateError::Unit { unit: unit.to_string(), source }));
            }
        }
    }
    (outcome.restart, outcome.reload) = (restart, reload);
    files::remove(file(layout))?;
    failure.map_or(Ok(()), Err)
}
