//! Members one by one: numbers, keys, hubs, endpoints, ports.

use super::{Check, names, verb};
use crate::format::{MachineName, MeshName, WgPublicKey};
use crate::inventory::{Endpoint, EndpointHost, Member, Mesh};
use crate::keys::PublicKeys;
use crate::peers::{KeyState, Network};
use crate::report::{Place, Report, did_you_mean};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::{IpAddr, Ipv4Addr};

/// How many members a message names.
const SHOWN: usize = 8;
/// The smallest IPv6 packet every link must carry: RFC 8200, section 5.
const IPV6_MINIMUM_MTU: u16 = 1280;
/// The smallest IPv4 packet every host must accept: RFC 791.
const IPV4_MINIMUM_MTU: u16 = 576;

impl Check<'_> {
    /// Postfixes: inside the subnet, no special address, one member each.
    pub(super) fn numbers(&mut self, mesh: &Mesh) {
        let mut taken: BTreeMap<u32, &Member> = BTreeMap::new();
        if let Some(last) = mesh.last_postfix.filter(|last| !mesh.hosts().contains(last)) {
            let message =
                format!("`last_postfix` {last} of mesh `{}` is no postfix of {}", mesh.name, mesh.subnet);
            let place = self.mesh_place(mesh, "last_postfix");
            self.push(Report::warning(message).at(place).hint(range(mesh)));
        }
        for member in mesh.members.values() {
            let Member { name, postfix, .. } = member;
            if let Some(first) = taken.get(postfix) {
                let address =
                    mesh.address(*postfix).map(|address| format!(", {address}")).unwrap_or_default();
                self.push(
                    Report::error(format!(
                        "`{}` and `{name}` have one postfix in mesh `{}`: {postfix}{address}",
                        first.name, mesh.name
                    ))
                    .at(self.place(&mesh.name, member, "postfix"))
                    .at(self.place(&mesh.name, first, "postfix"))
                    .hint(free(mesh).map_or_else(
                        || "every postfix of the subnet is taken: a larger subnet is needed".to_owned(),
                        |free| format!("{free} is free"),
                    )),
                );
                continue;
            }
            taken.insert(*postfix, member);
            let (network, broadcast) = (mesh.subnet.network(), mesh.subnet.broadcast());
            // RFC 3021: a /31 has neither, and a /32 is one address.
            let special = mesh.subnet.prefix_len() < 31;
            let wrong = match mesh.address(*postfix) {
                None => Some(format!("lies outside the subnet {}", mesh.subnet)),
                Some(address) if special && address == network => {
                    Some(format!("makes {address}, the address of the network itself"))
                }
                Some(address) if special && address == broadcast => {
                    Some(format!("makes {address}, the subnet's broadcast address"))
                }
                Some(_) if mesh.subnet6.is_some() && mesh.address6(*postfix).is_none() => {
                    mesh.subnet6.map(|subnet| format!("lies outside the subnet {subnet}"))
                }
                Some(_) if mesh.is_routers(*postfix) => mesh.subnet6.map(|subnet| {
                    let network = subnet.network();
                    format!("makes {network}, which all routers of {subnet} share: beside a /31 only a /127 has it to give")
                }),
                Some(_) => None,
            };
            if let Some(wrong) = wrong {
                let message = format!("postfix {postfix} of `{name}` in mesh `{}` {wrong}", mesh.name);
                let place = self.place(&mesh.name, member, "postfix");
                self.push(Report::error(message).at(place).hint(range(mesh)));
            }
        }
    }

    /// Keys: each is one member's.
    pub(super) fn keys(&mut self) {
        let mut owners: HashMap<WgPublicKey, (&MeshName, &MachineName)> = HashMap::new();
        let (keys, inventory) = (self.keys, self.inventory);
        for (mesh, members) in &keys.mesh {
            let Some(known) = inventory.meshes.get(mesh) else { continue };
            // A key of nobody is no matter of the mesh; `fleet check` names it.
            for (member, key) in members.iter().filter(|(member, _)| known.members.contains_key(*member)) {
                if key.is_small_order() {
                    let what = if key.0 == [0; 32] { "all zeros" } else { "a point of small order" };
                    self.push(
                        Report::error(format!("the key of `{member}` in mesh `{mesh}` is {what}, no key"))
                            .at(PublicKeys::mesh_file(mesh, member))
                            .hint(format!("make a pair with `fleet wg keygen {mesh} {member}`")),
                    );
                    continue;
                }
                let Some((other_mesh, other)) = owners.insert(*key, (mesh, member)) else { continue };
                let report = if other == member {
                    Report::warning(format!("`{member}` has one key in meshes `{other_mesh}` and `{mesh}`"))
                        .hint(
                            "a key pair of its own for each mesh can be replaced without touching the other",
                        )
                } else if other_mesh == mesh {
                    Report::error(format!("`{other}` and `{member}` have one key in mesh `{mesh}`"))
                        .hint("WireGuard knows a peer by its key: only one of the two would be heard")
                } else {
                    Report::error(format!(
                        "`{other}` in mesh `{other_mesh}` and `{member}` in mesh `{mesh}` have one key"
                    ))
                    .hint("a private key belongs to one machine: make a new pair for one of them")
                };
                self.push(
                    report
                        .at(PublicKeys::mesh_file(mesh, member))
                        .at(PublicKeys::mesh_file(other_mesh, other)),
                );
            }
        }
    }

    /// Hubs: known, with a key, named once, and reachable.
    pub(super) fn hubs(&mut self, mesh: &Mesh, network: &Network) {
        for (index, hub) in mesh.hubs.iter().enumerate() {
            let place = || self.inventory.places.at(&format!("mesh.{}.hubs.{index}", mesh.name));
            let Some(member) = mesh.members.get(hub) else {
                let mut report =
                    Report::error(format!("hub `{hub}` is no member of mesh `{}`", mesh.name)).at(place());
                let members = mesh.members.keys().map(MachineName::as_str);
                report.hints.push(did_you_mean(hub.as_str(), members).unwrap_or_else(|| {
                    format!("give it a number: `mesh.{} = {{ postfix = 1 }}` in `[machine.{hub}]`", mesh.name)
                }));
                self.push(report);
                continue;
            };
            if mesh.hubs[..index].contains(hub) {
                self.push(
                    Report::error(format!("hub `{hub}` is named twice in mesh `{}`", mesh.name))
                        .at(place())
                        .hint("remove one: the order of hubs says who relays"),
                );
                continue;
            }
            if network.node(hub.as_str()).is_some_and(|node| node.key == KeyState::Pending) {
                let hint = super::pending::how_to_end(mesh, member);
                self.push(
                    (self.too_early)(format!("`{hub}` is a hub of mesh `{}` and has no key yet", mesh.name))
                        .at(place())
                        .hint(hint),
                );
            }
            let callers: Vec<&MachineName> = mesh
                .members
                .values()
                .filter(|other| other.endpoint.is_none() && other.name != *hub)
                .map(|other| &other.name)
                .collect();
            if member.endpoint.is_none() && !callers.is_empty() {
                let count = callers.len();
                self.push(
                    Report::error(format!(
                        "hub `{hub}` of mesh `{}` has no endpoint, and {} {} none either: nobody can begin",
                        mesh.name,
                        names(callers, SHOWN),
                        verb(count, "has", "have"),
                    ))
                    .at(self.place(&mesh.name, member, "endpoint"))
                    .hint("tell where the hub is reached from outside: `endpoint = \"host:port\"`"),
                );
            }
        }
    }

    /// Endpoints that can't be called.
    pub(super) fn endpoints(&mut self, mesh: &Mesh) {
        for member in mesh.members.values() {
            let Some(endpoint) = &member.endpoint else { continue };
            let Some(reason) = unusable(endpoint) else { continue };
            self.push(
                Report::error(format!(
                    "endpoint `{endpoint}` of `{}` can't be called: {reason}",
                    member.name
                ))
                .at(self.place(&mesh.name, member, "endpoint"))
                .hint("write the address or name, and the UDP port, at which others reach this member"),
            );
        }
    }

    /// One endpoint leads to one interface.
    pub(super) fn same_endpoint(&mut self) {
        let mut seen: HashMap<String, (&Mesh, &Member)> = HashMap::new();
        let inventory = self.inventory;
        for mesh in inventory.meshes.values() {
            for member in mesh.members.values() {
                let Some(endpoint) = &member.endpoint else { continue };
                let text = endpoint.to_string().to_lowercase();
                let Some((other_mesh, other)) = seen.insert(text, (mesh, member)) else { continue };
                self.push(
                    Report::error(format!(
                        "endpoint `{endpoint}` leads to `{}` in mesh `{}` and to `{}` in mesh `{}`",
                        other.name, other_mesh.name, member.name, mesh.name
                    ))
                    .at(self.place(&mesh.name, member, "endpoint"))
                    .at(self.place(&other_mesh.name, other, "endpoint"))
                    .hint("give one of them another port"),
                );
            }
        }
    }

    /// Members that nobody can call and that do not keep a line open.
    pub(super) fn reachability(&mut self, mesh: &Mesh, network: &Network) {
        let present = || network.nodes.iter().filter(|node| node.key != KeyState::Pending);
        if network.has_hubs() {
            let silent: Vec<&MachineName> = present()
                .filter(|node| node.endpoint.is_none() && !node.hub)
                .filter(|node| network.peers(node).all(|peer| peer.keepalive.is_none()))
                .map(|node| &node.name)
                .collect();
            if !silent.is_empty() && network.first_hub().is_some_and(|hub| hub.endpoint.is_some()) {
                let count = silent.len();
                self.push(
                    Report::warning(format!(
                        "{} of mesh `{}` {} no endpoint and {} no keepalives: once silent, nobody can reach {}",
                        names(silent, SHOWN),
                        mesh.name,
                        verb(count, "has", "have"),
                        verb(count, "sends", "send"),
                        verb(count, "it", "them"),
                    ))
                    .at(self.mesh_place(mesh, "keepalive"))
                    .hint("set `keepalive = 25`"),
                );
            }
            return;
        }
        let callers: Vec<&MachineName> =
            present().filter(|node| node.endpoint.is_none()).map(|node| &node.name).collect();
        let count = callers.len();
        if count < 2 {
            return;
        }
        let report = if count == present().count() {
            Report::error(format!("no member of mesh `{}` has an endpoint: nobody can begin", mesh.name))
        } else {
            let who = names(callers, SHOWN);
            Report::warning(format!(
                "{who} of mesh `{}` have no endpoint: they can't reach each other",
                mesh.name
            ))
        };
        self.push(
            report
                .at(self.inventory.places.at(&format!("mesh.{}", mesh.name)))
                .hint("give them an `endpoint`, or name a member that has one as hub: `hubs = [\"…\"]`"),
        );
    }

    /// MTUs that a protocol forbids.
    pub(super) fn packet_sizes(&mut self, mesh: &Mesh) {
        let (least, version) = match mesh.subnet6 {
            Some(_) => (IPV6_MINIMUM_MTU, "IPv6"),
            None => (IPV4_MINIMUM_MTU, "IPv4"),
        };
        let small = |mtu: &u16| *mtu < least;
        let report = |mtu: u16, whose: &str, place: Place| {
            Report::error(format!("the MTU {mtu} of {whose} is too small: {version} needs {least}"))
                .at(place)
                .hint("leave it out for WireGuard's own, 1420")
        };
        let mut reports = Vec::new();
        if let Some(mtu) = mesh.mtu.filter(small) {
            reports.push(report(mtu, &format!("mesh `{}`", mesh.name), self.mesh_place(mesh, "mtu")));
        }
        for member in mesh.members.values() {
            if let Some(mtu) = member.mtu.filter(small) {
                let place = self.place(&mesh.name, member, "mtu");
                reports.push(report(mtu, &format!("`{}`", member.name), place));
            }
        }
        self.reports.0.extend(reports);
    }

    /// One machine, one UDP port, one mesh.
    pub(super) fn listen_ports(&mut self) {
        let mut seen: BTreeMap<(&MachineName, u16), &Mesh> = BTreeMap::new();
        let inventory = self.inventory;
        for mesh in inventory.meshes.values() {
            for member in mesh.members.values().filter(|member| !member.external) {
                let port = member.listen_port.unwrap_or(mesh.listen_port);
                let Some(other) = seen.insert((&member.name, port), mesh) else { continue };
                self.push(
                    Report::error(format!(
                        "`{}` would listen on UDP port {port} for mesh `{}` and for mesh `{}`",
                        member.name, other.name, mesh.name
                    ))
                    .at(self.place(&mesh.name, member, "listen_port"))
                    .at(self.mesh_place(other, "listen_port"))
                    .hint("set another `listen_port` for one of the meshes, or for this member alone"),
                );
            }
        }
    }
}

