//! The commands that evaluate a fleet's machines, on small fleets whose modules are put together by the stand-in's library.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test lays out its own files")]

use serde_json::Value;
use std::path::PathBuf;
use std::process::{Command, Stdio};

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
        let _ = std::fs::remove_dir_all(self.0.with_extension("cache"));
    }
}

const FLAKE: &str = r#"{
  inputs.std = { url = "path:@repo@/src/nixos/standin/lib"; flake = false; };
  outputs = { self, std }:
    let
      lib = import std;
      machine = name: lib.evalModules {
        specialArgs = { inherit self; };
        modules = [ ./base.nix ./machines/${name}.nix { networking.hostName = name; } ];
      };
    in
    { nixosConfigurations = lib.genAttrs [ "db1" "web1" "web2" ] machine; };
}
"#;

const BASE: &str = r#"{ lib, config, ... }:
let inherit (lib) mkOption types;
in
{
  options = {
    system.build = mkOption { type = types.lazyAttrsOf types.raw; };
    assertions = mkOption { type = types.listOf types.raw; default = [ ]; };
    warnings = mkOption { type = types.listOf types.str; default = [ ]; };
    networking.hostName = mkOption { type = types.str; };
    services.web = {
      enable = lib.mkEnableOption "the web server";
      port = mkOption {
        type = types.int;
        default = 80;
        description = "Where it listens.";
      };
    };
    users.users = mkOption {
      type = types.attrsOf (types.submodule {
        options.shell = mkOption { type = types.str; default = "/bin/sh"; };
      });
      default = { };
    };
    ports = mkOption { type = types.listOf types.int; default = [ ]; };
  };
  config = {
    ports = lib.mkIf config.services.web.enable [ config.services.web.port ];
    system.build.toplevel =
      let failed = map (one: one.message) (builtins.filter (one: !one.assertion) config.assertions);
      in
      if failed != [ ] then throw "Failed assertions: ${toString failed}"
      else derivation {
        name = "system-${config.networking.hostName}";
        system = "x86_64-linux";
        builder = "/bin/sh";
        args = [ "-c" "echo ${toString config.ports} > $out" ];
        users = builtins.attrNames config.users.users;
      };
  };
}
"#;

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("fleet-machines-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        let folder = Folder(std::fs::canonicalize(path).unwrap());
        folder.write("flake.nix", FLAKE);
        folder.write("base.nix", BASE);
        folder.write("machines/db1.nix", "{ }");
        folder.write("machines/web1.nix", "{ lib, ... }:\n{\n  services.web.enable = true;\n}\n");
        folder.write(
            "machines/web2.nix",
            "{ lib, self, ... }:\n{\n  services.web = {\n    enable = true;\n    port = lib.mkForce 8080;\n  };\n  users.users.anna.shell = \"/bin/zsh\";\n}\n",
        );
        folder
    }

    fn write(&self, file: &str, text: &str) {
        let path = self.0.join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text.replace("@repo@", env!("CARGO_MANIFEST_DIR"))).unwrap();
    }

    fn git(&self, words: &[&str]) {
        let output = Command::new("git")
            .current_dir(&self.0)
            .args(["-c", "user.name=a", "-c", "user.email=a@example.net", "-c", "init.defaultBranch=main"])
            .args(words)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .output()
            .unwrap();
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn commit(&self) {
        if !self.0.join(".git").exists() {
            self.git(&["init", "--quiet"]);
        }
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", "a change"]);
    }

    /// The exit code, stdout and stderr of `fleet`.
    fn fleet(&self, words: &[&str]) -> (i32, String, String) {
        let output = self.command(words).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }

    fn command(&self, words: &[&str]) -> Command {
        let cache = self.0.with_extension("cache");
        let mut command = Command::new(env!("CARGO_BIN_EXE_fleet"));
        command.current_dir(&self.0).args(words).env("XDG_CACHE_HOME", &cache).env("XDG_STATE_HOME", &cache);
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env_remove("NIX_REMOTE");
        command
    }

    fn answer(&self, words: &[&str]) -> String {
        let (code, out, err) = self.fleet(words);
        assert_eq!(code, 0, "{words:?}: {err}");
        out
    }

    fn json(&self, words: &[&str]) -> Value {
        serde_json::from_str(&self.answer(words)).unwrap()
    }
}

