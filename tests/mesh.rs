//! `fleet wg` as a user meets it: keys come one by one, files follow, and what is wrong is said and changes nothing.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests lay out their own files, and may fail loudly"
)]

use fleet::os::Process;
use fleet::os::process::Output;
use std::path::{Path, PathBuf};

const FLEET: &str = r#"[fleet]
name = "test"

[defaults]
system = "x86_64-linux"

[mesh.wireg0]
subnet = "10.88.127.0/24"
listen_port = 2108
hubs = ["hub"]
keepalive = 25
preshared = true
external.phone.postfix = 210

[machine.hub]
mesh.wireg0 = { postfix = 1, endpoint = "hub.example.net:2108", routes = ["10.88.128.0/24"] }

[machine.a]
mesh.wireg0.postfix = 10

[machine.b]
mesh.wireg0.postfix = 11
"#;

struct Fleet {
    scratch: PathBuf,
}

impl Fleet {
    fn new(name: &str) -> Self {
        let scratch = std::env::temp_dir().join(format!("fleet-mesh-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&scratch);
        let fleet = Fleet { scratch };
        std::fs::create_dir_all(fleet.path("keys/masters")).unwrap();
        let master = fleet::keys::pair::age();
        std::fs::write(fleet.path("keys/masters/me.pub"), master.public.line() + "\n").unwrap();
        std::fs::write(fleet.path("fleet.toml"), FLEET).unwrap();
        fleet
    }

    fn path(&self, path: &str) -> PathBuf {
        self.scratch.join("fleet").join(path)
    }

    fn text(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).unwrap()
    }

    fn wg(&self, arguments: &[&str]) -> Output {
        self.run("wg", arguments)
    }

    fn run(&self, command: &str, arguments: &[&str]) -> Output {
        let process = Process::new(Path::new(env!("CARGO_BIN_EXE_fleet"))).arg(command).args(arguments);
        let state = self.scratch.join("state");
        process
            .folder(&self.path(""))
            .env("HOME", &self.scratch)
            .env("XDG_STATE_HOME", state)
            .output()
            .unwrap()
    }

    fn must(&self, arguments: &[&str]) -> String {
        let output = self.wg(arguments);
        assert!(output.success, "wg {arguments:?}: {}", output.stderr);
        output.text()
    }

    /// Runs what has to fail, finds this on stderr, and finds every file as it was.
    fn refused(&self, arguments: &[&str], why: &str) {
        let before = self.files();
        let output = self.wg(arguments);
        assert!(!output.success && output.stderr.contains(why), "wg {arguments:?}: {}", output.stderr);
        assert!(self.files() == before, "wg {arguments:?} changed something");
    }

    fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        fn walk(folder: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    walk(&path, files);
                } else {
                    files.push((path.clone(), std::fs::read(&path).unwrap()));
                }
            }
        }
        let mut files = Vec::new();
        walk(&self.path(""), &mut files);
        files.sort();
        files
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.scratch);
    }
}

#[test]
fn keys_come_one_by_one_and_what_follows_is_written() {
    let fleet = Fleet::new("keygen");
    let check = fleet.wg(&["check"]);
    assert!(!check.success && check.stderr.contains("`hub` is a hub of mesh `wireg0` and has no key yet"));

    // A spoke before its hub: rendered at once, and warned of.
    let told = fleet.must(&["keygen", "wireg0", "a"]);
    for file in ["keys/wireg0/a.pub", "peers/wireg0/a.conf", "secrets/wireguard-wireg0/a/private-key.age"] {
        assert!(told.contains(&format!("created {file}\n")), "{told}");
    }
    assert!(!fleet.text("peers/wireg0/a.conf").contains("[Peer]"));

    fleet.must(&["keygen", "wireg0", "hub", "b"]);
    assert!(fleet.wg(&["check"]).success);
    fleet.must(&["render", "--check"]);
    assert!(fleet.text("peers/wireg0/a.conf").contains("AllowedIPs = 10.88.127.0/24, 10.88.128.0/24"));
    for pair in ["a.hub", "b.hub"] {
        assert!(fleet.path(&format!("secrets/wireguard-wireg0/psk.{pair}.age")).is_file(), "{pair}");
    }
    assert!(!fleet.path("secrets/wireguard-wireg0/psk.a.b.age").exists(), "two spokes share nothing");

    let shared = fleet.text("secrets/wireguard-wireg0/psk.a.hub.age");
    let (key, hub) = (fleet.text("keys/wireg0/a.pub"), fleet.text("peers/wireg0/hub.conf"));
    fleet.refused(&["keygen", "wireg0", "a"], "`a` has a key in mesh `wireg0`");
    fleet.must(&["keygen", "wireg0", "a", "--replace"]);
    assert!(fleet.text("keys/wireg0/a.pub") != key && fleet.text("peers/wireg0/hub.conf") != hub);
    assert_eq!(fleet.text("secrets/wireguard-wireg0/psk.a.hub.age"), shared);
}

