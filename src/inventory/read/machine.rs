//! `[defaults]` and `[machine.<name>]`.

use super::super::cursor::{Entry, Known, Table, Value};
use super::super::error::Error;
use super::super::model::{Addresses, BuildOn, Health, Machine, Mesh};
use super::super::values;
use super::{Names, mesh};
use crate::format::{ChannelName, MachineName, MeshName, TagName};
use std::collections::BTreeMap;

const DEFAULTS: Known = Known {
    place: "in `[defaults]`",
    keys: &["channel", "system", "ssh_user", "ssh_port", "build_on", "determinate"],
    instead: SETTINGS_INSTEAD,
    private: &[],
};

const MACHINE: Known = Known {
    place: "in a machine",
    keys: &[
        "channel",
        "system",
        "ssh_user",
        "ssh_port",
        "build_on",
        "determinate",
        "tags",
        "address",
        "mesh",
        "health",
    ],
    instead: SETTINGS_INSTEAD,
    private: &[],
};

const SETTINGS_INSTEAD: &[(&str, &str)] = &[
    ("arch", "system"),
    ("platform", "system"),
    ("user", "ssh_user"),
    ("sshUser", "ssh_user"),
    ("port", "ssh_port"),
    ("buildOn", "build_on"),
    ("builder", "build_on"),
    ("dt", "determinate"),
    ("host", "address"),
    ("hostname", "address"),
    ("ip", "address"),
    ("addresses", "address"),
    ("roles", "tags"),
    ("groups", "tags"),
    ("nixpkgs", "channel"),
    ("wireguard", "mesh"),
    ("postfix", "mesh.<name>.postfix"),
];

const ADDRESS: Known = Known {
    place: "in an address",
    keys: &["lan", "public"],
    instead: &[("local", "lan"), ("wan", "public"), ("internet", "public"), ("external", "public")],
    private: &[],
};

const HEALTH: Known = Known {
    place: "in `health`",
    keys: &["http", "command"],
    instead: &[
        ("https", "http"),
        ("url", "http"),
        ("urls", "http"),
        ("exec", "command"),
        ("systemd", "command"),
    ],
    private: &[],
};

/// What a machine has unless it says otherwise.
pub(super) struct Settings {
    channel: Option<ChannelName>,
    system: String,
    ssh_user: String,
    ssh_port: u16,
    build_on: BuildOn,
    determinate: bool,
}

/// `[defaults]` over those that are built in.
pub(super) fn defaults(top: &Table<'_>, names: &Names<'_>) -> Settings {
    let built_in = Settings {
        channel: None,
        system: "x86_64-linux".into(),
        ssh_user: "deploy".into(),
        ssh_port: 22,
        build_on: BuildOn::Local,
        determinate: false,
    };
    match top
        .get("defaults")
        .and_then(|value| value.table(&DEFAULTS).map(|table| settings(&table, names, &built_in)))
    {
        Some(settings) => settings,
        None => built_in,
    }
}

fn settings(table: &Table<'_>, names: &Names<'_>, above: &Settings) -> Settings {
    let channel = table.get("channel").and_then(|value| {
        value.parsed(|text| -> Result<ChannelName, Error> {
            let name = ChannelName::parse(text)?;
            if names.is_channel(text) { Ok(name) } else { Err(names.unknown_channel(text)) }
        })
    });
    let text = |key, above: &String, parse: fn(&str) -> Result<String, values::ValueError>| {
        table.get(key).and_then(|value| value.parsed(parse)).unwrap_or_else(|| above.clone())
    };
    Settings {
        channel: channel.or_else(|| above.channel.clone()),
        system: text("system", &above.system, values::system),
        ssh_user: text("ssh_user", &above.ssh_user, |text| values::account(text, "user")),
        ssh_port: table.get("ssh_port").and_then(|value| value.number(1..=65535)).unwrap_or(above.ssh_port),
        build_on: table
            .get("build_on")
            .and_then(|value| value.parsed(|text| build_on(text, names)))
            .unwrap_or_else(|| above.build_on.clone()),
        determinate: table.get("determinate").and_then(|value| value.boolean()).unwrap_or(above.determinate),
    }
}

