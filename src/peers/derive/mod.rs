//! Derivation: from what fleet.toml says of a mesh to each member's interface and peers.
//!
//! Members are stored once; the peers of a member are an iterator over borrowed parts, because a full mesh of 1,000
//! members has 999,000 of them.

mod lists;
#[cfg(test)]
mod tests;

pub use lists::{Differing, Listed, PeerList};

use super::config::{Config, KeySource, PeerConfig};
use crate::format::{MachineName, MeshName, WgPublicKey};
use crate::inventory::{Endpoint, Inventory, Mesh, PRIVATE_KEY, preshared_key_name};
use crate::keys::PublicKeys;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Every mesh of a fleet, derived.
#[derive(Debug, Clone, PartialEq)]
pub struct Meshes {
    /// By name.
    pub networks: BTreeMap<MeshName, Network>,
}

/// One mesh: its members, and who of them relays.
#[derive(Debug, Clone, PartialEq)]
pub struct Network {
    /// Its name, also that of the interface.
    pub name: MeshName,
    /// The IPv4 subnet.
    pub subnet: Ipv4Net,
    /// The IPv6 subnet, when it has one.
    pub subnet6: Option<Ipv6Net>,
    /// Peers share a third key per pair.
    pub preshared: bool,
    /// Its members, sorted by name, pending ones too.
    pub nodes: Vec<Node>,
    /// The hubs that have a key, in fleet.toml's order, as indices of `nodes`.
    hubs: Vec<usize>,
    /// True when fleet.toml names hubs, even when none has a key.
    star: bool,
    /// What a spoke without routes sends to the first hub.
    through_first_hub: Vec<IpNet>,
}

/// Whether a member can take part, and who holds its private key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// A machine of this fleet; its private key is a secret of ours.
    Managed(WgPublicKey),
    /// We know its public key alone.
    External(WgPublicKey),
    /// Its key is still missing: it is nobody's peer.
    Pending,
}

/// One member of one mesh.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Its name.
    pub name: MachineName,
    /// Its number in the subnet.
    pub postfix: u32,
    /// No machine of this fleet.
    pub external: bool,
    /// Whether it has a key.
    pub key: KeyState,
    /// Its addresses with the subnet's prefix length; none when the postfix is outside the subnet.
    pub addresses: Vec<IpNet>,
    /// Networks behind it.
    pub routes: Vec<IpNet>,
    /// Where it can be called.
    pub endpoint: Option<Endpoint>,
    /// The UDP port it listens on.
    pub listen_port: u16,
    /// Bytes a packet of its interface may have, when told.
    pub mtu: Option<u16>,
    /// It passes packets on: a hub, or a member with routes.
    pub forwards: bool,
    /// It is named as a hub.
    pub hub: bool,
    /// Its address outside the meshes, in the building it stands in.
    lan: Option<IpAddr>,
    /// Seconds between keepalives, when it sends any: to peers that have an endpoint.
    pub(super) keepalive: Option<u16>,
    /// Its own addresses as hosts, then its routes: what any other member may send to it.
    pub(super) own: Vec<IpNet>,
}

/// What one member says of another.
#[derive(Debug, Clone, PartialEq)]
pub struct Peer<'a> {
    /// The member spoken of.
    pub node: &'a Node,
    /// Its public key.
    pub public_key: WgPublicKey,
    /// What is sent to it, and what is believed to come from it.
    pub allowed_ips: Cow<'a, [IpNet]>,
    /// Seconds between keepalives to it.
    pub keepalive: Option<u16>,
    /// Its index, when `allowed_ips` are its own networks: what most members who list it write.
    pub(super) common: Option<usize>,
}

impl Peer<'_> {
    /// Where it is called.
    pub fn endpoint(&self) -> Option<&Endpoint> {
        self.node.endpoint.as_ref()
    }
}

/// Derives every mesh.
pub fn derive(inventory: &Inventory, keys: &PublicKeys) -> Meshes {
    let none = BTreeMap::new();
    let networks = inventory.meshes.values().map(|mesh| {
        let mut network = Network::derive(mesh, keys.mesh.get(&mesh.name).unwrap_or(&none));
        for node in network.nodes.iter_mut().filter(|node| !node.external) {
            let lan = inventory.machines.get(&node.name).and_then(|machine| machine.address.lan.as_deref());
            node.lan = lan.and_then(|lan| lan.parse().ok());
        }
        (mesh.name.clone(), network)
    });
    Meshes { networks: networks.collect() }
}

impl Meshes {
    /// The mesh of this name.
    pub fn get(&self, mesh: &str) -> Option<&Network> {
        self.networks.get(mesh)
    }
}

impl KeyState {
    /// The public key, when there is one.
    pub fn public_key(&self) -> Option<WgPublicKey> {
        match self {
            KeyState::Managed(key) | KeyState::External(key) => Some(*key),
            KeyState::Pending => None,
        }
    }