/// Why nobody can call this endpoint.
fn unusable(endpoint: &Endpoint) -> Option<&'static str> {
    if endpoint.port == 0 {
        return Some("there is no port 0");
    }
    match &endpoint.host {
        EndpointHost::Name(name) if name.is_empty() => Some("it has no host"),
        EndpointHost::Name(name) if name.eq_ignore_ascii_case("localhost") => {
            Some("for every member that is itself")
        }
        EndpointHost::Name(_) => None,
        EndpointHost::Address(address) if address.is_unspecified() => Some("it is no address of a host"),
        EndpointHost::Address(address) if address.is_loopback() => Some("for every member that is itself"),
        EndpointHost::Address(address) if address.is_multicast() => Some("it is a group's address"),
        EndpointHost::Address(IpAddr::V4(address)) if *address == Ipv4Addr::BROADCAST => {
            Some("it is a group's address")
        }
        EndpointHost::Address(IpAddr::V4(address)) if address.is_link_local() => {
            Some("it is valid on one link only")
        }
        EndpointHost::Address(IpAddr::V6(address)) if address.is_unicast_link_local() => {
            Some("it is valid on one link only")
        }
        EndpointHost::Address(_) => None,
    }
}

/// The smallest free postfix.
fn free(mesh: &Mesh) -> Option<u32> {
    let taken: BTreeSet<u32> = mesh.members.values().map(|member| member.postfix).collect();
    // At most one more candidate than there are members, and the number that may be the routers'.
    mesh.hosts().take(taken.len() + 2).find(|postfix| mesh.is_host(*postfix) && !taken.contains(postfix))
}

fn range(mesh: &Mesh) -> String {
    let hosts = mesh.hosts();
    let (subnet, first, last) = (mesh.subnet, hosts.start(), hosts.end());
    match first == last {
        true => format!("{subnet} has one postfix: {first}"),
        false => format!("the postfixes of {subnet} are {first} to {last}"),
    }
}
