//! Members without a key: said aloud, and refused where something already counts on them.

use super::{Check, names, verb};
use crate::inventory::{BuildOn, Machine, Member, Mesh};
use crate::peers::{KeyState, Network, Node};
use crate::report::{Place, Report};
use std::net::IpAddr;

impl Check<'_> {
    /// A note that names them, and an error for each that is named elsewhere.
    pub(super) fn pending(&mut self, mesh: &Mesh, network: &Network) {
        let pending: Vec<&Node> = network.pending().collect();
        for node in &pending {
            let Some(member) = mesh.members.get(&node.name) else { continue };
            for (who, place) in self.named_by(node) {
                self.push(
                    (self.too_early)(format!(
                        "{who} counts on `{}`, which has no key in mesh `{}` yet",
                        node.name, mesh.name
                    ))
                    .at(place)
                    .hint(how_to_end(mesh, member)),
                );
            }
        }
        if pending.is_empty() {
            return;
        }
        let count = pending.len();
        let mut note = Report::note(format!(
            "{} of mesh `{}` {} pending: without a key {} nobody's peer",
            names(pending.iter().map(|node| &node.name), usize::MAX),
            mesh.name,
            verb(count, "is", "are"),
            verb(count, "it is", "they are"),
        ));
        let (external, ours): (Vec<&Node>, Vec<&Node>) = pending.into_iter().partition(|node| node.external);
        if !ours.is_empty() {
            let list: Vec<&str> = ours.iter().map(|node| node.name.as_str()).collect();
            note = note.hint(format!("`fleet wg keygen {} {}` makes key pairs", mesh.name, list.join(" ")));
        }
        match external[..] {
            [] => {}
            [one] => {
                note = note
                    .hint(format!("put the public key of `{0}` into keys/{1}/{0}.pub", one.name, mesh.name))
            }
            _ => {
                note = note
                    .hint(format!("put public keys of external members into keys/{}/<member>.pub", mesh.name))
            }
        }
        self.push(note);
    }

    /// Who names this member, with the place. Hubs are told by the check of hubs.
    fn named_by(&self, node: &Node) -> Vec<(String, Place)> {
        let mut found = Vec::new();
        let unreachable = self.unreachable(node);
        for machine in self.inventory.machines.values() {
            let path = |setting: &str| format!("machine.{}.{setting}", machine.name);
            if unreachable && machine.build_on == BuildOn::Machine(node.name.clone()) {
                let who = format!("`build_on` of `{}`", machine.name);
                found.push((who, self.inventory.places.at(&path("build_on"))));
            }
            for (index, url) in machine.health.http.iter().enumerate() {
                if self.leads_to(host_of(url), node, unreachable) {
                    let who = format!("the health check `{url}` of `{}`", machine.name);
                    found.push((who, self.inventory.places.at(&path(&format!("health.http.{index}")))));
                }
            }
            for (index, command) in machine.health.command.iter().enumerate() {
                let words = command.split(|c: char| !(c.is_ascii_hexdigit() || matches!(c, '.' | ':')));
                if words.into_iter().any(|word| is_address(word, node)) {
                    let who = format!("the health check `{command}` of `{}`", machine.name);
                    found.push((who, self.inventory.places.at(&path(&format!("health.command.{index}")))));
                }
            }
        }
        found
    }

    /// No other mesh and no address leads to it.
    fn unreachable(&self, node: &Node) -> bool {
        let address = |machine: &Machine| machine.address.lan.is_some() || machine.address.public.is_some();
        let elsewhere = self.meshes.networks.values().any(|network| {
            network.node(node.name.as_str()).is_some_and(|node| node.key != KeyState::Pending)
        });
        !elsewhere && !self.inventory.machines.get(&node.name).is_some_and(address)
    }

    fn leads_to(&self, host: &str, node: &Node, unreachable: bool) -> bool {
        let name = node.name.as_str();
        let domain = self.inventory.domain.as_deref().unwrap_or_default();
        let by_name =
            host == name || host.strip_prefix(name).and_then(|rest| rest.strip_prefix('.')) == Some(domain);
        is_address(host, node) || (unreachable && by_name)
    }
}

/// What ends the wait for this member's key.
pub(super) fn how_to_end(mesh: &Mesh, member: &Member) -> String {
    match member.external {
        true => format!("put its public key into keys/{}/{}.pub", mesh.name, member.name),
        false => format!("make its key pair with `fleet wg keygen {} {}`", mesh.name, member.name),
    }
}

fn is_address(text: &str, node: &Node) -> bool {
    text.parse::<IpAddr>().is_ok_and(|address| node.addresses.iter().any(|net| net.addr() == address))
}

/// The host of a URL, without user, port and brackets.
fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    if let Some(host) = host.strip_prefix('[') {
        return host.split(']').next().unwrap_or_default();
    }
    host.split(':').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::host_of;

    #[test]
    fn a_urls_host_is_found() {
        for (url, host) in [
            ("http://10.88.127.1/", "10.88.127.1"),
            ("https://user:pw@web1:8443/x?y=@z", "web1"),
            ("http://[fd00::1]:80/", "fd00::1"),
            ("web1", "web1"),
            ("http://[", ""),
            ("", ""),
        ] {
            assert_eq!(host_of(url), host, "{url}");
        }
    }
}
