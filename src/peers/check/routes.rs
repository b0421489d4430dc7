//! Networks that two members claim, that lead a tunnel through itself, or that two meshes of one machine share.

use super::{Check, path};
use crate::format::{MachineName, MeshName};
use crate::inventory::{EndpointHost, Member, Mesh};
use crate::report::{Place, Report};
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet};

/// A network, who says so, and where.
#[derive(Clone)]
struct Claim<'a> {
    network: IpNet,
    /// `None` for the mesh's own subnet.
    member: Option<&'a Member>,
    mesh: &'a Mesh,
    /// Dotted path in fleet.toml.
    path: String,
}

impl Check<'_> {
    /// Routes of one mesh.
    pub(super) fn routes(&mut self, mesh: &Mesh) {
        let claims: Vec<Claim<'_>> = claims(mesh).collect();
        for claim in &claims {
            let Some(owner) = claim.member else { continue };
            self.route_and_subnet(mesh, owner, claim);
            self.route_and_endpoints(mesh, owner, claim);
        }
        let routes: Vec<&Claim<'_>> = claims.iter().filter(|claim| claim.member.is_some()).collect();
        for (wide, narrow) in overlaps(routes) {
            let (Some(a), Some(b)) = (wide.member, narrow.member) else { continue };
            if a.name == b.name {
                continue;
            }
            let (outer, inner) = (wide.network, narrow.network);
            let report = if outer == inner {
                Report::error(format!(
                    "`{}` and `{}` both route {inner} in mesh `{}`: one of them would lose it",
                    a.name, b.name, mesh.name
                ))
                .hint("WireGuard gives a network to one peer alone: remove it from one of them")
            } else {
                Report::warning(format!(
                    "{inner} behind `{}` lies inside {outer} behind `{}` in mesh `{}`",
                    b.name, a.name, mesh.name
                ))
                .hint(format!("packets for {inner} go to `{}`, the rest of {outer} to `{}`", b.name, a.name))
            };
            self.push(report.at(self.at(narrow)).at(self.at(wide)));
        }
    }

    /// A route and the mesh's own addresses.
    fn route_and_subnet(&mut self, mesh: &Mesh, owner: &Member, claim: &Claim<'_>) {
        let route = claim.network;
        let subnets = [Some(IpNet::V4(mesh.subnet)), mesh.subnet6.map(IpNet::V6)];
        for subnet in subnets.into_iter().flatten().map(|subnet| subnet.trunc()) {
            if route.contains(&subnet) {
                let mut report = Report::error(format!(
                    "{route} behind `{}` contains the subnet {subnet} of mesh `{}` itself",
                    owner.name, mesh.name
                ))
                .at(self.at(claim));
                report.hints.push(if route.prefix_len() == 0 {
                    "fleet routes networks behind members, not the whole internet".into()
                } else {
                    "name the networks behind the member, without the mesh".into()
                });
                self.push(report);
            } else if subnet.contains(&route) {
                let Some(network) = self.network(&mesh.name) else { continue };
                let inside = network.nodes.iter().find(|node| {
                    node.name != owner.name && node.addresses.iter().any(|net| route.contains(&net.addr()))
                });
                let Some(inside) = inside.and_then(|node| mesh.members.get(&node.name)) else { continue };
                let single = route.prefix_len() == route.max_prefix_len();
                let report = if single {
                    Report::error(format!(
                        "{route} behind `{}` is the address of `{}`",
                        owner.name, inside.name
                    ))
                } else {
                    Report::warning(format!(
                        "`{}` has its address inside {route}, which lies behind `{}`",
                        inside.name, owner.name
                    ))
                };
                self.push(
                    report
                        .at(self.at(claim))
                        .at(self.place(&mesh.name, inside, "postfix"))
                        .hint("give the member another postfix, or the route another network"),
                );
            }
        }
    }

    /// A route that holds an endpoint sends the tunnel's own packets into the tunnel.
    fn route_and_endpoints(&mut self, mesh: &Mesh, owner: &Member, claim: &Claim<'_>) {
        for member in mesh.members.values() {
            let Some(EndpointHost::Address(address)) =
                member.endpoint.as_ref().map(|endpoint| &endpoint.host)
            else {
                continue;
            };
            if claim.network.contains(address) {
                self.push(
                    Report::error(format!(
                        "the endpoint {address} of `{}` lies inside {}, which mesh `{}` routes to `{}`: \
                         the tunnel would lead through itself",
                        member.name, claim.network, mesh.name, owner.name
                    ))
                    .at(self.place(&mesh.name, member, "endpoint"))
                    .at(self.at(claim))
                    .hint(
                        "write an endpoint that is reached without the mesh, or a name that resolves to one",
                    ),
                );
            }
        }
    }

    /// Meshes that a machine is in: their networks must be apart, or its routing table has two ways.
    pub(super) fn overlapping_meshes(&mut self) {
        let inventory = self.inventory;
        for mesh in inventory.meshes.values() {
            self.endpoints_in_subnet(mesh);
        }
        let mut memberships: BTreeMap<&MachineName, Vec<&MeshName>> = BTreeMap::new();
        for mesh in inventory.meshes.values() {
            for member in mesh.members.values().filter(|member| !member.external) {
                memberships.entry(&member.name).or_default().push(&mesh.name);
            }
        }
        let mut shared: BTreeMap<(&MeshName, &MeshName), BTreeSet<&MachineName>> = BTreeMap::new();
        for (machine, meshes) in memberships {
            for (index, first) in meshes.iter().enumerate() {
                for second in &meshes[index + 1..] {
                    shared.entry((first, second)).or_default().insert(machine);
                }
            }
        }
        for ((first, second), machines) in shared {
            let (Some(first), Some(second)) = (inventory.meshes.get(first), inventory.meshes.get(second))
            else {
                continue;
            };
            self.two_meshes(first, second, &machines);
        }
    }

    fn two_meshes(&mut self, first: &Mesh, second: &Mesh, machines: &BTreeSet<&MachineName>) {
        let claims: Vec<Claim<'_>> = claims(first).chain(claims(second)).collect();
        for (wide, narrow) in overlaps(claims.iter().collect()) {
            if wide.mesh.name == narrow.mesh.name {
                continue;
            }
            // A network behind the machine itself is at home for it, whatever meshes it offers it to.
            let owner = |claim: &Claim<'_>| claim.member.map(|member| member.name.clone());
            let at_home = if owner(wide) == owner(narrow) { owner(wide) } else { None };
            let Some(machine) = machines.iter().find(|machine| Some(**machine) != at_home.as_ref()) else {
                continue;
            };
            let of = |claim: &Claim<'_>| match claim.member {
                Some(member) => {
                    format!("{} behind `{}` in mesh `{}`", claim.network, member.name, claim.mesh.name)
                }
                None => format!("the subnet {} of mesh `{}`", claim.network, claim.mesh.name),
            };
            let hard = wide.network == narrow.network || wide.member.is_none() || narrow.member.is_none();
            let message =
                format!("{} and {} overlap, and `{machine}` is in both meshes", of(narrow), of(wide));
            let report = if hard { Report::error(message) } else { Report::warning(message) };
            self.push(
                report
                    .at(self.at(narrow))
                    .at(self.at(wide))
                    .hint("a machine can send a packet one way only: choose networks that are apart"),
            );
        }
    }

    fn endpoints_in_subnet(&mut self, mesh: &Mesh) {
        for member in mesh.members.values() {
            let Some(EndpointHost::Address(address)) =
                member.endpoint.as_ref().map(|endpoint| &endpoint.host)
            else {
                continue;
            };
            let subnets = [Some(IpNet::V4(mesh.subnet)), mesh.subnet6.map(IpNet::V6)];
            if subnets.into_iter().flatten().any(|subnet| subnet.contains(address)) {
                self.push(
                    Report::error(format!(
                        "the endpoint {address} of `{}` is an address of mesh `{}`: the tunnel would lead through itself",
                        member.name, mesh.name
                    ))
                    .at(self.place(&mesh.name, member, "endpoint"))
                    .hint("write where the member is reached without the mesh"),
                );
            }
        }
    }

    fn at(&self, claim: &Claim<'_>) -> Place {
        self.inventory.places.at(&claim.path)
    }
}