fn build_on(text: &str, names: &Names<'_>) -> Result<BuildOn, Error> {
    match text {
        "local" => Ok(BuildOn::Local),
        "remote" => Ok(BuildOn::Remote),
        name if names.is_machine(name) => Ok(MachineName::parse(name).map(BuildOn::Machine)?),
        name => {
            let known = ["local", "remote"].into_iter().chain(Names::all(names.machines));
            let hint = crate::report::did_you_mean(name, known)
                .unwrap_or_else(|| "write \"local\", \"remote\", or the name of a machine".into());
            Err(Error::Unknown { kind: "machine", name: name.to_owned(), hint })
        }
    }
}

/// Every `[machine.<name>]`; its memberships go to `meshes`.
pub(super) fn machines(
    top: &Table<'_>,
    names: &Names<'_>,
    defaults: &Settings,
    meshes: &mut BTreeMap<MeshName, Mesh>,
) -> BTreeMap<MachineName, Machine> {
    let mut machines = BTreeMap::new();
    let Some(section) = top.get("machine") else { return machines };
    let Some(table) = section.names() else { return machines };
    for entry in table.entries() {
        if let Some(machine) = machine(&entry, names, defaults, meshes) {
            machines.insert(machine.name.clone(), machine);
        }
    }
    machines
}

fn machine(
    entry: &Entry<'_>,
    names: &Names<'_>,
    defaults: &Settings,
    meshes: &mut BTreeMap<MeshName, Mesh>,
) -> Option<Machine> {
    let name = entry.parsed_name(MachineName::parse);
    for (word, meaning) in [("local", "the operator's machine"), ("remote", "the machine itself")] {
        if entry.name == word {
            entry.problem(Error::ReservedMachine { name: word.into(), meaning });
        }
    }
    let table = entry.value.table(&MACHINE)?;
    let settings = settings(&table, names, defaults);
    let tags = table.get("tags").map(|tags| tags.parsed_list(TagName::parse)).unwrap_or_default();
    let address = table.get("address").map(address).unwrap_or_default();
    let health = table.get("health").map(health).unwrap_or_default();
    if let Some(memberships) = table.get("mesh").and_then(|value| value.names().map(|_| value)) {
        mesh::memberships(&memberships, name.as_ref(), names, meshes);
    }
    let name = name?;
    let build_on = match settings.build_on {
        // The builder that `[defaults]` names builds for itself too.
        BuildOn::Machine(builder) if builder == name => BuildOn::Remote,
        other => other,
    };
    Some(Machine {
        name,
        system: settings.system,
        channel: settings.channel,
        tags: tags.into_iter().collect(),
        determinate: settings.determinate,
        ssh_user: settings.ssh_user,
        ssh_port: settings.ssh_port,
        build_on,
        address,
        health,
    })
}

fn address(value: Value<'_>) -> Addresses {
    if value.is_string() {
        let hint =
            "say where it holds: { lan = \"…\" } inside the building, { public = \"…\" } from everywhere";
        value.wrong::<()>("a table", Some(hint.into()));
        return Addresses::default();
    }
    let Some(table) = value.table(&ADDRESS) else { return Addresses::default() };
    let host = |key| table.get(key).and_then(|value| value.parsed(values::host));
    Addresses { lan: host("lan"), public: host("public") }
}

fn health(value: Value<'_>) -> Health {
    let Some(table) = value.table(&HEALTH) else { return Health::default() };
    Health {
        http: table.get("http").map(|list| list.parsed_list(values::url)).unwrap_or_default(),
        command: table.get("command").map(|list| list.parsed_list(values::command)).unwrap_or_default(),
    }
}
