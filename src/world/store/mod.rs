//! The store as evaluation has it: what was given a store path lies in memory or where it came from, and a daemon is
//! asked only when something has to be in a real store.
//!
//! A derivation's text is kept only where a daemon may be asked for it: without one, a system of some thousand
//! derivations costs nothing here.

mod address;
mod build;
mod content;
mod roots;
mod ssh;
mod write;

#[cfg(test)]
mod tests;

pub use address::Address;
pub use content::{Content, ContentError, Kept};

use crate::daemon::{Connection, DaemonError, Options};
use crate::nix::paths;
use crate::nix::world::{Answer, Source, WorldError};
use crate::report::Diagnose as _;
use crate::store::{ContentAddress, OutputName, StoreDir, StorePath};
use std::borrow::Cow;
use std::cell::{RefCell, RefMut};
use std::collections::{HashMap, HashSet};
use std::fs;
use std::rc::Rc;

/// The store that evaluation names its paths after, what it gave paths to, and the daemon behind it.
pub struct Store {
    address: Address,
    /// Whether texts of derivations are kept.
    keeps: bool,
    /// What import-from-derivation may do: `allow-import-from-derivation`.
    pub may_build: bool,
    /// Whether it is said when it does: `trace-import-from-derivation`.
    pub tells_builds: bool,
    /// Nothing may be added, not even for import-from-derivation: then only what is there can be read.
    pub read_only: bool,
    items: RefCell<HashMap<StorePath, Item>>,
    daemon: RefCell<Option<Connection>>,
    /// What is in the store and has a root for as long as the connection lasts.
    rooted: RefCell<HashSet<StorePath>>,
    /// What was built for this evaluation, and where it lies.
    built: RefCell<HashMap<(StorePath, OutputName), StorePath>>,
    /// What the daemon said of paths that were not made here: what they refer to; none where they are not there.
    known: RefCell<HashMap<StorePath, Option<Rc<[StorePath]>>>>,
    /// Paths of the store that evaluation may read: what was built for it, and what that refers to.
    readable: RefCell<HashSet<StorePath>>,
    /// What the daemon is to do otherwise on this connection.
    pub options: Option<Options>,
    say: fn(&str),
}

/// Something that was given a store path.
#[derive(Clone)]
enum Item {
    /// A derivation or what `builtins.toFile` made.
    Text { text: Rc<[u8]>, references: Rc<[StorePath]> },
    /// Such a text in the evaluator's heap: NixOS keeps its options in two of 2.5 megabytes each.
    Lasting { text: &'static [u8], references: Rc<[StorePath]> },
    /// Such a text as a source of its own.
    Copy { text: Rc<[u8]>, address: ContentAddress, references: Rc<[StorePath]> },
    /// Something on the disk.
    Content(Rc<Content>),
}

impl Item {
    /// What it refers to.
    fn references(&self) -> Rc<[StorePath]> {
        match self {
            Item::Text { references, .. }
            | Item::Lasting { references, .. }
            | Item::Copy { references, .. } => references.clone(),
            Item::Content(content) => content.references.as_slice().into(),
        }
    }
}

/// Where the bytes of a path lie.
pub enum Place {
    /// In memory.
    Text(Rc<[u8]>),
    /// On the disk: the path there, and for what has a filter its root and the path inside.
    Disk(String, Option<(Rc<Content>, String)>),
}

impl Store {
    /// The store at an address. What is said while it works goes to `say`.
    pub fn new(address: Address, say: fn(&str)) -> Self {
        Store {
            keeps: address.is_likely(),
            address,
            may_build: true,
            tells_builds: false,
            read_only: false,
            items: RefCell::default(),
            daemon: RefCell::default(),
            rooted: RefCell::default(),
            built: RefCell::default(),
            known: RefCell::default(),
            readable: RefCell::default(),
            options: None,
            say,
        }
    }

    /// Keeps the texts of derivations whether a daemon is likely or not: the store will be written to.
    pub fn keep_derivations(&mut self) {
        self.keeps = true;
    }

    /// The folder that paths are named after.
    pub fn dir(&self) -> &StoreDir {
        &self.address.dir
    }

    /// Remembers a text that was given a store path.
    pub fn remember_text(&self, path: &StorePath, text: &[u8], references: &[StorePath]) {
        if self.keeps || !path.is_derivation() {
            let item = Item::Text { text: text.into(), references: references.into() };
            self.items.borrow_mut().insert(path.clone(), item);
        }
    }

