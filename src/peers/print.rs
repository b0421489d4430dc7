//! A configuration as text, in the three dialects of `wg(8)` and `wg-quick(8)`.
//!
//! What those tools have no word for stands in comments of the form `# name: web1`; the colon keeps them apart from
//! settings that somebody commented out.

use super::config::{Config, KeySource};
use crate::format::WgPublicKey;
use crate::inventory::Endpoint;
use ipnet::IpNet;
use std::fmt::{Display, Write as _};

/// Which tool reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// People: what is committed under peers/. wg-quick's syntax with the public half only.
    Committed,
    /// `wg-quick up`: key files are read by `PostUp` commands.
    WgQuick,
    /// `wg setconf` and `wg syncconf`, after the private key was put in.
    Setconf,
}

/// A configuration as text, without a header.
pub fn print(config: &Config, style: Style) -> String {
    // Large enough from the start: a text that grows leaves copies behind, and this one may hold keys.
    let networks: usize = config.peers.iter().map(|peer| peer.allowed_ips.len()).sum();
    let room = 1024 + 48 * (config.addresses.len() + config.behind.len() + config.at_home.len() + networks);
    let mut out = String::with_capacity(room + 768 * config.peers.len());
    interface(&mut out, config, style);
    for peer in &config.peers {
        peer_head(
            &mut out,
            peer.name.as_deref(),
            &peer.public_key,
            &peer.allowed_ips,
            peer.endpoint.as_ref(),
        );
        if let Some(seconds) = peer.keepalive {
            keepalive(&mut out, seconds);
        }
        match &peer.preshared_key {
            KeySource::None => {}
            KeySource::Given(_) if style == Style::Committed => {}
            // wg-quick reads the file by a command that stands with the interface.
            KeySource::File(path) => preshared_file(&mut out, path),
            KeySource::Missing(what) => line(&mut out, "PresharedKey = ", format_args!("<{what}>")),
            KeySource::Given(key) => line(&mut out, "PresharedKey = ", key.expose_str().unwrap_or_default()),
        }
    }
    out
}

/// Who wrote a file and from what, as comments that end in an empty line.
pub fn header(mesh: &str, member: &str, style: Style) -> String {
    let mut out = format!(
        "# `{member}` in mesh `{mesh}`: written by `fleet wg render` from fleet.toml and keys/{mesh}.\n"
    );
    out.push_str(match style {
        Style::Committed => {
            "# For reading and comparing. It has the public half only: loaded into an interface it would wipe its keys.\n"
        }
        Style::WgQuick => "",
        Style::Setconf => {
            "# `wg setconf` without a PrivateKey wipes the interface's key: put it under [Interface] on the way there.\n"
        }
    });
    out.push('\n');
    out
}

/// The `[Interface]` section.
pub(super) fn interface(out: &mut String, config: &Config, style: Style) {
    out.push_str("[Interface]\n");
    if let Some(name) = &config.name {
        line(out, "# name: ", name);
    }
    if let Some(key) = &config.public_key {
        line(out, "# public key: ", key);
    }
    if let Some(endpoint) = &config.endpoint {
        line(out, "# called at: ", endpoint);
    }
    if config.forwards {
        out.push_str("# forwards: yes\n");
    }
    list(out, "# behind: ", &config.behind);
    list(out, "# at home in: ", &config.at_home);
    match &config.private_key {
        KeySource::None => {}
        KeySource::Given(_) if style == Style::Committed => {}
        KeySource::File(path) if style != Style::WgQuick => line(out, "# private key: ", path),
        KeySource::File(_) => {}
        KeySource::Missing(what) if style == Style::Committed => {
            line(out, "# private key: ", format_args!("<{what}>"))
        }
        KeySource::Missing(what) => line(out, "PrivateKey = ", format_args!("<{what}>")),
        KeySource::Given(key) => line(out, "PrivateKey = ", key.expose_str().unwrap_or_default()),
    }
    if style == Style::Setconf {
        list(out, "# address: ", &config.addresses);
        if let Some(mtu) = config.mtu {
            line(out, "# mtu: ", mtu);
        }
        if !config.routed {
            out.push_str("# table: off\n");
        }
    } else {
        list(out, "Address = ", &config.addresses);
        if let Some(mtu) = config.mtu {
            line(out, "MTU = ", mtu);
        }
        if !config.routed {
            out.push_str("Table = off\n");
        }
    }
    if let Some(port) = config.listen_port {
        line(out, "ListenPort = ", port);
    }
    if style == Style::WgQuick {
        post_up(out, config);
    }
}

/// What `wg-quick` runs once the interface is up: keys come from files, so that none stands in the configuration.
fn post_up(out: &mut String, config: &Config) {
    if let KeySource::File(path) = &config.private_key {
        line(out, "PostUp = wg set %i private-key ", path);
    }
    for peer in &config.peers {
        if let KeySource::File(path) = &peer.preshared_key {
            let _ = writeln!(out, "PostUp = wg set %i peer {} preshared-key {path}", peer.public_key);
        }
    }
    if config.forwards {
        out.push_str("PostUp = sysctl -q -w net.ipv4.ip_forward=1\n");
        if config.addresses.iter().any(|net| matches!(net, IpNet::V6(_))) {
            out.push_str("PostUp = sysctl -q -w net.ipv6.conf.all.forwarding=1\n");
        }
    }
}

/// The part of a `[Peer]` section that everybody who lists this peer writes alike, with the empty line before it.
pub(super) fn peer_head(
    out: &mut String,
    name: Option<&str>,
    key: &WgPublicKey,
    allowed_ips: &[IpNet],
    endpoint: Option<&Endpoint>,
) {
    out.push_str("\n[Peer]\n");
    if let Some(name) = name {
        line(out, "# name: ", name);
    }
    line(out, "PublicKey = ", key);
    list(out, "AllowedIPs = ", allowed_ips);
    if let Some(endpoint) = endpoint {
        line(out, "Endpoint = ", endpoint);
    }
}

/// The keepalive line of a peer.
pub(super) fn keepalive(out: &mut String, seconds: u16) {
    line(out, "PersistentKeepalive = ", seconds);
}

/// Where the key shared with a peer lies.
pub(super) fn preshared_file(out: &mut String, path: &str) {
    line(out, "# preshared key: ", path);
}

fn line(out: &mut String, head: &str, value: impl Display) {
    let _ = writeln!(out, "{head}{value}");
}

fn list(out: &mut String, head: &str, networks: &[IpNet]) {
    let Some((first, rest)) = networks.split_first() else { return };
    let _ = write!(out, "{head}{first}");
    for network in rest {
        let _ = write!(out, ", {network}");
    }
    out.push('\n');
}
