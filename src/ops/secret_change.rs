//! What a change does to secrets: new values, removals, and the list of those to be rotated.
//!
//! What is replaced or removed and is in no commit would be lost for good, so its sealed file is kept beside the
//! fleet's journal first. It is as safe there as in the repository: it is sealed.

use super::change::Change;
use super::fleet::Fleet;
use crate::format::{MeshName, SecretName, Sensitive};
use crate::inventory::{PRIVATE_KEY, Rotate, edit};
use crate::keys::pair;
use crate::os::files;
use crate::report::{Report, Reports};
use crate::secrets::history::{self, Leaver};
use crate::secrets::seal::Sealed;
use crate::secrets::{rotation, store};
use std::collections::BTreeMap;

impl Change<'_> {
    /// Stages a sealed file that holds the value it had before.
    pub fn same_value(&mut self, sealed: Sealed) {
        self.sealed.insert(sealed.name.clone());
        self.transaction.write(sealed.name.file(), sealed.bytes);
    }

    /// Stages a sealed file with a new value, which takes the secret off the list of those to be rotated. The public
    /// half of a machine's WireGuard key goes with it.
    ///
    /// # Errors
    /// When it is no WireGuard key where one belongs, or the old file is in no commit and can't be kept.
    pub fn new_value(&mut self, sealed: Sealed, value: &Sensitive) -> Result<(), Reports> {
        if let Some(mesh) = mesh_of_key(&self.after, &sealed.name)
            && let Some(machine) = &sealed.name.machine
        {
            let public = pair::wireguard_public(value).map_err(|error| {
                Report::from(error).because(format!("`{}` is a machine's WireGuard key", sealed.name))
            })?;
            self.after.keys.mesh.entry(mesh).or_default().insert(machine.clone(), public);
        }
        self.keep(&sealed.name)?;
        self.strike(std::slice::from_ref(&sealed.name))?;
        self.same_value(sealed);
        Ok(())
    }

    /// Stages a sealed file that was made elsewhere, byte for byte.
    ///
    /// # Errors
    /// When the old file is in no commit and can't be kept.
    pub fn take_over(&mut self, name: &SecretName, bytes: Vec<u8>) -> Result<(), Reports> {
        self.keep(name)?;
        self.sealed.insert(name.clone());
        self.transaction.write(name.file(), bytes);
        Ok(())
    }

    /// Stages the removal of a secret's file.
    ///
    /// # Errors
    /// When it is in no commit and can't be kept.
    pub fn remove_secret(&mut self, name: &SecretName) -> Result<(), Reports> {
        self.keep(name)?;
        self.sealed.remove(name);
        self.transaction.remove(name.file());
        self.strike(std::slice::from_ref(name))
    }

    /// Replaces fleet.toml's text by what `edit` makes of it.
    ///
    /// # Errors
    /// What `edit` answers, and what would be wrong with the fleet.
    pub fn edit_inventory(
        &mut self,
        edit: impl FnOnce(&str) -> Result<String, Reports>,
    ) -> Result<(), Reports> {
        let source = edit(&self.after.source)?;
        if source != self.after.source {
            self.after = self.after.with(source, self.after.keys.clone())?;
        }
        Ok(())
    }

    /// Lists secrets to be rotated; one that is listed already keeps its line.
    ///
    /// # Errors
    /// When fleet.toml has no place for it.
    pub fn rotate(&mut self, secrets: &BTreeMap<SecretName, Rotate>) -> Result<(), Reports> {
        if secrets.is_empty() {
            return Ok(());
        }
        self.outcome.to_rotate.extend(secrets.keys().cloned());
        self.edit_inventory(|source| edit::add_rotations(source, secrets))
    }

    /// Keys leave the fleet: lists what they could ever read, from git history too. `who` is said as in `web1 left`.
    ///
    /// Call it when the inventory is as it will be. What is gone with them is named in a note.
    ///
    /// # Errors
    /// When git fails, or fleet.toml has no place for the list.
    pub fn leave(&mut self, leavers: &[Leaver], who: &str) -> Result<(), Reports> {
        let leaving = rotation::leaving(&self.before.root, &self.after.inventory, leavers, who)
            .map_err(Report::from)?;
        self.rotate(&leaving.rotate)?;
        self.leavers.extend(leavers);
        self.outcome.reports.0.extend(leaving.incomplete.map(|why| why.report()));
        if !leaving.gone.is_empty() {
            let names: Vec<String> = leaving.gone.iter().map(|name| format!("`{name}`")).collect();
            self.outcome.reports.push(
                Report::note(format!(
                    "no longer in the fleet, and known to whoever left: {}",
                    names.join(", ")
                ))
                .hint("where such a value is still accepted, revoke it there"),
            );
        }
        Ok(())
    }

    fn strike(&mut self, secrets: &[SecretName]) -> Result<(), Reports> {
        if secrets.iter().any(|name| self.after.inventory.rotate.contains_key(name)) {
            self.edit_inventory(|source| edit::remove_rotations(source, secrets))?;
        }
        Ok(())
    }

    /// Copies a sealed file that git could not bring back.
    fn keep(&mut self, name: &SecretName) -> Result<(), Reports> {
        let Some(bytes) = store::read(&self.before.root, name).map_err(Report::from)? else { return Ok(()) };
        if history::is_committed(&self.before.root, &name.file()) {
            return Ok(());
        }
        let folder = self.guard.folder().join("replaced");
        files::create_folder(&folder).map_err(Report::from)?;
        // A number in front keeps an older copy from being replaced; no name has a `+`.
        let taken = files::list(&folder).map_err(Report::from)?;
        let number = |name: &String| name.split_once('-')?.0.parse::<u32>().ok();
        let number = taken.iter().filter_map(number).max().unwrap_or(0) + 1;
        let path = folder.join(format!("{number:06}-{}.age", name.to_string().replace('/', "+")));
        files::write(&path, &bytes, 0o600).map_err(Report::from)?;
        self.outcome.kept.push(path);
        Ok(())
    }
}

/// The mesh whose private key of a machine this secret is.
pub fn mesh_of_key(fleet: &Fleet, name: &SecretName) -> Option<MeshName> {
    let implied = fleet.inventory.services.get(&name.service).is_some_and(|service| service.implied);
    if !implied || name.machine.is_none() || name.name.as_str() != PRIVATE_KEY {
        return None;
    }
    MeshName::parse(name.service.as_str().strip_prefix("wireguard-")?).ok()
}