#[test]
fn who_can_not_get_a_key_changes_nothing() {
    let fleet = Fleet::new("refused");
    fleet.must(&["keygen", "wireg0", "hub"]);
    fleet.refused(&["keygen", "wireg0", "phone"], "`phone` is external");
    fleet.refused(&["keygen", "wireg0", "huub"], "did you mean `hub`?");
    fleet.refused(&["keygen", "wireg1", "a"], "did you mean `wireg0`?");
    // One that can, and one that can't: neither.
    fleet.refused(&["keygen", "wireg0", "a", "hub"], "`hub` has a key");

    // The public half got lost: a fresh pair would cut the machine off, so it is asked for.
    std::fs::remove_file(fleet.path("keys/wireg0/hub.pub")).unwrap();
    fleet.refused(&["keygen", "wireg0", "hub"], "is sealed already, and keys/wireg0/hub.pub is missing");
}

#[test]
fn rendering_says_what_changed_and_a_check_changes_nothing() {
    let fleet = Fleet::new("render");
    fleet.must(&["keygen", "wireg0", "hub", "a", "b"]);
    assert_eq!(fleet.must(&["render"]), "");
    let toml = FLEET.replace("postfix = 11", "postfix = 12");
    std::fs::write(fleet.path("fleet.toml"), &toml).unwrap();
    std::fs::write(fleet.path("peers/wireg0/mine.conf"), "[Interface]\n").unwrap();
    let before = fleet.files();
    let check = fleet.wg(&["render", "--check"]);
    assert!(!check.success);
    assert_eq!(
        check.text(),
        "out of date: peers/wireg0/b.conf\nout of date: peers/wireg0/hub.conf\nout of date: fleet.json\n"
    );
    assert!(fleet.files() == before);
    assert_eq!(
        fleet.must(&["render"]),
        "changed peers/wireg0/b.conf\nchanged peers/wireg0/hub.conf\nchanged fleet.json\n"
    );
    assert_eq!(fleet.text("peers/wireg0/mine.conf"), "[Interface]\n", "somebody else's file is kept");

    // A member without its key is nobody's peer any more.
    std::fs::remove_file(fleet.path("keys/wireg0/b.pub")).unwrap();
    let told = fleet.must(&["render"]);
    assert!(told.contains("removed peers/wireg0/b.conf\n"), "{told}");
    assert!(!fleet.text("peers/wireg0/hub.conf").contains("# name: b\n"));

    // What is wrong is not rendered.
    std::fs::write(fleet.path("fleet.toml"), toml.replace("postfix = 12", "postfix = 10")).unwrap();
    fleet.refused(&["render"], "have one postfix in mesh `wireg0`: 10, 10.88.127.10");
}