#[test]
fn machines_are_shown_and_one_that_fails_hides_no_other() {
    let folder = Folder::new("show");
    let table = folder.answer(&["show"]);
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines.len(), 4, "{table}");
    assert!(lines[0].starts_with("machine  system        channel"), "{table}");
    assert!(
        lines[2].starts_with("web1     x86_64-linux") && lines[2].ends_with("-system-web1.drv"),
        "{table}"
    );
    // The derivation is the flake's own.
    let derivation =
        folder.answer(&["eval", "--raw", ".#nixosConfigurations.web1.config.system.build.toplevel.drvPath"]);
    assert!(lines[2].ends_with(derivation.as_str()), "{derivation}: {table}");
    folder.write("machines/web1.nix", "{ services.web.enable = 1 + \"\"; }");
    let (code, out, err) = folder.fleet(&["show", "--json", "web*"]);
    assert_eq!(code, 1);
    let list: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&list[0]["name"], &list[0]["derivation"]), (&"web1".into(), &Value::Null));
    assert!(
        list[1]["derivation"].as_str().unwrap().ends_with("-system-web2.drv")
            && list.as_array().unwrap().len() == 2
    );
    assert!(err.contains("machine `web1` does not evaluate\nerror: "), "{err}");
    let (code, _, err) = folder.fleet(&["show", "wbe2"]);
    assert!(
        code == 1 && err.contains("the flake has no machine `wbe2`") && err.contains("did you mean `web2`"),
        "{err}"
    );
}

#[test]
fn machines_that_refer_to_each_other_in_a_circle_are_named() {
    let folder = Folder::new("circle");
    let other = |name: &str| {
        format!(
            "{{ self, ... }}: {{ services.web = {{ enable = true; port = self.nixosConfigurations.{name}.config.services.web.port; }}; }}"
        )
    };
    folder.write("machines/web1.nix", &other("web2"));
    folder.write("machines/web2.nix", &other("db1"));
    folder.write("machines/db1.nix", &other("web1"));
    let (code, _, err) = folder.fleet(&["show", "web2"]);
    assert_eq!(code, 1);
    let port = |name: &str| format!("`services.web.port` of `{name}`");
    let circle = ["web2", "db1", "web1", "web2"].map(port).join(" -> ");
    assert!(err.contains("error: infinite recursion encountered"), "{err}");
    assert!(err.contains(&format!("hint: machines refer to each other in a circle: {circle}\n")), "{err}");
}

#[test]
fn an_option_says_where_it_comes_from() {
    let folder = Folder::new("option");
    assert_eq!(folder.answer(&["eval", "--machine", "web2", "services.web.port"]), "8080\n");
    let expected = "\
services.web.port = 8080
type         signed integer
default      80
priority     50, mkForce
defined in   machines/web2.nix:5: 8080
declared in  base.nix:12
description  Where it listens.
";
    assert_eq!(folder.answer(&["option", "web2", "services.web.port"]), expected);
    let found = folder.json(&["option", "web1", "services.web.enable", "--json"]);
    assert_eq!((&found["value"], &found["priority"]), (&true.into(), &100.into()));
    assert_eq!(found["definitions"][0]["file"], "machines/web1.nix");
    assert_eq!(found["definitions"][0]["line"], 3);
    // Inside of a value, the type says what is declared there.
    let found = folder.json(&["option", "web2", "users.users.anna.shell", "--json"]);
    assert_eq!((&found["value"], &found["default"]), (&"/bin/zsh".into(), &"\"/bin/sh\"".into()));
    assert_eq!(found["definitions"][0]["line"], 7);
    assert_eq!(
        folder.answer(&["option", "web2", "services.web"]),
        "services.web.enable\nservices.web.port\n"
    );
    let (code, _, err) = folder.fleet(&["eval", "--machine", "wbe2", "services.web.port"]);
    assert!(code == 1 && err.contains("did you mean `web2`"), "{err}");
    let (code, _, err) = folder.fleet(&["option", "web2", "services.wbe.port"]);
    assert!(code == 1 && err.contains("has no option `services.wbe.port`"), "{err}");
    assert!(err.contains("did you mean `web`"), "{err}");
}

