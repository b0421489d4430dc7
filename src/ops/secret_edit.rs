//! A secret is edited in the user's editor. No lock is held while it is open; what changed meanwhile is found before
//! anything is written, and work that can't be saved is kept.

use super::fleet::{Fleet, Guard};
use super::secret_write::{self, Means, Set};
use crate::format::{SecretName, Sensitive};
use crate::keys::Identities;
use crate::report::{Report, Reports};
use crate::secrets::editor::{Draft, Edited, Editor, edit as open_editor};
use crate::secrets::rekey::cannot_open;
use crate::secrets::{Readers, store};
use std::path::Path;

/// How to edit.
pub struct Edit<'a> {
    /// The editor.
    pub editor: &'a Editor,
    /// A draft on a disk is better than none.
    pub allow_disk: bool,
    /// Take off one final newline.
    pub trim: bool,
    /// The command as it was typed, for the lock.
    pub command: &'a str,
}

/// What came of it.
pub enum Outcome {
    /// Saved, sealed and written.
    Saved(Set),
    /// The user changed nothing.
    Unchanged {
        /// The editor ended so soon that it may not have waited.
        at_once: bool,
    },
}

/// Edits a secret; one that has no value yet begins empty, and needs no private key.
///
/// # Errors
/// When it can't be opened, the editor fails, or somebody else changed it meanwhile. Then the secret is as it was,
/// and a saved draft is kept and named.
pub fn edit(
    folder: &Path,
    name: &SecretName,
    how: &Edit<'_>,
    means: &Means<'_>,
    mut say: impl FnMut(&str),
) -> Result<Outcome, Reports> {
    let (before, old) = {
        let fleet = Fleet::open(folder)?;
        secret_write::declared(&fleet, name)?;
        if fleet.keys.masters.is_empty() {
            // Before the user's work, not after it.
            return Err(crate::secrets::seal::SealingError::NoMaster { name: name.clone() }.into());
        }
        let bytes = store::read(&fleet.root, name).map_err(Report::from)?;
        let old = bytes.as_deref().map(|bytes| open(&fleet, name, bytes, means.identities)).transpose()?;
        (bytes, old)
    };
    let edited = open_editor(how.editor, name.name.as_str(), old.as_ref(), how.allow_disk, &mut say);
    let (value, draft) = match edited.map_err(Report::from)? {
        Edited::Unchanged { at_once } => return Ok(Outcome::Unchanged { at_once }),
        Edited::Changed { value, draft } => (value, draft),
    };
    let value = if how.trim { trimmed(value) } else { value };
    let saved = Fleet::lock(folder, how.command, say)
        .and_then(|locked| save(name, means, &value, (before, old), locked));
    saved.map(Outcome::Saved).map_err(|reports| keep(*draft, reports))
}

fn save(
    name: &SecretName,
    means: &Means<'_>,
    value: &Sensitive,
    (before, old): (Option<Vec<u8>>, Option<Sensitive>),
    (guard, fleet): (Guard, Fleet),
) -> Result<Set, Reports> {
    let now = store::read(&fleet.root, name).map_err(Report::from)?;
    if now != before {
        let conflict = |what: &str| -> Reports {
            Report::error(format!("secret `{name}` was {what} while it was being edited"))
                .at(name.file())
                .hint(format!("look at it with `fleet secret show {name}`, and edit it again"))
                .into()
        };
        match (&now, &old) {
            (None, _) => return Err(conflict("removed")),
            (Some(_), None) => return Err(conflict("given a value by somebody else")),
            (Some(now), Some(old)) => {
                let now = open(&fleet, name, now, means.identities)?;
                // Sealed anew with the old value is no conflict, and neither is the value that was about to be saved.
                if now.expose() != old.expose() && now.expose() != value.expose() {
                    return Err(conflict("changed by somebody else"));
                }
            }
        }
    }
    secret_write::set(&guard, &fleet, name, value, means)
}

fn open(
    fleet: &Fleet,
    name: &SecretName,
    bytes: &[u8],
    identities: &Identities,
) -> Result<Sensitive, Reports> {
    identities.open(bytes).map_err(|error| {
        let header = crate::format::sealed::header(bytes).ok();
        let readers = Readers::new(&fleet.keys);
        cannot_open(name, error, &readers, header.as_ref()).at(name.file()).into()
    })
}

fn trimmed(value: Sensitive) -> Sensitive {
    match value.expose() {
        [start @ .., b'\n'] if !start.is_empty() => Sensitive::new(start.to_vec()),
        _ => value,
    }
}

/// The user's work is never thrown away with an error.
fn keep(draft: Draft, mut reports: Reports) -> Reports {
    match draft.keep() {
        Ok(path) => {
            let place = path.display();
            let folder = path.parent().map(|folder| folder.display().to_string()).unwrap_or_default();
            reports.push(
                Report::note(format!(
                    "your draft is kept in memory, until the machine is switched off: `{place}`"
                ))
                .hint(format!("when you are done with it, run `rm -r {folder}`")),
            );
        }
        Err(error) => reports.push(Report::from(error)),
    }
    reports
}