#[test]
fn reach_answers_with_its_exit_code_and_in_json() {
    let fleet = Fleet::new("reach");
    fleet.must(&["keygen", "wireg0", "hub", "a", "b"]);
    assert!(fleet.must(&["reach", "a", "b"]).starts_with("a reaches b (10.88.127.10 to 10.88.127.11)\n"));
    let matrix = fleet.must(&["reach", "--matrix", "--mesh", "wireg0"]);
    assert!(matrix.starts_with("mesh wireg0: 6 of 6 ways are open\n"), "{matrix}");
    let walks = fleet.must(&["reach", "--matrix", "--json"]);
    assert_eq!(serde_json::from_str::<serde_json::Value>(&walks).unwrap().as_array().unwrap().len(), 6);
    let unknown = fleet.wg(&["reach", "--matrix", "--mesh", "wireg1"]);
    assert!(!unknown.success && unknown.stderr.contains("did you mean `wireg0`?"), "{}", unknown.stderr);
    let lost = fleet.wg(&["reach", "a", "b", "--without", "hub", "--json"]);
    assert!(!lost.success);
    let answer: serde_json::Value = serde_json::from_str(&lost.text()).unwrap();
    assert_eq!(answer["arrived"], false);
    assert_eq!(answer["reason"], "`a` sends it to `hub`, which is down");
    assert!(fleet.wg(&["reach", "a", "phone"]).stderr.contains("`phone` is pending in mesh `wireg0`"));
    // The files under peers/ tell the same.
    fleet.must(&["reach", "a", "10.88.128.5", "--from-files", "peers"]);
    std::fs::write(fleet.path("peers/wireg0/a.conf"), "[Interface]\nPrivateKey = hunter2\n").unwrap();
    let broken = fleet.wg(&["reach", "a", "b", "--from-files", "peers"]);
    assert!(!broken.success && broken.stderr.contains("peers/wireg0/a.conf:2:1"), "{}", broken.stderr);
    assert!(!broken.stderr.contains("hunter2"));
}

#[test]
fn a_phone_gets_a_key_that_is_kept_nowhere() {
    let fleet = Fleet::new("qr");
    fleet.must(&["keygen", "wireg0", "hub"]);
    // Pre-shared keys are opened for the code, and there is no identity here: then the public half of a pair whose
    // private half nobody saw is not taken either.
    let output = fleet.wg(&["qr", "phone"]);
    assert!(!output.success && output.text().is_empty(), "{}", output.stderr);
    assert!(!fleet.path("keys/wireg0/phone.pub").exists());
    assert!(!fleet.text("peers/wireg0/hub.conf").contains("# name: phone\n"));
    std::fs::write(fleet.path("fleet.toml"), FLEET.replace("preshared = true", "preshared = false")).unwrap();
    let output = fleet.wg(&["qr", "phone", "--new"]);
    assert!(output.success && output.text().contains('█'), "{}", output.stderr);
    let key = fleet.text("keys/wireg0/phone.pub");
    assert!(fleet.text("peers/wireg0/hub.conf").contains(key.trim()));
    assert!(!fleet.path("secrets/wireguard-wireg0/phone").exists());
    fleet.refused(&["qr", "phone"], "the private key of `phone` is not kept here");
    fleet.refused(&["qr", "hub"], "`hub` is a machine of the fleet");
}

#[test]
fn the_number_of_a_machine_that_left_is_given_to_nobody_unasked() {
    let fleet = Fleet::new("numbers");
    let text = fleet.text("fleet.toml").replace("external.phone.postfix = 210\n", "");
    std::fs::write(fleet.path("fleet.toml"), text).unwrap();
    let run = |arguments: &[&str]| fleet.run("machine", arguments);
    fleet.wg(&["keygen", "wireg0", "hub", "a", "b"]);
    assert!(run(&["add", "c"]).stderr.contains("c is 10.88.127.12 in wireg0"));
    // Neither the greatest that leaves nor one that left before it comes back.
    assert!(run(&["remove", "c"]).success);
    assert!(fleet.text("fleet.toml").contains("last_postfix = 12\n"), "{}", fleet.text("fleet.toml"));
    assert!(run(&["add", "d"]).stderr.contains("d is 10.88.127.13 in wireg0"));
    // One that leaves below the greatest needs no note.
    assert!(run(&["remove", "b"]).success);
    assert!(fleet.text("fleet.toml").contains("last_postfix = 12\n"));
    assert!(run(&["remove", "d"]).success);
    assert!(fleet.text("fleet.toml").contains("last_postfix = 13\n"));
    assert!(run(&["add", "e"]).stderr.contains("e is 10.88.127.14 in wireg0"));
    // Whoever asks for it gets it.
    assert!(run(&["add", "f", "--mesh", "wireg0=12"]).success);
    // Nothing is above the last: then it is asked for, not taken.
    assert!(run(&["add", "g", "--mesh", "wireg0=254"]).success);
    assert!(run(&["remove", "g"]).success);
    let full = run(&["add", "h"]);
    assert!(!full.success && full.stderr.contains("are used up"), "{}", full.stderr);
    assert!(full.stderr.contains("--mesh wireg0=2"), "{}", full.stderr);
}
