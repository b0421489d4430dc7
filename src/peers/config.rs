//! One interface as a file would describe it: what every printer takes and [`super::parse()`] gives back.

use crate::format::{Sensitive, WgPublicKey};
use crate::inventory::Endpoint;
use ipnet::IpNet;
use std::fmt;

/// A host's WireGuard interface and its peers.
///
/// Some of it no WireGuard tool knows (`name`, `public_key`, `endpoint`, `forwards`, `behind`,
/// `at_home`): our files carry it in
/// comments of the form `# Name = web1`, so that a reviewer sees it and [`super::reach`] can walk over files alone.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Whose interface it is.
    pub name: Option<String>,
    /// The public half of its key.
    pub public_key: Option<WgPublicKey>,
    /// Where the private half comes from.
    pub private_key: KeySource,
    /// Its addresses, with the prefix length of the network they are in.
    pub addresses: Vec<IpNet>,
    /// The UDP port it listens on.
    pub listen_port: Option<u16>,
    /// Bytes a packet may have.
    pub mtu: Option<u16>,
    /// Where others can call it.
    pub endpoint: Option<Endpoint>,
    /// The host passes on packets that are for others.
    pub forwards: bool,
    /// Networks behind the host.
    pub behind: Vec<IpNet>,
    /// Networks behind other members that the host stands in: it needs no tunnel to get there.
    pub at_home: Vec<IpNet>,
    /// The host's routing table gets a route for every allowed IP (wg-quick does so unless told `Table = off`).
    pub routed: bool,
    /// Its peers.
    pub peers: Vec<PeerConfig>,
}

/// A peer of an interface.
#[derive(Debug, Clone, PartialEq)]
pub struct PeerConfig {
    /// Who it is.
    pub name: Option<String>,
    /// Its key, which is its identity.
    pub public_key: WgPublicKey,
    /// Where the key that both share comes from.
    pub preshared_key: KeySource,
    /// What is sent to it and believed to come from it.
    pub allowed_ips: Vec<IpNet>,
    /// Where it is called first.
    pub endpoint: Option<Endpoint>,
    /// Seconds between keepalives.
    pub keepalive: Option<u16>,
}

/// Where a private or pre-shared key comes from: never from the model itself.
#[derive(Default)]
pub enum KeySource {
    /// There is none.
    #[default]
    None,
    /// A file on the host.
    File(String),
    /// Whoever gets the configuration fills it in; says what belongs there.
    Missing(String),
    /// It stood in a file that was read, or is about to be shown as a QR code.
    Given(Sensitive),
}

impl Clone for KeySource {
    fn clone(&self) -> Self {
        match self {
            KeySource::None => KeySource::None,
            KeySource::File(path) => KeySource::File(path.clone()),
            KeySource::Missing(what) => KeySource::Missing(what.clone()),
            KeySource::Given(key) => KeySource::Given(Sensitive::new(key.expose().to_vec())),
        }
    }
}

impl PartialEq for KeySource {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (KeySource::None, KeySource::None) => true,
            (KeySource::File(a), KeySource::File(b)) | (KeySource::Missing(a), KeySource::Missing(b)) => {
                a == b
            }
            (KeySource::Given(a), KeySource::Given(b)) => a.expose() == b.expose(),
            _ => false,
        }
    }
}

impl fmt::Debug for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeySource::None => f.write_str("None"),
            KeySource::File(path) => write!(f, "File({path:?})"),
            KeySource::Missing(what) => write!(f, "Missing({what:?})"),
            KeySource::Given(_) => f.write_str("Given(…)"),
        }
    }
}
