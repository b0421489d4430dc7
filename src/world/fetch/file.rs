//! Files: the bytes at an address, here or over http.

use super::{Brought, Fetcher};
use crate::nix::input::url::Url;
use crate::nix::input::{Attributes, Input};
use crate::nix::world::{Answer, WorldError};
use crate::store::{Hash, Method};
use crate::world::cache::{Draft, Note, failed_at, hash_tree, now};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The bytes of an address, on their way or here already.
pub(super) enum Bytes {
    /// New ones, with what the server said of them.
    New(Draft, super::http::Reply),
    /// The server has nothing newer.
    Unchanged,
}

/// The file that an address names, if it is one of this machine.
pub(super) fn local(url: &Url) -> Answer<Option<PathBuf>> {
    match url.scheme.as_str() {
        "file" => Ok(Some(url.file_path().map_err(|error| WorldError::Other(error.0))?.into())),
        "http" | "https" => Ok(None),
        scheme => Err(WorldError::Other(format!(
            "unable to download '{url}': fleet fetches from http, https and file addresses, not from '{scheme}'"
        ))),
    }
}

impl Fetcher {
    /// Copies or downloads what is at an address into a file of the cache's.
    pub(super) fn bytes(&self, url: &str, headers: &[(String, String)], etag: Option<&str>) -> Answer<Bytes> {
        let parsed = Url::parse(url).map_err(|error| WorldError::Other(error.0))?;
        let (draft, mut file) = self.cache.draft_file()?;
        let Some(path) = local(&parsed)? else {
            // A fragment is for whoever reads the page.
            let asked = Url { fragment: String::new(), ..parsed }.to_string();
            let reply = self.http.get(&asked, headers, etag, &mut file)?;
            return Ok(if reply.unchanged { Bytes::Unchanged } else { Bytes::New(draft, reply) });
        };
        let mut from = open_regular(&path, url)?;
        io::copy(&mut from, &mut file).map_err(failed_at("read", &path))?;
        Ok(Bytes::New(draft, super::http::Reply::default()))
    }

    /// The file at an address. One whose hash is known is brought once and for all; of others the server's answer
    /// counts for a while. What lies on this machine is always looked at anew.
    pub(super) fn file(
        &self,
        url: &str,
        wanted: Option<Hash>,
        headers: &[(String, String)],
    ) -> Answer<Brought> {
        let brought = |place: PathBuf, hash| Brought {
            place,
            method: Method::Flat,
            hash,
            attributes: Attributes::new(),
        };
        if let Some(hash) = wanted
            && let Some(place) = self.cache.find(Method::Flat, &hash)
        {
            return Ok(brought(place, hash));
        }
        let key = format!("file {url}");
        let known = self.cache.note(&key).filter(|_| !url.starts_with("file:")).and_then(|note| {
            let hash = note.hash()?;
            Some((self.cache.find(Method::Flat, &hash)?, hash, note))
        });
        if let Some((place, hash, note)) = &known
            && note.is_fresh(self.ttl)
            && wanted.is_none_or(|wanted| wanted == *hash)
        {
            return Ok(brought(place.clone(), *hash));
        }
        let etag = known.as_ref().and_then(|(_, _, note)| note.etag.as_deref());
        let (draft, reply) = match (self.bytes(url, headers, etag), known) {
            (Ok(Bytes::New(draft, reply)), _) => (draft, reply),
            (Ok(Bytes::Unchanged), Some((place, hash, note))) => {
                self.cache.write_note(&key, note)?;
                return Ok(brought(place, hash));
            }
            (Ok(Bytes::Unchanged), None) => {
                return Err(WorldError::Other(format!(
                    "'{url}' is said to be unchanged, but was never seen"
                )));
            }
            (Err(error), Some((place, hash, note))) => {
                let hours = now().saturating_sub(note.when) / 3_600;
                self.warn(&format!("{error}; using the version of {hours} hours ago"));
                return Ok(brought(place, hash));
            }
            (Err(error), None) => return Err(error),
        };
        let (place, hash) = self.cache.keep_file(draft)?;
        self.cache.write_note(&key, Note { etag: reply.etag, ..Note::of(&hash) })?;
        Ok(brought(place, hash))
    }

    /// `type = "file"`: a file whose store path is that of a tree, which here is one file.
    pub(super) fn file_input(&self, input: &Input) -> Answer<Brought> {
        let file = self.file(input.wanted_text("url")?, None, &[])?;
        let hash = hash_tree(&file.place)?;
        Ok(Brought { method: Method::Nar, hash, attributes: input.attributes.clone(), ..file })
    }
}

/// A file of this machine, opened.
pub(super) fn open_regular(path: &Path, url: &str) -> Answer<fs::File> {
    let shown = path.display();
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => fs::File::open(path).map_err(failed_at("read", path)),
        Ok(metadata) if metadata.is_dir() && path.join(".git").exists() => Err(WorldError::Other(format!(
            "'{shown}' is a git repository, not a file; fetch '{url}' with 'git+file' as its scheme"
        ))),
        Ok(_) => Err(WorldError::Other(format!("'{shown}' is not a file"))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(WorldError::NotFound(format!("unable to download '{url}': '{shown}' does not exist")))
        }
        Err(error) => Err(failed_at("read", path)(error)),
    }
}
