//! systemd-networkd: a `.netdev` and a `.network` file (systemd.netdev(5), systemd.network(5)).

use crate::peers::config::KeySource;
use crate::peers::{Network, Node};
use ipnet::IpNet;
use std::fmt::Write as _;

/// Both files one after the other, each under a comment with its path.
///
/// systemd-networkd runs as `systemd-network`, so that group has to be let read the key files.
/// `RouteTable=main` makes the routes for allowed IPs, as wg-quick does (systemd 250 or later).
pub fn networkd(network: &Network, node: &Node) -> String {
    let config = network.config(node);
    let name = &network.name;
    let mut out = format!("# /etc/systemd/network/50-{name}.netdev\n[NetDev]\nName={name}\nKind=wireguard\n");
    if let Some(mtu) = config.mtu {
        let _ = writeln!(out, "MTUBytes={mtu}");
    }
    out.push_str("\n[WireGuard]\n");
    secret(&mut out, "PrivateKey", &config.private_key);
    if let Some(port) = config.listen_port {
        let _ = writeln!(out, "ListenPort={port}");
    }
    out.push_str("RouteTable=main\n");
    for peer in &config.peers {
        let _ = write!(out, "\n# {}\n[WireGuardPeer]\n", peer.name.as_deref().unwrap_or_default());
        let _ = writeln!(out, "PublicKey={}", peer.public_key);
        let allowed: Vec<String> = peer.allowed_ips.iter().map(IpNet::to_string).collect();
        let _ = writeln!(out, "AllowedIPs={}", allowed.join(", "));
        if let Some(endpoint) = &peer.endpoint {
            let _ = writeln!(out, "Endpoint={endpoint}");
        }
        if let Some(seconds) = peer.keepalive {
            let _ = writeln!(out, "PersistentKeepalive={seconds}");
        }
        secret(&mut out, "PresharedKey", &peer.preshared_key);
    }
    let _ = write!(out, "\n# /etc/systemd/network/50-{name}.network\n[Match]\nName={name}\n\n[Network]\n");
    for address in &config.addresses {
        let _ = writeln!(out, "Address={address}");
    }
    if config.forwards {
        out.push_str("# Before systemd 256: IPForward=yes\nIPv4Forwarding=yes\n");
        if network.subnet6.is_some() {
            out.push_str("IPv6Forwarding=yes\n");
        }
    }
    out
}

fn secret(out: &mut String, setting: &str, source: &KeySource) {
    let _ = match source {
        KeySource::None | KeySource::Given(_) => Ok(()),
        KeySource::File(path) => writeln!(out, "{setting}File={path}"),
        KeySource::Missing(what) => writeln!(out, "{setting}=<{what}>"),
    };
}
