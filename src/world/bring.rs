//! What was fetched gets its store path, and is seen there from then on.

use super::fetch::{Brought, Substituted, work_tree_of};
use super::store::{Content, Place};
use super::{RealWorld, Sight};
use crate::nix::input::{Attributes, Input, Scheme};
use crate::nix::paths;
use crate::nix::world::{Answer, Fetch, Fetched, WorldError};
use crate::store::{ContentAddress, References, StorePath};

impl RealWorld {
    /// Fetches what is wanted, if evaluation may ask for it.
    pub(super) fn bring(&self, wanted: &Fetch<'_>) -> Answer<Fetched> {
        let key = format!("{wanted:?}");
        if let Some(known) = self.brought.borrow().get(&key) {
            return known.clone();
        }
        if let Fetch::Input(input) = wanted
            && self.locked.borrow().contains(&format!("{input:?}"))
            && let Some(fetched) = self.here(input)?
        {
            self.brought.borrow_mut().insert(key, Ok(fetched.clone()));
            return Ok(fetched);
        }
        let fetched = self.bring_anew(wanted)?;
        self.brought.borrow_mut().insert(key, Ok(fetched.clone()));
        Ok(fetched)
    }

    /// Fetches inputs that are not here yet, at the same time. What failed fails again when it is asked for, without
    /// another try.
    pub(super) fn prefetch_all(&self, inputs: &[Input]) {
        let mut wanted: Vec<(String, Input)> = Vec::new();
        for input in inputs {
            let key = format!("{:?}", Fetch::Input(input));
            let is_far = !matches!(input.scheme, Some(Scheme::Path | Scheme::Indirect) | None);
            let may = || input.url().is_ok_and(|url| self.check_address(&url.to_string()).is_ok());
            let is_here = || {
                let is_locked = self.locked.borrow().contains(&format!("{input:?}"));
                is_locked && matches!(self.here(input), Ok(Some(_)))
            };
            if is_far && !self.brought.borrow().contains_key(&key) && may() && !is_here() {
                wanted.push((key, input.clone()));
            }
        }
        wanted.dedup_by(|a, b| a.0 == b.0);
        let fetched = self.fetcher.bring_all(wanted.iter().map(|(_, input)| input).collect());
        for ((key, input), brought) in wanted.iter().zip(fetched) {
            let settled = brought.and_then(|brought| {
                let name = input.name().map_err(WorldError::from)?;
                self.settle(&Fetch::Input(input), name, brought)
            });
            self.brought.borrow_mut().insert(key.clone(), settled);
        }
    }

    fn bring_anew(&self, wanted: &Fetch<'_>) -> Answer<Fetched> {
        let name = match wanted {
            Fetch::File { url, name, .. } | Fetch::Archive { url, name, .. } => {
                self.check_address(url)?;
                *name
            }
            Fetch::Input(input) => {
                let url = input.url().map_err(WorldError::from)?;
                self.check_address(&url.to_string())?;
                input.name().map_err(WorldError::from)?
            }
            Fetch::Closure { from, path } => return self.bring_closure(from, path),
        };
        let brought = match wanted {
            Fetch::Input(input) if input.scheme == Some(Scheme::Path) => {
                self.fetcher.bring(&Fetch::Input(&self.placed(input)?))?
            }
            wanted => self.fetcher.bring(wanted)?,
        };
        self.settle(wanted, name, brought)
    }

    /// Gives what was brought its store path.
    fn settle(&self, wanted: &Fetch<'_>, name: &str, mut brought: Brought) -> Answer<Fetched> {
        if let Fetch::Input(input) = wanted
            && let Some(path) = input.attributes.get("path")
        {
            brought.attributes.insert("path".into(), path.clone());
        }
        let address = ContentAddress { method: brought.method, hash: brought.hash };
        let made = self.store.dir().content_path(name, &address, References::default());
        let path = made.map_err(|error| WorldError::Other(error.to_string()))?;
        let place = brought.place.to_str().map(str::to_owned);
        let place = place.ok_or_else(|| WorldError::Other("the cache's folder is not UTF-8".into()))?;
        let content = Content { real: place, kept: None, address: Some(address), references: Vec::new() };
        self.store.remember_content(&path, content);
        if let Fetch::Input(input) = wanted
            && let Some(tree) = work_tree_of(input)
        {
            self.work_trees.borrow_mut().push((self.store.dir().print(&path), tree));
        }
        Ok(Fetched { path, hash: brought.hash, attributes: brought.attributes, content_addressed: true })
    }

    /// A folder as an input, where it lies: it may be in the store only virtually.
    fn placed(&self, input: &Input) -> Answer<Input> {
        let mut placed = input.clone();
        let path = input.text("path").map_err(WorldError::from)?.unwrap_or_default();
        // In pure evaluation an input comes here only with its hash, or because a person named it.
        let sight = if self.sight == Sight::Pure { &Sight::Everything } else { &self.sight };
        if path.starts_with('/')
            && let Place::Disk(real, _) = self.place_for(&paths::tidy(path), true, sight)?
        {
            placed.set("path", real);
        }
        Ok(placed)
    }

    fn bring_closure(&self, from: &str, path: &StorePath) -> Answer<Fetched> {
        self.check_address(from)?;
        let closure = self.fetcher.closure(from, path, self.store.dir())?;
        let (hash, content_addressed) = (closure[0].hash, closure[0].address.is_some());
        if content_addressed && let Some(other) = closure.iter().find(|one| one.address.is_none()) {
            return Err(WorldError::Other(format!(
                "'{}' refers to '{}', which is input-addressed: only a trusted signature could prove its content, and \
                 fleet checks none",
                self.store.dir().print(path),
                self.store.dir().print(&other.path)
            )));
        }
        if content_addressed {
            for one in closure {
                let real = one.place.to_string_lossy().into_owned();
                let Substituted { path, address, references, .. } = one;
                self.store.remember_content(&path, Content { real, kept: None, address, references });
            }
        }
        Ok(Fetched { path: path.clone(), hash, attributes: Attributes::new(), content_addressed })
    }
}
