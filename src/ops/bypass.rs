//! Modules that go around a channel, found without evaluating anything: in a fleet with an inventory they lie in machines/ and
//! modules/, and the inventory says which input is whose channel.

use super::evaluation::channels::in_file;
use super::fleet::Fleet;
use crate::os::FileError;
use crate::os::files::{self, Kind};
use crate::report::Report;
use std::collections::BTreeMap;
use std::path::Path;

/// Where a fleet has its modules.
const FOLDERS: [&str; 2] = ["machines", "modules"];

/// A module is a page of text; what is larger is something else.
const LIMIT: u64 = 1 << 20;

/// Warns of each such reference in the modules of the fleet.
///
/// # Errors
/// When a folder or module that is there can't be read.
pub(super) fn bypasses(fleet: &Fleet) -> Result<Vec<Report>, FileError> {
    let channels = &fleet.inventory.channels;
    let inputs: BTreeMap<&str, &str> =
        channels.iter().map(|(name, channel)| (channel.input.as_str(), name.as_str())).collect();
    let mut reports = Vec::new();
    if !inputs.is_empty() {
        for folder in FOLDERS {
            look_into(fleet.root.path(), folder, &inputs, &mut reports)?;
        }
    }
    Ok(reports)
}

fn look_into(
    root: &Path,
    folder: &str,
    inputs: &BTreeMap<&str, &str>,
    reports: &mut Vec<Report>,
) -> Result<(), FileError> {
    for (name, kind) in files::entries(root.join(folder))? {
        let path = format!("{folder}/{name}");
        match kind {
            Kind::Folder => look_into(root, &path, inputs, reports)?,
            Kind::File if name.ends_with(".nix") => {
                let bytes = files::read_at_most(root.join(&path), LIMIT)?;
                // Nix reads bytes; what is no text here has no reference in it.
                let Ok(source) = String::from_utf8(bytes) else { continue };
                reports.extend(in_file(&source, &path, inputs));
            }
            _ => {}
        }
    }
    Ok(())
}
