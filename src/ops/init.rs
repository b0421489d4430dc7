//! A new fleet: the smallest folder that passes `fleet check`.

use super::fleet::{FLEET_JSON, FLEET_TOML, Guard};
use super::resolved;
use crate::format::{KeyName, MachineName};
use crate::inventory::{self, Inventory};
use crate::keys::{PublicKeys, Recipient};
use crate::os::transaction::Done;
use crate::os::{Root, files, git};
use crate::report::{Report, Reports};
use std::path::Path;

/// What git is told about sealed files: their difference is shown by us, and they are never merged as text.
const ATTRIBUTES: &str = "*.age diff=fleet merge=binary\n";

/// What a new fleet begins with.
pub struct NewFleet {
    /// One word.
    pub name: MachineName,
    /// The machines' domain.
    pub domain: Option<String>,
    /// Who may open every secret: at least one.
    pub masters: Vec<(KeyName, Recipient)>,
    /// Make a git repository where there is none, or where the one around it ignores the folder; and mark the new files.
    pub git: bool,
}

/// What [`init`] did.
pub struct Founded {
    /// The fleet's folder.
    pub root: Root,
    /// The files it wrote.
    pub done: Done,
    /// A git repository was made.
    pub git: bool,
}

/// Makes a fleet in `folder`, which may exist when it holds no fleet.toml.
///
/// # Errors
/// When a fleet is there already, or a file can't be written: then nothing was written.
pub fn init(folder: &Path, new: &NewFleet, command: &str) -> Result<Founded, Reports> {
    files::create_folder(folder).map_err(Report::from)?;
    let root = Root::open(folder).map_err(Report::from)?;
    let guard = Guard::take(&root, command, |_| {})?;
    if root.path().join(FLEET_TOML).exists() {
        return Err(Report::error(format!("`{}` holds a fleet already", root.path().display()))
            .at(FLEET_TOML)
            .hint("add to it with `fleet machine add`, or name another folder")
            .into());
    }
    let source = inventory::template(&new.name, new.domain.as_deref());
    let (parsed, reports) = Inventory::parse(FLEET_TOML, &source);
    let parsed = parsed.ok_or(reports)?;
    let keys = PublicKeys { masters: new.masters.iter().cloned().collect(), ..PublicKeys::default() };

    let made_git = new.git && (!git::is_work_tree(root.path()) || git::is_ignored(root.path()));
    if made_git {
        git::run(root.path(), ["init", "--quiet"]).map_err(Report::from)?;
    }
    let mut transaction = guard.transaction();
    for (name, recipient) in &new.masters {
        transaction.write(format!("keys/masters/{name}.pub"), format!("{recipient}\n"));
    }
    let attributes =
        files::if_exists(root.read_text(".gitattributes")).map_err(Report::from)?.unwrap_or_default();
    if !attributes.contains(ATTRIBUTES.trim()) {
        let newline = if attributes.is_empty() || attributes.ends_with('\n') { "" } else { "\n" };
        transaction.write(".gitattributes", format!("{attributes}{newline}{ATTRIBUTES}"));
    }
    transaction.write(FLEET_JSON, resolved::text(&parsed, &keys, &source, &|_| false));
    transaction.write(FLEET_TOML, source);
    let done = guard.commit(transaction, new.git)?;
    if new.git && git::is_work_tree(root.path()) {
        // Git runs this with the name of a file that holds the sealed bytes; see `fleet secret textconv --help`.
        git::run(root.path(), ["config", "diff.fleet.textconv", "fleet secret textconv"])
            .map_err(Report::from)?;
    }
    Ok(Founded { root, done, git: made_git })
}
