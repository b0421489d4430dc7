//! What a fleet.toml means, once defaults, tags and implied secrets are resolved.

use super::places::Places;
use crate::format::{ChannelName, KeyName, MachineName, MeshName, SecretName, ServiceName, TagName};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use serde::{Serialize, Serializer};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

/// The service name that stands for the machine itself.
pub const SYSTEM: &str = "system";

/// A set of machines. Shared: a thousand secrets on `@all` name one set, not a thousand copies of it.
pub type Machines = Arc<BTreeSet<MachineName>>;

/// A whole fleet.
#[derive(Debug, Clone, PartialEq)]
pub struct Inventory {
    /// The fleet's name: one word, names the state folder.
    pub name: MachineName,
    /// The domain the machines' names stand under.
    pub domain: Option<String>,
    /// Keys that are known to be public are accepted: only for fleets to learn with.
    pub public_keys_ok: bool,
    /// Package sets by name.
    pub channels: BTreeMap<ChannelName, Channel>,
    /// WireGuard networks by name.
    pub meshes: BTreeMap<MeshName, Mesh>,
    /// Machines by name, defaults applied.
    pub machines: BTreeMap<MachineName, Machine>,
    /// Services by name. Holds `system` when it has secrets, and the implied `wireguard-<mesh>` of every mesh.
    pub services: BTreeMap<ServiceName, Service>,
    /// Secrets whose values somebody knows who should not any more.
    pub rotate: BTreeMap<SecretName, Rotate>,
    /// Where in fleet.toml each thing was said.
    pub places: Places,
}

impl Inventory {
    /// Every secret that should exist, per machine where it is declared so, in the order of names.
    pub fn secrets(&self) -> impl Iterator<Item = Secret<'_>> {
        let declarations = self
            .services
            .values()
            .flat_map(|service| service.secrets.values().map(move |declaration| (service, declaration)));
        declarations.flat_map(|(service, declaration)| {
            let (one, each) = match declaration.per {
                Per::Fleet => (Some(SecretMachines::All(&declaration.machines)), None),
                Per::Machine => (None, Some(declaration.machines.iter().map(SecretMachines::One))),
            };
            one.into_iter().chain(each.into_iter().flatten()).map(move |machines| Secret {
                name: SecretName {
                    service: service.name.clone(),
                    machine: machines.own().cloned(),
                    name: declaration.name.clone(),
                },
                declaration,
                machines,
            })
        })
    }

    /// The secret of this name, when the inventory declares it.
    pub fn secret(&self, wanted: &SecretName) -> Option<Secret<'_>> {
        let declaration = self.services.get(&wanted.service)?.secrets.get(&wanted.name)?;
        let machines = match (&wanted.machine, declaration.per) {
            (None, Per::Fleet) => SecretMachines::All(&declaration.machines),
            (Some(machine), Per::Machine) => SecretMachines::One(declaration.machines.get(machine)?),
            _ => return None,
        };
        Some(Secret { name: wanted.clone(), declaration, machines })
    }
}

/// A package set: a flake input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// The flake input's name.
    pub input: String,
    /// Packages under unfree licences are allowed.
    pub allow_unfree: bool,
}

/// One host.
#[derive(Debug, Clone, PartialEq)]
pub struct Machine {
    /// Its name, also that of its NixOS configuration.
    pub name: MachineName,
    /// The Nix system, such as `x86_64-linux`.
    pub system: String,
    /// The package set it is built from.
    pub channel: Option<ChannelName>,
    /// Its tags, without the implied `all`.
    pub tags: BTreeSet<TagName>,
    /// Runs Determinate Nix.
    pub determinate: bool,
    /// The user a deploy logs in as.
    pub ssh_user: String,
    /// The TCP port sshd listens on.
    pub ssh_port: u16,
    /// Where its derivations are built.
    pub build_on: BuildOn,
    /// Addresses outside the meshes.
    pub address: Addresses,
    /// What a deploy asks before it confirms.
    pub health: Health,
}

/// Where a machine's derivations are built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BuildOn {
    /// On the operator's machine.
    Local,
    /// On the machine itself.
    Remote,
    /// On another machine of the fleet.
    Machine(MachineName),
}

/// Addresses to try after those in the meshes, in this order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Addresses {
    /// Inside the building: an address or host name.
    pub lan: Option<String>,
    /// From everywhere.
    pub public: Option<String>,
}

/// What must answer before a deploy is confirmed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Health {
    /// URLs that must answer with success.
    pub http: Vec<String>,
    /// Commands that must exit with 0 on the machine.
    pub command: Vec<String>,
}

/// A WireGuard network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mesh {
    /// Its name, also that of the network interface.
    pub name: MeshName,
    /// The IPv4 subnet that postfixes count in.
    pub subnet: Ipv4Net,
    /// The IPv6 subnet (ULA), numbered by the same postfixes.
    pub subnet6: Option<Ipv6Net>,
    /// The UDP port members listen on.
    pub listen_port: u16,
    /// Members that relay for the others; without any the mesh is full.
    pub hubs: Vec<MachineName>,
    /// Seconds between keepalives that members behind NAT send.
    pub keepalive: Option<u16>,
    /// Bytes an interface's packet may have.
    pub mtu: Option<u16>,
    /// A pre-shared key per pair, as a sealed secret.
    pub preshared: bool,
    /// The greatest postfix that was ever given, where its owner left: new members get one above.
    pub last_postfix: Option<u32>,
    /// Machines and external members by name.
    pub members: BTreeMap<MachineName, Member>,
}

