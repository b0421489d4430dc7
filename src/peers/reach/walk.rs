//! The walk itself: host by host, there and back.

use super::world::{Host, Interface, Target, World, WorldError};
use crate::inventory::{Endpoint, EndpointHost};
use crate::peers::{KeySource, PeerConfig};
use ipnet::IpNet;
use std::collections::HashSet;
use std::net::IpAddr;

/// What IP gives a packet to live; a longer way is a loop.
const MOST_HOPS: usize = 64;

/// A packet from one host to another, and the reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walk {
    /// Where it began.
    pub from: String,
    /// The host or address it was for.
    pub to: String,
    /// The sender's address, when it got that far.
    pub source: Option<IpAddr>,
    /// The address it was for, when there is one.
    pub target: Option<IpAddr>,
    /// Tunnels it went through.
    pub there: Vec<Hop>,
    /// Tunnels the reply went through.
    pub back: Vec<Hop>,
    /// The last hop ended in a network behind that host, not on the host itself.
    pub behind: Option<IpNet>,
    /// What stopped it; the reply when `there` is complete.
    pub lost: Option<Lost>,
    /// It was the reply that was lost.
    pub reply_lost: bool,
}

/// One tunnel on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hop {
    /// The sender.
    pub from: String,
    /// The receiver.
    pub to: String,
    /// The mesh.
    pub mesh: String,
    /// The allowed IPs that chose the receiver.
    pub allowed: IpNet,
    /// How the tunnel comes to be.
    pub opened: Opened,
}

/// Who opens a tunnel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    /// The sender calls this endpoint.
    Called {
        /// The endpoint.
        endpoint: Endpoint,
        /// The port the receiver listens on, when it is another: a router in between has to lead there.
        forwarded_to: Option<u16>,
    },
    /// The receiver called before and keeps the line open with keepalives of so many seconds.
    KeptOpen(u16),
    /// The packet that this one answers opened it.
    ByRequest,
}

/// Why a packet went no further. Every host is named.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the words of each variant are its documentation: see words.rs")]
pub enum Lost {
    NoAddress { host: String },
    SenderDown { host: String },
    NoRoute { host: String, target: IpAddr },
    NoSource { host: String, mesh: String, target: IpAddr },
    NoPeer { host: String, mesh: String, target: IpAddr },
    UnknownKey { host: String, peer: String, mesh: String },
    Down { host: String, peer: String },
    NotListed { host: String, peer: String, mesh: String },
    Preshared { host: String, peer: String },
    NobodyCalls { host: String, peer: String, why: Box<CantCall>, why_not_back: Box<NoCallBack> },
    Source { host: String, peer: String, source: IpAddr, owner: Option<String> },
    NotForwarding { host: String, target: IpAddr },
    Loop { host: String, target: IpAddr },
}

/// Why a host can't call a peer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the words of each variant are its documentation: see words.rs")]
pub enum CantCall {
    NoEndpoint,
    LeadsElsewhere { endpoint: Endpoint, to: String },
    Wrong { endpoint: Endpoint, right: Endpoint },
    WrongPort { endpoint: Endpoint, port: u16 },
}

/// Why the peer did not call first.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the words of each variant are its documentation: see words.rs")]
pub enum NoCallBack {
    Silent,
    Cant(CantCall),
}

/// Tunnels that a packet of this walk opened, by host and interface.
type Open = HashSet<((usize, usize), (usize, usize))>;

