//! `fleet.json`: the inventory resolved, for Nix to read. Written by every command that changes the inventory.
//!
//! Defaults, tags, readers and meshes are resolved once, in Rust; Nix repeats none of it. The file carries the SHA-256
//! of the fleet.toml it came from, so evaluating with a stale one can be refused. Keys are sorted and the text depends
//! on fleet.toml, keys/ and the list of sealed files alone: the same fleet gives the same bytes.

mod mesh;

use super::fleet::{FLEET_JSON, FLEET_TOML, Fleet};
use crate::format::{KeyName, MachineName, SecretName, ServiceName};
use crate::inventory::{self, BuildOn, Inventory, Machine, SecretMachines};
use crate::keys::PublicKeys;
use crate::os::FileError;
use crate::peers::{self, Meshes};
use crate::secrets::Store;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};

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
    machines: Machines<'a>,
    masters: BTreeMap<&'a str, String>,
    meshes: BTreeMap<&'a str, mesh::Mesh<'a>>,
    name: &'a str,
    secrets: Secrets<'a>,
    services: BTreeMap<&'a str, Value>,
    source: Value,
    version: u32,
}

/// All machines. There may be a thousand, and every check prints them, so each is made only while it is printed.
struct Machines<'a> {
    inventory: &'a Inventory,
    keys: &'a PublicKeys,
    services: HashMap<&'a MachineName, Vec<&'a str>>,
}

impl Serialize for Machines<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.inventory.machines.iter().map(|(name, machine)| {
            let services = self.services.get(name).map_or(&[][..], Vec::as_slice);
            (name.as_str(), self::machine(machine, services, self.inventory, self.keys))
        }))
    }
}

/// A machine.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MachineFacts<'a> {
    address: Addresses<'a>,
    build_on: &'a str,
    channel: Option<&'a str>,
    determinate: bool,
    health: Health<'a>,
    host_key: Option<String>,
    postfixes: BTreeMap<&'a str, u32>,
    services: &'a [&'a str],
    ssh: Ssh<'a>,
    system: &'a str,
    tags: Vec<&'a str>,
}

#[derive(Serialize)]
struct Addresses<'a> {
    lan: Option<&'a str>,
    public: Option<&'a str>,
}

#[derive(Serialize)]
struct Health<'a> {
    command: &'a [String],
    http: &'a [String],
}

#[derive(Serialize)]
struct Ssh<'a> {
    port: u16,
    user: &'a str,
}

fn machine<'a>(
    machine: &'a Machine,
    services: &'a [&'a str],
    inventory: &'a Inventory,
    keys: &PublicKeys,
) -> MachineFacts<'a> {
    MachineFacts {
        address: Addresses { lan: machine.address.lan.as_deref(), public: machine.address.public.as_deref() },
        build_on: match &machine.build_on {
            BuildOn::Local => "local",
            BuildOn::Remote => "remote",
            BuildOn::Machine(name) => name.as_str(),
        },
        channel: machine.channel.as_ref().map(|channel| channel.as_str()),
        determinate: machine.determinate,
        health: Health { command: &machine.health.command, http: &machine.health.http },
        host_key: keys.hosts.get(&machine.name).map(|key| key.line()),
        postfixes: inventory
            .meshes
            .values()
            .filter_map(|mesh| Some((mesh.name.as_str(), mesh.members.get(&machine.name)?.postfix)))
            .collect(),
        services,
        ssh: Ssh { port: machine.ssh_port, user: &machine.ssh_user },
        system: &machine.system,
        tags: machine.tags.iter().map(|tag| tag.as_str()).collect(),
    }
}

/// All secrets by the text of their names, which is the order they are printed in. There are thousands.
struct Secrets<'a> {
    sorted: Vec<(String, inventory::Secret<'a>)>,
    keys: &'a PublicKeys,
    sealed: &'a dyn Fn(&SecretName) -> bool,
}

impl Serialize for Secrets<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let facts = self.sorted.iter();
        serializer.collect_map(facts.map(|(name, of)| (name, secret(of, self.keys, self.sealed))))
    }
}

/// A secret.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SecretFacts<'a> {
    file: String,
    group: Option<&'a str>,
    keyless: Vec<&'a MachineName>,
    machine: Option<&'a MachineName>,
    machines: SecretMachines<'a>,
    mode: String,
    name: &'a KeyName,
    needed_for_users: bool,
    owner: &'a str,
    reload: &'a [String],
    restart: &'a [String],
    sealed: bool,
    service: &'a ServiceName,
}

