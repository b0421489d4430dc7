//! Binary caches: a store path is described by a `.narinfo` file and comes as an archive, packed.
//!
//! Only paths that are named by their content are taken: name and content prove each other, whoever sent them. Others
//! would have to be signed by somebody whom this machine trusts, and no such trust is set up here.

use super::archive::zstd;
use super::file::Bytes;
use super::{Fetcher, Substituted};
use crate::nix::world::{Answer, WorldError};
use crate::store::nar::{Event, NarError, Reader};
use crate::store::{Algorithm, ContentAddress, Hash, Hasher, Method, References, StoreDir, StorePath};
use crate::world::cache::{failed_at, new_file};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

/// What a `.narinfo` file says.
struct Described {
    url: String,
    compression: String,
    hash: Hash,
    size: u64,
    references: Vec<StorePath>,
    address: Option<ContentAddress>,
}

fn wrong(url: &str, what: impl std::fmt::Display) -> WorldError {
    WorldError::Other(format!("'{url}': {what}"))
}

impl Fetcher {
    /// A store path and all it refers to, each once; the path itself is the first.
    pub(in crate::world) fn closure(
        &self,
        from: &str,
        path: &StorePath,
        store: &StoreDir,
    ) -> Answer<Vec<Substituted>> {
        if !["http://", "https://", "file://"].iter().any(|scheme| from.starts_with(scheme)) {
            return Err(WorldError::Other(format!(
                "'fetchClosure' only supports http://, https:// and file:// stores, not '{from}'"
            )));
        }
        if from.contains('?') {
            return Err(WorldError::Other(format!(
                "'fetchClosure' does not support URL query parameters (in '{from}')"
            )));
        }
        let from = from.trim_end_matches('/');
        let mut found = Vec::new();
        let mut seen = BTreeSet::from([path.clone()]);
        let mut left = vec![path.clone()];
        while let Some(path) = left.pop() {
            let one = self.substitute(from, &path, store)?;
            left.extend(one.references.iter().filter(|path| seen.insert((*path).clone())).cloned());
            let content_addressed = one.address.is_some();
            found.push(one);
            if !content_addressed {
                // Whoever asks decides whether that is an error, and then wants nothing more.
                break;
            }
        }
        Ok(found)
    }

    fn substitute(&self, from: &str, path: &StorePath, store: &StoreDir) -> Answer<Substituted> {
        let url = format!("{from}/{}.narinfo", path.hash_part());
        let file = self.file(&url, None, &[])?;
        let text =
            crate::os::files::read_at_most(&file.place, 16 << 20).map_err(crate::world::cache::failed)?;
        let described =
            describe(&String::from_utf8_lossy(&text), path, store).map_err(|what| wrong(&url, what))?;
        let Some(address) = &described.address else {
            return Ok(Substituted {
                path: path.clone(),
                place: PathBuf::new(),
                hash: described.hash,
                references: Vec::new(),
                address: None,
            });
        };
        let place = match self.cache.find(Method::Nar, &described.hash) {
            Some(place) => place,
            None => self.unpack_nar(&format!("{from}/{}", described.url), &described)?,
        };
        prove(path, address, &described, &place, store).map_err(|what| wrong(&url, what))?;
        Ok(Substituted {
            path: path.clone(),
            place,
            hash: described.hash,
            references: described.references,
            address: Some(*address),
        })
    }

    fn unpack_nar(&self, url: &str, described: &Described) -> Answer<PathBuf> {
        let (draft, _) = match self.bytes(url, &[], None)? {
            Bytes::New(draft, reply) => (draft, reply),
            Bytes::Unchanged => return Err(wrong(url, "it is said to be unchanged, but was never seen")),
        };
        let file = File::open(draft.path()).map_err(failed_at("read", draft.path()))?;
        let file = BufReader::with_capacity(1 << 16, file);
        let plain: Box<dyn Read> = match described.compression.as_str() {
            "none" | "" => Box::new(file),
            "xz" => Box::new(lzma_rust2::XzReader::new(file, true)),
            "zstd" => Box::new(zstd(file).map_err(|what| wrong(url, what))?),
            "bzip2" => Box::new(bzip2::bufread::MultiBzDecoder::new(file)),
            "gzip" => Box::new(flate2::bufread::MultiGzDecoder::new(file)),
            other => {
                return Err(wrong(url, format!("it is packed with '{other}', which fleet can't unpack")));
            }
        };
        let mut hashed =
            Hashed { from: plain, hasher: Hasher::new(Algorithm::Sha256), limit: described.size };
        let tree = self.cache.draft()?;
        write_tree(BufReader::with_capacity(1 << 16, &mut hashed), tree.path())
            .map_err(|what| wrong(url, what))?;
        let size = hashed.hasher.length();
        let hash = hashed.hasher.finish();
        if size != described.size {
            return Err(wrong(url, format!("size mismatch: specified {}, got {size} bytes", described.size)));
        }
        if hash != described.hash {
            let wanted = described.hash;
            return Err(wrong(url, format!("hash mismatch:\n  specified: {wanted}\n  got:       {hash}")));
        }
        self.cache.keep(tree, Method::Nar, &hash)
    }
}

