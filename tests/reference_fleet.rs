//! The fleet at the root of this repository agrees with itself, and the machine whose key is public opens its secrets.

#![allow(clippy::disallowed_methods, reason = "a test lays out its own files")]

use fleet::format::{MachineName, Sensitive, identity::SshPrivateKey, sealed};
use fleet::keys::{Identities, IdentityOptions, NoPrompt};
use fleet::ops::{Fleet, check::check};
use fleet::os::{Root, files};
use fleet::report::Severity;
use fleet::secrets::Store;
use std::path::Path;
use std::sync::Arc;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_reference_fleet_has_nothing_worse_than_notes() {
    let checked = check(root()).unwrap_or_else(|reports| panic!("{reports:?}"));
    assert!(checked.machines >= 20 && checked.secrets >= 30, "{} {}", checked.machines, checked.secrets);
    for report in &checked.reports.0 {
        assert_eq!(report.severity, Severity::Note, "{report}");
    }
}

#[test]
fn every_machine_evaluates_and_agrees_with_the_inventory() {
    let cache = std::env::temp_dir().join(format!("fleet-reference-{}", std::process::id()));
    let output = fleet::os::Process::new(env!("CARGO_BIN_EXE_fleet"))
        .args(["check", "--eval", "--fleet", env!("CARGO_MANIFEST_DIR")])
        .env("XDG_CACHE_HOME", &cache)
        .run();
    let _ = std::fs::remove_dir_all(&cache);
    let said = output.unwrap_or_else(|error| panic!("{error:?}")).stderr;
    assert!(said.trim_end().ends_with("20 evaluated: all is well"), "{said}");
}

#[test]
fn both_checks_say_the_same_of_secrets() {
    let said = |words: &[&str]| {
        let output = fleet::os::Process::new(env!("CARGO_BIN_EXE_fleet"))
            .args(words)
            .args(["--fleet", env!("CARGO_MANIFEST_DIR")])
            .run()
            .unwrap();
        output.stderr
    };
    let (all, secrets) = (said(&["check"]), said(&["secret", "check"]));
    let notes: Vec<&str> = secrets.split("\n").filter(|line| line.starts_with("note: ")).collect();
    assert_eq!(notes.len(), 2, "who can't be told, and who is keyless: {secrets}");
    assert!(notes.iter().all(|note| all.contains(note)), "{all}\n{secrets}");
}

#[test]
fn without_public_keys_ok_the_public_keys_are_refused() {
    let scratch = std::env::temp_dir().join(format!("fleet-public-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&scratch);
    for folder in ["keys/masters", "keys/hosts"] {
        std::fs::create_dir_all(scratch.join(folder)).unwrap();
        for name in files::list(root().join(folder)).unwrap() {
            std::fs::copy(root().join(folder).join(&name), scratch.join(folder).join(&name)).unwrap();
        }
    }
    let source = std::fs::read_to_string(root().join("fleet.toml")).unwrap();
    std::fs::write(
        scratch.join("fleet.toml"),
        source.replace("public_keys_ok = true", "public_keys_ok = false"),
    )
    .unwrap();
    let checked = check(&scratch).unwrap_or_else(|reports| panic!("{reports:?}"));
    std::fs::remove_dir_all(&scratch).unwrap();
    let refused: Vec<&str> = checked
        .reports
        .0
        .iter()
        .filter(|report| report.is_error() && report.message.contains("its private half is public"))
        .map(|report| report.places[0].file.as_str())
        .collect();
    assert_eq!(refused, ["keys/masters/demo.pub", "keys/hosts/remote-worker.pub"]);
}

#[test]
fn the_demo_master_opens_every_secret_and_the_public_host_its_own() {
    let fleet = Fleet::open(root()).unwrap_or_else(|reports| panic!("{reports:?}"));
    let options = IdentityOptions {
        files: vec![root().join("tests/keys/demo-master.age-identity")],
        ..IdentityOptions::default()
    };
    let master = Identities::load(&options, Arc::new(NoPrompt)).unwrap();
    let text = std::fs::read(root().join("tests/keys/remote-worker.PUBLIC-ssh-host-key")).unwrap();
    let SshPrivateKey::Open { identity: host, .. } = SshPrivateKey::parse(&Sensitive::new(text)).unwrap()
    else {
        panic!("the host key has a passphrase");
    };
    let worker = MachineName::parse("remote-worker").unwrap();
    let (mut opened, mut by_host) = (0, 0);
    for name in Store::open(&Root::open(root()).unwrap()).unwrap().names() {
        let bytes = std::fs::read(root().join(name.file())).unwrap();
        let value = master.open(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(!value.is_empty(), "{name}");
        opened += 1;
        let may = fleet.inventory.secret(name).unwrap().machines.contains(&worker);
        assert_eq!(sealed::open(&bytes, [&host]).is_ok(), may, "{name} for {worker}");
        by_host += usize::from(may);
    }
    assert!(opened >= 30 && by_host >= 4, "{opened} {by_host}");
}

#[test]
fn the_picture_in_the_documents_is_of_the_reference_fleet_as_it_is() {
    let output = fleet::os::Process::new(env!("CARGO_BIN_EXE_fleet"))
        .args(["wg", "graph", "--fleet", env!("CARGO_MANIFEST_DIR")])
        .run()
        .unwrap();
    let picture = std::fs::read(root().join("docs/reference-fleet.svg")).unwrap();
    assert!(output.stdout == picture, "run `fleet wg graph > docs/reference-fleet.svg`");
}
