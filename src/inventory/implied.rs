//! What a mesh implies: the service `wireguard-<mesh>` with the private key of each machine, and the pre-shared
//! keys of the pairs that talk directly.

use super::cursor::Table;
use super::error::Error;
use super::model::{Encoding, Generate, Machines, Member, Mesh, Per, SecretDeclaration, Service};
use crate::format::{KeyName, MachineName, MeshName, ServiceName};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The name of a machine's private key inside the service of its mesh.
pub const PRIVATE_KEY: &str = "private-key";

/// A full mesh of 300 has 44,850 pairs; what is beyond this wants hubs.
const MOST_PAIRS: usize = 50_000;

impl Mesh {
    /// The service that owns this mesh's secrets: `wireguard-<mesh>`.
    pub fn service(&self) -> ServiceName {
        ServiceName::parse(&format!("wireguard-{}", self.name))
            .expect("a mesh name is made of a unit's characters")
    }

    /// The pairs of members that talk directly, each in the order of names: a hub and everybody, or, without hubs,
    /// everybody and everybody.
    pub fn pairs(&self) -> Vec<(&Member, &Member)> {
        let members: Vec<&Member> = self.members.values().collect();
        let mut pairs = Vec::new();
        if self.hubs.is_empty() {
            for (index, &one) in members.iter().enumerate() {
                pairs.extend(members[index + 1..].iter().map(|&other| (one, other)));
            }
            return pairs;
        }
        let hubs = self.hub_members();
        for (&name, &hub) in &hubs {
            for &other in &members {
                if other.name < *name && !hubs.contains_key(&other.name) {
                    pairs.push((other, hub));
                } else if other.name > *name {
                    pairs.push((hub, other));
                }
            }
        }
        pairs
    }

    fn count_pairs(&self) -> usize {
        let (members, hubs) = (self.members.len(), self.hub_members().len());
        match hubs {
            0 if self.hubs.is_empty() => members * members.saturating_sub(1) / 2,
            _ => hubs * (members - hubs) + hubs * hubs.saturating_sub(1) / 2,
        }
    }

    fn hub_members(&self) -> BTreeMap<&MachineName, &Member> {
        self.hubs.iter().filter_map(|name| self.members.get_key_value(name)).collect()
    }
}

/// The name of the pre-shared key of two members, in whichever order they are given: `psk.<a>.<b>`, sorted.
pub fn preshared_key_name(one: &MachineName, other: &MachineName) -> KeyName {
    let (first, second) = if one <= other { (one, other) } else { (other, one) };
    KeyName::parse(&format!("psk.{first}.{second}")).expect("machine names are made of a file's characters")
}

/// Adds `wireguard-<mesh>` for every mesh.
pub(super) fn add_services(
    meshes: &BTreeMap<MeshName, Mesh>,
    top: &Table<'_>,
    services: &mut BTreeMap<ServiceName, Service>,
) {
    for mesh in meshes.values() {
        let pairs = mesh.count_pairs();
        if mesh.preshared && pairs > MOST_PAIRS {
            tell_too_many(mesh, pairs, top);
            continue;
        }
        let service = service(mesh);
        services.insert(service.name.clone(), service);
    }
}

fn service(mesh: &Mesh) -> Service {
    let name = mesh.service();
    let ours = |members: &[&Member]| -> Machines {
        let ours = members.iter().filter(|member| !member.external);
        Arc::new(ours.map(|member| member.name.clone()).collect::<BTreeSet<_>>())
    };
    let machines = ours(&mesh.members.values().collect::<Vec<_>>());
    let secret = |name, per, machines, generate| SecretDeclaration {
        name,
        per,
        machines,
        owner: "root".into(),
        group: None,
        mode: 0o400,
        restart: Vec::new(),
        reload: Vec::new(),
        generate: Some(generate),
        needed_for_users: false,
    };
    let private = KeyName::parse(PRIVATE_KEY).expect("it is a file's name");
    let mut private = secret(private, Per::Machine, machines.clone(), Generate::WireGuard);
    // The interface takes a new private key only when it is set up again.
    private.restart = vec![format!("{name}.service")];
    let mut secrets = BTreeMap::from([(private.name.clone(), private)]);
    if mesh.preshared {
        // A pair of external members shares a key that is none of our business.
        for (one, other) in mesh.pairs().into_iter().filter(|(one, other)| !(one.external && other.external))
        {
            let generate = Generate::Bytes { length: 32, encoding: Encoding::Base64 };
            let name = preshared_key_name(&one.name, &other.name);
            let key = secret(name, Per::Fleet, ours(&[one, other]), generate);
            secrets.insert(key.name.clone(), key);
        }
    }
    Service { name, machines, secrets, implied: true }
}

fn tell_too_many(mesh: &Mesh, pairs: usize, top: &Table<'_>) {
    let error = || Error::TooManyPairs { mesh: mesh.name.to_string(), pairs };
    if let Some(meshes) = top.get("mesh")
        && let Some(table) = meshes.names()
        && let Some(place) = table.get(mesh.name.as_str())
        && let Some(table) = place.names()
    {
        match table.get("preshared") {
            Some(value) => value.problem(error()),
            None => place.problem(error()),
        }
    }
}
