//! JSON for scripts: every mesh, its members whatever their state, and the peers of each.

use crate::peers::config::KeySource;
use crate::peers::{Meshes, Network, Node};
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Mesh<'a> {
    subnet: String,
    subnet6: Option<String>,
    hubs: Vec<&'a str>,
    members: BTreeMap<&'a str, Member<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Member<'a> {
    state: &'static str,
    postfix: u32,
    addresses: Vec<String>,
    public_key: Option<String>,
    private_key_file: Option<String>,
    endpoint: Option<String>,
    listen_port: u16,
    mtu: Option<u16>,
    routes: Vec<String>,
    forwards: bool,
    peers: Vec<Peer<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Peer<'a> {
    name: &'a str,
    public_key: String,
    #[serde(rename = "allowedIPs")]
    allowed_ips: Vec<String>,
    endpoint: Option<String>,
    persistent_keepalive: Option<u16>,
    preshared_key_file: Option<String>,
}

/// An object by mesh; with a name, that member alone in each of its meshes.
pub fn json(meshes: &Meshes, of: Option<&str>) -> String {
    let wanted = |node: &&Node| of.is_none_or(|name| node.name.as_str() == name);
    let meshes: BTreeMap<&str, Mesh<'_>> = meshes
        .networks
        .values()
        .filter(|network| network.nodes.iter().any(|node| wanted(&node)))
        .map(|network| {
            let members =
                network.nodes.iter().filter(wanted).map(|node| (node.name.as_str(), member(network, node)));
            let mesh = Mesh {
                subnet: network.subnet.to_string(),
                subnet6: network.subnet6.map(|subnet| subnet.to_string()),
                hubs: network.nodes.iter().filter(|node| node.hub).map(|node| node.name.as_str()).collect(),
                members: members.collect(),
            };
            (network.name.as_str(), mesh)
        })
        .collect();
    let mut text = serde_json::to_string_pretty(&meshes).expect("its keys are strings");
    text.push('\n');
    text
}

fn member<'a>(network: &'a Network, node: &'a Node) -> Member<'a> {
    let interface = network.interface(node);
    let texts = |networks: &[ipnet::IpNet]| networks.iter().map(ipnet::IpNet::to_string).collect::<Vec<_>>();
    let file = |source: &KeySource| match source {
        KeySource::File(path) => Some(path.clone()),
        _ => None,
    };
    let preshared = |other: &Node| {
        let ours = network.preshared && !node.external;
        ours.then(|| network.preshared_key_file(&node.name, &other.name))
    };
    let peers = network.peers(node).map(|peer| Peer {
        name: peer.node.name.as_str(),
        public_key: peer.public_key.to_string(),
        allowed_ips: texts(&peer.allowed_ips),
        endpoint: peer.endpoint().map(ToString::to_string),
        persistent_keepalive: peer.keepalive,
        preshared_key_file: preshared(peer.node),
    });
    Member {
        state: node.key.word(),
        postfix: node.postfix,
        addresses: texts(&node.addresses),
        public_key: node.key.public_key().map(|key| key.to_string()),
        private_key_file: file(&interface.private_key),
        endpoint: node.endpoint.as_ref().map(ToString::to_string),
        listen_port: node.listen_port,
        mtu: node.mtu,
        routes: texts(&node.routes),
        forwards: node.forwards,
        peers: peers.collect(),
    }
}
