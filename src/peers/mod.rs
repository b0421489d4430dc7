//! The WireGuard meshes: one model, derived once from the inventory and the public keys, and many outputs.
//!
//! [`derive()`] answers what each member's interface is and which peers it has; [`check()`] says what is wrong with
//! that before anybody loses a packet. Everything printed (`wg-quick`, `wg setconf`, systemd-networkd, NixOS, JSON,
//! hosts, pictures) goes through [`Config`], which [`parse()`] reads back. [`reach`] walks a packet over such
//! configurations, rendered or read, and says where it is lost.
//!
//! # Who lists whom
//!
//! *Full mesh* (no hubs): everybody lists everybody, with the member's own addresses and the routes behind it.
//!
//! *Hubs*: a hub lists every member, a spoke lists only hubs. A network can belong to one peer alone (WireGuard takes
//! it from the first when a second claims it), so the subnet and all that lies behind other spokes goes to the
//! **first** hub that has a key; every other hub is listed with its own addresses and routes, and is reached
//! directly. The first hub relays between spokes; to make another one relay, put it first in `hubs`.
//!
//! *Endpoints*: a peer is listed with the endpoint fleet.toml gives it, whoever lists it. A member without one can
//! only call, so it sends keepalives to peers that have one; a member with an endpoint does so only when it sets
//! `keepalive` itself.
//!
//! *At home*: a machine whose `address.lan` lies in a network behind another member stands in it. That network is left
//! out of its allowed IPs: `ip route replace` would cut it off from its neighbours, and wg-quick would refuse.
//!
//! *Pending* members (no key yet) are nobody's peer; `check` names them.

mod check;
mod config;
mod derive;
#[cfg(test)]
pub(crate) mod fixture;
pub mod formats;
pub mod graph;
mod parse;
mod print;
pub mod qr;
pub mod reach;
mod render;

pub use check::{check, check_for_rendering};
pub use config::{Config, KeySource, PeerConfig};
pub use derive::{Differing, KeyState, Listed, Meshes, Network, Node, Peer, PeerList, derive};
pub use parse::{ParseError, parse};
pub use print::{Style, header, print};
pub use render::{Act, Differences, Rendering, rendering};
