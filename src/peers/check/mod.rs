//! What is wrong with the meshes, before anybody loses a packet.
//!
//! WireGuard itself accepts in silence what breaks a network: one network on two peers (the first loses it), one key
//! twice, an address of a member on somebody else. All of it is found here, from the inventory and the public keys
//! alone.

mod members;
mod pending;
mod routes;
#[cfg(test)]
mod tests;

use super::derive::{Meshes, Network, derive};
use crate::format::{MachineName, MeshName};
use crate::inventory::{Inventory, Member, Mesh};
use crate::keys::PublicKeys;
use crate::report::{Place, Report, Reports};

/// Checks every mesh; errors, warnings, and a note for members that are pending.
pub fn check(inventory: &Inventory, keys: &PublicKeys) -> Reports {
    run(inventory, keys, Report::error)
}

/// The same for a command that renders: that something counts on a member whose key is still missing is a warning
/// here, since keys come one by one and each is rendered.
pub fn check_for_rendering(inventory: &Inventory, keys: &PublicKeys) -> Reports {
    run(inventory, keys, Report::warning)
}

fn run(inventory: &Inventory, keys: &PublicKeys, too_early: fn(String) -> Report) -> Reports {
    let meshes = derive(inventory, keys);
    let mut check = Check { inventory, keys, meshes: &meshes, too_early, reports: Reports::default() };
    for (mesh, network) in inventory.meshes.values().zip(meshes.networks.values()) {
        check.numbers(mesh);
        check.hubs(mesh, network);
        check.endpoints(mesh);
        check.reachability(mesh, network);
        check.packet_sizes(mesh);
        check.routes(mesh);
        check.pending(mesh, network);
    }
    check.keys();
    check.same_endpoint();
    check.listen_ports();
    check.overlapping_meshes();
    check.reports
}

struct Check<'a> {
    inventory: &'a Inventory,
    keys: &'a PublicKeys,
    meshes: &'a Meshes,
    /// What it is when something counts on a pending member.
    too_early: fn(String) -> Report,
    reports: Reports,
}

impl Check<'_> {
    fn push(&mut self, report: Report) {
        self.reports.push(report);
    }

    /// Where a member's setting was said: with its machine, or with the mesh when it is external.
    fn place(&self, mesh: &MeshName, member: &Member, setting: &str) -> Place {
        self.inventory.places.at(&path(mesh, member, setting))
    }

    fn mesh_place(&self, mesh: &Mesh, setting: &str) -> Place {
        self.inventory.places.at(&format!("mesh.{}.{setting}", mesh.name))
    }

    fn network(&self, mesh: &MeshName) -> Option<&Network> {
        self.meshes.get(mesh.as_str())
    }
}

fn path(mesh: &MeshName, member: &Member, setting: &str) -> String {
    match member.external {
        true => format!("mesh.{mesh}.external.{}.{setting}", member.name),
        false => format!("machine.{}.mesh.{mesh}.{setting}", member.name),
    }
}

/// "`a`, `b` and `c`", at most so many of them by name.
fn names<'a>(names: impl IntoIterator<Item = &'a MachineName>, most: usize) -> String {
    let all: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match all.len() {
        0 => String::new(),
        1 => all[0].clone(),
        count if count > most => format!("{} and {} more", all[..most].join(", "), count - most),
        count => format!("{} and {}", all[..count - 1].join(", "), all[count - 1]),
    }
}

/// "has" or "have", as many as there are.
fn verb(count: usize, one: &'static str, several: &'static str) -> &'static str {
    if count == 1 { one } else { several }
}
