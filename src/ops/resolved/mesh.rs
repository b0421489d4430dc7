//! The meshes in `fleet.json`: what each member is, and whom it lists.
//!
//! `meshes.<mesh>.members.<member>` says what a member is (its key, endpoint and addresses, and the `allowedIPs` others
//! send to it), and in `peers` whom it lists: the name of one of the mesh's `peerLists`, the `persistentKeepalive` it sends to
//! peers that have an endpoint, and what `differs`. So 1,000 members that all list each other fit in a megabyte. A
//! member's peers are put together, not derived:
//!
//! ```nix
//! mesh: name: let
//!   mine = mesh.members.${name}.peers;
//!   list = mesh.peerLists.${mine.list};
//!   peer = other: let facts = mesh.members.${other}; in
//!     { name = other; inherit (facts) publicKey allowedIPs endpoint; }
//!     // (if facts.endpoint == null then { } else { inherit (mine) persistentKeepalive; })
//!     // (list.differs.${other} or { }) // (mine.differs.${other} or { });
//! in map peer (builtins.filter (other: other != name) list.members)
//! ```
//!
//! A peer with a pre-shared key has `presharedKeyFile`, where the machine finds it; for a member that is no machine of
//! ours it is `presharedKeySecret`, the secret to hand over. A list holds no pending members, whose `publicKey` is
//! null; their own `peers` are those they will have.

use crate::format::MachineName;
use crate::inventory::{self, preshared_key_name};
use crate::peers::{Differing, Network, Node};
use ipnet::IpNet;
use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr};

/// A mesh. The fields of all of these are printed in this order: that of the alphabet.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Mesh<'a> {
    hubs: &'a [MachineName],
    keepalive: Option<u16>,
    listen_port: u16,
    members: BTreeMap<&'a str, Member<'a>>,
    mtu: Option<u16>,
    peer_lists: BTreeMap<&'a str, List<'a>>,
    subnet: String,
    subnet6: Option<String>,
}

/// A member; a mesh may have thousands.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Member<'a> {
    address: Option<Ipv4Addr>,
    address6: Option<Ipv6Addr>,
    addresses: &'a [IpNet],
    #[serde(rename = "allowedIPs")]
    allowed_ips: &'a [IpNet],
    endpoint: Option<String>,
    external: bool,
    forwards: bool,
    listen_port: u16,
    mtu: Option<u16>,
    peers: Peers<'a>,
    postfix: u32,
    private_key_file: Option<String>,
    public_key: Option<String>,
    routes: &'a [IpNet],
}

/// Whom a member lists.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Peers<'a> {
    differs: BTreeMap<&'a str, Differs<'a>>,
    list: &'static str,
    persistent_keepalive: Option<u16>,
}

/// Who is listed by many.
#[derive(Serialize)]
struct List<'a> {
    differs: BTreeMap<&'a str, Differs<'a>>,
    members: Vec<&'a str>,
}

/// What stands in the place of a member's own facts.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Differs<'a> {
    #[serde(rename = "allowedIPs", skip_serializing_if = "Option::is_none")]
    allowed_ips: Option<Cow<'a, [IpNet]>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    preshared_key_file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    preshared_key_secret: Option<String>,
}

/// A mesh with its members and whom they list.
pub(super) fn resolved<'a>(mesh: &'a inventory::Mesh, network: &'a Network) -> Mesh<'a> {
    let lists = network.peer_lists().into_iter().map(|list| {
        let differs = list.allowed_ips.into_iter().map(|(name, networks)| {
            (name, Differs { allowed_ips: Some(Cow::Borrowed(networks)), ..Differs::default() })
        });
        let members = list.nodes.iter().map(|node| node.name.as_str());
        (list.name, List { differs: differs.collect(), members: members.collect() })
    });
    Mesh {
        hubs: &mesh.hubs,
        keepalive: mesh.keepalive,
        listen_port: mesh.listen_port,
        members: network.nodes.iter().map(|node| (node.name.as_str(), member(mesh, network, node))).collect(),
        mtu: mesh.mtu,
        peer_lists: lists.collect(),
        subnet: mesh.subnet.to_string(),
        subnet6: mesh.subnet6.map(|subnet| subnet.to_string()),
    }
}

