//! The hosts a packet can meet, from a derived fleet or from files.

use super::table::Table;
use crate::format::WgPublicKey;
use crate::keys::pair;
use crate::peers::{Config, KeySource, KeyState, Meshes, Network, Node};
use crate::report::{Diagnose, Fault, did_you_mean};
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::OnceLock;

/// Hosts with their interfaces.
pub struct World<'a> {
    pub(super) hosts: Vec<Host<'a>>,
    /// Which interface has which key.
    pub(super) keys: HashMap<WgPublicKey, (usize, usize)>,
    /// Members that are left out, by mesh and name.
    pending: BTreeSet<(String, String)>,
}

/// A host and what it does.
pub(super) struct Host<'a> {
    pub name: String,
    pub interfaces: Vec<Interface<'a>>,
    /// It answers nobody.
    pub down: bool,
    /// It passes packets on, whatever its configurations say.
    pub forwards: Option<bool>,
}

/// One interface of a host.
pub(super) struct Interface<'a> {
    pub mesh: String,
    pub key: Option<WgPublicKey>,
    source: Source<'a>,
    table: OnceLock<Table>,
}

/// A derived configuration is made when a packet first meets it: a full mesh of 1,000 has a million peers.
enum Source<'a> {
    Derived(&'a Network, &'a Node, OnceLock<Box<Config>>),
    Read(Box<Config>),
}

/// Where a packet is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A host, at its address in the mesh both are in.
    Host(String),
    /// An address, of a host or behind one.
    Address(IpAddr),
}

/// Why a walk can't begin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WorldError {
    /// Nobody has this name.
    #[error("`{name}` is no member of {place}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// `any mesh`, or ``mesh `wireg0` ``.
        place: String,
        /// A name that is near.
        guess: Option<String>,
    },
    /// It has no key yet.
    #[error("`{name}` is pending in mesh `{mesh}`: without a key it is nobody's peer")]
    Pending {
        /// Who.
        name: String,
        /// Where.
        mesh: String,
    },
}

impl Diagnose for WorldError {
    fn hints(&self) -> Vec<String> {
        match self {
            WorldError::Unknown { guess, .. } => guess.iter().cloned().collect(),
            WorldError::Pending { name, mesh } => {
                vec![format!(
                    "make its key with `fleet wg keygen {mesh} {name}`, or add keys/{mesh}/{name}.pub"
                )]
            }
        }
    }

    fn fault(&self) -> Fault {
        match self {
            WorldError::Unknown { .. } => Fault::Usage,
            WorldError::Pending { .. } => Fault::Fleet,
        }
    }
}

impl<'a> World<'a> {
    /// The hosts of a fleet as it should be; external members as if they did what we would print for them.
    pub fn derived(meshes: &'a Meshes) -> Self {
        let mut hosts: BTreeMap<&str, Vec<Interface<'a>>> = BTreeMap::new();
        let mut pending = BTreeSet::new();
        for network in meshes.networks.values() {
            for node in &network.nodes {
                if node.key == KeyState::Pending {
                    pending.insert((network.name.to_string(), node.name.to_string()));
                    continue;
                }
                hosts.entry(node.name.as_str()).or_default().push(Interface {
                    mesh: network.name.to_string(),
                    key: node.key.public_key(),
                    source: Source::Derived(network, node, OnceLock::new()),
                    table: OnceLock::new(),
                });
            }
        }
        let hosts = hosts.into_iter().map(|(name, interfaces)| (name.to_owned(), interfaces));
        World::new(hosts.collect(), pending)
    }

    /// Hosts as their configurations say, each with the name of its mesh and of its file, which names a host that
    /// does not name itself.
    pub fn read(configs: impl IntoIterator<Item = (String, String, Config)>) -> Self {
        let mut hosts: BTreeMap<String, Vec<Interface<'a>>> = BTreeMap::new();
        for (mesh, file, config) in configs {
            let own = match &config.private_key {
                KeySource::Given(key) => pair::wireguard_public(key).ok(),
                _ => None,
            };
            let name = config.name.clone().unwrap_or(file);
            hosts.entry(name).or_default().push(Interface {
                mesh,
                key: own.or(config.public_key),
                source: Source::Read(Box::new(config)),
                table: OnceLock::new(),
            });
        }
        World::new(hosts.into_iter().collect(), BTreeSet::new())
    }

    fn new(hosts: Vec<(String, Vec<Interface<'a>>)>, pending: BTreeSet<(String, String)>) -> Self {
        let mut keys = HashMap::new();
        let hosts: Vec<Host<'a>> = hosts
            .into_iter()
            .enumerate()
            .map(|(at, (name, interfaces))| {
                for (index, interface) in interfaces.iter().enumerate() {
                    if let Some(key) = interface.key {
                        keys.entry(key).or_insert((at, index));
                    }
                }
                Host { name, interfaces, down: false, forwards: None }
            })
            .collect();
        World { hosts, keys, pending }
    }

    /// The names of all hosts, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.hosts.iter().map(|host| host.name.as_str())
    }

