//! `[mesh.<name>]`, its external members, and the memberships that machines declare.
//!
//! What is wrong between members (one postfix twice, overlapping routes, an unknown hub) is the mesh check's
//! affair; here each value is only read.

use super::super::cursor::{Entry, Known, Table, Value};
use super::super::error::Error;
use super::super::model::{Member, Mesh};
use super::super::values;
use super::{Names, refuse_case};
use crate::format::{MachineName, MeshName};
use std::collections::BTreeMap;

/// The port that WireGuard's own tools use in their examples.
const LISTEN_PORT: u16 = 51820;

const MESH: Known = Known {
    place: "in a mesh",
    keys: &[
        "subnet",
        "subnet6",
        "listen_port",
        "hubs",
        "keepalive",
        "mtu",
        "preshared",
        "last_postfix",
        "external",
    ],
    instead: &[
        ("port", "listen_port"),
        ("listenPort", "listen_port"),
        ("hub", "hubs"),
        ("network", "subnet"),
        ("cidr", "subnet"),
        ("address", "subnet"),
        ("persistent_keepalive", "keepalive"),
        ("psk", "preshared"),
        ("preshared_keys", "preshared"),
        ("externals", "external"),
        ("members", "machine.<name>.mesh"),
    ],
    private: &[],
};

const MEMBER: Known = Known {
    place: "in a mesh member",
    keys: &["postfix", "endpoint", "routes", "listen_port", "keepalive", "mtu"],
    instead: MEMBER_INSTEAD,
    private: &[],
};

const EXTERNAL: Known = Known {
    place: "in an external mesh member",
    keys: &["postfix", "endpoint", "routes", "listen_port", "keepalive"],
    instead: MEMBER_INSTEAD,
    private: &[],
};

const MEMBER_INSTEAD: &[(&str, &str)] = &[
    ("port", "listen_port"),
    ("address", "postfix"),
    ("ip", "postfix"),
    ("allowed_ips", "routes"),
    ("allowedIPs", "routes"),
    ("route", "routes"),
    ("subnets", "routes"),
    ("persistent_keepalive", "keepalive"),
];

/// Every `[mesh.<name>]` with its external members.
pub(super) fn meshes(top: &Table<'_>, names: &Names<'_>) -> BTreeMap<MeshName, Mesh> {
    let mut meshes = BTreeMap::new();
    let Some(section) = top.get("mesh") else { return meshes };
    let Some(table) = section.names() else { return meshes };
    refuse_case(Some(&table), []);
    for entry in table.entries() {
        if let Some(mesh) = mesh(&entry, names) {
            meshes.insert(mesh.name.clone(), mesh);
        }
    }
    meshes
}

fn mesh(entry: &Entry<'_>, names: &Names<'_>) -> Option<Mesh> {
    let name = entry.parsed_name(MeshName::parse);
    let table = entry.value.table(&MESH)?;
    let subnet = table
        .require(
            "subnet",
            "a mesh",
            || format!("the mesh `{}`", entry.name),
            "write `subnet = \"10.88.127.0/24\"`, or another",
        )
        .and_then(|value| value.parsed(values::subnet));
    let subnet6 = table.get("subnet6").and_then(|value| value.parsed(values::subnet6));
    let listen_port = port(&table).unwrap_or(LISTEN_PORT);
    let hubs = table.get("hubs").map(|list| list.parsed_list(MachineName::parse)).unwrap_or_default();
    let keepalive = keepalive(&table);
    let mtu = mtu(&table);
    let preshared = table.get("preshared").and_then(|value| value.boolean()).unwrap_or(false);
    let last_postfix = table.get("last_postfix").and_then(|value| value.number(0..=u64::from(u32::MAX)));
    let mut members = BTreeMap::new();
    if let Some(section) = table.get("external") {
        let externals = section.names();
        for external in externals.iter().flat_map(|table| table.entries()) {
            let member_name = external.parsed_name(MachineName::parse);
            if names.is_machine(external.name) {
                let (name, mesh) = (external.name.to_owned(), entry.name.to_owned());
                external.problem(Error::MachineAndExternal { name, mesh });
            }
            let what = || format!("the external member `{}`", external.name);
            if let Some(member) = member(&external.value, member_name, true, what) {
                members.insert(member.name.clone(), member);
            }
        }
    }
    Some(Mesh {
        name: name?,
        subnet: subnet?,
        subnet6,
        listen_port,
        hubs,
        keepalive,
        mtu,
        preshared,
        last_postfix,
        members,
    })
}

/// `mesh.<name> = { … }` of one machine.
pub(super) fn memberships(
    value: &Value<'_>,
    machine: Option<&MachineName>,
    names: &Names<'_>,
    meshes: &mut BTreeMap<MeshName, Mesh>,
) {
    let Some(table) = value.names() else { return };
    for entry in table.entries() {
        if !names.is_mesh(entry.name) {
            entry.problem(names.unknown_mesh(entry.name));
        }
        if entry.value.is_integer() {
            let hint = "write a table: { postfix = … }".to_owned();
            entry.value.wrong::<()>("a table", Some(hint));
            continue;
        }
        let what = || match machine {
            Some(machine) => format!("the machine `{machine}` in mesh `{}`", entry.name),
            None => format!("a machine in mesh `{}`", entry.name),
        };
        let member = member(&entry.value, machine.cloned(), false, what);
        if let (Some(member), Some(mesh)) = (member, meshes.get_mut(entry.name)) {
            mesh.members.insert(member.name.clone(), member);
        }
    }
}

fn member(
    value: &Value<'_>,
    name: Option<MachineName>,
    external: bool,
    what: impl FnOnce() -> String,
) -> Option<Member> {
    let table = value.table(if external { &EXTERNAL } else { &MEMBER })?;
    let postfix = table
        .require(
            "postfix",
            if external { "an external member" } else { "a machine in a mesh" },
            what,
            "write its number in the subnet: `postfix = 3` makes 10.88.127.3 in 10.88.127.0/24",
        )
        .and_then(|value| value.number(0..=u64::from(u32::MAX)));
    let member = Member {
        postfix: postfix.unwrap_or_default(),
        external,
        endpoint: table.get("endpoint").and_then(|value| value.parsed(values::endpoint)),
        routes: table.get("routes").map(|list| list.parsed_list(values::network)).unwrap_or_default(),
        listen_port: port(&table),
        keepalive: keepalive(&table),
        mtu: mtu(&table),
        name: name?,
    };
    postfix.map(|_| member)
}

fn port(table: &Table<'_>) -> Option<u16> {
    table.get("listen_port")?.number(1..=65535)
}

fn keepalive(table: &Table<'_>) -> Option<u16> {
    table.get("keepalive")?.number(0..=65535)
}

// 576 bytes is what every IPv4 host must take (RFC 791, section 3.1).
fn mtu(table: &Table<'_>) -> Option<u16> {
    table.get("mtu")?.number(576..=65535)
}