fn describe(text: &str, path: &StorePath, store: &StoreDir) -> Result<Described, String> {
    let field =
        |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim);
    let wanted = |name: &str| field(name).ok_or_else(|| format!("it lacks the field '{name}'"));
    let shown = store.print(path);
    if wanted("StorePath")? != shown {
        return Err(format!("it describes another path than '{shown}'"));
    }
    let hash = Hash::parse(wanted("NarHash")?.as_bytes(), None).map_err(|error| error.to_string())?;
    let size = wanted("NarSize")?.parse().map_err(|_| "its NarSize is no number".to_owned())?;
    let references = field("References").unwrap_or_default().split_ascii_whitespace();
    let references: Result<Vec<_>, _> = references.map(|name| StorePath::parse(name.as_bytes())).collect();
    let address = field("CA").filter(|text| !text.is_empty()).map(ContentAddress::parse).transpose();
    Ok(Described {
        url: wanted("URL")?.to_owned(),
        compression: field("Compression").unwrap_or("bzip2").to_owned(),
        hash,
        size,
        references: references.map_err(|error| error.to_string())?,
        address: address.map_err(|error| error.to_string())?,
    })
}

/// Makes sure that a path's name stands for its content.
fn prove(
    path: &StorePath,
    address: &ContentAddress,
    described: &Described,
    place: &Path,
    store: &StoreDir,
) -> Result<(), String> {
    if described.references.contains(path) {
        return Err("it refers to itself, and fleet can't prove the content of such a path".into());
    }
    let proved = match address.method {
        Method::Nar => described.hash,
        Method::Flat | Method::Text => {
            crate::world::cache::hash_file(place).map_err(|error| error.to_string())?
        }
        _ => return Err("it is named by a hash that fleet can't compute of a tree".into()),
    };
    if proved != address.hash {
        return Err(format!("content mismatch:\n  specified: {}\n  got:       {proved}", address.hash));
    }
    let references = References::to(&described.references);
    let named = store.content_path(path.name(), address, references).map_err(|error| error.to_string())?;
    match named == *path {
        true => Ok(()),
        false => Err(format!("its content makes it '{}'", store.print(&named))),
    }
}

/// Bytes that are hashed while they are read; more than there should be are an error.
struct Hashed<R> {
    from: R,
    hasher: Hasher,
    limit: u64,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.limit - self.hasher.length();
        if left == 0 {
            // The stream should end here, and nothing of what follows is of use.
            return match self.from.read(&mut [0])? {
                0 => Ok(0),
                _ => Err(io::Error::other(format!("it is longer than the {} bytes told", self.limit))),
            };
        }
        let room = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let count = self.from.read(&mut buffer[..room])?;
        self.hasher.update(&buffer[..count]);
        Ok(count)
    }
}

/// An archive's error; of a stream that failed, why.
fn told(error: NarError) -> String {
    match error {
        NarError::Io(error) => error.to_string(),
        error => error.to_string(),
    }
}

/// Writes the tree of an archive.
fn write_tree(from: impl Read, to: &Path) -> Result<(), String> {
    let mut reader = Reader::new(from);
    let mut path = to.to_owned();
    // How many folders are open: each but the outermost was entered by a name.
    let mut depth = 0;
    while let Some(event) = reader.next().map_err(told)? {
        match event {
            Event::Entry { name } => {
                path.push(<std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(&name));
                continue;
            }
            Event::Directory => {
                fs::create_dir(&path).map_err(|error| error.to_string())?;
                depth += 1;
                continue;
            }
            Event::File { executable, .. } => {
                let mut file = new_file(&path, executable).map_err(|error| error.to_string())?;
                io::copy(&mut reader.contents(), &mut file).map_err(|error| error.to_string())?;
            }
            Event::Symlink { target } => {
                let target: &std::ffi::OsStr = std::os::unix::ffi::OsStrExt::from_bytes(&target);
                std::os::unix::fs::symlink(target, &path).map_err(|error| error.to_string())?;
            }
            Event::End => depth -= 1,
        }
        // A tree within a folder is done: back to the folder.
        if depth > 0 {
            path.pop();
        }
    }
    reader.finish().map_err(told)
}