#[test]
fn a_check_evaluates_every_machine_and_compares_it_with_the_inventory() {
    let folder = Folder::new("check");
    folder.commit();
    let (code, _, err) = folder.fleet(&["check", "--eval"]);
    assert_eq!(
        (code, err.lines().last().unwrap()),
        (0, "0 machines, 0 secrets, 0 mesh members, 3 evaluated: all is well")
    );
    folder.write(
        "machines/db1.nix",
        "{ assertions = [ { assertion = false; message = \"no disk\"; } ]; warnings = [ \"old\" ]; }",
    );
    folder.write("machines/web1.nix", "{ services.web.enable = abort \"broken\"; }");
    let (code, _, err) = folder.fleet(&["check", "--eval"]);
    assert_eq!(code, 1);
    for wanted in [
        "error: machine `db1`: failed assertion: no disk",
        "warning: machine `db1`: old",
        "error: machine `web1`: evaluation aborted with the following error message: 'broken'",
        "machines/web1.nix:1:",
        "3 evaluated: 2 errors, 1 warning",
    ] {
        assert!(err.contains(wanted), "{wanted}: {err}");
    }
    assert!(!err.contains("Failed assertions"), "an assertion is told once: {err}");
    let (_, out, _) = folder.fleet(&["check", "--eval", "--json"]);
    let reports: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(reports.as_array().unwrap().len(), 3);
}

#[test]
fn an_inventory_that_is_stale_or_knows_other_machines_is_told() {
    let folder = Folder::new("inventory");
    let hash = |text: &str| fleet::ops::resolved::source_hash(text);
    let inventory = "[fleet]\nname = \"small\"\n";
    folder.write("fleet.toml", inventory);
    let json = serde_json::json!({
        "version": 1,
        "source": { "hash": hash(inventory) },
        "machines": {
            "web1": { "system": "aarch64-linux", "channel": "stable", "tags": ["web"], "postfixes": {},
                      "address": { "lan": "10.0.0.1", "public": null } },
            "gone": { "system": "x86_64-linux", "tags": [] },
        },
        "meshes": {}, "secrets": {},
    });
    folder.write("fleet.json", &json.to_string());
    let shown = folder.json(&["show", "--json", "@web"]);
    assert_eq!(shown.as_array().unwrap().len(), 1);
    assert_eq!((&shown[0]["channel"], &shown[0]["addresses"][0]), (&"stable".into(), &"10.0.0.1".into()));
    assert_eq!(shown[0]["system"], "aarch64-linux", "as the inventory says");
    // A package straight out of a channel's input is told with its place.
    let channels = serde_json::json!({ "stable": { "input": "nixpkgs_stable" } });
    let mut other = json.clone();
    other["channels"] = channels;
    folder.write("fleet.json", &other.to_string());
    folder.write(
        "machines/db1.nix",
        "{ self, ... }:\nlet p = self.inputs.nixpkgs_stable.legacyPackages.x86_64-linux;\nin { }\n",
    );
    // What is resolved counts, also where its source is not.
    std::fs::remove_file(folder.0.join("fleet.toml")).unwrap();
    let (_, _, err) = folder.fleet(&["check", "--eval"]);
    for wanted in [
        "this goes around the channel `stable`",
        "machines/db1.nix:2:9",
        "machine `gone` of fleet.toml is no `nixosConfigurations.gone` of the flake",
        "`nixosConfigurations.db1` of the flake is no machine of fleet.toml",
        "its system is `aarch64-linux` in fleet.toml and `x86_64-linux` in its configuration",
    ] {
        assert!(err.contains(wanted), "{wanted}: {err}");
    }
    folder.write("fleet.toml", "[fleet]\nname = \"other\"\n");
    let (code, _, err) = folder.fleet(&["show"]);
    assert!(code == 1 && err.contains("'fleet.json' is not of this fleet.toml"), "{err}");
    assert!(err.contains("`fleet wg render` writes it"), "{err}");
}

