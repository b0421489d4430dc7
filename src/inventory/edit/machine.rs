//! A machine comes into fleet.toml, leaves it, or gets another name.

use super::error::EditError;
use super::outline::{Kind, Leaf, Outline, Statement};
use super::patch::{Patches, begins_with, section_end};
use super::{FILE, checked, first_right, key, list, open, quoted, rotate};
use crate::format::{ChannelName, MachineName, MeshName, TagName};
use crate::inventory::cursor::list as words;
use crate::inventory::model::{Addresses, Endpoint, Inventory};
use crate::report::{Place, Report, Reports, did_you_mean};
use ipnet::IpNet;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// What fleet.toml will say of a new machine. What is left out comes from `[defaults]`.
#[derive(Debug, Clone)]
pub struct NewMachine {
    /// Its name.
    pub name: MachineName,
    /// The Nix system, such as `aarch64-linux`.
    pub system: Option<String>,
    /// The package set.
    pub channel: Option<ChannelName>,
    /// Its tags.
    pub tags: Vec<TagName>,
    /// The user a deploy logs in as.
    pub ssh_user: Option<String>,
    /// The TCP port sshd listens on.
    pub ssh_port: Option<u16>,
    /// `local`, `remote`, or the name of a machine.
    pub build_on: Option<String>,
    /// Addresses outside the meshes.
    pub address: Addresses,
    /// Its memberships.
    pub meshes: Vec<NewMember>,
}

/// A new machine's place in a mesh.
#[derive(Debug, Clone)]
pub struct NewMember {
    /// Which mesh.
    pub mesh: MeshName,
    /// Its number there; see [`crate::inventory::Mesh::next_postfix`].
    pub postfix: u32,
    /// Where it can be reached from outside.
    pub endpoint: Option<Endpoint>,
    /// Networks behind it.
    pub routes: Vec<IpNet>,
}

impl NewMachine {
    /// A machine of which nothing but the name is said.
    pub fn new(name: MachineName) -> Self {
        NewMachine {
            name,
            system: None,
            channel: None,
            tags: Vec::new(),
            ssh_user: None,
            ssh_port: None,
            build_on: None,
            address: Addresses::default(),
            meshes: Vec::new(),
        }
    }

    /// Each key and its value as TOML.
    fn entries(&self) -> Vec<(String, String)> {
        let mut entries: Vec<(String, String)> = Vec::new();
        let mut add =
            |key: &str, value: Option<String>| entries.extend(value.map(|value| (key.to_owned(), value)));
        add("system", self.system.as_deref().map(quoted));
        add("channel", self.channel.as_ref().map(|channel| quoted(channel.as_str())));
        add("tags", (!self.tags.is_empty()).then(|| list(self.tags.iter().map(TagName::as_str))));
        add("ssh_user", self.ssh_user.as_deref().map(quoted));
        add("ssh_port", self.ssh_port.map(|port| port.to_string()));
        add("build_on", self.build_on.as_deref().map(quoted));
        let address = [("lan", &self.address.lan), ("public", &self.address.public)];
        let address: Vec<String> = address
            .iter()
            .filter_map(|(kind, host)| host.as_ref().map(|host| format!("{kind} = {}", quoted(host))))
            .collect();
        add("address", (!address.is_empty()).then(|| format!("{{ {} }}", address.join(", "))));
        for member in &self.meshes {
            let mut value = format!("{{ postfix = {}", member.postfix);
            if let Some(endpoint) = &member.endpoint {
                let _ = write!(value, ", endpoint = {}", quoted(&endpoint.to_string()));
            }
            if !member.routes.is_empty() {
                let routes: Vec<String> = member.routes.iter().map(IpNet::to_string).collect();
                let _ = write!(value, ", routes = {}", list(routes.iter().map(String::as_str)));
            }
            value.push_str(" }");
            add(&format!("mesh.{}", key(member.mesh.as_str())), Some(value));
        }
        entries
    }
}