fn member<'a>(mesh: &inventory::Mesh, network: &'a Network, node: &'a Node) -> Member<'a> {
    let listed = network.listed(node);
    let differs = listed.differing.into_iter().map(|(name, Differing { allowed_ips, preshared })| {
        let mut differs = Differs { allowed_ips, ..Differs::default() };
        match MachineName::parse(name).ok().filter(|_| preshared) {
            Some(other) if node.external => {
                let key = preshared_key_name(&node.name, &other);
                differs.preshared_key_secret = Some(format!("{}/{key}", network.service()));
            }
            Some(other) => differs.preshared_key_file = Some(network.preshared_key_file(&node.name, &other)),
            None => {}
        }
        (name, differs)
    });
    Member {
        address: mesh.address(node.postfix),
        address6: mesh.address6(node.postfix),
        addresses: &node.addresses,
        allowed_ips: node.allowed_ips(),
        endpoint: node.endpoint.as_ref().map(ToString::to_string),
        external: node.external,
        forwards: node.forwards,
        listen_port: node.listen_port,
        mtu: node.mtu,
        peers: Peers {
            differs: differs.collect(),
            list: listed.list,
            persistent_keepalive: listed.keepalive,
        },
        postfix: node.postfix,
        private_key_file: (!node.external).then(|| network.private_key_file()),
        public_key: node.key.public_key().map(|key| key.to_string()),
        routes: &node.routes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::peers::fixture::{Fleet, member};
    use crate::peers::{self, Config, KeySource, PeerConfig};
    use serde_json::Value;

    fn json(fleet: &Fleet) -> (peers::Meshes, Value) {
        let meshes = peers::derive(&fleet.inventory, &fleet.keys);
        let all = fleet.inventory.meshes.iter();
        let all = all.map(|(name, mesh)| (name.as_str(), resolved(mesh, meshes.get(name.as_str()).unwrap())));
        let value = serde_json::to_value(all.collect::<BTreeMap<_, _>>()).unwrap();
        (meshes, value)
    }

    /// A member's peers as the page above puts them together.
    fn peers_of(mesh: &Value, name: &str) -> Vec<BTreeMap<String, Value>> {
        let mine = &mesh["members"][name]["peers"];
        let list = &mesh["peerLists"][mine["list"].as_str().unwrap()];
        let listed = list["members"].as_array().unwrap().iter().map(|other| other.as_str().unwrap());
        let peer = |other: &str| {
            let member = &mesh["members"][other];
            let mut peer = BTreeMap::from([("name".to_owned(), Value::from(other))]);
            for fact in ["publicKey", "allowedIPs", "endpoint"] {
                peer.insert(fact.to_owned(), member[fact].clone());
            }
            if !member["endpoint"].is_null() {
                peer.insert("persistentKeepalive".to_owned(), mine["persistentKeepalive"].clone());
            }
            for differs in [&list["differs"][other], &mine["differs"][other]] {
                peer.extend(
                    differs
                        .as_object()
                        .into_iter()
                        .flatten()
                        .map(|(key, value)| (key.clone(), value.clone())),
                );
            }
            peer.retain(|_, value| !value.is_null());
            peer
        };
        listed.filter(|other| *other != name).map(peer).collect()
    }

    /// The same from the configuration that every printer takes.
    fn expected(network: &Network, node: &Node) -> Vec<BTreeMap<String, Value>> {
        let Config { peers, .. } = network.config(node);
        let peer = |peer: PeerConfig| {
            let other = network.node(peer.name.as_deref().unwrap()).unwrap();
            let ours = !(node.external && other.external);
            let (file, secret) = match &peer.preshared_key {
                KeySource::File(path) => (Some(path.as_str()), None),
                KeySource::Missing(secret) if ours => (None, Some(secret.as_str())),
                _ => (None, None),
            };
            let all = [
                ("name", Value::from(peer.name)),
                ("publicKey", Value::from(peer.public_key.to_string())),
                ("allowedIPs", serde_json::to_value(&peer.allowed_ips).unwrap()),
                ("endpoint", Value::from(peer.endpoint.map(|endpoint| endpoint.to_string()))),
                ("persistentKeepalive", Value::from(peer.keepalive)),
                ("presharedKeyFile", Value::from(file)),
                ("presharedKeySecret", Value::from(secret)),
            ];
            all.into_iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(key, value)| (key.to_owned(), value))
                .collect()
        };
        peers.into_iter().map(peer).collect()
    }

    /// A home behind a hub, a second hub, a spoke with its own network, a phone, and one without a key.
    fn fleet(hubs: usize, preshared: bool) -> Fleet {
        let mut fleet = Fleet::new("wireg0", "10.88.127.0/24");
        fleet.mesh().preshared = preshared;
        fleet.mesh().subnet6 = Some("fd12:3456::/64".parse().unwrap());
        let router = || member("router", 1).endpoint("192.0.2.1:2108").route("10.88.128.0/24");
        let second = || member("second", 2).endpoint("192.0.2.2:2108").route("10.2.0.0/16");
        match hubs {
            0 => fleet.add(router()),
            _ => fleet.hub(router()),
        }
        match hubs {
            2 => fleet.hub(second()),
            _ => fleet.add(second()),
        }
        fleet.add(member("storage", 3));
        fleet.add(member("rented", 50).endpoint("198.51.100.50:2108").route("10.50.0.0/16").keepalive(10));
        fleet.add(member("quiet", 51).keepalive(0));
        fleet.external(member("phone", 210));
        fleet.external(member("tablet", 211).route("10.99.0.0/16"));
        fleet.pending(member("planned", 100).route("10.100.0.0/16"));
        fleet.machine("storage").address.lan = Some("10.88.128.3".into());
        fleet.machine("router").address.lan = Some("10.2.0.1".into());
        fleet
    }

    #[test]
    fn put_together_they_are_the_peers_that_are_rendered() {
        for (hubs, preshared) in [(0, false), (0, true), (1, false), (1, true), (2, false), (2, true)] {
            let (meshes, value) = json(&fleet(hubs, preshared));
            let network = meshes.get("wireg0").unwrap();
            for node in &network.nodes {
                let name = node.name.as_str();
                let found = peers_of(&value["wireg0"], name);
                assert_eq!(found, expected(network, node), "{name} with {hubs} hubs, preshared: {preshared}");
                assert!(!found.is_empty(), "{name}");
            }
        }
    }

    #[test]
    fn a_spoke_says_only_what_is_its_own() {
        let (_, value) = json(&fleet(1, false));
        let mesh = &value["wireg0"];
        let through = [
            "10.88.127.0/24",
            "fd12:3456::/64",
            "10.2.0.0/16",
            "10.50.0.0/16",
            "10.88.128.0/24",
            "10.99.0.0/16",
        ];
        assert_eq!(
            mesh["peerLists"]["hubs"],
            serde_json::json!({ "members": ["router"], "differs": { "router": { "allowedIPs": through } } })
        );
        let peers = |name: &str| &mesh["members"][name]["peers"];
        assert_eq!(
            *peers("phone"),
            serde_json::json!({ "list": "hubs", "persistentKeepalive": 25, "differs": {} })
        );
        let home: Vec<&str> = through.into_iter().filter(|network| *network != "10.88.128.0/24").collect();
        assert_eq!(
            peers("storage")["differs"]["router"]["allowedIPs"],
            serde_json::json!(home),
            "it stands there"
        );
        assert_eq!(peers("router")["list"], "everybody");
        let everybody = mesh["peerLists"]["everybody"]["members"].as_array().unwrap();
        assert!(everybody.len() == 7 && !everybody.contains(&"planned".into()));
    }

    #[test]
    fn a_thousand_that_list_each_other_fit_in_a_megabyte() {
        let mut fleet = Fleet::new("wireg0", "10.0.0.0/16");
        for number in 1..=1_000 {
            let name = format!("machine-{number}");
            fleet.add(member(&name, number).endpoint(&format!("198.51.100.1:{number}")));
            fleet.machine(&name).address.lan = Some("192.168.0.1".into());
        }
        let (_, value) = json(&fleet);
        let size = serde_json::to_string_pretty(&value).unwrap().len();
        assert!(size < 1_000_000, "{size}");
        assert_eq!(peers_of(&value["wireg0"], "machine-1").len(), 999);
    }
}