impl World<'_> {
    /// Walks from a host to a host or address, and back.
    ///
    /// # Errors
    /// When nobody has such a name, or its key is still missing.
    pub fn reach(&self, from: &str, to: &Target, mesh: Option<&str>) -> Result<Walk, WorldError> {
        let start = self.position(from, mesh)?;
        let (name, target) = match to {
            Target::Address(address) => (address.to_string(), Some(*address)),
            Target::Host(name) => (name.clone(), self.address(start, self.position(name, mesh)?, mesh)),
        };
        let walk = Walk {
            from: from.to_owned(),
            to: name,
            source: None,
            target,
            there: Vec::new(),
            back: Vec::new(),
            behind: None,
            lost: None,
            reply_lost: false,
        };
        Ok(self.walk(walk, start))
    }

    /// Walks from one host to another inside a mesh; nothing for a host and itself.
    pub(super) fn between(&self, from: usize, to: usize, mesh: &str) -> Option<Walk> {
        if from == to {
            return None;
        }
        let walk = Walk {
            from: self.hosts[from].name.clone(),
            to: self.hosts[to].name.clone(),
            source: None,
            target: self.address(from, to, Some(mesh)),
            there: Vec::new(),
            back: Vec::new(),
            behind: None,
            lost: None,
            reply_lost: false,
        };
        Some(self.walk(walk, from))
    }

    pub(super) fn walk(&self, mut walk: Walk, start: usize) -> Walk {
        let Some(target) = walk.target else {
            walk.lost = Some(Lost::NoAddress { host: walk.to.clone() });
            return walk;
        };
        let from = &self.hosts[start];
        if from.down {
            walk.lost = Some(Lost::SenderDown { host: from.name.clone() });
            return walk;
        }
        let source = match self.source(from, target) {
            Ok(source) => source,
            Err(lost) => {
                walk.lost = Some(lost);
                return walk;
            }
        };
        walk.source = Some(source);
        let mut open = Open::new();
        let end = match self.packet(start, source, target, &mut open, &mut walk.there) {
            Ok(end) => end,
            Err(lost) => {
                walk.lost = Some(lost);
                return walk;
            }
        };
        if !self.hosts[end].has(target) {
            walk.behind = self.hosts[end].behind(target);
        }
        if let Err(lost) = self.packet(end, target, source, &mut open, &mut walk.back) {
            walk.lost = Some(lost);
            walk.reply_lost = true;
        }
        walk
    }

    /// The address a host sends from: its own when it is the target, else that of the interface it sends into.
    fn source(&self, host: &Host<'_>, target: IpAddr) -> Result<IpAddr, Lost> {
        if host.has(target) {
            return Ok(target);
        }
        let name = || host.name.clone();
        // For a network behind it, any of its addresses stands for the one it has there.
        let at = match (host.route(target), host.behind(target)) {
            (Some((route, at)), home) if home.is_none_or(|home| home.prefix_len() < route.prefix_len()) => at,
            (_, Some(_)) => 0,
            (_, None) => return Err(Lost::NoRoute { host: name(), target }),
        };
        let interface = &host.interfaces[at];
        let addresses = interface.config().addresses.iter().map(|net| net.addr());
        let mut of_family = addresses.filter(|address| address.is_ipv4() == target.is_ipv4());
        of_family.next().ok_or_else(|| Lost::NoSource { host: name(), mesh: interface.mesh.clone(), target })
    }

    /// Moves one packet until it arrives; answers on which host.
    fn packet(
        &self,
        start: usize,
        source: IpAddr,
        target: IpAddr,
        open: &mut Open,
        hops: &mut Vec<Hop>,
    ) -> Result<usize, Lost> {
        let mut at = start;
        let mut came_in = false;
        loop {
            let host = &self.hosts[at];
            if host.has(target) {
                return Ok(at);
            }
            // What came from a network behind this host is passed on as well.
            let passes = came_in || !host.has(source);
            if passes && !host.forwards() {
                return Err(Lost::NotForwarding { host: host.name.clone(), target });
            }
            let route = host.route(target);
            let home = host.behind(target);
            if let Some(home) = home
                && route.is_none_or(|(net, _)| net.prefix_len() <= home.prefix_len())
            {
                return Ok(at);
            }
            let Some((_, out)) = route else { return Err(Lost::NoRoute { host: host.name.clone(), target }) };
            if hops.len() >= MOST_HOPS {
                return Err(Lost::Loop { host: host.name.clone(), target });
            }
            let (hop, next) = self.tunnel((at, out), source, target, open)?;
            hops.push(hop);
            at = next;
            came_in = true;
        }
    }

    /// Through one tunnel: choose the peer, open the tunnel, and be believed at the other end.
    fn tunnel(
        &self,
        here: (usize, usize),
        source: IpAddr,
        target: IpAddr,
        open: &mut Open,
    ) -> Result<(Hop, usize), Lost> {
        let host = &self.hosts[here.0];
        let interface = &host.interfaces[here.1];
        let name = || host.name.clone();
        let mesh = || interface.mesh.clone();
        let no_peer = || Lost::NoPeer { host: name(), mesh: mesh(), target };
        let (allowed, key) = interface.table().peer_of(target).ok_or_else(no_peer)?;
        let listed = &interface.table().peers[&key];
        let called = || listed.name.clone().unwrap_or_else(|| key.to_string());
        let there = match self.keys.get(&key) {
            Some(there) if there.0 != here.0 => *there,
            _ => return Err(Lost::UnknownKey { host: name(), peer: called(), mesh: mesh() }),
        };
        let peer = &self.hosts[there.0];
        let other = &peer.interfaces[there.1];
        let peer_name = || peer.name.clone();
        if peer.down {
            return Err(Lost::Down { host: name(), peer: peer_name() });
        }
        let Some(lists_us) = interface.key.and_then(|key| other.table().peers.get(&key)) else {
            return Err(Lost::NotListed { host: name(), peer: peer_name(), mesh: mesh() });
        };
        if !same_preshared(&listed.preshared_key, &lists_us.preshared_key) {
            return Err(Lost::Preshared { host: name(), peer: peer_name() });
        }
        let opened = if open.contains(&(here, there)) {
            Opened::ByRequest
        } else {
            match self.call(listed, there) {
                Ok(endpoint) => {
                    let port = other.config().listen_port.filter(|port| *port != endpoint.port);
                    Opened::Called { endpoint, forwarded_to: port }
                }
                Err(why) => match (self.call(lists_us, here), lists_us.keepalive) {
                    (Ok(_), Some(seconds)) => Opened::KeptOpen(seconds),
                    (back, _) => {
                        let why_not_back = back.map_or_else(NoCallBack::Cant, |_| NoCallBack::Silent);
                        let (why, why_not_back) = (Box::new(why), Box::new(why_not_back));
                        return Err(Lost::NobodyCalls { host: name(), peer: peer_name(), why, why_not_back });
                    }
                },
            }
        };
        open.insert((here, there));
        open.insert((there, here));
        self.believed(other, peer, interface, host, source)?;
        Ok((Hop { from: name(), to: peer_name(), mesh: mesh(), allowed, opened }, there.0))
    }

    /// The receiver drops what comes from an address that is another peer's or nobody's.
    fn believed(
        &self,
        other: &Interface<'_>,
        peer: &Host<'_>,
        interface: &Interface<'_>,
        host: &Host<'_>,
        source: IpAddr,
    ) -> Result<(), Lost> {
        let owner = other.table().peer_of(source).map(|(_, key)| key);
        if owner.is_some() && owner == interface.key {
            return Ok(());
        }
        let owner = owner.map(|key| {
            let named = other.table().peers.get(&key).and_then(|peer| peer.name.clone());
            named.unwrap_or_else(|| key.to_string())
        });
        Err(Lost::Source { host: host.name.clone(), peer: peer.name.clone(), source, owner })
    }

    /// Whether calling this peer's endpoint gets to that interface.
    fn call(&self, listed: &PeerConfig, there: (usize, usize)) -> Result<Endpoint, CantCall> {
        let Some(endpoint) = &listed.endpoint else { return Err(CantCall::NoEndpoint) };
        let endpoint = endpoint.clone();
        let config = self.hosts[there.0].interfaces[there.1].config();
        if config.endpoint.as_ref().is_some_and(|right| same_endpoint(right, &endpoint)) {
            return Ok(endpoint);
        }
        for (at, host) in self.hosts.iter().enumerate() {
            for (index, other) in host.interfaces.iter().enumerate() {
                let leads =
                    other.config().endpoint.as_ref().is_some_and(|right| same_endpoint(right, &endpoint));
                if leads && (at, index) != there {
                    return Err(CantCall::LeadsElsewhere { endpoint, to: host.name.clone() });
                }
            }
        }
        match (&config.endpoint, config.listen_port) {
            (Some(right), _) => Err(CantCall::Wrong { endpoint, right: right.clone() }),
            // Nobody says where it can be called; the port it listens on is all there is to compare.
            (None, Some(port)) if port != endpoint.port => Err(CantCall::WrongPort { endpoint, port }),
            (None, _) => Ok(endpoint),
        }
    }
}

fn same_endpoint(a: &Endpoint, b: &Endpoint) -> bool {
    let same_host = match (&a.host, &b.host) {
        (EndpointHost::Name(a), EndpointHost::Name(b)) => {
            a.trim_end_matches('.').eq_ignore_ascii_case(b.trim_end_matches('.'))
        }
        (a, b) => a == b,
    };
    same_host && a.port == b.port
}

/// Both have none, or both have one that is the same as far as one can tell: a key itself, or a file of one name.
fn same_preshared(a: &KeySource, b: &KeySource) -> bool {
    let file = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    match (a, b) {
        (KeySource::None, KeySource::None) => true,
        (KeySource::None, _) | (_, KeySource::None) => false,
        (KeySource::File(a), KeySource::File(b)) => file(a) == file(b),
        (KeySource::Given(a), KeySource::Given(b)) => a.expose() == b.expose(),
        _ => true,
    }
}
