//! Small fleets with one mesh or two, built by hand for the tests of this folder.
#![allow(missing_docs, reason = "tests read it, users do not")]

use crate::format::{MachineName, MeshName, WgPublicKey};
use crate::inventory::{
    Addresses, BuildOn, Endpoint, EndpointHost, Health, Inventory, Machine, Member, Mesh, Places,
};
use crate::keys::PublicKeys;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// A fleet whose mesh is `wireg0` unless told.
pub struct Fleet {
    pub inventory: Inventory,
    pub keys: PublicKeys,
    mesh: MeshName,
}

/// A member about to be added.
pub fn member(name: &str, postfix: u32) -> Member {
    Member {
        name: MachineName::parse(name).unwrap(),
        postfix,
        external: false,
        endpoint: None,
        routes: Vec::new(),
        listen_port: None,
        keepalive: None,
        mtu: None,
    }
}

/// A key made from a name.
pub fn key(name: &str) -> WgPublicKey {
    WgPublicKey(Sha256::digest(name).into())
}

/// `host:port`.
pub fn endpoint(text: &str) -> Endpoint {
    let (host, port) = text.rsplit_once(':').unwrap();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let host = match host.parse() {
        Ok(address) => EndpointHost::Address(address),
        Err(_) => EndpointHost::Name(host.to_owned()),
    };
    Endpoint { host, port: port.parse().unwrap() }
}

impl Member {
    pub fn endpoint(mut self, text: &str) -> Self {
        self.endpoint = Some(endpoint(text));
        self
    }

    pub fn route(mut self, network: &str) -> Self {
        self.routes.push(network.parse().unwrap());
        self
    }

    pub fn keepalive(mut self, seconds: u16) -> Self {
        self.keepalive = Some(seconds);
        self
    }
}

impl Fleet {
    pub fn new(mesh: &str, subnet: &str) -> Self {
        let mut fleet = Fleet {
            inventory: Inventory {
                name: MachineName::parse("test").unwrap(),
                domain: Some("example.net".into()),
                public_keys_ok: true,
                channels: BTreeMap::new(),
                meshes: BTreeMap::new(),
                machines: BTreeMap::new(),
                services: BTreeMap::new(),
                rotate: BTreeMap::new(),
                places: Places::new("fleet.toml", ""),
            },
            keys: PublicKeys::default(),
            mesh: MeshName::parse(mesh).unwrap(),
        };
        fleet.another_mesh(mesh, subnet);
        fleet
    }

    /// From here on members are added to this mesh.
    pub fn another_mesh(&mut self, name: &str, subnet: &str) {
        self.mesh = MeshName::parse(name).unwrap();
        let mesh = Mesh {
            name: self.mesh.clone(),
            subnet: subnet.parse().unwrap(),
            subnet6: None,
            listen_port: 2108,
            hubs: Vec::new(),
            keepalive: Some(25),
            mtu: None,
            preshared: false,
            last_postfix: None,
            members: BTreeMap::new(),
        };
        self.inventory.meshes.insert(self.mesh.clone(), mesh);
        self.keys.mesh.entry(self.mesh.clone()).or_default();
    }

    pub fn mesh(&mut self) -> &mut Mesh {
        self.inventory.meshes.get_mut(&self.mesh).unwrap()
    }

    pub fn hub(&mut self, member: Member) {
        self.mesh().hubs.push(member.name.clone());
        self.add(member);
    }

    pub fn add(&mut self, member: Member) {
        let name = member.name.clone();
        self.keys.mesh.get_mut(&self.mesh).unwrap().insert(name.clone(), key(name.as_str()));
        self.pending(member);
    }

    pub fn external(&mut self, member: Member) {
        let name = member.name.clone();
        self.add(Member { external: true, ..member });
        self.inventory.machines.remove(&name);
    }

    pub fn pending(&mut self, member: Member) {
        let machine = Machine {
            name: member.name.clone(),
            system: "x86_64-linux".into(),
            channel: None,
            tags: BTreeSet::new(),
            determinate: false,
            ssh_user: "deploy".into(),
            ssh_port: 1108,
            build_on: BuildOn::Local,
            address: Addresses::default(),
            health: Health::default(),
        };
        self.inventory.machines.entry(member.name.clone()).or_insert(machine);
        self.mesh().members.insert(member.name.clone(), member);
    }

    /// The text that places are found in.
    pub fn source(&mut self, text: &str) {
        self.inventory.places = Places::new("fleet.toml", text);
    }

    pub fn machine(&mut self, name: &str) -> &mut Machine {
        self.inventory.machines.get_mut(name).unwrap()
    }

    pub fn member(&mut self, name: &str) -> &mut Member {
        self.mesh().members.get_mut(name).unwrap()
    }

    pub fn keys(&mut self) -> &mut BTreeMap<MachineName, WgPublicKey> {
        self.keys.mesh.get_mut(&self.mesh).unwrap()
    }
}