    /// `managed`, `external` or `pending`.
    pub fn word(&self) -> &'static str {
        match self {
            KeyState::Managed(_) => "managed",
            KeyState::External(_) => "external",
            KeyState::Pending => "pending",
        }
    }
}

impl Network {
    fn derive(mesh: &Mesh, keys: &BTreeMap<MachineName, WgPublicKey>) -> Self {
        let nodes: Vec<Node> = mesh
            .members
            .values()
            .map(|member| {
                let mut addresses: Vec<IpNet> = Vec::new();
                if let Some(address) = mesh.address(member.postfix) {
                    addresses.extend(IpNet::new(address.into(), mesh.subnet.prefix_len()));
                }
                if let (Some(address), Some(subnet)) = (mesh.address6(member.postfix), mesh.subnet6) {
                    addresses.extend(IpNet::new(address.into(), subnet.prefix_len()));
                }
                let mut routes: Vec<IpNet> = member.routes.iter().map(IpNet::trunc).collect();
                routes.sort_unstable();
                routes.dedup();
                let own = addresses.iter().map(|net| IpNet::from(net.addr())).chain(routes.iter().copied());
                let hub = mesh.is_hub(&member.name);
                Node {
                    name: member.name.clone(),
                    postfix: member.postfix,
                    external: member.external,
                    key: match keys.get(&member.name) {
                        None => KeyState::Pending,
                        Some(key) if member.external => KeyState::External(*key),
                        Some(key) => KeyState::Managed(*key),
                    },
                    own: own.collect(),
                    addresses,
                    forwards: hub || !routes.is_empty(),
                    routes,
                    endpoint: member.endpoint.clone(),
                    listen_port: member.listen_port.unwrap_or(mesh.listen_port),
                    mtu: member.mtu.or(mesh.mtu),
                    hub,
                    lan: None,
                    // A member that can be called needs none, unless it asks for them itself.
                    keepalive: match (member.keepalive, &member.endpoint) {
                        (Some(seconds), _) => Some(seconds),
                        (None, None) => mesh.keepalive,
                        (None, Some(_)) => None,
                    }
                    .filter(|seconds| *seconds > 0),
                }
            })
            .collect();
        let mut network = Network {
            name: mesh.name.clone(),
            subnet: mesh.subnet.trunc(),
            subnet6: mesh.subnet6.map(|subnet| subnet.trunc()),
            preshared: mesh.preshared,
            hubs: Vec::new(),
            star: !mesh.hubs.is_empty(),
            nodes,
            through_first_hub: Vec::new(),
        };
        for hub in &mesh.hubs {
            let found = network.position(hub.as_str());
            let found = found.filter(|&at| network.nodes[at].key != KeyState::Pending);
            network.hubs.extend(found.filter(|at| !network.hubs.contains(at)));
        }
        network.through_first_hub = network.relayed(None);
        network
    }

    /// The member of this name.
    pub fn node(&self, name: &str) -> Option<&Node> {
        self.position(name).map(|at| &self.nodes[at])
    }

    /// Members without a key, in the order of names.
    pub fn pending(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter().filter(|node| node.key == KeyState::Pending)
    }

    /// True when fleet.toml names hubs for this mesh.
    pub fn has_hubs(&self) -> bool {
        self.star
    }

    /// The hub that relays between spokes: the first that has a key.
    pub fn first_hub(&self) -> Option<&Node> {
        self.hubs.first().map(|&at| &self.nodes[at])
    }

    /// The subnets of the mesh.
    pub fn subnets(&self) -> impl Iterator<Item = IpNet> {
        [Some(IpNet::V4(self.subnet)), self.subnet6.map(IpNet::V6)].into_iter().flatten()
    }

    /// The service that owns the mesh's secrets.
    pub fn service(&self) -> String {
        format!("wireguard-{}", self.name)
    }

    /// Where the machine's private key lies while the mesh is up.
    pub fn private_key_file(&self) -> String {
        format!("/run/{}-keys/{PRIVATE_KEY}", self.service())
    }

    /// Where the key that two members share lies while the mesh is up.
    pub fn preshared_key_file(&self, a: &MachineName, b: &MachineName) -> String {
        format!("/run/{}-keys/{}", self.service(), preshared_key_name(a, b))
    }