impl Mesh {
    /// True when the member relays for others.
    pub fn is_hub(&self, member: &MachineName) -> bool {
        self.hubs.contains(member)
    }
}

/// What belongs to one member of one mesh.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name: a machine's, or that of an external member.
    pub name: MachineName,
    /// Its number in the subnet.
    pub postfix: u32,
    /// No machine of this fleet: we only know its public key.
    pub external: bool,
    /// Where it can be reached from outside.
    pub endpoint: Option<Endpoint>,
    /// Networks behind it.
    pub routes: Vec<IpNet>,
    /// Its own UDP port, when other than the mesh's.
    pub listen_port: Option<u16>,
    /// Its own keepalive in seconds, when other than the mesh's; 0 turns it off.
    pub keepalive: Option<u16>,
    /// Its own MTU, when other than the mesh's.
    pub mtu: Option<u16>,
}

/// A host and a UDP port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// An address, or a name to be resolved.
    pub host: EndpointHost,
    /// The UDP port.
    pub port: u16,
}

/// The host part of an [`Endpoint`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EndpointHost {
    /// An IPv4 or IPv6 address.
    Address(IpAddr),
    /// A name for DNS.
    Name(String),
}

impl fmt::Display for Endpoint {
    /// As `wg` takes it: `host:port`, an IPv6 address in brackets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            EndpointHost::Address(IpAddr::V6(address)) => write!(f, "[{address}]:{}", self.port),
            EndpointHost::Address(address) => write!(f, "{address}:{}", self.port),
            EndpointHost::Name(name) => write!(f, "{name}:{}", self.port),
        }
    }
}

/// A systemd unit that owns secrets, or the machine itself (`system`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// The unit's name without `.service`, or `system`.
    pub name: ServiceName,
    /// Where it runs, tags resolved. For `system` the machines of all its secrets.
    pub machines: Machines,
    /// What it owns.
    pub secrets: BTreeMap<KeyName, SecretDeclaration>,
    /// Not written in fleet.toml: `wireguard-<mesh>`, which every mesh implies.
    pub implied: bool,
}

/// One secret of a service, for one machine or all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretDeclaration {
    /// Its name inside the service.
    pub name: KeyName,
    /// One value for all machines, or one each.
    pub per: Per,
    /// Who reads it: where the service runs, or for `system` and pre-shared keys the machines it names.
    pub machines: Machines,
    /// The user that owns the opened file.
    pub owner: String,
    /// The group that owns the opened file; `None` is the owner's own.
    pub group: Option<String>,
    /// Permission bits of the opened file.
    pub mode: u32,
    /// Units to restart when the plaintext changed.
    pub restart: Vec<String>,
    /// Units to reload when the plaintext changed.
    pub reload: Vec<String>,
    /// How a new value is made.
    pub generate: Option<Generate>,
    /// Opened before user accounts are made.
    pub needed_for_users: bool,
}

/// Whether machines share one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Per {
    /// One value for all: `<service>/<name>`.
    Fleet,
    /// Each machine has its own: `<service>/<machine>/<name>`.
    Machine,
}

/// How a value is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Generate {
    /// A password of so many characters of this alphabet.
    Password {
        /// How many characters.
        length: usize,
        /// The characters to choose from.
        alphabet: String,
    },
    /// So many random bytes, written in hexadecimal, base64 or raw.
    Bytes {
        /// How many bytes, before they are written as text.
        length: usize,
        /// How they are written.
        encoding: Encoding,
    },
    /// An ssh-ed25519 private key; the public half lies beside it in the answer.
    Ssh,
    /// A WireGuard private key.
    WireGuard,
    /// An age identity.
    X25519,
}

/// How random bytes are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Lower-case hexadecimal.
    Hex,
    /// RFC 4648 with padding.
    Base64,
    /// The bytes themselves.
    Raw,
}

/// Why a secret's value must change: written by the command that took a reader away, struck out by the one that
/// changes the value. It stands in fleet.toml, since nobody can see in a sealed file whether its value is an old one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rotate {
    /// Who left, in words: `web1 left`.
    pub because: String,
    /// The day (ISO 8601).
    pub since: String,
}

/// A secret that should exist: a declaration, for one machine where each has its own.
#[derive(Debug, Clone)]
pub struct Secret<'a> {
    /// Its full name.
    pub name: SecretName,
    /// What the inventory says of it.
    pub declaration: &'a SecretDeclaration,
    /// The machines that read it; the masters read it too.
    pub machines: SecretMachines<'a>,
}

/// The machines that read one secret, in the order of names: as the declaration has them, as there are thousands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretMachines<'a> {
    /// Those of the declaration.
    All(&'a BTreeSet<MachineName>),
    /// The one whose own value it is.
    One(&'a MachineName),
}

impl<'a> SecretMachines<'a> {
    /// They.
    pub fn iter(self) -> impl Iterator<Item = &'a MachineName> {
        let all = match self {
            SecretMachines::All(machines) => Some(machines),
            SecretMachines::One(_) => None,
        };
        all.into_iter().flatten().chain(self.own())
    }

    /// True when this machine is one of them.
    pub fn contains(self, machine: &MachineName) -> bool {
        match self {
            SecretMachines::All(machines) => machines.contains(machine),
            SecretMachines::One(one) => one == machine,
        }
    }

    fn own(self) -> Option<&'a MachineName> {
        match self {
            SecretMachines::All(_) => None,
            SecretMachines::One(machine) => Some(machine),
        }
    }
}

impl Serialize for SecretMachines<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}