fn secret<'a>(
    secret: &'a inventory::Secret<'a>,
    keys: &PublicKeys,
    sealed: &dyn Fn(&SecretName) -> bool,
) -> SecretFacts<'a> {
    let declaration = secret.declaration;
    SecretFacts {
        file: secret.name.file(),
        group: declaration.group.as_deref(),
        keyless: secret.machines.iter().filter(|machine| !keys.hosts.contains_key(*machine)).collect(),
        machine: secret.name.machine.as_ref(),
        machines: secret.machines,
        mode: format!("{:04o}", declaration.mode),
        name: &secret.name.name,
        needed_for_users: declaration.needed_for_users,
        owner: &declaration.owner,
        reload: &declaration.reload,
        restart: &declaration.restart,
        sealed: sealed(&secret.name),
        service: &secret.name.service,
    }
}

/// The text of fleet.json for this inventory and these keys; `sealed` are the secrets whose files exist.
pub fn text(
    inventory: &Inventory,
    keys: &PublicKeys,
    source: &str,
    sealed: &dyn Fn(&SecretName) -> bool,
) -> String {
    let mut text = Vec::new();
    print(inventory, keys, &peers::derive(inventory, keys), source, sealed, &mut text)
        .expect("memory takes what is written to it");
    String::from_utf8(text).expect("JSON is UTF-8")
}

fn print(
    inventory: &Inventory,
    keys: &PublicKeys,
    derived: &Meshes,
    source: &str,
    sealed: &dyn Fn(&SecretName) -> bool,
    mut out: impl Write,
) -> io::Result<()> {
    let mut sorted: Vec<_> = inventory.secrets().map(|secret| (secret.name.to_string(), secret)).collect();
    sorted.sort_unstable_by(|a, b| a.0.cmp(&b.0));
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
        machines: Machines { inventory, keys, services },
        masters: keys.masters.iter().map(|(name, recipient)| (name.as_str(), recipient.line())).collect(),
        meshes: inventory
            .meshes
            .iter()
            .filter_map(|(name, mesh)| {
                Some((name.as_str(), mesh::resolved(mesh, derived.get(name.as_str())?)))
            })
            .collect(),
        name: inventory.name.as_str(),
        secrets: Secrets { sorted, keys, sealed },
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
    serde_json::to_writer_pretty(&mut out, &value)?;
    out.write_all(b"\n")
}

/// Takes what is written to it as long as that is what a file goes on with: so a text of megabytes is compared without being
/// made or read whole.
struct Same<R>(R);

impl<R: BufRead> Write for Same<R> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let there = self.0.fill_buf()?;
        let length = there.len().min(bytes.len());
        if there[..length] != bytes[..length] || (length == 0 && !bytes.is_empty()) {
            return Err(DIFFERS.into());
        }
        self.0.consume(length);
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The bytes of fleet.json that are compared at once: JSON is printed in pieces of a few.
const PIECE: usize = 64 << 10;

/// How [`Same`] says that the file goes on otherwise: no file system answers a read with it.
const DIFFERS: io::ErrorKind = io::ErrorKind::InvalidData;

impl Fleet {
    /// The text that fleet.json should have now.
    pub fn resolved(&self) -> String {
        // A folder that can't be listed is the check's affair; what is in it can't be sealed.
        let store = Store::open(&self.root).unwrap_or_default();
        text(&self.inventory, &self.keys, &self.source, &|name| store.has(name))
    }

    /// Whether this file holds the text that fleet.json should have now, for whoever has looked already which sealed files
    /// there are and what the meshes are.
    ///
    /// # Errors
    /// When it can't be read to its end.
    pub fn is_resolved(&self, file: File, store: &Store, meshes: &Meshes) -> Result<bool, FileError> {
        let mut same = Same(BufReader::with_capacity(PIECE, file));
        let sealed = |name: &SecretName| store.has(name);
        let mut pieces = BufWriter::with_capacity(PIECE, &mut same);
        let printed = print(&self.inventory, &self.keys, meshes, &self.source, &sealed, &mut pieces)
            .and_then(|()| pieces.flush());
        // What is left of a text that differs needs no comparing.
        let _ = pieces.into_parts();
        let at_end = printed.and_then(|()| Ok(same.0.fill_buf()?.is_empty()));
        match at_end {
            Err(error) if error.kind() == DIFFERS => Ok(false),
            other => other.map_err(|error| FileError::new("read", self.root.path().join(FLEET_JSON), error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_text_is_taken_and_no_other() {
        for (text, is_same) in [("ab", true), ("abc", false), ("a", false), ("", false), ("xb", false)] {
            for buffer in [1, 2, 8] {
                let mut same = Same(BufReader::with_capacity(buffer, text.as_bytes()));
                let written = same.write_all(b"a").and_then(|()| same.write_all(b"b"));
                let whole = written.is_ok() && same.0.fill_buf().unwrap().is_empty();
                assert_eq!(whole, is_same, "{text}");
            }
        }
    }
}