#[test]
fn a_difference_names_the_options_that_made_it() {
    let folder = Folder::new("diff");
    folder.answer(&["flake", "lock"]);
    folder.commit();
    folder.write("machines/web1.nix", "{\n  services.web = { enable = true; port = 81; };\n}\n");
    let (code, out, err) = folder.fleet(&["diff", "--since", "HEAD"]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(
        out,
        "web1: changed\n  services.web.port: 80 -> 81\n  and 1 option that follow (`--all` shows them)\n"
    );
    assert!(err.ends_with("2 machines stay as they are\n"), "{err}");
    let all = folder.answer(&["diff", "HEAD", "--all"]);
    assert!(all.contains("  ports: [80] -> [81]\n"), "{all}");
    folder.commit();
    let json = folder.json(&["diff", "HEAD~1", "HEAD", "--json"]);
    let web1 = &json[1];
    assert_eq!((&web1["name"], &web1["change"]), (&"web1".into(), &"changed".into()));
    assert_eq!(
        web1["options"][0],
        serde_json::json!({ "option": "services.web.port", "before": 80, "after": 81, "cause": true })
    );
    let (code, _, err) = folder.fleet(&["diff", "nowhere"]);
    assert!(code == 1 && err.contains("has no version `nowhere`"), "{err}");
}

#[test]
fn machines_side_by_side_answer_as_one_after_the_other() {
    let folder = Folder::new("jobs");
    let names: Vec<String> = (0..12).map(|number| format!("m{number:02}")).collect();
    for name in &names {
        folder.write(&format!("machines/{name}.nix"), "{ services.web.enable = true; }");
    }
    folder.write("machines/m05.nix", "{ services.web.port = throw \"five\"; services.web.enable = true; }");
    // Too deep for the stack of any process, and no worse than any other error.
    folder.write(
        "machines/m07.nix",
        "{ services.web.port = let f = x: 1 + f x; in f 1; services.web.enable = true; }",
    );
    let list = names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(" ");
    folder.write("flake.nix", &FLAKE.replace("\"db1\" \"web1\" \"web2\"", &list));
    folder.answer(&["flake", "lock"]);
    let (code, one, err) = folder.fleet(&["show", "--json", "--jobs", "1"]);
    assert!(code == 1 && err.contains("five"), "{err}");
    // With next to no memory every process ends after its first machine.
    for more in [vec!["--jobs", "2"], vec!["--jobs", "3", "--max-memory", "1M"]] {
        let words: Vec<&str> = ["show", "--json"].into_iter().chain(more).collect();
        let (code, other, said) = folder.fleet(&words);
        assert_eq!((code, &other), (1, &one), "{said}");
        assert_eq!(said, err);
    }
    let list: Value = serde_json::from_str(&one).unwrap();
    let shown: Vec<&str> = list.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(shown, names.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(list.as_array().unwrap().iter().filter(|one| one["derivation"].is_null()).count(), 2);
}

#[test]
fn a_process_that_is_killed_fails_its_own_machine_alone() {
    let folder = Folder::new("killed");
    let names = ["a", "b", "c", "d"];
    for name in names {
        folder.write(&format!("machines/{name}.nix"), "{ services.web.enable = true; }");
    }
    // It waits for a server that never answers.
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let wait = format!(
        "{{ services.web.port = builtins.stringLength (builtins.readFile (builtins.fetchurl \"http://{}/file\")); \
         services.web.enable = true; }}",
        server.local_addr().unwrap()
    );
    folder.write("machines/c.nix", &wait);
    let list = names.map(|name| format!("\"{name}\"")).join(" ");
    folder.write("flake.nix", &FLAKE.replace("\"db1\" \"web1\" \"web2\"", &list));
    folder.answer(&["flake", "lock"]);
    let mut command = folder.command(&["show", "--json", "--impure", "--jobs", "2"]);
    for name in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
        command.env_remove(name);
    }
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    server.set_nonblocking(true).unwrap();
    let asked = (0..1_200).find_map(|_| {
        std::thread::sleep(std::time::Duration::from_millis(25));
        server.accept().ok()
    });
    assert!(asked.is_some(), "nobody asked the server: {:?}", child.wait_with_output().unwrap());
    // The other process ends when there is nothing more to do.
    let copies = || -> Vec<i32> {
        let file = format!("/proc/{0}/task/{0}/children", child.id());
        let text = std::fs::read_to_string(file).unwrap();
        text.split_whitespace().map(|pid| pid.parse().unwrap()).collect()
    };
    for _ in 0..1_200 {
        if copies().len() == 1 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(25));
    }
    let copies = copies();
    assert_eq!(copies.len(), 1, "one waits, the other has ended");
    let pid = rustix::process::Pid::from_raw(copies[0]).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    let output = child.wait_with_output().unwrap();
    let list: Value = serde_json::from_slice(&output.stdout).unwrap();
    let failed: Vec<&str> = list
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["derivation"].is_null())
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert_eq!((output.status.code(), failed), (Some(1), vec!["c"]), "{list}");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("machine `c` does not evaluate\nerror: the process that worked on it ended"),
        "{said}"
    );
    assert!(said.contains("it was killed"), "{said}");
}

#[test]
fn a_build_without_a_daemon_says_what_to_do() {
    let folder = Folder::new("build");
    let listed = folder.answer(&["build", "--dry-run", "web?"]);
    let lines: Vec<&str> = listed.lines().collect();
    assert!(lines.len() == 2 && lines[0].ends_with("-system-web1.drv"), "{listed}");
    let (code, _, err) = folder.fleet(&["build", "web1", "--store", "unix:///nowhere/socket"]);
    assert!(code == 1 && err.contains("/nowhere/socket"), "{err}");
}