/// Adds `[machine.<name>]` behind the other machines.
///
/// # Errors
/// When the name or a postfix is taken, a mesh or channel is unknown, or `source` is no right fleet.toml.
pub fn add_machine(source: &str, new: &NewMachine) -> Result<String, Reports> {
    let (inventory, outline) = open(source)?;
    refuse_taken_name(&inventory, &new.name)?;
    for member in &new.meshes {
        refuse_postfix(&inventory, member)?;
    }
    let entries = new.entries();
    let mut block = format!("[machine.{}]\n", new.name);
    for (key, value) in &entries {
        let _ = writeln!(block, "{key} = {value}");
    }
    let inline: Vec<String> = entries.iter().map(|(key, value)| format!("{key} = {value}")).collect();
    let inline = format!("{} = {{ {} }}", new.name, inline.join(", "));
    let ways = [as_table(source, &outline, &block), as_entry(source, &outline, &inline)];
    let count = inventory.machines.len() + 1;
    let right = |after: &Inventory| after.machines.contains_key(&new.name) && after.machines.len() == count;
    first_right(ways.into_iter().flatten(), right, &block)
}

fn as_table(source: &str, outline: &Outline, block: &str) -> Option<String> {
    let mut patches = Patches::new(source);
    let header = |wanted: &[&str]| {
        let found = |statement: &Statement| match statement {
            Statement::Header { keys, .. } => wanted.iter().any(|wanted| begins_with(&[keys], &[wanted])),
            Statement::Pair(_) => false,
        };
        (outline.statements.iter().position(found), outline.statements.iter().rposition(found))
    };
    match (header(&["machine"]).1, header(&["service", "system"]).0) {
        (Some(last), _) => patches.insert_after(outline, Some(section_end(outline, last) - 1), block, true),
        (None, Some(first)) => patches.insert_before(outline, first, block),
        (None, None) => patches.insert_after(outline, None, block, true),
    }
    Some(patches.apply())
}

/// `machine = { web1 = { … } }`: the table in one line takes another entry.
fn as_entry(source: &str, outline: &Outline, entry: &str) -> Option<String> {
    let table = outline.statements.iter().find_map(|statement| match statement {
        Statement::Pair(pair) if pair.keys.len() == 1 && pair.keys[0].name == "machine" => Some(&pair.value),
        _ => None,
    })?;
    let mut patches = Patches::new(source);
    patches.insert_inline(table, entry);
    Some(patches.apply())
}

fn refuse_taken_name(inventory: &Inventory, name: &MachineName) -> Result<(), Reports> {
    if inventory.machines.contains_key(name) {
        let place = inventory.places.at(&format!("machine.{name}"));
        return Err(Report::from(EditError::MachineExists(name.clone())).at(place).into());
    }
    for mesh in inventory.meshes.values() {
        if mesh.members.get(name).is_some_and(|member| member.external) {
            let place = inventory.places.at(&format!("mesh.{}.external.{name}", mesh.name));
            let error = EditError::ExternalExists { name: name.clone(), mesh: mesh.name.clone() };
            return Err(Report::from(error).at(place).into());
        }
    }
    Ok(())
}

fn refuse_postfix(inventory: &Inventory, member: &NewMember) -> Result<(), Reports> {
    let Some(mesh) = inventory.meshes.get(&member.mesh) else {
        let hint = did_you_mean(member.mesh.as_str(), inventory.meshes.keys().map(MeshName::as_str));
        return Err(EditError::NoMesh { name: member.mesh.clone(), hint }.into());
    };
    let free = mesh.next_postfix().map(|next| next.postfix);
    let (postfix, name) = (member.postfix, mesh.name.clone());
    if let Some(other) = mesh.members.values().find(|other| other.postfix == postfix) {
        let place = inventory.places.at(&match other.external {
            true => format!("mesh.{name}.external.{}.postfix", other.name),
            false => format!("machine.{}.mesh.{name}.postfix", other.name),
        });
        let error = EditError::PostfixTaken { member: other.name.clone(), postfix, mesh: name, free };
        return Err(Report::from(error).at(place).into());
    }
    if !mesh.is_host(postfix) {
        let subnet = mesh.subnet.to_string();
        let place = inventory.places.at(&format!("mesh.{name}.subnet"));
        let error = EditError::PostfixOutside { postfix, mesh: name, subnet, free };
        return Err(Report::from(error).at(place).into());
    }
    Ok(())
}

