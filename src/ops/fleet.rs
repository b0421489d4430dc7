//! A fleet, opened: its folder, what fleet.toml means, and its public keys. Read without a lock; changed under one.

use crate::format::MachineName;
use crate::inventory::{Inventory, Machine};
use crate::keys::{NoPrompt, Prompt, PublicKeys};
use crate::os::transaction::{self, Done, Marked, Recovered};
use crate::os::{Lock, Root, Transaction, files, state};
use crate::report::{Report, Reports, did_you_mean};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// The file that makes a folder a fleet.
pub const FLEET_TOML: &str = "fleet.toml";
/// What fleet writes for Nix to read.
pub const FLEET_JSON: &str = "fleet.json";

/// How long a command waits for another one that changes the fleet.
const PATIENCE: Duration = Duration::from_secs(60);

/// A fleet.toml of this many bytes speaks of a hundred machines, whose keys are read meanwhile.
const WORTH_A_THREAD: usize = 32 << 10;

/// A fleet as it is on disk.
#[derive(Clone)]
pub struct Fleet {
    /// Its folder.
    pub root: Root,
    /// The text of fleet.toml.
    pub source: String,
    /// What it means.
    pub inventory: Inventory,
    /// The public keys under keys/.
    pub keys: PublicKeys,
    /// Warnings met while opening it; errors end [`Fleet::open`].
    pub warnings: Reports,
}

impl Fleet {
    /// Opens the fleet that `folder` belongs to: the nearest folder upward that holds fleet.toml.
    ///
    /// # Errors
    /// Everything that is wrong with fleet.toml and the key files, in one go.
    pub fn open(folder: &Path) -> Result<Self, Reports> {
        let root = find(folder)?;
        let source = root.read_text(FLEET_TOML).map_err(Report::from)?;
        let ((inventory, mut reports), (keys, key_reports)) = if source.len() < WORTH_A_THREAD {
            (Inventory::parse(FLEET_TOML, &source), PublicKeys::load(&root))
        } else {
            std::thread::scope(|scope| {
                let keys = scope.spawn(|| PublicKeys::load(&root));
                let parsed = Inventory::parse(FLEET_TOML, &source);
                (parsed, keys.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            })
        };
        reports.0.extend(key_reports.0);
        match inventory {
            Some(inventory) if !reports.has_errors() => {
                Ok(Fleet { root, source, inventory, keys, warnings: reports })
            }
            _ => Err(reports),
        }
    }

    /// Opens the fleet to change it: waits for the command that changes it now, and finishes or undoes what an
    /// interrupted one left.
    ///
    /// `say` gets lines for the user: for whom we wait, what was recovered.
    ///
    /// # Errors
    /// As [`Fleet::open`]; and when another command holds the lock for a minute.
    pub fn lock(folder: &Path, command: &str, mut say: impl FnMut(&str)) -> Result<(Guard, Self), Reports> {
        let root = find(folder)?;
        let guard = Guard::take(&root, command, &mut say)?;
        let fleet = Fleet::open(root.path())?;
        Ok((guard, fleet))
    }
}

impl Fleet {
    /// The fleet as it will be with this fleet.toml and these keys: for working out a change before it is made.
    ///
    /// # Errors
    /// What would be wrong with it.
    pub fn with(&self, source: String, keys: PublicKeys) -> Result<Self, Reports> {
        let (inventory, reports) = Inventory::parse(FLEET_TOML, &source);
        match inventory {
            Some(inventory) => {
                Ok(Fleet { root: self.root.clone(), source, inventory, keys, warnings: reports })
            }
            None => Err(reports),
        }
    }

