//! A generation is one complete set of a service's secrets in a folder of its own; a link says which one is meant.
//!
//! The order of steps is what makes a kill harmless. A new generation is written under another name in a folder that
//! only root can enter, renamed when it is whole, and named by moving one link. Names that are new in it get their links before
//! that, names that are gone lose theirs after it, and the old generation is removed last. Whatever an interrupted run
//! left is found by the next one: all that the link does not name.

use super::ActivateError;
use super::layout::Layout;
use crate::format::sealed::LIMIT;
use crate::format::{KeyName, Sensitive, ServiceName};
use crate::os::private::read_wiped;
use crate::os::tree::{self, Owner};
use crate::os::{FileError, files};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The link that names the generation.
const DATA: &str = "..data";
/// Where a generation is written.
const STAGING: &str = ".staging";
/// Says where a service's secrets appear.
const DIRECTORY: &str = "directory";

/// The generations of one service.
pub(super) struct Generations {
    /// `/run/fleet/secrets/<service>`.
    folder: PathBuf,
    /// `/run/<directory>`.
    directory: PathBuf,
    /// The directory's name.
    directory_name: String,
    /// What `..data` holds, up to the number.
    prefix: String,
}

/// A file of a generation that is to be.
pub(super) struct NewFile {
    pub(super) name: KeyName,
    pub(super) bytes: Sensitive,
    /// `None` where owners are not given.
    pub(super) owner: Option<Owner>,
    pub(super) mode: u32,
}

impl NewFile {
    /// True when owner and mode are equal.
    pub(super) fn is_like(&self, other: &NewFile) -> bool {
        self.mode == other.mode && other.owner.is_none_or(|owner| self.owner == Some(owner))
    }
}

/// Mode and group of the folders that secrets lie in.
#[derive(Clone, Copy)]
pub(super) struct FolderMode {
    mode: u32,
    owner: Option<Owner>,
}

/// Root's, open to the group that all files share; closed for a dynamic user, whose secrets systemd reads.
pub(super) fn folder_of(dynamic_user: bool, files: &[NewFile], ownership: bool) -> FolderMode {
    let groups: BTreeSet<u32> = files.iter().filter_map(|file| file.owner).map(|owner| owner.gid).collect();
    let gid = match groups.first() {
        Some(gid) if groups.len() == 1 => *gid,
        _ => 0,
    };
    let mode = if dynamic_user { 0o700 } else { 0o751 };
    FolderMode { mode, owner: ownership.then_some(Owner { uid: 0, gid }) }
}

/// The services that have secrets open.
pub(super) fn services_there(layout: &Layout) -> Result<BTreeSet<ServiceName>, ActivateError> {
    let names = files::list(layout.secrets())?;
    Ok(names.iter().filter_map(|name| ServiceName::parse(name).ok()).collect())
}

/// The generation that is in place.
pub(super) struct Present {
    folder: PathBuf,
    number: u64,
}

impl Present {
    /// The names in it.
    pub(super) fn names(&self) -> Result<BTreeSet<KeyName>, ActivateError> {
        Ok(files::list(&self.folder)?.iter().filter_map(|name| KeyName::parse(name).ok()).collect())
    }

    /// A file of it with its bytes; `None` when it has none of this name.
    pub(super) fn file(&self, name: &KeyName) -> Result<Option<NewFile>, ActivateError> {
        let path = self.folder.join(name.as_str());
        let Some(there) = tree::look(&path)?.filter(std::fs::Metadata::is_file) else { return Ok(None) };
        let failed = |error| FileError::new("read", &path, error);
        let file = std::fs::File::open(&path).map_err(failed)?;
        let bytes = Sensitive::from(read_wiped(file, LIMIT).map_err(failed)?);
        let (owner, mode) = tree::owner_and_mode(&there);
        Ok(Some(NewFile { name: name.clone(), bytes, owner: Some(owner), mode }))
    }
}

