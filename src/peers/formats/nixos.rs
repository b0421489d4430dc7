//! NixOS: what `networking.wireguard.interfaces` of a module holds.

use super::members;
use crate::peers::config::{Config, KeySource};
use crate::peers::{Meshes, Network};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// A module for one machine; for all of them, an attribute set of modules by machine.
pub fn nixos(meshes: &Meshes, of: Option<&str>) -> String {
    let mut machines: BTreeMap<&str, Vec<(&Network, Config)>> = BTreeMap::new();
    for (network, node) in members(meshes, of) {
        machines.entry(node.name.as_str()).or_default().push((network, network.config(node)));
    }
    let mut out = String::from("# Written by `fleet wg render --format nixos`.\n");
    if of.is_some() {
        module(&mut out, "", machines.values().flatten());
        out.push('\n');
        return out;
    }
    out.push_str("{\n");
    for (name, interfaces) in &machines {
        let _ = write!(out, "  {} = ", quoted(name));
        module(&mut out, "  ", interfaces);
        out.push_str(";\n");
    }
    out.push_str("}\n");
    out
}

fn module<'a>(
    out: &mut String,
    indent: &str,
    interfaces: impl IntoIterator<Item = &'a (&'a Network, Config)>,
) {
    out.push_str("{\n");
    let (mut ports, mut forwards, mut forwards6) = (Vec::new(), false, false);
    for (network, config) in interfaces {
        interface(out, &format!("{indent}  "), network, config);
        ports.extend(config.listen_port.map(|port| port.to_string()));
        forwards |= config.forwards;
        forwards6 |= config.forwards && network.subnet6.is_some();
    }
    let _ = writeln!(out, "{indent}  networking.firewall.allowedUDPPorts = [ {} ];", ports.join(" "));
    if forwards {
        let _ = writeln!(out, "{indent}  boot.kernel.sysctl.\"net.ipv4.ip_forward\" = true;");
    }
    if forwards6 {
        let _ = writeln!(out, "{indent}  boot.kernel.sysctl.\"net.ipv6.conf.all.forwarding\" = true;");
    }
    let _ = write!(out, "{indent}}}");
}

fn interface(out: &mut String, indent: &str, network: &Network, config: &Config) {
    let _ = writeln!(out, "{indent}networking.wireguard.interfaces.{} = {{", quoted(network.name.as_str()));
    let _ = writeln!(out, "{indent}  ips = {};", list(&config.addresses));
    if let Some(port) = config.listen_port {
        let _ = writeln!(out, "{indent}  listenPort = {port};");
    }
    if let Some(mtu) = config.mtu {
        let _ = writeln!(out, "{indent}  mtu = {mtu};");
    }
    if let KeySource::File(path) = &config.private_key {
        let _ = writeln!(out, "{indent}  privateKeyFile = {};", quoted(path));
    }
    let _ = writeln!(out, "{indent}  peers = [");
    for peer in &config.peers {
        let _ = writeln!(out, "{indent}    {{");
        if let Some(name) = &peer.name {
            let _ = writeln!(out, "{indent}      name = {};", quoted(name));
        }
        let _ = writeln!(out, "{indent}      publicKey = {};", quoted(&peer.public_key.to_string()));
        let _ = writeln!(out, "{indent}      allowedIPs = {};", list(&peer.allowed_ips));
        if let Some(endpoint) = &peer.endpoint {
            let _ = writeln!(out, "{indent}      endpoint = {};", quoted(&endpoint.to_string()));
        }
        if let Some(seconds) = peer.keepalive {
            let _ = writeln!(out, "{indent}      persistentKeepalive = {seconds};");
        }
        if let KeySource::File(path) = &peer.preshared_key {
            let _ = writeln!(out, "{indent}      presharedKeyFile = {};", quoted(path));
        }
        let _ = writeln!(out, "{indent}    }}");
    }
    let _ = writeln!(out, "{indent}  ];\n{indent}}};");
}

fn list(networks: &[ipnet::IpNet]) -> String {
    let mut out = String::from("[ ");
    for network in networks {
        let _ = write!(out, "\"{network}\" ");
    }
    out.push(']');
    out
}

/// A Nix string.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace("${", "\\${"))
}
