//! Taking over age files from an agenix or secrix tree: which they are, what they will be called, who reads them.
//!
//! The files are taken byte for byte: no private key is needed, and whoever could open one still can. A secrix tree
//! has a folder for each service already; agenix has one folder of files, whose names say nothing of a service, so
//! there a service or a name for each file is given.

use super::readers::{Readers, Tag};
use crate::format::sealed::{self, Header, SEALED_LIMIT, SealError, Stanza};
use crate::format::{MachineName, SecretName, ServiceName};
use crate::os::files::{self, FileError, Kind};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// An age file that was found, and the secret it will be.
pub struct Candidate {
    /// Its path in the tree.
    pub path: String,
    /// The secret.
    pub name: SecretName,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Who can open it.
    pub header: Header,
}

/// A file that is not taken, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassedOver {
    /// Its path in the tree.
    pub path: String,
    /// Why.
    pub reason: String,
}

/// What a tree holds.
#[derive(Default)]
pub struct Found {
    /// Files to be taken over, in the order of names.
    pub candidates: Vec<Candidate>,
    /// The others. Files that don't look sealed are not mentioned.
    pub passed_over: Vec<PassedOver>,
}

/// How files get their names.
#[derive(Default)]
pub struct Naming {
    /// The service that files without a folder belong to.
    pub service: Option<ServiceName>,
    /// Names for single files, by path in the tree.
    pub names: BTreeMap<String, SecretName>,
}

/// Looks through a tree.
///
/// # Errors
/// When a folder can't be listed.
pub fn find(folder: &Path, naming: &Naming) -> Result<Found, FileError> {
    let mut paths = Vec::new();
    walk(folder, "", 0, &mut paths)?;
    let mut found = Found::default();
    let mut taken: BTreeMap<SecretName, String> = BTreeMap::new();
    for path in paths {
        match candidate(folder, &path, naming) {
            Ok(Some(candidate)) => {
                if let Some(other) = taken.insert(candidate.name.clone(), path.clone()) {
                    let reason = format!("it would be `{}`, and so would `{other}`", candidate.name);
                    found.passed_over.push(PassedOver { path, reason });
                } else {
                    found.candidates.push(candidate);
                }
            }
            Ok(None) => {}
            Err(reason) => found.passed_over.push(PassedOver { path, reason }),
        }
    }
    for path in naming.names.keys() {
        if !found.candidates.iter().any(|candidate| candidate.path == *path)
            && !found.passed_over.iter().any(|passed| passed.path == *path)
        {
            let reason = "there is no such file".to_owned();
            found.passed_over.push(PassedOver { path: path.clone(), reason });
        }
    }
    found.candidates.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// Deeper than services and machines go, for a tree with a folder around them.
const DEPTH: usize = 4;

fn walk(folder: &Path, below: &str, depth: usize, paths: &mut Vec<String>) -> Result<(), FileError> {
    for (name, kind) in files::entries(folder.join(below))? {
        let path = if below.is_empty() { name.clone() } else { format!("{below}/{name}") };
        match kind {
            Kind::File => paths.push(path),
            Kind::Folder if depth < DEPTH && name != ".git" => walk(folder, &path, depth + 1, paths)?,
            _ => {}
        }
    }
    Ok(())
}

fn candidate(folder: &Path, path: &str, naming: &Naming) -> Result<Option<Candidate>, String> {
    let named = naming.names.get(path);
    let bytes = match files::read_at_most(folder.join(path), SEALED_LIMIT as u64) {
        Ok(bytes) => bytes,
        Err(error) if named.is_some() || path.ends_with(".age") => return Err(error.source.to_string()),
        Err(_) => return Ok(None),
    };
    let header = match sealed::header(&bytes) {
        Ok(header) => header,
        Err(SealError::NotSealed) if named.is_none() && !path.ends_with(".age") => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    if header.stanzas.contains(&Stanza::Scrypt) {
        return Err(SealError::Passphrase.to_string());
    }
    let name = match named {
        Some(name) => name.clone(),
        None => name(path, naming)?,
    };
    Ok(Some(Candidate { path: path.to_owned(), name, bytes, header }))
}

fn name(path: &str, naming: &Naming) -> Result<SecretName, String> {
    let path = path.strip_suffix(".age").unwrap_or(path);
    let full = match (&naming.service, path.contains('/')) {
        (Some(service), false) => format!("{service}/{path}"),
        (None, false) => {
            return Err("its name does not say which service it is for: give `--service` or `--name`".into());
        }
        (_, true) => path.to_owned(),
    };
    SecretName::parse(&full).map_err(|error| format!("{error}: give `--name`"))
}

/// The machines whose host keys are among the readers, and how many readers are neither machines nor masters.
pub fn machines(header: &Header, readers: &Readers<'_>) -> (BTreeSet<MachineName>, usize) {
    let (mut machines, mut strangers) = (BTreeSet::new(), 0);
    for stanza in &header.stanzas {
        let Stanza::Ssh { algorithm, tag } = stanza else { continue };
        let known = readers.named(Tag { algorithm: *algorithm, tag: *tag });
        strangers += usize::from(known.is_empty());
        machines.extend(known.iter().filter_map(|reader| match reader {
            super::Reader::Machine(machine) => Some(machine.clone()),
            super::Reader::Master(_) => None,
        }));
    }
    (machines, strangers)
}