    /// The same for a text that need not be copied.
    pub fn remember_lasting_text(&self, path: &StorePath, text: &'static [u8], references: &[StorePath]) {
        let item = Item::Lasting { text, references: references.into() };
        self.items.borrow_mut().insert(path.clone(), item);
    }

    /// Remembers a source that was given a store path; what it was taken from may be virtual itself.
    pub fn remember_source(&self, path: &StorePath, source: &Source<'_>) {
        let mut kept = source.kept.map(|kept| {
            let root = source.path.trim_end_matches('/').len();
            let inside = |path: &String| match path.get(root..) {
                // The root of all.
                None | Some("/") => String::new(),
                Some(inside) => inside.to_owned(),
            };
            Kept::new(kept.iter().map(inside).collect())
        });
        let content = |real, kept| {
            let (address, references) = (Some(source.address), source.references.to_vec());
            Item::Content(Rc::new(Content { real, kept, address, references }))
        };
        let item = match self.place(source.path) {
            Some(Place::Text(text)) => {
                Item::Copy { text, address: source.address, references: source.references.into() }
            }
            Some(Place::Disk(real, outer)) => {
                if let (None, Some((outer, inside))) = (&kept, outer) {
                    // Without a filter of its own, it has what the one around it left.
                    kept = outer.kept.as_ref().map(|outer| below(outer, &inside));
                }
                content(real, kept)
            }
            None => {
                let real = self.real(source.path).unwrap_or_else(|| source.path.to_owned());
                content(real, kept)
            }
        };
        self.items.borrow_mut().insert(path.clone(), item);
    }

    /// Remembers where the bytes of a store path lie on this machine.
    pub fn remember_content(&self, path: &StorePath, content: Content) {
        self.items.borrow_mut().insert(path.clone(), Item::Content(Rc::new(content)));
    }

    /// Whether evaluation itself made what lies at a path, built it, or built what refers to it.
    pub fn made(&self, path: &str) -> bool {
        let Ok((store_path, _)) = self.dir().split(path) else { return false };
        if self.items.borrow().contains_key(&store_path) || self.readable.borrow().contains(&store_path) {
            return true;
        }
        // A link in what was built may lead to what that needs.
        let mut waiting: Vec<StorePath> = self.readable.borrow().iter().cloned().collect();
        while let Some(path) = waiting.pop() {
            for reference in self.ask(&path).flatten().iter().flat_map(|references| references.iter()) {
                if self.readable.borrow_mut().insert(reference.clone()) {
                    waiting.push(reference.clone());
                }
            }
        }
        self.readable.borrow().contains(&store_path)
    }

    /// Where a path's bytes lie, if evaluation gave it its name; else they lie where the name says, or at
    /// [`Store::real`]. Links are not followed.
    pub fn place(&self, path: &str) -> Option<Place> {
        if !self.dir().contains(path) {
            return None;
        }
        let (store_path, inside) = self.dir().split(path).ok()?;
        let inside = String::from_utf8_lossy(inside);
        match self.items.borrow().get(&store_path)? {
            Item::Text { text, .. } | Item::Copy { text, .. } if inside.is_empty() => {
                Some(Place::Text(text.clone()))
            }
            Item::Lasting { text, .. } if inside.is_empty() => Some(Place::Text((*text).into())),
            // Nothing is inside of a file.
            Item::Text { .. } | Item::Lasting { .. } | Item::Copy { .. } => {
                Some(Place::Disk(format!("/dev/null{inside}"), None))
            }
            Item::Content(content) if !content.holds(&inside) => {
                Some(Place::Disk(format!("/dev/null{inside}"), None))
            }
            Item::Content(content) => {
                let filtered = content.kept.is_some().then(|| (content.clone(), inside.clone().into_owned()));
                Some(Place::Disk(format!("{}{inside}", content.real), filtered))
            }
        }
    }

    /// Whether the store is one whose files are not on this machine.
    pub fn reads_nothing(&self) -> bool {
        self.address.real.is_none()
    }

    /// Where the paths of a store that lies in another folder than its name really are; none elsewhere.
    pub fn real(&self, path: &str) -> Option<String> {
        let real = self.address.real.as_ref()?.to_str()?;
        let inside = path.strip_prefix(self.dir().as_str())?;
        (real != self.dir().as_str() && inside.starts_with('/')).then(|| format!("{real}{inside}"))
    }

