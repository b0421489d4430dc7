//! Questions about the store: what is in it, what is known of a path, what would have to be built.

use super::event::Listener;
use super::wire::{Sink, Source};
use super::{Connection, DaemonError, Target};
use crate::store::{Algorithm, ContentAddress, Hash, OutputName, StoreDir, StorePath, nar};

const IS_VALID_PATH: u64 = 1;
const QUERY_PATH_INFO: u64 = 26;
const QUERY_PATH_FROM_HASH_PART: u64 = 29;
const QUERY_VALID_PATHS: u64 = 31;
const NAR_FROM_PATH: u64 = 38;
const QUERY_MISSING: u64 = 40;
const QUERY_DERIVATION_OUTPUT_MAP: u64 = 41;

/// What is known of a path in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathInfo {
    /// The derivation that made it.
    pub deriver: Option<StorePath>,
    /// The hash of its archive.
    pub nar_hash: Hash,
    /// What it refers to, perhaps itself.
    pub references: Vec<StorePath>,
    /// When it came into the store, in seconds since 1970.
    pub registration_time: u64,
    /// How long its archive is; 0 when that is not known.
    pub nar_size: u64,
    /// Whether it was built here and not fetched.
    pub ultimate: bool,
    /// Who vouches for it: `<key name>:<signature>`.
    pub signatures: Vec<String>,
    /// How its content tells its path, where it does.
    pub content_address: Option<ContentAddress>,
}

/// What it takes to have some paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// Derivations that would be built.
    pub will_build: Vec<StorePath>,
    /// Paths that would be fetched.
    pub will_substitute: Vec<StorePath>,
    /// Paths that can neither be built nor fetched.
    pub unknown: Vec<StorePath>,
    /// How many bytes would be fetched.
    pub download_size: u64,
    /// How many bytes they would be in the store.
    pub nar_size: u64,
}

impl Connection {
    /// Whether a path is in the store.
    ///
    /// # Errors
    /// When the daemon can't tell.
    pub fn is_valid_path(&mut self, path: &StorePath) -> Result<bool, DaemonError> {
        self.query(
            |sink, dir| {
                sink.number(IS_VALID_PATH).path(dir, path);
            },
            |source, _| source.flag("whether a path is valid"),
        )
    }

    /// Which of some paths are in the store. With `substitute`, those that can be fetched are fetched first.
    ///
    /// # Errors
    /// When the daemon can't tell.
    pub fn valid_paths(
        &mut self,
        paths: &[StorePath],
        substitute: bool,
        listener: &mut dyn FnMut(super::Event),
    ) -> Result<Vec<StorePath>, DaemonError> {
        self.ask(
            listener,
            |sink, dir| {
                sink.number(QUERY_VALID_PATHS).paths(dir, paths).flag(substitute);
            },
            Source::paths,
        )
    }

    /// What is known of a path; none when it is not in the store.
    ///
    /// # Errors
    /// When the daemon can't tell.
    pub fn path_info(&mut self, path: &StorePath) -> Result<Option<PathInfo>, DaemonError> {
        self.query(
            |sink, dir| {
                sink.number(QUERY_PATH_INFO).path(dir, path);
            },
            |source, dir| match source.flag("whether a path is known")? {
                true => read_info(source, dir).map(Some),
                false => Ok(None),
            },
        )
    }

    /// The path in the store that begins with these 32 characters.
    ///
    /// # Errors
    /// When the daemon can't tell.
    pub fn path_of_hash(&mut self, hash_part: &str) -> Result<Option<StorePath>, DaemonError> {
        self.query(
            |sink, _| {
                sink.number(QUERY_PATH_FROM_HASH_PART).text(hash_part);
            },
            Source::maybe_path,
        )
    }

    /// What would have to be built or fetched to have these.
    ///
    /// # Errors
    /// When the daemon can't tell.
    pub fn missing(&mut self, targets: &[Target]) -> Result<Missing, DaemonError> {
        self.query(
            |sink, dir| {
                sink.number(QUERY_MISSING);
                super::build::put_targets(sink, dir, targets);
            },
            |source, dir| {
                Ok(Missing {
                    will_build: source.paths(dir)?,
                    will_substitute: source.paths(dir)?,
                    unknown: source.paths(dir)?,
                    download_size: source.number()?,
                    nar_size: source.number()?,
                })
            },
        )
    }

    /// The outputs of a derivation in the store, and their paths where these are known.
    ///
    /// # Errors
    /// When the derivation is not in the store.
    pub fn outputs(
        &mut self,
        derivation: &StorePath,
    ) -> Result<Vec<(OutputName, Option<StorePath>)>, DaemonError> {
        self.query(
            |sink, dir| {
                sink.number(QUERY_DERIVATION_OUTPUT_MAP).path(dir, derivation);
            },
            |source, dir| {
                source.list(|source| {
                    let name = OutputName::parse(source.bytes()?)
                        .map_err(|error| DaemonError::protocol(error.to_string()))?;
                    Ok((name, source.maybe_path(dir)?))
                })
            },
        )
    }

    /// Reads a path's archive out of the store. What `read` leaves of it is skipped.
    ///
    /// # Errors
    /// What `read` fails with, or when the path is not in the store.
    pub fn read_path<T, E: From<DaemonError>>(
        &mut self,
        path: &StorePath,
        read: impl FnOnce(&mut nar::Reader<&mut dyn std::io::Read>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut own = None;
        let outcome = self.guard(|connection| {
            let Connection { source, sink, dir, .. } = connection;
            sink.number(NAR_FROM_PATH).path(dir, path);
            super::event::ask(sink, source, &mut |_| {})?;
            let mut archive = nar::Reader::new(source as &mut dyn std::io::Read);
            let read = read(&mut archive);
            // The next answer begins where the archive ends.
            let skip = |archive: &mut nar::Reader<_>| -> Result<(), nar::NarError> {
                while archive.next()?.is_some() {}
                Ok(())
            };
            let skipped = skip(&mut archive);
            own = Some(read);
            skipped.map_err(|error| match error {
                nar::NarError::Truncated => DaemonError::Closed { said: String::new() },
                nar::NarError::Io(error) => DaemonError::reading(error),
                error => DaemonError::protocol(error.to_string()),
            })
        });
        // Where the connection failed, the caller's reading failed for that reason.
        outcome?;
        own.unwrap_or_else(|| Err(DaemonError::Lost.into()))
    }

    /// A question that takes no work worth telling of.
    fn query<T>(
        &mut self,
        question: impl FnOnce(&mut Sink, &StoreDir),
        answer: impl FnOnce(&mut Source, &StoreDir) -> Result<T, DaemonError>,
    ) -> Result<T, DaemonError> {
        let listener: Listener<'_> = &mut |_| {};
        self.ask(listener, question, answer)
    }
}

/// What is known of a path, behind the path itself.
pub(super) fn read_info(source: &mut Source, dir: &StoreDir) -> Result<PathInfo, DaemonError> {
    let wrong = |error: &dyn std::fmt::Display| DaemonError::protocol(error.to_string());
    Ok(PathInfo {
        deriver: source.maybe_path(dir)?,
        nar_hash: Hash::parse(&source.bytes()?, Some(Algorithm::Sha256)).map_err(|error| wrong(&error))?,
        references: source.paths(dir)?,
        registration_time: source.number()?,
        nar_size: source.number()?,
        ultimate: source.flag("whether a path was built here")?,
        signatures: source.list(Source::text)?,
        content_address: match &source.bytes()?[..] {
            [] => None,
            text => Some(ContentAddress::parse(text).map_err(|error| wrong(&error))?),
        },
    })
}
