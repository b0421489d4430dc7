//! Names for addresses in the meshes: lines for /etc/hosts, and host keys for ssh's known_hosts.

use crate::inventory::Inventory;
use crate::keys::PublicKeys;
use crate::peers::{KeyState, Meshes, Network};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Lines for /etc/hosts, for one member's view or everybody's: `name.mesh`, and the bare name in the first mesh the
/// member is in. A pending member has no line: nobody answers there.
pub fn hosts(meshes: &Meshes, of: Option<&str>) -> String {
    let mut out = String::new();
    let mut named = BTreeSet::new();
    for network in meshes.networks.values().filter(|network| sees(network, of)) {
        let _ = writeln!(out, "# mesh {}", network.name);
        for node in network.nodes.iter().filter(|node| node.key != KeyState::Pending) {
            let bare = if named.insert(&node.name) { format!(" {}", node.name) } else { String::new() };
            for address in &node.addresses {
                let _ = writeln!(out, "{} {}.{}{bare}", address.addr(), node.name, network.name);
            }
        }
    }
    out
}

/// Lines for ssh's known_hosts: each host key with every name and address its machine is reached at.
pub fn known_hosts(inventory: &Inventory, keys: &PublicKeys, meshes: &Meshes, of: Option<&str>) -> String {
    let mut out = String::new();
    for machine in inventory.machines.values() {
        let Some(key) = keys.hosts.get(&machine.name) else { continue };
        let mut names = vec![machine.name.to_string()];
        for network in meshes.networks.values().filter(|network| sees(network, of)) {
            let Some(node) = network.node(machine.name.as_str()) else { continue };
            names.push(format!("{}.{}", machine.name, network.name));
            names.extend(node.addresses.iter().map(|net| net.addr().to_string()));
        }
        names.extend(machine.address.lan.iter().chain(&machine.address.public).cloned());
        // sshd(8): a port other than 22 stands after the name, and the name in brackets.
        let pattern = |name: &String| match machine.ssh_port {
            22 => name.clone(),
            port => format!("[{name}]:{port}"),
        };
        let patterns: Vec<String> = names.iter().map(pattern).collect();
        let _ = writeln!(out, "{} {}", patterns.join(","), key.line());
    }
    out
}

fn sees(network: &Network, of: Option<&str>) -> bool {
    of.is_none_or(|name| network.node(name).is_some())
}