impl Generations {
    /// The generations of a service that the manifest lists.
    pub(super) fn new(
        layout: &Layout,
        service: &ServiceName,
        directory: &str,
    ) -> Result<Self, ActivateError> {
        let generations = Generations {
            folder: layout.generations(service),
            directory: layout.run().join(directory),
            directory_name: directory.to_owned(),
            prefix: format!("../fleet/secrets/{service}/"),
        };
        generations.check_directory()?;
        Ok(generations)
    }

    /// The generations of a service by what it left on the machine; `None` when it left nothing.
    pub(super) fn of_removed(layout: &Layout, service: &ServiceName) -> Result<Option<Self>, ActivateError> {
        let folder = layout.generations(service);
        if tree::look(&folder)?.is_none() {
            return Ok(None);
        }
        let directory = tree::link_target(&folder.join(DIRECTORY))?;
        let name = directory.as_deref().and_then(Path::to_str).and_then(|name| KeyName::parse(name).ok());
        match name {
            Some(name) => Ok(Some(Self::new(layout, service, name.as_str())?)),
            None => {
                // Killed before it had said where its secrets appear, so they appear nowhere.
                tree::remove(&folder)?;
                Ok(None)
            }
        }
    }

    /// The generation that `..data` names, when it exists.
    pub(super) fn present(&self) -> Result<Option<Present>, ActivateError> {
        let Some(number) = self.current()? else { return Ok(None) };
        let folder = self.folder.join(number.to_string());
        Ok(tree::look(&folder)?.is_some().then_some(Present { folder, number }))
    }

    /// Puts these files in place, as a new generation when something in them is new. Anything that an interrupted run
    /// left goes; the generation that was replaced stays until [`Generations::forget_old`].
    pub(super) fn publish(
        &self,
        new: Vec<NewFile>,
        folder_mode: FolderMode,
        is_new: bool,
    ) -> Result<(), ActivateError> {
        self.leave_other_directory()?;
        tree::ensure_folder(&self.folder, 0o711)?;
        tree::link(Path::new(&self.directory_name), &self.folder.join(DIRECTORY))?;
        let present = self.present()?;
        self.prune(present.as_ref())?;
        let names: BTreeSet<String> = new.iter().map(|file| file.name.to_string()).collect();
        let number = match (&present, is_new) {
            (Some(present), false) => present.number,
            (present, _) => {
                let number = present.as_ref().map_or(0, |present| present.number) + 1;
                self.write(number, new, folder_mode).inspect_err(|_| {
                    let _ = tree::remove(&self.folder.join(STAGING));
                })?;
                number
            }
        };
        self.set_folder(&self.folder.join(number.to_string()), folder_mode)?;
        if tree::look(&self.directory)?.is_none() {
            tree::make_folder(&self.directory, 0o700)?;
        }
        self.set_folder(&self.directory, folder_mode)?;
        for name in &names {
            let target = Path::new(DATA).join(name);
            let link = self.directory.join(name);
            if tree::link_target(&link)?.as_ref() != Some(&target) {
                tree::link(&target, &link)?;
            }
        }
        if self.current()? != Some(number) {
            let target = format!("{}{number}", self.prefix);
            tree::link(Path::new(&target), &self.directory.join(DATA))?;
        }
        for name in files::list(&self.directory)? {
            if name != DATA && !names.contains(&name) && self.is_ours(&name)? {
                tree::remove(&self.directory.join(name))?;
            }
        }
        Ok(())
    }

    /// Removes every generation but the present one.
    pub(super) fn forget_old(&self) -> Result<(), ActivateError> {
        self.prune(self.present()?.as_ref())
    }

    /// Removes the directory, then the generations. Answers whether there was anything.
    pub(super) fn remove(&self, dry_run: bool) -> Result<bool, ActivateError> {
        let there = tree::look(&self.folder)?.is_some();
        if dry_run {
            return Ok(there);
        }
        self.remove_directory(&self.directory)?;
        tree::remove(&self.folder)?;
        Ok(there)
    }

