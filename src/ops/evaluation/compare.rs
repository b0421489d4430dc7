//! Two versions of a fleet beside each other: which machines' systems differ, and which options made them differ.
//!
//! A changed option changes many others that follow from it. What somebody wrote is what made the difference: options that
//! changed files of the flake define otherwise come first, and of the others it is said how many there are.

use super::option::definitions_of;
use super::{FleetFlake, json_of};
use crate::nix::Evaluator;
use crate::nix::error::{Error, Result};
use crate::nix::value::Word;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const OPTIONS: &str = include_str!("options.nix");
const DERIVATION: &str = "builtins.unsafeDiscardStringContext machine.config.system.build.toplevel.drvPath";

/// What became of a machine.
pub enum Change {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// Its system is the same derivation.
    Same,
    /// Its system is another one.
    Changed(Vec<OptionChange>),
    /// One of the two does not evaluate.
    Failed(Error),
}

/// An option that has another value.
pub struct OptionChange {
    /// Its path, as it is written in Nix.
    pub option: String,
    /// Its value before; none where it was not there, or is no plain data.
    pub before: Option<Value>,
    /// Its value after.
    pub after: Option<Value>,
    /// A file of the flake itself says so.
    pub is_cause: bool,
}

/// Compares a machine of two versions of a flake.
pub fn compare(evaluator: &mut Evaluator, old: &FleetFlake, new: &FleetFlake, name: &str) -> Change {
    let there = |flake: &FleetFlake| flake.machines.iter().any(|one| one == name);
    match (there(old), there(new)) {
        (false, _) => return Change::Added,
        (_, false) => return Change::Removed,
        _ => {}
    }
    let changed = evaluator.enter(|evaluator| {
        let derivation = |evaluator: &mut Evaluator, flake: &FleetFlake| {
            let path = flake.asked(evaluator, name, DERIVATION, &[])?;
            evaluator.raw(path)
        };
        if derivation(evaluator, old)? == derivation(evaluator, new)? {
            return Ok(Change::Same);
        }
        Ok(Change::Changed(options(evaluator, old, new, name)?))
    });
    changed.unwrap_or_else(Change::Failed)
}

/// The options of a machine that differ, those first that the flake's own files define.
fn options(
    evaluator: &mut Evaluator,
    old: &FleetFlake,
    new: &FleetFlake,
    name: &str,
) -> Result<Vec<OptionChange>> {
    let (before, after) = (known(evaluator, old, name)?, known(evaluator, new, name)?);
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let mut changes = Vec::new();
    for option in names {
        let (old_option, new_option) = (before.get(option), after.get(option));
        let mut value = |option: Option<&Word>| {
            let option = option?;
            // What is no plain data, or fails, is compared by what was written of it.
            evaluator.enter(|evaluator| value_of(evaluator, *option)).ok()
        };
        let (old_value, new_value) = (value(old_option), value(new_option));
        let mut written = |flake: &FleetFlake, option: Option<&Word>| match option {
            Some(option) => evaluator.enter(|evaluator| definitions_of(evaluator, flake, *option)),
            None => Ok(Vec::new()),
        };
        let mut written = (written(old, old_option).ok(), written(new, new_option).ok());
        // A file that is the same in both only passes on what another says.
        for definitions in [&mut written.0, &mut written.1].into_iter().flatten() {
            definitions.retain(|(file, _)| text(evaluator, old, file) != text(evaluator, new, file));
        }
        let is_cause = written.0 != written.1;
        if old_value != new_value || is_cause {
            changes.push(OptionChange {
                option: option.clone(),
                before: old_value,
                after: new_value,
                is_cause,
            });
        }
    }
    changes.sort_by_key(|change| !change.is_cause);
    Ok(changes)
}

/// The options of a machine by their paths.
fn known(evaluator: &mut Evaluator, flake: &FleetFlake, name: &str) -> Result<BTreeMap<String, Word>> {
    let list = flake.asked(evaluator, name, OPTIONS, &[])?;
    let mut known = BTreeMap::new();
    for item in evaluator.items(list)? {
        let fields = evaluator.fields(item)?;
        let [(_, path), (_, option)] = fields[..] else { continue };
        let path = evaluator.value_of(path)?;
        known.insert(String::from_utf8_lossy(&evaluator.raw(path)?).into_owned(), option);
    }
    Ok(known)
}

/// The bytes of a file of a flake.
fn text(evaluator: &Evaluator, flake: &FleetFlake, file: &str) -> Option<std::rc::Rc<[u8]>> {
    evaluator.world().read(&format!("{}/{file}", flake.top)).ok()
}

fn value_of(evaluator: &mut Evaluator, option: Word) -> Result<Value> {
    let value = evaluator.find_along("value", &[], option)?;
    json_of(evaluator, value)
}
