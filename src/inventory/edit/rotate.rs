//! Secrets are noted in `[rotate]`, struck out of it, or follow a machine's new name.

use super::outline::Outline;
use super::patch::Patches;
use super::secret::{as_block, in_inline, in_section};
use super::{checked, first_right, key, open, quoted};
use crate::format::{MachineName, SecretName};
use crate::inventory::implied::preshared_key_name;
use crate::inventory::model::{Inventory, Rotate};
use crate::report::Reports;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What stands above a new `[rotate]`.
const COMMENT: &str =
    "# Secrets whose values somebody knows who should not any more. A new value strikes out its line.";

/// Notes secrets to be rotated. One that is noted already keeps its entry: the first reason is the older one.
///
/// # Errors
/// When `source` is no right fleet.toml.
pub fn add_rotations(source: &str, new: &BTreeMap<SecretName, Rotate>) -> Result<String, Reports> {
    let (inventory, outline) = open(source)?;
    let entries: Vec<String> = new
        .iter()
        .filter(|(name, _)| !inventory.rotate.contains_key(name))
        .map(|(name, rotate)| {
            let mut entry =
                format!("{} = {{ because = {}", quoted(&name.to_string()), quoted(&rotate.because));
            if !rotate.since.is_empty() {
                let _ = write!(entry, ", since = {}", quoted(&rotate.since));
            }
            entry + " }"
        })
        .collect();
    if entries.is_empty() {
        return Ok(source.to_owned());
    }
    let lines = entries.join("\n");
    let block = format!("{COMMENT}\n[rotate]\n{lines}\n");
    let dotted: String = entries.iter().map(|entry| format!("rotate.{entry}\n")).collect();
    let at_top = |text: &str| {
        let mut patches = Patches::new(source);
        patches.insert_line(&outline, outline.statements.len().min(1).checked_sub(1)?, text.trim_end());
        Some(patches.apply())
    };
    let ways = [
        in_section(source, &outline, &["rotate"], &lines),
        in_inline(source, &outline, &["rotate"], &entries.join(", ")),
        Some(as_block(source, &outline, None, &block)),
        // Only a file of dotted keys gets here, and its first line is one.
        at_top(&dotted),
    ];
    let right = |after: &Inventory| new.keys().all(|name| after.rotate.contains_key(name));
    first_right(ways.into_iter().flatten(), right, &block)
}

/// Strikes secrets out of `[rotate]`, and the table with the last of them. Names that are not there are passed over.
///
/// # Errors
/// When `source` is no right fleet.toml.
pub fn remove_rotations<'a>(
    source: &str,
    names: impl IntoIterator<Item = &'a SecretName>,
) -> Result<String, Reports> {
    let (inventory, outline) = open(source)?;
    let mut left = inventory.rotate.clone();
    let gone: Vec<&SecretName> = names.into_iter().filter(|name| left.remove(name).is_some()).collect();
    if gone.is_empty() {
        return Ok(source.to_owned());
    }
    let mut patches = Patches::new(source);
    if left.is_empty() {
        patches.remove_path(&outline, &["rotate"]);
    } else {
        for name in gone {
            patches.remove_path(&outline, &["rotate", &name.to_string()]);
        }
    }
    checked(patches.apply())
}

/// A machine's own secrets, and the keys it shares with one peer, are called by its name.
pub(super) fn rename(
    inventory: &Inventory,
    outline: &Outline,
    old: &MachineName,
    new: &MachineName,
    patches: &mut Patches<'_>,
) {
    for name in inventory.rotate.keys() {
        let renamed = renamed(inventory, name, old, new);
        if renamed != *name {
            for span in outline.key_spans(&["rotate", &name.to_string()]) {
                patches.replace(span, &key(&renamed.to_string()));
            }
        }
    }
}

fn renamed(inventory: &Inventory, name: &SecretName, old: &MachineName, new: &MachineName) -> SecretName {
    let mut renamed = name.clone();
    if renamed.machine.as_ref() == Some(old) {
        renamed.machine = Some(new.clone());
    }
    let mesh = inventory.meshes.values().find(|mesh| mesh.service() == name.service);
    let peers = mesh.iter().flat_map(|mesh| mesh.members.keys());
    if let Some(peer) = peers.into_iter().find(|peer| preshared_key_name(old, peer) == name.name) {
        renamed.name = preshared_key_name(new, peer);
    }
    renamed
}