    fn write(&self, number: u64, new: Vec<NewFile>, folder_mode: FolderMode) -> Result<(), ActivateError> {
        let staging = self.folder.join(STAGING);
        tree::make_folder(&staging, 0o700)?;
        for file in new {
            tree::write_new(&staging.join(file.name.as_str()), file.bytes.expose(), file.owner, file.mode)?;
        }
        self.set_folder(&staging, folder_mode)?;
        files::rename(&staging, &self.folder.join(number.to_string()))?;
        Ok(())
    }

    fn set_folder(&self, folder: &Path, wanted: FolderMode) -> Result<(), ActivateError> {
        let Some(there) = tree::look(folder)? else { return Ok(()) };
        let (owner, mode) = tree::owner_and_mode(&there);
        if let Some(wanted) = wanted.owner.filter(|wanted| *wanted != owner) {
            tree::set_owner(folder, wanted)?;
        }
        if mode != wanted.mode {
            tree::set_mode(folder, wanted.mode)?;
        }
        Ok(())
    }

    /// The number that `..data` names, whether or not that generation exists.
    fn current(&self) -> Result<Option<u64>, ActivateError> {
        let Some(target) = tree::link_target(&self.directory.join(DATA))? else { return Ok(None) };
        Ok(target.to_str().and_then(|target| target.strip_prefix(&self.prefix)?.parse().ok()))
    }

    /// Removes what the link does not name.
    fn prune(&self, present: Option<&Present>) -> Result<(), ActivateError> {
        let current = present.map(|present| present.number.to_string());
        for name in files::list(&self.folder)? {
            if name != DIRECTORY && Some(&name) != current.as_ref() {
                tree::remove(&self.folder.join(name))?;
            }
        }
        Ok(())
    }

    /// The manifest gave the service another directory: the old one goes before the new one comes.
    fn leave_other_directory(&self) -> Result<(), ActivateError> {
        let Some(recorded) = tree::link_target(&self.folder.join(DIRECTORY))? else { return Ok(()) };
        let other = recorded.to_str().and_then(|name| KeyName::parse(name).ok());
        if let Some(other) = other.filter(|other| other.as_str() != self.directory_name) {
            let other = self.directory.with_file_name(other.as_str());
            self.remove_directory(&other)?;
        }
        Ok(())
    }

    fn remove_directory(&self, directory: &Path) -> Result<(), ActivateError> {
        // The data first: no name may lead to half a set.
        tree::remove(&directory.join(DATA))?;
        for name in files::list(directory)? {
            let target = tree::link_target(&directory.join(&name))?;
            if name.starts_with(".fleet-") || target.is_some_and(|target| target.starts_with(DATA)) {
                tree::remove(&directory.join(name))?;
            }
        }
        files::remove_empty_folder(directory)?;
        Ok(())
    }

    /// True for a link into the data, and for one that an interrupted run was about to move.
    fn is_ours(&self, name: &str) -> Result<bool, ActivateError> {
        let target = tree::link_target(&self.directory.join(name))?;
        Ok(name.starts_with(".fleet-") || target.is_some_and(|target| target.starts_with(DATA)))
    }

    /// A folder that somebody else made under our name could be changed by them while we write into it.
    fn check_directory(&self) -> Result<(), ActivateError> {
        let foreign = |why| Err(ActivateError::Foreign { path: self.directory.clone(), why });
        let Some(there) = tree::look(&self.directory)? else { return Ok(()) };
        if !there.is_dir() {
            return foreign("it is no folder");
        }
        let (owner, mode) = tree::owner_and_mode(&there);
        if owner.uid != rustix::process::geteuid().as_raw() {
            return foreign("it belongs to another user");
        }
        if mode & 0o022 != 0 {
            return foreign("others may write in it");
        }
        let names = files::list(&self.directory)?;
        let recorded = tree::link_target(&self.folder.join(DIRECTORY))?;
        let ours = recorded.as_deref() == Some(Path::new(&self.directory_name)) || self.current()?.is_some();
        if !ours && !names.is_empty() {
            return foreign("it holds files that fleet did not put there");
        }
        Ok(())
    }
}
