//! What fleet.toml means, and what is said when it is wrong: each file under `tests/fleet-toml` is a case.
//!
//! Beside `ok/NAME.toml` lies the inventory it makes, beside `errors/NAME.toml` what the user reads. After a wanted
//! change, `FLEET_RECORD=1 cargo test --test fleet_toml` writes them anew; read the difference before it is committed.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test reads and records its own fixtures"
)]

use fleet::format::{MachineName, SecretName};
use fleet::inventory::edit::{self, NewMachine, NewMember, NewSecret};
use fleet::inventory::{
    Endpoint, EndpointHost, Inventory, Machine, Member, Mesh, Per, Rotate, SecretDeclaration, Service,
};
use fleet::report::Reports;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn every_right_file_means_what_lies_beside_it() {
    let mut wrong = String::new();
    for path in files("ok", "toml") {
        let source = fs::read_to_string(&path).unwrap();
        let (inventory, reports) = Inventory::parse("fleet.toml", &source);
        let said = match inventory {
            Some(inventory) => describe(&inventory),
            None => render(&reports),
        };
        compare(&path, &said, &mut wrong);
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_wrong_file_is_told_as_it_lies_beside_it() {
    let mut wrong = String::new();
    for path in files("errors", "toml") {
        let source = fs::read_to_string(&path).unwrap();
        let (inventory, reports) = Inventory::parse("fleet.toml", &source);
        assert!(inventory.is_none(), "{} is read without an error", path.display());
        compare(&path, &render(&reports), &mut wrong);
    }
    assert!(wrong.is_empty(), "{wrong}");
}

fn files(kind: &str, ending: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fleet-toml").join(kind);
    let mut cases: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|found| found == ending))
        .collect();
    cases.sort();
    assert!(!cases.is_empty());
    cases
}

fn compare(path: &Path, said: &str, wrong: &mut String) {
    let beside = path.with_extension("txt");
    if std::env::var_os("FLEET_RECORD").is_some() {
        fs::write(&beside, said).unwrap();
        return;
    }
    let wanted = fs::read_to_string(&beside).unwrap_or_default();
    if wanted != said {
        let _ = write!(wrong, "\n{} wants:\n{wanted}\nand got:\n{said}", path.display());
    }
}

/// The inventory, a line for each thing in it.
fn describe(inventory: &Inventory) -> String {
    let mut out = String::new();
    let Inventory { name, domain, public_keys_ok, channels, meshes, machines, services, rotate, places: _ } =
        inventory;
    let _ = writeln!(out, "fleet {name}: domain {domain:?}, public_keys_ok {public_keys_ok}");
    for (name, channel) in channels {
        let _ = writeln!(out, "channel {name}: {channel:?}");
    }
    for (name, machine) in machines {
        let Machine {
            name: _,
            tags,
            channel,
            system,
            determinate,
            ssh_user,
            ssh_port,
            build_on,
            address,
            health,
        } = machine;
        let _ = writeln!(
            out,
            "machine {name}: {system}, channel {}, tags [{}], {ssh_user}:{ssh_port}, build {build_on:?}, determinate \
             {determinate}, {address:?}, {health:?}",
            channel.as_ref().map_or("none", |channel| channel.as_str()),
            words(tags),
        );
    }
    for (name, mesh) in meshes {
        let Mesh {
            name: _,
            subnet,
            subnet6,
            listen_port,
            hubs,
            keepalive,
            mtu,
            preshared,
            last_postfix,
            members,
        } = mesh;
        let _ = writeln!(
            out,
            "mesh {name}: {subnet} {subnet6:?}, port {listen_port}, hubs [{}], keepalive {keepalive:?}, mtu {mtu:?}, \
             preshared {preshared}{}",
            words(hubs),
            last_postfix.map(|last| format!(", last postfix {last}")).unwrap_or_default(),
        );
        for (name, member) in members {
            let Member { name: _, postfix, external, endpoint, routes, listen_port, keepalive, mtu } = member;
            let endpoint = endpoint.as_ref().map_or("none".into(), |endpoint| endpoint.to_string());
            let _ = writeln!(
                out,
                "  member {name}: {postfix}, external {external}, endpoint {endpoint}, routes [{}], port \
                 {listen_port:?}, keepalive {keepalive:?}, mtu {mtu:?}",
                words(routes),
            );
        }
    }
    for (name, service) in services {
        let Service { name: _, machines, secrets, implied } = service;
        let _ = writeln!(out, "service {name}: on [{}], implied {implied}", words(machines.iter()));
        for secret in secrets.values() {
            let SecretDeclaration {
                name,
                per,
                machines,
                owner,
                group,
                mode,
                restart,
                reload,
                generate,
                needed_for_users,
            } = secret;
            let group = group.as_deref().unwrap_or("");
            let _ = writeln!(
                out,
                "  secret {name}: per {per:?}, on [{}], {owner}:{group} {mode:04o}, restart {restart:?}, reload \
                 {reload:?}, generate {generate:?}, needed for users {needed_for_users}",
                words(machines.iter()),
            );
        }
    }
    for secret in inventory.secrets() {
        let _ = writeln!(out, "{} read by [{}]", secret.name.file(), words(secret.machines.iter()));
    }
    for (name, entry) in rotate {
        let _ = writeln!(out, "rotate {name}: {entry:?}");
    }
    out
}

