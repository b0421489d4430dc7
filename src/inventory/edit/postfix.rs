//! A mesh remembers the greatest number it ever gave: `last_postfix`, so that the number of a machine that left is not
//! given to another.

use super::outline::{Kind, Outline, Statement};
use super::patch::{Patches, begins_with, line_start};
use super::secret::{in_inline, in_section};
use super::{first_right, key, open};
use crate::format::MeshName;
use crate::inventory::model::Inventory;
use crate::report::Reports;

const KEY: &str = "last_postfix";

/// Notes that this postfix was given in a mesh. A greater one that is noted already stays.
///
/// # Errors
/// When there is no such mesh, or `source` is no right fleet.toml.
pub fn keep_postfix(source: &str, mesh: &MeshName, postfix: u32) -> Result<String, Reports> {
    let (inventory, outline) = open(source)?;
    if inventory.meshes.get(mesh).and_then(|mesh| mesh.last_postfix).is_some_and(|last| last >= postfix) {
        return Ok(source.to_owned());
    }
    let path = ["mesh", mesh.as_str()];
    let entry = format!("{KEY} = {postfix}");
    let ways = [
        replaced(source, &outline, &path, postfix),
        in_section(source, &outline, &path, &entry),
        in_inline(source, &outline, &path, &entry),
        dotted(source, &outline, &path, &entry),
    ];
    let right =
        |after: &Inventory| after.meshes.get(mesh).is_some_and(|mesh| mesh.last_postfix == Some(postfix));
    first_right(ways.into_iter().flatten(), right, &format!("[mesh.{}]\n{entry}\n", key(mesh.as_str())))
}

fn replaced(source: &str, outline: &Outline, path: &[&str], postfix: u32) -> Option<String> {
    let leaves = outline.leaves();
    let leaf = leaves.iter().find(|leaf| leaf.is(&[path[0], path[1], KEY]))?;
    // Numbers are no texts; anything else there would not have been read.
    debug_assert!(!matches!(leaf.node.kind, Kind::Text(_)));
    let mut patches = Patches::new(source);
    patches.replace(leaf.node.span.clone(), &postfix.to_string());
    Some(patches.apply())
}

/// `mesh.wireg0.subnet = …`: another such line below the last.
fn dotted(source: &str, outline: &Outline, path: &[&str], entry: &str) -> Option<String> {
    let mut header = &[][..];
    let mut last = None;
    for (index, statement) in outline.statements.iter().enumerate() {
        match statement {
            Statement::Header { keys, .. } => header = keys.as_slice(),
            Statement::Pair(pair) => {
                let whole = header.len() + pair.keys.len() == path.len() + 1;
                if whole && header.len() < path.len() && begins_with(&[header, &pair.keys], path) {
                    last = Some((index, pair));
                }
            }
        }
    }
    let (index, pair) = last?;
    let end = pair.keys.last()?.span.start;
    let before = &source[line_start(source, end)..end];
    let mut patches = Patches::new(source);
    patches.insert_line(outline, index, &format!("{before}{entry}"));
    Some(patches.apply())
}