    /// The machine of this name.
    ///
    /// # Errors
    /// When there is none; guesses which was meant.
    pub fn machine(&self, name: &MachineName) -> Result<&Machine, Report> {
        self.inventory.machines.get(name).ok_or_else(|| {
            let report = Report::error(format!("there is no machine `{name}` in {FLEET_TOML}"));
            match did_you_mean(name.as_str(), self.inventory.machines.keys().map(MachineName::as_str)) {
                Some(guess) => report.hint(guess),
                None => report.hint("`fleet machine list` shows them"),
            }
        })
    }
}

/// Holds the fleet's lock: the only way to a [`Transaction`].
pub struct Guard {
    root: Root,
    journal: PathBuf,
    prompt: Arc<dyn Prompt>,
    _lock: Lock,
}

impl Guard {
    /// Takes the lock of the fleet in this folder, whatever its fleet.toml says.
    ///
    /// # Errors
    /// When another command holds it for a minute, or an interrupted change can't be finished.
    pub fn take(root: &Root, command: &str, mut say: impl FnMut(&str)) -> Result<Self, Reports> {
        let folder = state::folder(&format!("{}-{}", folder_name(root), state::checkout(root)));
        let folder = folder.map_err(Report::from)?;
        let lock = Lock::acquire(&folder.join("lock"), command, PATIENCE, |holder| {
            say(&format!("waiting for another command that is changing this fleet: {holder}"));
        })
        .map_err(Report::from)?;
        let journal = folder.join("journal.json");
        match transaction::recover(root, &journal).map_err(Report::from)? {
            Recovered::Nothing => {}
            Recovered::Undone => {
                say("a command was interrupted before it changed anything; its traces are removed")
            }
            Recovered::Finished(marked) => {
                say("a command was interrupted while it changed files; its change is now complete");
                if let Marked::Refused(why) = marked {
                    say(&format!("but git does not know of its new files, add them with `git add`: {why}"));
                }
            }
        }
        Ok(Guard { root: root.clone(), journal, prompt: Arc::new(NoPrompt), _lock: lock })
    }

    /// Names the person to ask when something has to be asked while sealing, as a plugin of a master may. Without one
    /// nobody is asked.
    #[must_use]
    pub fn asking(self, prompt: Arc<dyn Prompt>) -> Self {
        Guard { prompt, ..self }
    }

    /// The person to ask.
    pub(super) fn prompt(&self) -> Arc<dyn Prompt> {
        self.prompt.clone()
    }

    /// Where the operator's own files for this fleet lie, outside of it.
    pub fn folder(&self) -> &Path {
        self.journal.parent().unwrap_or(Path::new("."))
    }

    /// A change of files to be staged and then committed with [`Guard::commit`].
    pub fn transaction(&self) -> Transaction {
        Transaction::new(&self.root, &self.journal)
    }

    /// Makes the change; with `mark` new files are marked in git, so that a flake sees them. A git that refuses (the
    /// files may be ignored) undoes nothing: the answer says so.
    ///
    /// # Errors
    /// When a file can't be written: then nothing was changed.
    pub fn commit(&self, mut transaction: Transaction, mark: bool) -> Result<Done, Reports> {
        transaction.mark_new_files(mark);
        Ok(transaction.commit().map_err(Report::from)?)
    }
}

/// The folder of the fleet that `folder` belongs to.
///
/// # Errors
/// When there is none.
pub(super) fn find(folder: &Path) -> Result<Root, Reports> {
    let start = Root::open(folder).map_err(Report::from)?;
    for candidate in start.path().ancestors() {
        let file = candidate.join(FLEET_TOML);
        match file.metadata() {
            Ok(status) if status.is_file() => return Ok(Root::open(candidate).map_err(Report::from)?),
            // Going on above it would work on another fleet than the one this folder belongs to.
            Ok(_) => {
                return Err(Report::error(format!("`{}` is no file", file.display()))
                    .hint("a fleet's inventory is a text file; `fleet init DIR` makes one")
                    .into());
            }
            Err(_) if file.is_symlink() => {
                return Err(Report::error(format!("`{}` is a link that leads nowhere", file.display()))
                    .hint("make it point to the inventory, or remove it")
                    .into());
            }
            Err(_) => {}
        }
    }
    Err(Report::error(format!("there is no {FLEET_TOML} in `{}` or above it", start.path().display()))
        .hint("go to a fleet's folder, name it with `-C DIR`, or make a new one with `fleet init DIR`")
        .into())
}

/// The state folder is named before fleet.toml is read: a broken fleet.toml must not keep a change from being finished.
fn folder_name(root: &Root) -> String {
    let name = root.path().file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    name.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') { c } else { '-' }).collect()
}

/// Text of a file of the fleet, `None` when there is none.
///
/// # Errors
/// When it can't be read.
pub fn text_if_exists(root: &Root, path: &str) -> Result<Option<String>, Reports> {
    Ok(files::if_exists(root.read_text(path)).map_err(Report::from)?)
}