    /// The path with its symbolic links followed, the one at its end only if `last`, as far as they lie in the store
    /// and the system itself would look for them in a wrong place.
    ///
    /// # Errors
    /// When links lead in a circle.
    pub fn follow<'p>(&self, path: &'p str, last: bool) -> Answer<Cow<'p, str>> {
        if self.on_disk(path).is_none() {
            return Ok(Cow::Borrowed(path));
        }
        let mut links = 0;
        let mut done = String::new();
        let mut waiting: Vec<String> = path.rsplit('/').map(str::to_owned).collect();
        while let Some(part) = waiting.pop() {
            let next = paths::absolute(if done.is_empty() { "/" } else { &done }, &part);
            let is_last = waiting.iter().all(String::is_empty);
            let link =
                self.on_disk(&next).filter(|_| last || !is_last).and_then(|real| fs::read_link(real).ok());
            let Some(target) = link else {
                done = next;
                continue;
            };
            links += 1;
            if links > 64 {
                return Err(WorldError::Other(format!("too many symbolic links at '{path}'")));
            }
            let target = target.to_string_lossy();
            if target.starts_with('/') {
                done.clear();
            }
            waiting.extend(target.rsplit('/').map(str::to_owned));
        }
        Ok(Cow::Owned(done))
    }

    /// Where a path lies on the disk when that is elsewhere than its name says.
    fn on_disk(&self, path: &str) -> Option<String> {
        match self.place(path) {
            Some(Place::Disk(real, _)) => Some(real),
            Some(Place::Text(_)) => None,
            None if self.dir().contains(path) => self.real(path),
            None => None,
        }
    }

    /// Whether a path that was not made here is in the store, and what it refers to; none if nobody can tell.
    pub fn ask(&self, path: &StorePath) -> Option<Option<Rc<[StorePath]>>> {
        if let Some(known) = self.known.borrow().get(path) {
            return Some(known.clone());
        }
        if !self.keeps {
            return None;
        }
        let info = self.daemon().ok()?.path_info(path).ok()?;
        let references = info.map(|info| info.references.into());
        self.known.borrow_mut().insert(path.clone(), references.clone());
        Some(references)
    }

    /// Fetches a path that is not in the store; whether it is there now.
    pub fn fetch(&self, path: &StorePath) -> bool {
        let Ok(mut daemon) = self.daemon() else { return false };
        let came = daemon.ensure_path(path, &mut |event| self.tell(&event)).is_ok();
        self.known.borrow_mut().remove(path);
        came
    }

    /// What a path that was made here refers to.
    pub fn references(&self, path: &StorePath) -> Option<Rc<[StorePath]>> {
        self.items.borrow().get(path).map(Item::references)
    }

    /// Leaves the connection to the process that this one is a copy of, and makes one of its own when it needs it.
    pub fn is_copy(&self) {
        // Closing it would say goodbye in the other's name.
        std::mem::forget(self.daemon.borrow_mut().take());
        self.rooted.borrow_mut().clear();
    }

    /// The daemon, which is connected to when it is needed first. One thing is asked at a time.
    fn daemon(&self) -> Answer<RefMut<'_, Connection>> {
        let mut daemon = self.daemon.borrow_mut();
        if daemon.is_none() {
            let mut new = self.address.connect().map_err(|error| advised(&error))?;
            if let Some(options) = &self.options {
                let set = new.set_options(options, &mut |event| self.tell(&event));
                set.map_err(|error| advised(&error))?;
            }
            *daemon = Some(new);
        }
        Ok(RefMut::map(daemon, |daemon| daemon.as_mut().expect("it was just connected to")))
    }
}

/// What a filter kept below a folder, seen from there.
fn below(kept: &HashSet<String>, folder: &str) -> Kept {
    let inside = kept.iter().filter_map(|path| path.strip_prefix(folder));
    Kept::new(inside.filter(|rest| rest.is_empty() || rest.starts_with('/')).map(str::to_owned).collect())
}

/// A daemon's failure with its reasons and what to do.
fn advised(error: &DaemonError) -> WorldError {
    let mut hints = error.hints();
    if matches!(error, DaemonError::Socket { .. }) {
        hints.push(
            "where Nix has no daemon, say `--store 'command:nix-daemon --stdio'`; the store of another machine is \
             `--store ssh-ng://host`"
                .into(),
        );
    }
    WorldError::Advised { message: with_causes(error), hints }
}

/// An error and why, in one line.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut message = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        message = format!("{message}: {cause}");
        source = cause.source();
    }
    message
}
