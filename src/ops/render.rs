//! Writing what follows from fleet.toml and keys/: peers/ and fleet.json.

use super::fleet::{FLEET_JSON, Fleet, Guard, text_if_exists};
use crate::os::git;
use crate::peers::{self, Act, Differences};
use crate::report::{Report, Reports};

/// Brings peers/ and fleet.json up to date; answers what changed, fleet.json among it, and what the meshes' check
/// has to say beside errors.
///
/// # Errors
/// When a mesh is wrong: then nothing is written. When a file can't be read or written.
pub fn render(fleet: &Fleet, guard: &Guard, mark: bool) -> Result<(Differences, Reports), Reports> {
    let (mut differences, said) = differences(fleet, Act::Write)?;
    let mut transaction = guard.transaction();
    transaction.write(FLEET_JSON, fleet.resolved());
    let done = guard.commit(transaction, mark)?;
    if mark && !differences.created.is_empty() && git::is_work_tree(fleet.root.path()) {
        git::intend_to_add(fleet.root.path(), &differences.created).map_err(Report::from)?;
    }
    differences.created.extend(done.created);
    differences.changed.extend(done.changed);
    Ok((differences, said))
}

/// What [`render`] would change.
///
/// # Errors
/// When a mesh is wrong, or a file can't be read.
pub fn would_render(fleet: &Fleet) -> Result<(Differences, Reports), Reports> {
    let (mut differences, said) = differences(fleet, Act::Tell)?;
    match text_if_exists(&fleet.root, FLEET_JSON)? {
        None => differences.created.push(FLEET_JSON.into()),
        Some(text) if text != fleet.resolved() => differences.changed.push(FLEET_JSON.into()),
        Some(_) => {}
    }
    Ok((differences, said))
}

fn differences(fleet: &Fleet, act: Act) -> Result<(Differences, Reports), Reports> {
    let said = peers::check_for_rendering(&fleet.inventory, &fleet.keys).or_told()?;
    let meshes = peers::derive(&fleet.inventory, &fleet.keys);
    let differences = peers::rendering(&meshes).compare(&fleet.root, act).map_err(Report::from)?;
    Ok((differences, said))
}