/// The subnets of a mesh, and what lies behind its members.
fn claims(mesh: &Mesh) -> impl Iterator<Item = Claim<'_>> {
    let subnet = |network: IpNet, name: &str| Claim {
        network: network.trunc(),
        member: None,
        mesh,
        path: format!("mesh.{}.{name}", mesh.name),
    };
    let subnet6 = mesh.subnet6.map(|net| subnet(IpNet::V6(net), "subnet6"));
    let routes = mesh.members.values().flat_map(move |member| {
        member.routes.iter().enumerate().map(move |(index, network)| Claim {
            network: network.trunc(),
            member: Some(member),
            mesh,
            path: path(&mesh.name, member, &format!("routes.{index}")),
        })
    });
    [subnet(IpNet::V4(mesh.subnet), "subnet")].into_iter().chain(subnet6).chain(routes)
}

/// Every pair of claims of which the first contains the second, by a sweep over their addresses.
fn overlaps<'a, 'b>(mut claims: Vec<&'b Claim<'a>>) -> Vec<(&'b Claim<'a>, &'b Claim<'a>)> {
    claims.sort_by_key(|claim| (claim.network.network(), claim.network.prefix_len()));
    let mut open: Vec<&Claim<'_>> = Vec::new();
    let mut pairs = Vec::new();
    for claim in claims {
        while open.last().is_some_and(|outer| !outer.network.contains(&claim.network)) {
            open.pop();
        }
        pairs.extend(open.iter().map(|outer| (*outer, claim)));
        open.push(claim);
    }
    pairs
}
