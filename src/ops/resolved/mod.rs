//! `fleet.json`: the inventory resolved, for Nix to read. Written by every command that changes the inventory.
//!
//! Defaults, tags, readers and meshes are resolved once, in Rust; Nix repeats none of it. The file carries the SHA-256
//! of the fleet.toml it came from, so evaluating with a stale one can be refused. Keys are sorted and the text depends
//! on fleet.toml, keys/ and the list of sealed files alone: the same fleet gives the same bytes.

mod mesh;

use super::fleet::{FLEET_TOML, Fleet};
use crate::format::{KeyName, MachineName, SecretName, ServiceName};
use crate::inventory::{self, BuildOn, Inventory, Machine, SecretMachines};
use crate::keys::PublicKeys;
use crate::peers;
use crate::secrets::Store;
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, HashMap};

/// The version of fleet.json's layout: a reader refuses one it does not know.
pub const VERSION: u32 = 1;

/// The hash that fleet.json carries of its fleet.toml: `sha256-` and lower-case hexadecimal.
pub fn source_hash(source: &str) -> String {
    let hash = Sha256::digest(source.as_bytes());
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256-{hex}")
}

/// The whole file. Its keys are printed in this order: that of the alphabet, as everywhere in it.
#[derive(Serialize)]
struct Resolved<'a> {
    channels: BTreeMap<&'a str, Value>,
    domain: Option<&'a str>,
    machines: BTreeMap<&'a str, Value>,
    masters: BTreeMap<&'a str, String>,
    meshes: BTreeMap<&'a str, mesh::Mesh<'a>>,
    name: &'a str,
    secrets: BTreeMap<String, Secret<'a>>,
    services: BTreeMap<&'a str, Value>,
    source: Value,
    version: u32,
}

/// A secret. There are thousands, and every check makes this text, so they are no [`Value`]s.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Secret<'a> {
    file: String,
    group: Option<&'a str>,
    keyless: Vec<&'a MachineName>,
    machine: Option<MachineName>,
    machines: SecretMachines<'a>,
    mode: String,
    name: KeyName,
    needed_for_users: bool,
    owner: &'a str,
    reload: &'a [String],
    restart: &'a [String],
    sealed: bool,
    service: ServiceName,
}

fn secret<'a>(
    secret: inventory::Secret<'a>,
    keys: &PublicKeys,
    sealed: &dyn Fn(&SecretName) -> bool,
) -> Secret<'a> {
    let declaration = secret.declaration;
    Secret {
        file: secret.name.file(),
        group: declaration.group.as_deref(),
        keyless: secret.machines.iter().filter(|machine| !keys.hosts.contains_key(*machine)).collect(),
        mode: format!("{:04o}", declaration.mode),
        needed_for_users: declaration.needed_for_users,
        owner: &declaration.owner,
        reload: &declaration.reload,
        restart: &declaration.restart,
        sealed: sealed(&secret.name),
        machines: secret.machines,
        machine: secret.name.machine,
        name: secret.name.name,
        service: secret.name.service,
    }
}

/// The text of fleet.json for this inventory and these keys; `sealed` are the secrets whose files exist.
pub fn text(
    inventory: &Inventory,
    keys: &PublicKeys,
    source: &str,
    sealed: &dyn Fn(&SecretName) -> bool,
) -> String {
    let derived = peers::derive(inventory, keys);
    let secrets =
        inventory.secrets().map(|secret| (secret.name.to_string(), self::secret(secret, keys, sealed)));
    let mut services: HashMap<&MachineName, Vec<&str>> = HashMap::new();
    for service in inventory.services.values() {
        for machine in service.machines.iter() {
            services.entry(machine).or_default().push(service.name.as_str());
        }
    }
    let value = Resolved {
        channels: inventory
            .channels
            .iter()
            .map(|(name, channel)| {
                (name.as_str(), json!({ "input": channel.input, "allowUnfree": channel.allow_unfree }))
            })
            .collect(),
        domain: inventory.domain.as_deref(),
        machines: inventory
            .machines
            .iter()
            .map(|(name, machine)| {
                let services = services.remove(name).unwrap_or_default();
                (name.as_str(), self::machine(machine, services, inventory, keys))
            })
            .collect(),
        masters: keys.masters.iter().map(|(name, recipient)| (name.as_str(), recipient.line())).collect(),
        meshes: inventory
            .meshes
            .iter()
            .filter_map(|(name, mesh)| {
                Some((name.as_str(), mesh::resolved(mesh, derived.get(name.as_str())?)))
            })
            .collect(),
        name: inventory.name.as_str(),
        secrets: secrets.collect(),
        services: inventory
            .services
            .iter()
            .map(|(name, service)| {
                let secrets: Vec<&str> = service.secrets.keys().map(|secret| secret.as_str()).collect();
                let service = json!({
                    "machines": service.machines.iter().collect::<Vec<_>>(),
                    "implied": service.implied,
                    "secrets": secrets,
                });
                (name.as_str(), service)
            })
            .collect(),
        source: json!({ "file": FLEET_TOML, "hash": source_hash(source) }),
        version: VERSION,
    };
    let mut text = serde_json::to_string_pretty(&value).expect("a JSON value always prints");
    text.push('\n');
    text
}

fn machine(machine: &Machine, services: Vec<&str>, inventory: &Inventory, keys: &PublicKeys) -> Value {
    let meshes: BTreeMap<&str, u32> = inventory
        .meshes
        .values()
        .filter_map(|mesh| Some((mesh.name.as_str(), mesh.members.get(&machine.name)?.postfix)))
        .collect();
    json!({
        "system": machine.system,
        "channel": machine.channel,
        "tags": machine.tags,
        "determinate": machine.determinate,
        "ssh": { "user": machine.ssh_user, "port": machine.ssh_port },
        "buildOn": match &machine.build_on {
            BuildOn::Local => "local",
            BuildOn::Remote => "remote",
            BuildOn::Machine(name) => name.as_str(),
        },
        "address": { "lan": machine.address.lan, "public": machine.address.public },
        "health": { "http": machine.health.http, "command": machine.health.command },
        "hostKey": keys.hosts.get(&machine.name).map(|key| key.line()),
        "services": services,
        "postfixes": meshes,
    })
}

impl Fleet {
    /// The text that fleet.json should have now.
    pub fn resolved(&self) -> String {
        // A folder that can't be listed is the check's affair; what is in it can't be sealed.
        self.resolved_with(&Store::open(&self.root).unwrap_or_default())
    }

    /// The same for whoever has looked already which sealed files there are.
    pub fn resolved_with(&self, store: &Store) -> String {
        text(&self.inventory, &self.keys, &self.source, &|name| store.has(name))
    }
}
