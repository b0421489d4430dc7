//! Why can A not reach B? A packet is walked over the hosts' configurations, as the kernel and WireGuard would move it.
//!
//! On every host: the routing table chooses an interface, the allowed IPs choose a peer (cryptokey routing), the tunnel
//! to that peer must be open or openable (keys on both sides, a pre-shared key, an endpoint that leads there, or a
//! peer that called before), the receiver must believe the source address, and whoever is not the target must pass
//! packets on. Then the reply walks back. The first thing that stops the packet is the answer.
//!
//! The input is a set of configurations, derived or read from files, so broken ones can be walked as well. What no
//! configuration tells (a firewall, a NAT between two hosts, a name that does not resolve) is not seen here.

mod matrix;
mod table;
#[cfg(test)]
mod tests;
mod walk;
mod words;
mod world;

pub use matrix::Matrix;
pub use walk::{Hop, Lost, Opened, Walk};
pub use world::{Target, World, WorldError};