    /// The peers of a member: spokes list hubs in fleet.toml's order, all others list by name.
    pub fn peers<'a>(&'a self, of: &'a Node) -> impl Iterator<Item = Peer<'a>> + 'a {
        let me = self.position(of.name.as_str());
        // One of the two is empty: a spoke lists hubs, all others list everybody.
        let (hubs, everybody) = match self.is_spoke(of) {
            true => (self.hubs.as_slice(), 0..0),
            false => (&[][..], 0..self.nodes.len()),
        };
        let listed = hubs.iter().copied().chain(everybody);
        listed.filter(move |at| Some(*at) != me).filter_map(move |at| self.peer(of, at))
    }

    /// True for a member that lists hubs alone.
    pub(super) fn is_spoke(&self, of: &Node) -> bool {
        self.star && !of.hub
    }

    /// The hubs that have a key, in fleet.toml's order.
    pub(super) fn hubs(&self) -> impl Iterator<Item = &Node> {
        self.hubs.iter().map(|&at| &self.nodes[at])
    }

    /// What a spoke without routes of its own, who stands in none, sends to the first hub.
    pub(super) fn through_first_hub(&self) -> &[IpNet] {
        &self.through_first_hub
    }

    /// What one member says of another whom it lists; nothing while that one is pending.
    pub(super) fn peer<'a>(&'a self, of: &'a Node, at: usize) -> Option<Peer<'a>> {
        let node = &self.nodes[at];
        let first = self.is_spoke(of) && self.hubs.first() == Some(&at);
        let mut allowed_ips = match first {
            false => Cow::Borrowed(node.own.as_slice()),
            true if of.routes.is_empty() => Cow::Borrowed(self.through_first_hub.as_slice()),
            true => Cow::Owned(self.relayed(Some(of))),
        };
        let mut common = !first;
        if let Some(lan) = of.lan
            && allowed_ips.iter().any(|network| self.is_home(network, lan))
        {
            allowed_ips.to_mut().retain(|network| !self.is_home(network, lan));
            common = false;
        }
        Some(Peer {
            node,
            public_key: node.key.public_key()?,
            keepalive: of.keepalive.filter(|_| node.endpoint.is_some()),
            common: common.then_some(at),
            allowed_ips,
        })
    }

    /// One member's interface and its peers, as everything that prints takes it.
    pub fn config(&self, of: &Node) -> Config {
        let ours = !of.external;
        let preshared = |node: &Node| match (self.preshared, ours) {
            (false, _) => KeySource::None,
            (true, true) => KeySource::File(self.preshared_key_file(&of.name, &node.name)),
            (true, false) => {
                KeySource::Missing(format!("{}/{}", self.service(), preshared_key_name(&of.name, &node.name)))
            }
        };
        let peers = self.peers(of).map(|peer| PeerConfig {
            name: Some(peer.node.name.to_string()),
            public_key: peer.public_key,
            preshared_key: preshared(peer.node),
            endpoint: peer.endpoint().cloned(),
            allowed_ips: peer.allowed_ips.into_owned(),
            keepalive: peer.keepalive,
        });
        Config { peers: peers.collect(), ..self.interface(of) }
    }

    /// One member's interface without its peers.
    pub(super) fn interface(&self, of: &Node) -> Config {
        let ours = !of.external;
        let private_key = match ours {
            true => KeySource::File(self.private_key_file()),
            false => KeySource::Missing(format!("private key of {}", of.name)),
        };
        Config {
            name: Some(of.name.to_string()),
            public_key: of.key.public_key(),
            private_key,
            addresses: of.addresses.clone(),
            listen_port: Some(of.listen_port),
            mtu: of.mtu,
            endpoint: of.endpoint.clone(),
            forwards: of.forwards,
            behind: of.routes.clone(),
            at_home: self.at_home(of),
            routed: true,
            peers: Vec::new(),
        }
    }

    /// True for a network behind another member that a machine with this address stands in: it gets there without
    /// the mesh, and a route into the tunnel would cut it off from its neighbours.
    fn is_home(&self, network: &IpNet, lan: IpAddr) -> bool {
        network.contains(&lan) && self.subnets().all(|subnet| subnet != *network)
    }

    /// The networks behind other members that this member stands in.
    fn at_home(&self, of: &Node) -> Vec<IpNet> {
        let Some(lan) = of.lan else { return Vec::new() };
        let others = self.nodes.iter().filter(|node| node.name != of.name && node.key != KeyState::Pending);
        let mut networks: Vec<IpNet> = others
            .flat_map(|node| node.routes.iter().copied())
            .filter(|network| self.is_home(network, lan))
            .collect();
        networks.sort_unstable();
        networks.dedup();
        networks
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.nodes.binary_search_by(|node| node.name.as_str().cmp(name)).ok()
    }

    /// What a spoke sends to the first hub: the subnets, what lies behind that hub, and what lies behind spokes.
    /// What lies behind the other hubs is theirs, and the spoke's own networks are at home.
    fn relayed(&self, spoke: Option<&Node>) -> Vec<IpNet> {
        let Some(first) = self.first_hub() else { return Vec::new() };
        let mut networks: Vec<IpNet> = self
            .nodes
            .iter()
            .filter(|node| node.key != KeyState::Pending && (!node.hub || node.name == first.name))
            .filter(|node| spoke.is_none_or(|spoke| spoke.name != node.name))
            .flat_map(|node| node.routes.iter().copied())
            .collect();
        networks.sort_unstable();
        networks.dedup();
        self.subnets().chain(networks).collect()
    }
}