    /// What if this host were down?
    ///
    /// # Errors
    /// When nobody has this name.
    pub fn without(&mut self, name: &str) -> Result<(), WorldError> {
        let at = self.position(name, None)?;
        self.hosts[at].down = true;
        Ok(())
    }

    /// What if this host passed no packets on?
    ///
    /// # Errors
    /// When nobody has this name.
    pub fn not_forwarding(&mut self, name: &str) -> Result<(), WorldError> {
        let at = self.position(name, None)?;
        self.hosts[at].forwards = Some(false);
        Ok(())
    }

    /// The hosts with an interface in a mesh.
    pub(super) fn members(&self, mesh: &str) -> impl Iterator<Item = usize> {
        let inside = move |host: &Host<'_>| host.interfaces.iter().any(|interface| interface.mesh == mesh);
        self.hosts.iter().enumerate().filter(move |(_, host)| inside(host)).map(|(at, _)| at)
    }

    /// Every mesh there is, in order.
    pub fn meshes(&self) -> BTreeSet<&str> {
        self.hosts
            .iter()
            .flat_map(|host| host.interfaces.iter().map(|interface| interface.mesh.as_str()))
            .collect()
    }

    /// The host of this name, in this mesh when one is given.
    pub(super) fn position(&self, name: &str, mesh: Option<&str>) -> Result<usize, WorldError> {
        let member = |host: &Host<'_>| {
            mesh.is_none_or(|mesh| host.interfaces.iter().any(|interface| interface.mesh == mesh))
        };
        if let Some(at) = self.hosts.iter().position(|host| host.name == name && member(host)) {
            return Ok(at);
        }
        let waits = self.pending.iter().find(|(of, who)| who == name && mesh.is_none_or(|mesh| mesh == of));
        if let Some((mesh, name)) = waits {
            return Err(WorldError::Pending { name: name.clone(), mesh: mesh.clone() });
        }
        Err(WorldError::Unknown {
            name: name.to_owned(),
            place: mesh.map_or("any mesh".into(), |mesh| format!("mesh `{mesh}`")),
            guess: did_you_mean(name, self.names()),
        })
    }

    /// The address at which `from` would call `to`: in the given mesh, else in the first both are in, else anywhere.
    pub(super) fn address(&self, from: usize, to: usize, mesh: Option<&str>) -> Option<IpAddr> {
        let (from, to) = (&self.hosts[from], &self.hosts[to]);
        let both = |interface: &&Interface<'_>| match mesh {
            Some(mesh) => interface.mesh == mesh,
            None => from.interfaces.iter().any(|other| other.mesh == interface.mesh),
        };
        let interface = to.interfaces.iter().find(both).or(to.interfaces.first())?;
        interface.config().addresses.first().map(|net| net.addr())
    }
}

impl Host<'_> {
    pub fn forwards(&self) -> bool {
        self.forwards.unwrap_or_else(|| self.interfaces.iter().any(|interface| interface.config().forwards))
    }

    /// One of its own addresses.
    pub fn has(&self, address: IpAddr) -> bool {
        self.addresses().any(|own| own == address)
    }

    /// The closest network behind it, or that it stands in, that holds this address.
    pub fn behind(&self, address: IpAddr) -> Option<IpNet> {
        let configs = self.interfaces.iter().map(Interface::config);
        let networks = configs.flat_map(|config| config.behind.iter().chain(&config.at_home));
        networks.filter(|net| net.contains(&address)).max_by_key(|net| net.prefix_len()).copied()
    }

    /// The interface that the routing table chooses for an address: the closest route, the first of equal ones.
    pub fn route(&self, address: IpAddr) -> Option<(IpNet, usize)> {
        let routes = self.interfaces.iter().enumerate();
        let routes = routes.filter_map(|(at, interface)| Some((interface.table().route(address)?, at)));
        routes.rev().max_by_key(|(net, _)| net.prefix_len())
    }

    fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        self.interfaces.iter().flat_map(|interface| interface.config().addresses.iter().map(|net| net.addr()))
    }
}

impl Interface<'_> {
    pub fn config(&self) -> &Config {
        match &self.source {
            Source::Derived(network, node, made) => made.get_or_init(|| Box::new(network.config(node))),
            Source::Read(config) => config,
        }
    }

    pub fn table(&self) -> &Table {
        self.table.get_or_init(|| Table::new(self.config(), self.key))
    }
}