fn words(things: impl IntoIterator<Item = impl ToString>) -> String {
    things.into_iter().map(|thing| thing.to_string()).collect::<Vec<_>>().join(" ")
}

/// Each file under `edit` is a command, the fleet.toml it is given, what becomes of it, and what is said.
#[test]
fn every_change_keeps_what_it_need_not_change() {
    let mut wrong = String::new();
    for path in files("edit", "txt") {
        let text = fs::read_to_string(&path).unwrap();
        let (command, rest) = text.split_once('\n').unwrap();
        let before = rest.split("=== becomes\n").next().unwrap();
        let said = match change(command, before) {
            Ok((after, notes)) => {
                assert!(Inventory::parse("fleet.toml", &after).0.is_some(), "{}", path.display());
                format!("{after}=== and says\n{}", render(&notes))
            }
            Err(reports) => format!("=== an error\n{}", render(&reports)),
        };
        let said = format!("{command}\n{before}=== becomes\n{said}");
        if std::env::var_os("FLEET_RECORD").is_some() {
            fs::write(&path, said).unwrap();
        } else if said != text {
            let _ = write!(wrong, "\n{} wants:\n{text}\nand got:\n{said}", path.display());
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

fn change(command: &str, source: &str) -> Result<(String, Reports), Reports> {
    let words: Vec<&str> = command.split_whitespace().collect();
    let machine = |word: &str| MachineName::parse(word).unwrap();
    let plain = |text: String| (text, Reports::default());
    match words[..] {
        ["remove", name] => edit::remove_machine(source, &machine(name)),
        ["rename", old, new] => edit::rename_machine(source, &machine(old), &machine(new)),
        ["add", name, ref options @ ..] => {
            let mut new = NewMachine::new(machine(name));
            for option in options {
                let (key, value) = option.split_once('=').unwrap();
                match key {
                    "system" => new.system = Some(value.into()),
                    "channel" => new.channel = Some(value.parse().unwrap()),
                    "tags" => new.tags = value.split(',').map(|tag| tag.parse().unwrap()).collect(),
                    "lan" => new.address.lan = Some(value.into()),
                    "mesh" => {
                        let parts: Vec<&str> = value.split('/').collect();
                        new.meshes.push(NewMember {
                            mesh: parts[0].parse().unwrap(),
                            postfix: parts[1].parse().unwrap(),
                            endpoint: parts.get(2).map(|host| Endpoint {
                                host: EndpointHost::Name((*host).into()),
                                port: 51820,
                            }),
                            routes: Vec::new(),
                        });
                    }
                    _ => panic!("{option}"),
                }
            }
            edit::add_machine(source, &new).map(plain)
        }
        ["add-secret", service, name, ref options @ ..] => {
            let mut new = NewSecret::new(service.parse().unwrap(), name.parse().unwrap());
            for option in options {
                let (key, value) = option.split_once('=').unwrap();
                match key {
                    "machines" => new.machines = value.split(',').map(str::to_owned).collect(),
                    "per" => new.per = Per::Machine,
                    "owner" => new.owner = Some(value.into()),
                    "generate" => new.generate = Some(value.into()),
                    _ => panic!("{option}"),
                }
            }
            edit::add_secret(source, &new).map(plain)
        }
        ["remove-secret", service, name] => {
            edit::remove_secret(source, &service.parse().unwrap(), &name.parse().unwrap()).map(plain)
        }
        ["keep-postfix", mesh, postfix] => {
            edit::keep_postfix(source, &mesh.parse().unwrap(), postfix.parse().unwrap()).map(plain)
        }
        ["rotate", ref names @ ..] => {
            let entry = Rotate { because: "anna left".into(), since: "2026-11-22".into() };
            let new = names.iter().map(|name| (name.parse().unwrap(), entry.clone())).collect();
            edit::add_rotations(source, &new).map(plain)
        }
        ["rotated", ref names @ ..] => {
            let names: Vec<SecretName> = names.iter().map(|name| name.parse().unwrap()).collect();
            edit::remove_rotations(source, &names).map(plain)
        }
        _ => panic!("{command}"),
    }
}

fn render(reports: &Reports) -> String {
    reports.0.iter().map(|report| report.render(false)).collect::<Vec<_>>().join("\n")
}
