//! What an interface does with a configuration: which peer gets which address.

use crate::format::WgPublicKey;
use crate::peers::{Config, PeerConfig};
use ipnet::IpNet;
use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;

/// A configuration after `wg setconf`: every network is one peer's, every key is there once.
pub(super) struct Table {
    /// Peers by key; a key that stands twice is one peer.
    pub peers: HashMap<WgPublicKey, PeerConfig>,
    allowed: Networks<WgPublicKey>,
    /// What the host's routing table sends into this interface.
    routes: Networks<()>,
}

impl Table {
    pub fn new(config: &Config, own_key: Option<WgPublicKey>) -> Self {
        let mut table =
            Table { peers: HashMap::new(), allowed: Networks::default(), routes: Networks::default() };
        for address in &config.addresses {
            table.routes.insert(address.trunc(), ());
        }
        for peer in &config.peers {
            // WireGuard drops a peer that has the interface's own key.
            if Some(peer.public_key) == own_key {
                continue;
            }
            if config.routed {
                for network in &peer.allowed_ips {
                    table.routes.insert(network.trunc(), ());
                }
            }
            table.add(peer);
        }
        table
    }

    /// A section whose key is known replaces that peer's networks; a network is taken from whoever had it before.
    fn add(&mut self, peer: &PeerConfig) {
        let key = peer.public_key;
        if let Some(known) = self.peers.get_mut(&key) {
            for network in std::mem::take(&mut known.allowed_ips) {
                if self.allowed.get(&network.trunc()) == Some(&key) {
                    self.allowed.remove(&network.trunc());
                }
            }
            known.allowed_ips.clone_from(&peer.allowed_ips);
            known.endpoint = peer.endpoint.clone().or(known.endpoint.take());
            known.keepalive = peer.keepalive.or(known.keepalive);
            known.name = peer.name.clone().or(known.name.take());
        } else {
            self.peers.insert(key, peer.clone());
        }
        for network in &peer.allowed_ips {
            self.allowed.insert(network.trunc(), key);
        }
    }

    /// The peer that an address belongs to, with the network that says so.
    pub fn peer_of(&self, address: IpAddr) -> Option<(IpNet, WgPublicKey)> {
        self.allowed.longest(address).map(|(network, key)| (network, *key))
    }

    /// The most specific route for an address into this interface.
    pub fn route(&self, address: IpAddr) -> Option<IpNet> {
        self.routes.longest(address).map(|(network, ())| network)
    }
}

/// Networks with a longest-prefix lookup: one hash look-up per prefix length in use.
struct Networks<T> {
    entries: HashMap<IpNet, T>,
    lengths4: BTreeSet<u8>,
    lengths6: BTreeSet<u8>,
}

impl<T> Default for Networks<T> {
    fn default() -> Self {
        Networks { entries: HashMap::new(), lengths4: BTreeSet::new(), lengths6: BTreeSet::new() }
    }
}

impl<T> Networks<T> {
    fn insert(&mut self, network: IpNet, value: T) {
        match network {
            IpNet::V4(_) => self.lengths4.insert(network.prefix_len()),
            IpNet::V6(_) => self.lengths6.insert(network.prefix_len()),
        };
        self.entries.insert(network, value);
    }

    fn remove(&mut self, network: &IpNet) {
        self.entries.remove(network);
    }

    fn get(&self, network: &IpNet) -> Option<&T> {
        self.entries.get(network)
    }

    fn longest(&self, address: IpAddr) -> Option<(IpNet, &T)> {
        let lengths = if address.is_ipv4() { &self.lengths4 } else { &self.lengths6 };
        lengths.iter().rev().find_map(|length| {
            let network = IpNet::new(address, *length).ok()?.trunc();
            Some((network, self.entries.get(&network)?))
        })
    }
}
