//! Archives: downloaded, unpacked, and known from then on by the hash of their tree.

use super::file::Bytes;
use super::{Brought, Fetcher, archive};
use crate::nix::input::url::Url;
use crate::nix::input::{Input, Scheme};
use crate::nix::world::{Answer, WorldError};
use crate::store::{Hash, Method};
use crate::world::cache::Note;
use std::path::PathBuf;

/// A tree that was unpacked.
pub(super) struct Unpacked {
    pub place: PathBuf,
    pub hash: Hash,
    /// The newest file's time.
    pub last_modified: u64,
    /// The address at which the server says that this version stays.
    pub immutable: Option<String>,
}

impl Fetcher {
    /// The tree of the archive at an address.
    pub(super) fn tarball(&self, url: &str, wanted: Option<Hash>) -> Answer<Unpacked> {
        if let Some(hash) = wanted
            && let Some(place) = self.cache.find(Method::Nar, &hash)
        {
            return Ok(Unpacked { place, hash, last_modified: 0, immutable: None });
        }
        self.tarball_with(url, wanted, &[])
    }

    /// The same over the net, with headers that are sent along.
    pub(super) fn tarball_with(
        &self,
        url: &str,
        wanted: Option<Hash>,
        headers: &[(String, String)],
    ) -> Answer<Unpacked> {
        let key = format!("tarball {url}");
        let known = self.cache.note(&key).filter(|_| !url.starts_with("file:")).and_then(|note| {
            let hash = note.hash()?;
            let place = self.cache.find(Method::Nar, &hash)?;
            let tree = Unpacked {
                place,
                hash,
                last_modified: note.last_modified,
                immutable: note.immutable.clone(),
            };
            Some((tree, note))
        });
        let (known, note) = match known {
            // The version that is wanted does not grow old.
            Some((tree, note)) if wanted.map_or(note.is_fresh(self.ttl), |hash| hash == tree.hash) => {
                return Ok(tree);
            }
            Some((tree, note)) => (Some(tree), note),
            None => (None, Note::default()),
        };
        let etag = note.etag.as_deref().filter(|_| known.is_some());
        let (draft, reply) = match (self.bytes(url, headers, etag), known) {
            (Ok(Bytes::New(draft, reply)), _) => (draft, reply),
            (Ok(Bytes::Unchanged), Some(tree)) => {
                self.cache.write_note(&key, note)?;
                return Ok(tree);
            }
            (Ok(Bytes::Unchanged), None) => {
                return Err(WorldError::Other(format!(
                    "'{url}' is said to be unchanged, but was never seen"
                )));
            }
            (Err(error), _) => return Err(error),
        };
        let folder = self.cache.draft()?;
        let last_modified = archive::unpack(draft.path(), folder.path())
            .map_err(|error| WorldError::Other(format!("unpacking '{url}': {error}")))?;
        drop(draft);
        let top = archive::only_folder(folder.path())?;
        let (place, hash) = self.cache.keep_tree(folder, &top)?;
        let note =
            Note { etag: reply.etag, immutable: reply.immutable.clone(), last_modified, ..Note::of(&hash) };
        self.cache.write_note(&key, note)?;
        Ok(Unpacked { place, hash, last_modified, immutable: reply.immutable })
    }

    /// `type = "tarball"`
    pub(super) fn tarball_input(&self, input: &Input) -> Answer<Brought> {
        let tree = self.tarball_with(input.wanted_text("url")?, input.nar_hash()?, &[])?;
        let mut input = input.clone();
        if let Some(url) = &tree.immutable {
            let url = Url::parse(url).map_err(|error| WorldError::Other(error.0))?;
            input = Input::from_url(&url)?;
            if input.scheme != Some(Scheme::Tarball) {
                return Err(WorldError::Other(
                    "tarball 'Link' headers that redirect to non-tarball URLs are not supported".into(),
                ));
            }
        }
        if tree.last_modified != 0 && !input.attributes.contains_key("lastModified") {
            input.set("lastModified", tree.last_modified);
        }
        Ok(Brought { place: tree.place, method: Method::Nar, hash: tree.hash, attributes: input.attributes })
    }
}
