//! A secret is declared in fleet.toml, or its declaration is taken out.

use super::error::EditError;
use super::outline::{Key, Kind, Node, Outline, Pair, Statement};
use super::patch::{Patches, begins_with, section_end};
use super::{checked, first_right, key, list, open, quoted};
use crate::format::{KeyName, ServiceName};
use crate::inventory::model::{Inventory, Per, SYSTEM};
use crate::report::{Report, Reports};

/// What fleet.toml will say of a new secret.
#[derive(Debug, Clone)]
pub struct NewSecret {
    /// The service that owns it, or `system`.
    pub service: ServiceName,
    /// Its name in the service.
    pub name: KeyName,
    /// Machines and `@tags`: where a new service runs, or who reads a secret of `system`. A service that exists
    /// keeps its own.
    pub machines: Vec<String>,
    /// One value for all machines, or one each.
    pub per: Per,
    /// The user that owns the opened file, when not root.
    pub owner: Option<String>,
    /// The group that owns the opened file, when not root.
    pub group: Option<String>,
    /// Permission bits, when not 0400.
    pub mode: Option<u32>,
    /// How a value is made: a word such as `password`.
    pub generate: Option<String>,
}

impl NewSecret {
    /// A secret of which nothing but the name is said.
    pub fn new(service: ServiceName, name: KeyName) -> Self {
        let machines = Vec::new();
        NewSecret {
            service,
            name,
            machines,
            per: Per::Fleet,
            owner: None,
            group: None,
            mode: None,
            generate: None,
        }
    }

    fn is_system(&self) -> bool {
        self.service.as_str() == SYSTEM
    }

    /// Each key and its value as TOML.
    fn entries(&self) -> Vec<String> {
        let mut entries: Vec<String> = Vec::new();
        if self.is_system() {
            entries.push(format!("machines = {}", list(self.machines.iter().map(String::as_str))));
        }
        if self.per == Per::Machine {
            entries.push("per = \"machine\"".into());
        }
        entries.extend(self.owner.as_ref().map(|owner| format!("owner = {}", quoted(owner))));
        entries.extend(self.group.as_ref().map(|group| format!("group = {}", quoted(group))));
        entries.extend(self.mode.map(|mode| format!("mode = \"{mode:04o}\"")));
        entries.extend(self.generate.as_ref().map(|kind| format!("generate = {}", quoted(kind))));
        entries
    }
}

/// Declares a secret, and its service when there is none of this name.
///
/// # Errors
/// When it is declared already, a new service has no machines, a mesh implies the service, or `source` is no right
/// fleet.toml.
pub fn add_secret(source: &str, new: &NewSecret) -> Result<String, Reports> {
    let (inventory, outline) = open(source)?;
    let table = table_of(&new.service);
    if let Some(service) = inventory.services.get(&new.service) {
        if service.implied {
            return Err(EditError::Implied(new.service.clone()).into());
        }
        if service.secrets.contains_key(&new.name) {
            let place = inventory.places.at(&format!("{}.secrets.{}", table.join("."), new.name));
            let error = EditError::SecretExists { service: new.service.clone(), name: new.name.to_string() };
            return Err(Report::from(error).at(place).into());
        }
    }
    let is_new = !inventory.services.contains_key(&new.service) && !new.is_system();
    if (is_new || new.is_system()) && new.machines.is_empty() {
        return Err(EditError::NoMachines(new.service.clone()).into());
    }
    let path: Vec<&str> = table.iter().map(String::as_str).collect();
    let name = key(new.name.as_str());
    let entries = new.entries();
    let value = if entries.is_empty() { "{}".into() } else { format!("{{ {} }}", entries.join(", ")) };
    let (entry, long_entry) = (format!("{name} = {value}"), format!("secrets.{name} = {value}"));
    let header = path.iter().map(|part| key(part)).collect::<Vec<_>>().join(".");
    let machines = is_new.then(|| format!("machines = {}", list(new.machines.iter().map(String::as_str))));
    let mut block = format!("[{header}]\n");
    for line in machines.iter().chain([&long_entry]) {
        block.push_str(&format!("{line}\n"));
    }
    let whole = machines.iter().chain([&long_entry]).cloned().collect::<Vec<_>>().join(", ");
    let whole = format!("{} = {{ {whole} }}", key(new.service.as_str()));
    // A service whose keys stand elsewhere can still get a table for the one secret.
    let own_table: String = entries.iter().map(|entry| format!("{entry}\n")).collect();
    let own_table = format!("[{header}.secrets.{name}]\n{own_table}");
    let in_secrets: Vec<&str> = path.iter().copied().chain(["secrets"]).collect();
    let ways = [
        in_section(source, &outline, &in_secrets, &entry),
        in_section(source, &outline, &path, &long_entry),
        in_inline(source, &outline, &in_secrets, &entry),
        in_inline(source, &outline, &path, &long_entry),
        in_inline(source, &outline, &path[..path.len() - 1], &whole).filter(|_| is_new),
        Some(as_block(source, &outline, Some("service"), &block)),
        Some(as_block(source, &outline, Some("service"), &own_table)),
    ];
    let right = |after: &Inventory| {
        after.services.get(&new.service).is_some_and(|service| service.secrets.contains_key(&new.name))
    };
    first_right(ways.into_iter().flatten(), right, &block)
}

