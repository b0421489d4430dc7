//! Derivation: from what fleet.toml says of a mesh to each member's interface and peers.
//!
//! Members are stored once; the peers of a member are an iterator over borrowed parts, because a full mesh of 1,000
//! members has 999,000 of them.

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
    /// Seconds between keepalives, when it sends any.
    keepalive: Option<u16>,
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
        let spoke = self.star && !of.hub;
        let me = self.position(of.name.as_str());
        // One of the two is empty: a spoke lists hubs, all others list everybody.
        let hubs = if spoke { self.hubs.as_slice() } else { &[] };
        let everybody = if spoke { 0..0 } else { 0..self.nodes.len() };
        hubs.iter().copied().chain(everybody).filter(move |at| Some(*at) != me).filter_map(move |at| {
            let node = &self.nodes[at];
            let first = spoke && self.hubs.first() == Some(&at);
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

#[cfg(test)]
mod tests {
    use super::super::fixture::{Fleet, member};
    use super::super::{Style, print};
    use super::*;

    /// `name: allowed, ips @ endpoint ~ keepalive`, a line per peer.
    fn peers(fleet: &Fleet, of: &str) -> Vec<String> {
        let meshes = derive(&fleet.inventory, &fleet.keys);
        let network = meshes.get("wireg0").unwrap();
        let shown = network.peers(network.node(of).unwrap()).map(|peer| {
            let allowed: Vec<String> = peer.allowed_ips.iter().map(IpNet::to_string).collect();
            let endpoint = peer.endpoint().map(|endpoint| format!(" @ {endpoint}")).unwrap_or_default();
            let keepalive = peer.keepalive.map(|seconds| format!(" ~ {seconds}")).unwrap_or_default();
            format!("{}: {}{endpoint}{keepalive}", peer.node.name, allowed.join(", "))
        });
        shown.collect()
    }

    #[test]
    fn a_hub_lists_hosts_and_a_spoke_lists_the_subnet() {
        let mut fleet = Fleet::new("wireg0", "10.88.127.0/24");
        fleet.hub(member("hub", 1).endpoint("hub.example.net:2108").route("10.88.128.0/24"));
        fleet.add(member("laptop", 20));
        fleet.add(member("rented", 50).endpoint("198.51.100.50:2108").route("10.50.0.0/16"));
        fleet.external(member("phone", 210));
        fleet.pending(member("planned", 100).route("10.100.0.0/16"));
        assert_eq!(
            peers(&fleet, "hub"),
            [
                "laptop: 10.88.127.20/32",
                "phone: 10.88.127.210/32",
                "rented: 10.88.127.50/32, 10.50.0.0/16 @ 198.51.100.50:2108",
            ]
        );
        let through_hub = "hub: 10.88.127.0/24, 10.50.0.0/16, 10.88.128.0/24 @ hub.example.net:2108 ~ 25";
        assert_eq!(peers(&fleet, "laptop"), [through_hub]);
        assert_eq!(peers(&fleet, "phone"), [through_hub]);
        assert_eq!(
            peers(&fleet, "rented"),
            ["hub: 10.88.127.0/24, 10.88.128.0/24 @ hub.example.net:2108"],
            "its own network is at home, and who can be called needs no keepalive"
        );
    }

    #[test]
    fn who_stands_in_a_network_gets_no_route_to_it() {
        let mut fleet = Fleet::new("wireg0", "10.88.127.0/24");
        fleet.hub(member("hub", 1).endpoint("192.0.2.1:1").route("10.88.128.0/24").route("10.88.129.0/24"));
        fleet.add(member("storage", 3));
        fleet.add(member("laptop", 20));
        fleet.machine("storage").address.lan = Some("10.88.128.3".into());
        fleet.machine("hub").address.lan = Some("10.88.128.1".into());
        fleet.machine("laptop").address.lan = Some("laptop.lan".into());
        assert_eq!(peers(&fleet, "storage"), ["hub: 10.88.127.0/24, 10.88.129.0/24 @ 192.0.2.1:1 ~ 25"]);
        assert_eq!(
            peers(&fleet, "laptop"),
            ["hub: 10.88.127.0/24, 10.88.128.0/24, 10.88.129.0/24 @ 192.0.2.1:1 ~ 25"]
        );
        let meshes = derive(&fleet.inventory, &fleet.keys);
        let network = meshes.get("wireg0").unwrap();
        let home = |name: &str| network.config(network.node(name).unwrap()).at_home;
        assert_eq!(home("storage"), ["10.88.128.0/24".parse().unwrap()]);
        assert!(home("hub").is_empty() && home("laptop").is_empty());
    }

    #[test]
    fn with_several_hubs_each_network_goes_to_one_peer() {
        let mut fleet = Fleet::new("wireg0", "10.0.0.0/16");
        fleet.hub(member("south", 1).endpoint("192.0.2.1:2108").route("10.1.0.0/16"));
        fleet.hub(member("north", 2).endpoint("192.0.2.2:2108").route("10.2.0.0/16"));
        fleet.add(member("a", 300).route("10.3.0.0/16"));
        fleet.add(member("b", 301));
        assert_eq!(
            peers(&fleet, "b"),
            [
                "south: 10.0.0.0/16, 10.1.0.0/16, 10.3.0.0/16 @ 192.0.2.1:2108 ~ 25",
                "north: 10.0.0.2/32, 10.2.0.0/16 @ 192.0.2.2:2108 ~ 25",
            ]
        );
        assert_eq!(
            peers(&fleet, "north"),
            [
                "a: 10.0.1.44/32, 10.3.0.0/16",
                "b: 10.0.1.45/32",
                "south: 10.0.0.1/32, 10.1.0.0/16 @ 192.0.2.1:2108"
            ]
        );
        fleet.keys.mesh.get_mut("wireg0").unwrap().remove("south");
        assert_eq!(
            peers(&fleet, "b"),
            ["north: 10.0.0.0/16, 10.2.0.0/16, 10.3.0.0/16 @ 192.0.2.2:2108 ~ 25"],
            "without a key of the first hub, the next one relays"
        );
    }

    #[test]
    fn without_hubs_everybody_lists_everybody_in_both_families() {
        let mut fleet = Fleet::new("wireg0", "10.9.0.0/30");
        fleet.mesh().subnet6 = Some("fd12:3456::/64".parse().unwrap());
        fleet.add(member("a", 1).endpoint("[2001:db8::1]:51820"));
        fleet.add(member("b", 2).route("fd99::/48"));
        assert_eq!(peers(&fleet, "a"), ["b: 10.9.0.2/32, fd12:3456::2/128, fd99::/48"]);
        assert_eq!(peers(&fleet, "b"), ["a: 10.9.0.1/32, fd12:3456::1/128 @ [2001:db8::1]:51820 ~ 25"]);
    }

    #[test]
    fn a_member_may_turn_keepalives_off_or_on() {
        let mut fleet = Fleet::new("wireg0", "10.9.0.0/24");
        fleet.hub(member("hub", 1).endpoint("192.0.2.1:1"));
        fleet.add(member("quiet", 2).keepalive(0));
        fleet.add(member("rented", 3).endpoint("192.0.2.3:1").keepalive(10));
        assert_eq!(peers(&fleet, "quiet"), ["hub: 10.9.0.0/24 @ 192.0.2.1:1"]);
        assert_eq!(peers(&fleet, "rented"), ["hub: 10.9.0.0/24 @ 192.0.2.1:1 ~ 10"]);
    }

    #[test]
    fn what_is_committed_reads_well() {
        let mut fleet = Fleet::new("wireg0", "10.88.127.0/24");
        fleet.mesh().preshared = true;
        fleet.mesh().mtu = Some(1380);
        fleet.hub(member("hub", 1).endpoint("hub.example.net:2108").route("10.88.128.0/24"));
        fleet.add(member("laptop", 20));
        let meshes = derive(&fleet.inventory, &fleet.keys);
        let network = meshes.get("wireg0").unwrap();
        let (hub, laptop) = (network.node("hub").unwrap(), network.node("laptop").unwrap());
        let (hub_key, laptop_key) = (hub.key.public_key().unwrap(), laptop.key.public_key().unwrap());
        assert_eq!(
            print(&network.config(hub), Style::Committed),
            format!(
                "[Interface]\n# name: hub\n# public key: {hub_key}\n# called at: hub.example.net:2108\n\
                 # forwards: yes\n# behind: 10.88.128.0/24\n# private key: /run/wireguard-wireg0-keys/private-key\n\
                 Address = 10.88.127.1/24\nMTU = 1380\nListenPort = 2108\n\n\
                 [Peer]\n# name: laptop\nPublicKey = {laptop_key}\nAllowedIPs = 10.88.127.20/32\n\
                 # preshared key: /run/wireguard-wireg0-keys/psk.hub.laptop\n"
            )
        );
        assert_eq!(
            print(&network.config(laptop), Style::WgQuick),
            format!(
                "[Interface]\n# name: laptop\n# public key: {laptop_key}\nAddress = 10.88.127.20/24\n\
                 MTU = 1380\nListenPort = 2108\n\
                 PostUp = wg set %i private-key /run/wireguard-wireg0-keys/private-key\n\
                 PostUp = wg set %i peer {hub_key} preshared-key /run/wireguard-wireg0-keys/psk.hub.laptop\n\n\
                 [Peer]\n# name: hub\nPublicKey = {hub_key}\nAllowedIPs = 10.88.127.0/24, 10.88.128.0/24\n\
                 Endpoint = hub.example.net:2108\nPersistentKeepalive = 25\n\
                 # preshared key: /run/wireguard-wireg0-keys/psk.hub.laptop\n"
            )
        );
    }
}