/// Takes a machine out: its tables, and its name in lists of machines and hubs. The notes tell where it was named.
///
/// # Errors
/// When there is no such machine, when a mesh, a builder or a tag would be missing without it, or when `source` is
/// no right fleet.toml.
pub fn remove_machine(source: &str, name: &MachineName) -> Result<(String, Reports), Reports> {
    let (inventory, outline) = open(source)?;
    require(&inventory, name)?;
    let leaves = outline.leaves();
    refuse_needed(&inventory, &leaves, source, name)?;
    let mut patches = Patches::new(source);
    let (mut shorter, mut empty) = (Vec::new(), Vec::new());
    for leaf in leaves.iter().filter(|leaf| names_machines(leaf)) {
        let Kind::List(items) = &leaf.node.kind else { continue };
        let gone: Vec<bool> = items.iter().map(|item| is_text(&item.kind, name)).collect();
        if !gone.contains(&true) {
            continue;
        }
        let spans: Vec<_> = items.iter().map(|item| item.span.clone()).collect();
        patches.remove_elements(&spans, &gone);
        if items.len() == 1 { &mut empty } else { &mut shorter }.push(dotted(leaf));
    }
    let mut notes = Reports::default();
    if !shorter.is_empty() {
        notes.push(Report::note(format!("`{name}` was taken out of {}", some_of(&shorter))));
    }
    if !empty.is_empty() {
        let (are, them) = if empty.len() == 1 { ("is", "it") } else { ("are", "each of them") };
        let message = format!("{} {are} empty now: `{name}` was the only one in {them}", some_of(&empty));
        notes.push(Report::warning(message).hint("name other machines there, or remove what nobody runs"));
    }
    patches.remove_path(&outline, &["machine", name.as_str()]);
    debug_assert!(!patches.is_empty(), "a machine that was read stands somewhere");
    Ok((checked(patches.apply())?, notes))
}