/// Takes the declaration of a secret out; its service stays.
///
/// # Errors
/// When there is none, a mesh implies it, or `source` is no right fleet.toml.
pub fn remove_secret(source: &str, service: &ServiceName, name: &KeyName) -> Result<String, Reports> {
    let (inventory, outline) = open(source)?;
    match inventory.services.get(service) {
        Some(found) if found.implied => return Err(EditError::Implied(service.clone()).into()),
        Some(found) if found.secrets.contains_key(name) => {}
        _ => return Err(EditError::NoSecret { service: service.clone(), name: name.to_string() }.into()),
    }
    let table = table_of(service);
    let mut path: Vec<&str> = table.iter().map(String::as_str).collect();
    path.extend(["secrets", name.as_str()]);
    let mut patches = Patches::new(source);
    patches.remove_path(&outline, &path);
    checked(patches.apply())
}

fn table_of(service: &ServiceName) -> Vec<String> {
    match service.as_str() {
        SYSTEM => vec![SYSTEM.into()],
        name => vec!["service".into(), name.into()],
    }
}

/// A line under the header that is exactly `path`.
pub(super) fn in_section(source: &str, outline: &Outline, path: &[&str], line: &str) -> Option<String> {
    let header = outline.statements.iter().position(|statement| match statement {
        Statement::Header { keys, .. } => keys.len() == path.len() && begins_with(&[keys], path),
        Statement::Pair(_) => false,
    })?;
    let mut patches = Patches::new(source);
    patches.insert_line(outline, section_end(outline, header) - 1, line);
    Some(patches.apply())
}

/// An entry of the inline table at `path`.
pub(super) fn in_inline(source: &str, outline: &Outline, path: &[&str], entry: &str) -> Option<String> {
    let mut header: &[Key] = &[];
    let table = outline.statements.iter().find_map(|statement| match statement {
        Statement::Header { keys, .. } => {
            header = keys;
            None
        }
        Statement::Pair(pair) => inline_at(pair, header.iter().collect(), path),
    })?;
    let mut patches = Patches::new(source);
    patches.insert_inline(table, entry);
    Some(patches.apply())
}

fn inline_at<'o>(pair: &'o Pair, mut above: Vec<&'o Key>, path: &[&str]) -> Option<&'o Node> {
    let Kind::Inline(pairs) = &pair.value.kind else { return None };
    above.extend(&pair.keys);
    let follows = above.iter().zip(path).all(|(key, name)| key.name == *name);
    match above.len() == path.len() {
        _ if !follows => None,
        true => Some(&pair.value),
        false => pairs.iter().find_map(|pair| inline_at(pair, above.clone(), path)),
    }
}

/// A table of its own: behind the last one of this kind, or at the end.
pub(super) fn as_block(source: &str, outline: &Outline, behind: Option<&str>, block: &str) -> String {
    let mut patches = Patches::new(source);
    let last = outline.statements.iter().rposition(|statement| match (statement, behind) {
        (Statement::Header { keys, .. }, Some(kind)) => begins_with(&[keys], &[kind]),
        _ => false,
    });
    patches.insert_after(outline, last.map(|last| section_end(outline, last) - 1), block, true);
    patches.apply()
}
