//! What was fetched gets its store path, and is seen there from then on.

use super::fetch::Substituted;
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
            return Ok(known.clone());
        }
        let fetched = self.bring_anew(wanted)?;
        self.brought.borrow_mut().insert(key, fetched.clone());
        Ok(fetched)
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
        let mut brought = match wanted {
            Fetch::Input(input) if input.scheme == Some(Scheme::Path) => {
                self.fetcher.bring(&Fetch::Input(&self.placed(input)?))?
            }
            wanted => self.fetcher.bring(wanted)?,
        };
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
