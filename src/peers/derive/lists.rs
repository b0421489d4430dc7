//! Peer lists: who lists whom, said once for all members instead of once for each.
//!
//! In a mesh of 1,000 without hubs every member lists 999 others, a million entries that hardly differ. What a member
//! is to others (its key, its endpoint, the networks that are its own) is a fact of its own; who is listed is the
//! same list for all spokes, and another for all others. What is left is the little that one member says otherwise:
//! a network it stands in, its own routes, a key it shares with one peer.

use super::{Network, Node};
use ipnet::IpNet;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Members in the order in which others list them; whoever is in it leaves itself out.
#[derive(Debug, PartialEq)]
pub struct PeerList<'a> {
    /// Its name: `everybody` or `hubs`.
    pub name: &'static str,
    /// Members that have a key.
    pub nodes: Vec<&'a Node>,
    /// What all who list a member send to it, where that is not what is the member's own.
    pub allowed_ips: BTreeMap<&'a str, &'a [IpNet]>,
}

/// Whom one member lists.
#[derive(Debug, PartialEq)]
pub struct Listed<'a> {
    /// The name of the [`PeerList`].
    pub list: &'static str,
    /// Seconds between keepalives to each peer that has an endpoint.
    pub keepalive: Option<u16>,
    /// What this member says otherwise than the list, by peer.
    pub differing: BTreeMap<&'a str, Differing<'a>>,
}

/// What one member says of one peer otherwise than its list.
#[derive(Debug, Default, PartialEq)]
pub struct Differing<'a> {
    /// What is sent to the peer instead.
    pub allowed_ips: Option<Cow<'a, [IpNet]>>,
    /// Both share a key, which is a secret of the fleet.
    pub preshared: bool,
}

const EVERYBODY: &str = "everybody";
const HUBS: &str = "hubs";

impl Node {
    /// Its own addresses as hosts, then its routes: what others send to it, unless told otherwise.
    pub fn allowed_ips(&self) -> &[IpNet] {
        &self.own
    }
}

impl Network {
    /// The lists that members of this mesh have.
    pub fn peer_lists(&self) -> Vec<PeerList<'_>> {
        let with_key = self.nodes.iter().filter(|node| node.key.public_key().is_some());
        let everybody = PeerList { name: EVERYBODY, nodes: with_key.collect(), allowed_ips: BTreeMap::new() };
        if !self.has_hubs() {
            return vec![everybody];
        }
        let first = self.first_hub().map(|hub| (hub.name.as_str(), self.through_first_hub()));
        let hubs =
            PeerList { name: HUBS, nodes: self.hubs().collect(), allowed_ips: first.into_iter().collect() };
        vec![everybody, hubs]
    }

    /// Whom a member lists: with the lists, all that [`Network::peers`] answers, without walking over it where a
    /// member can't differ.
    pub fn listed<'a>(&'a self, of: &'a Node) -> Listed<'a> {
        let mut listed = Listed { list: EVERYBODY, keepalive: of.keepalive, differing: BTreeMap::new() };
        let usual: fn(&'a Network, &'a Node) -> &'a [IpNet] = match self.is_spoke(of) {
            false => |_, node| node.own.as_slice(),
            true => {
                listed.list = HUBS;
                |network, node| match network.first_hub() {
                    Some(first) if first.name == node.name => network.through_first_hub(),
                    _ => node.own.as_slice(),
                }
            }
        };
        // Who lists members by their own networks leaves out only those it stands in.
        if self.is_spoke(of) || self.preshared || of.lan.is_some() {
            for peer in self.peers(of) {
                let differs = peer.common.is_none() && *peer.allowed_ips != *usual(self, peer.node);
                // What two members share who are not ours is none of our business.
                let preshared = self.preshared && !(of.external && peer.node.external);
                if differs || preshared {
                    let allowed_ips = differs.then_some(peer.allowed_ips);
                    listed.differing.insert(peer.node.name.as_str(), Differing { allowed_ips, preshared });
                }
            }
        }
        listed
    }
}