fn refuse_needed(
    inventory: &Inventory,
    leaves: &[Leaf<'_>],
    source: &str,
    name: &MachineName,
) -> Result<(), Reports> {
    let mut reports = Reports::default();
    for mesh in inventory.meshes.values().filter(|mesh| mesh.hubs == [name.clone()]) {
        let place = inventory.places.at(&format!("mesh.{}.hubs", mesh.name));
        let error = EditError::OnlyHub { machine: name.clone(), mesh: mesh.name.clone() };
        reports.push(Report::from(error).at(place));
    }
    let mut builder = Vec::new();
    let mut places = Vec::new();
    for leaf in leaves.iter().filter(|leaf| names_builder(leaf) && is_text(&leaf.node.kind, name)) {
        match leaf.path.get(1) {
            Some(machine) if leaf.path.len() == 3 && machine.name == name.as_str() => continue,
            Some(machine) if leaf.path.len() == 3 => builder.push(machine.name.clone()),
            _ => builder.push("defaults".into()),
        }
        places.push(Place::in_source(FILE, source, leaf.node.span.clone()));
    }
    if !builder.is_empty() {
        let mut report = Report::from(EditError::Builder { machine: name.clone(), who: builder });
        report.places = places.into_iter().take(5).collect();
        reports.push(report);
    }
    let others: BTreeSet<&TagName> = inventory
        .machines
        .values()
        .filter(|other| other.name != *name)
        .flat_map(|other| &other.tags)
        .collect();
    for tag in inventory.machines[name].tags.iter().filter(|tag| !others.contains(tag)) {
        let selector = format!("@{tag}");
        let named =
            leaves.iter().filter(|leaf| names_machines(leaf)).filter_map(|leaf| match &leaf.node.kind {
                Kind::List(items) => {
                    items.iter().find(|item| matches!(&item.kind, Kind::Text(text) if *text == selector))
                }
                _ => None,
            });
        let mut report = Report::from(EditError::LastWithTag { machine: name.clone(), tag: tag.clone() });
        report.places = named.map(|item| Place::in_source(FILE, source, item.span.clone())).take(5).collect();
        if !report.places.is_empty() {
            reports.push(report);
        }
    }
    if reports.has_errors() { Err(reports) } else { Ok(()) }
}

/// Gives a machine another name wherever fleet.toml names it. The notes tell texts that still hold the old name,
/// such as a host name in an endpoint.
///
/// # Errors
/// When there is no such machine, the new name is taken, or `source` is no right fleet.toml.
pub fn rename_machine(
    source: &str,
    old: &MachineName,
    new: &MachineName,
) -> Result<(String, Reports), Reports> {
    let (inventory, outline) = open(source)?;
    require(&inventory, old)?;
    if old == new {
        return Ok((source.to_owned(), Reports::default()));
    }
    refuse_taken_name(&inventory, new)?;
    let mut patches = Patches::new(source);
    for span in outline.key_spans(&["machine", old.as_str()]) {
        patches.replace_word(span, new.as_str());
    }
    rotate::rename(&inventory, &outline, old, new, &mut patches);
    let mut notes = Reports::default();
    for leaf in outline.leaves() {
        let is_name = names_machines(&leaf) || names_builder(&leaf);
        for node in leaf.node.texts() {
            match &node.kind {
                Kind::Text(text) if is_name && text == old.as_str() => {
                    patches.replace_word(node.span.clone(), new.as_str());
                }
                Kind::Text(text) if holds_word(text, old.as_str()) => notes.push(
                    Report::note(format!("`{}` still says `{old}`", renamed(dotted(&leaf), old, new)))
                        .at(Place::in_source(FILE, source, node.span.clone()))
                        .hint("change it by hand if the name moves too"),
                ),
                _ => {}
            }
        }
    }
    Ok((checked(patches.apply())?, notes))
}

fn require(inventory: &Inventory, name: &MachineName) -> Result<(), Reports> {
    if inventory.machines.contains_key(name) {
        return Ok(());
    }
    let hint = did_you_mean(name.as_str(), inventory.machines.keys().map(MachineName::as_str));
    Err(EditError::NoMachine { name: name.clone(), hint }.into())
}

/// True for the lists that hold names of machines.
fn names_machines(leaf: &Leaf<'_>) -> bool {
    leaf.is(&["service", "*", "machines"])
        || leaf.is(&["system", "secrets", "*", "machines"])
        || leaf.is(&["mesh", "*", "hubs"])
}

/// True for the keys whose value may be the name of a machine.
fn names_builder(leaf: &Leaf<'_>) -> bool {
    leaf.is(&["machine", "*", "build_on"]) || leaf.is(&["defaults", "build_on"])
}

fn is_text(kind: &Kind, name: &MachineName) -> bool {
    matches!(kind, Kind::Text(text) if text == name.as_str())
}

fn dotted(leaf: &Leaf<'_>) -> String {
    let keys: Vec<String> = leaf.path.iter().map(|part| key(&part.name)).collect();
    keys.join(".")
}

/// `a`, `b` and `c`; of many the first ten.
fn some_of(paths: &[String]) -> String {
    let shown: Vec<&str> = paths.iter().take(10).map(String::as_str).collect();
    match paths.len() - shown.len() {
        0 => words(&shown),
        more => format!("`{}` and {more} more", shown.join("`, `")),
    }
}

/// The way to a value after the rename.
fn renamed(path: String, old: &MachineName, new: &MachineName) -> String {
    match path.strip_prefix(&format!("machine.{old}.")) {
        Some(rest) => format!("machine.{new}.{rest}"),
        None => path,
    }
}

/// True when the word stands in the text and is no part of a longer name.
fn holds_word(text: &str, word: &str) -> bool {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '-';
    text.match_indices(word)
        .any(|(at, _)| !text[..at].ends_with(part) && !text[at + word.len()..].starts_with(part))
}
