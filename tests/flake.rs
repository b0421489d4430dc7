//! Flakes: locks, inputs and outputs, on repositories that the test makes. What is expected was compared with Nix 2.34.8
//! by hand.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test lays out its own files")]

use std::path::PathBuf;
use std::process::Command;

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("fleet-flakes-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Folder(std::fs::canonicalize(path).unwrap())
    }

    fn write(&self, file: &str, text: &str) {
        let path = self.0.join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text.replace("@top@", self.0.to_str().unwrap())).unwrap();
    }

    fn read(&self, file: &str) -> String {
        std::fs::read_to_string(self.0.join(file)).unwrap()
    }

    fn git(&self, folder: &str, words: &[&str]) -> String {
        let output = Command::new("git")
            .current_dir(self.0.join(folder))
            .args(["-c", "user.name=a", "-c", "user.email=a@example.net", "-c", "init.defaultBranch=main"])
            .args(words)
            .env("GIT_COMMITTER_DATE", "2024-01-02T03:04:05Z")
            .env("GIT_AUTHOR_DATE", "2024-01-02T03:04:05Z")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .output()
            .unwrap();
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn commit(&self, folder: &str) -> String {
        if !self.0.join(folder).join(".git").exists() {
            self.git(folder, &["init", "--quiet"]);
        }
        self.git(folder, &["add", "--all"]);
        self.git(folder, &["commit", "--quiet", "--message", "a change"]);
        self.git(folder, &["rev-parse", "HEAD"])
    }

    /// What fleet answers in a folder; what it said, where it failed.
    fn fleet(&self, folder: &str, words: &[&str]) -> Result<String, String> {
        let output = Command::new(env!("CARGO_BIN_EXE_fleet"))
            .current_dir(self.0.join(folder))
            .args(words)
            .env("XDG_CACHE_HOME", self.0.join("cache"))
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        match output.status.success() {
            true => Ok(text(output.stdout).trim_end().to_owned()),
            false => Err(text(output.stderr)),
        }
    }

    fn eval(&self, folder: &str, what: &str) -> String {
        self.fleet(folder, &["eval", what]).unwrap()
    }
}

/// A library, a flake that uses it, a folder that is no flake, and one that uses all of these.
fn four_flakes(name: &str) -> Folder {
    let folder = Folder::new(name);
    folder.write("lib/flake.nix", "{ outputs = { self }: { twice = x: x + x; version = 1; }; }");
    folder.commit("lib");
    let util = r#"{ inputs.lib.url = "git+file://@top@/lib"; outputs = { self, lib }: { four = x: lib.twice (lib.twice x); inherit (lib) version; }; }"#;
    folder.write("util/flake.nix", util);
    folder.commit("util");
    folder.write("data/hello.txt", "hello");
    folder.write(
        "top/flake.nix",
        r#"{
          description = "all of it";
          inputs = {
            lib.url = "git+file://@top@/lib";
            util = { url = "git+file://@top@/util"; inputs.lib.follows = "lib"; };
            other.url = "git+file://@top@/util";
            data = { url = "path:@top@/data"; flake = false; };
            part = { url = "./part"; inputs.lib.follows = "other/lib"; };
          };
          outputs = { self, lib, util, other, data, part }: {
            numbers = [ (util.four 3) (other.four 2) lib.version util.version other.version ];
            text = builtins.readFile (data + "/hello.txt");
            part = part.value;
            commit = self.rev or self.dirtyRev;
            seen = builtins.attrNames (builtins.readDir self);
            packages.x86_64-linux.default = "a package";
            packages.aarch64-linux.default = "a package";
          };
        }"#,
    );
    folder.write(
        "top/part/flake.nix",
        r#"{ outputs = { self, lib }: { value = "part ${toString (lib.twice 5)} ${baseNameOf self.outPath}"; }; }"#,
    );
    folder.commit("top");
    folder
}

#[test]
fn a_flake_is_locked_once_and_its_outputs_see_their_inputs() {
    let folder = four_flakes("outputs");
    assert_eq!(folder.eval("top", ".#numbers"), "[ 12 8 1 1 1 ]");
    let lock = folder.read("top/flake.lock");
    let parsed: serde_json::Value = serde_json::from_str(&lock).unwrap();
    assert_eq!(parsed["nodes"]["root"]["inputs"]["util"], "util");
    assert_eq!(parsed["nodes"]["util"]["inputs"]["lib"], serde_json::json!(["lib"]));
    assert_eq!(parsed["nodes"]["part"]["inputs"]["lib"], serde_json::json!(["other", "lib"]));
    assert_eq!(parsed["nodes"]["part"]["parent"], serde_json::json!([]));
    assert_eq!(parsed["nodes"]["data"]["flake"], false);
    assert_eq!(parsed["version"], 7);
    // The lock is marked in git, so that the flake sees it; a commit of everything is clean.
    assert_eq!(folder.git("top", &["status", "--short"]), "A flake.lock");
    let commit = folder.commit("top");
    assert_eq!(folder.eval("top", ".#commit"), format!("\"{commit}\""));
    assert_eq!(folder.eval("top", ".#text"), "\"hello\"");
    assert_eq!(folder.eval("top/part", "..#part"), "\"part 10 part\"");
    assert_eq!(folder.eval("top", "."), "\"a package\"");
    folder.write("top/untracked", "");
    assert_eq!(folder.eval("top", ".#seen"), "[ \"flake.lock\" \"flake.nix\" \"part\" ]");
    assert_eq!(folder.read("top/flake.lock"), lock, "nothing changed, so nothing is written");
    let error = folder.fleet("top", &["eval", ".#nothing"]).unwrap_err();
    assert!(error.contains("does not provide attribute 'packages."), "{error}");
    let top = folder.0.join("top");
    let get = format!("(builtins.getFlake \"git+file://{}?rev={commit}\").numbers", top.display());
    assert_eq!(folder.fleet("data", &["eval", "--expr", &get]).unwrap(), "[ 12 8 1 1 1 ]");
    let unlocked = format!("builtins.getFlake \"git+file://{}\"", top.display());
    let error = folder.fleet("data", &["eval", "--expr", &unlocked]).unwrap_err();
    assert!(error.contains("cannot call 'getFlake' on unlocked flake reference"), "{error}");
}

#[test]
fn only_what_is_asked_for_is_updated() {
    let folder = four_flakes("update");
    folder.fleet("top", &["flake", "lock"]).unwrap();
    let lock = folder.read("top/flake.lock");
    folder.write("lib/flake.nix", "{ outputs = { self }: { twice = x: x + x; version = 2; }; }");
    folder.commit("lib");
    folder.fleet("top", &["flake", "lock"]).unwrap();
    assert_eq!(folder.read("top/flake.lock"), lock);
    folder.fleet("top", &["flake", "update", "lib", "--no-write-lock-file"]).unwrap();
    assert_eq!(folder.read("top/flake.lock"), lock);
    // What follows goes along, what has a lock of its own does not.
    folder.fleet("top", &["flake", "update", "lib"]).unwrap();
    assert_eq!(folder.eval("top", ".#numbers"), "[ 12 8 2 2 1 ]");
    folder.fleet("top", &["flake", "update", "other/lib"]).unwrap();
    assert_eq!(folder.eval("top", ".#numbers"), "[ 12 8 2 2 2 ]");
    let over = folder.0.join("over");
    folder.write("over/flake.nix", "{ outputs = { self }: { twice = x: x + x; version = 3; }; }");
    let over = format!("path:{}", over.display());
    let words = ["eval", ".#numbers", "--override-input", "lib", &over, "--no-write-lock-file"];
    assert_eq!(folder.fleet("top", &words).unwrap(), "[ 12 8 3 3 2 ]");
    let answer = folder.fleet("top", &["flake", "metadata", "--json"]).unwrap();
    let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(answer["description"], "all of it");
    assert_eq!(answer["locks"]["nodes"]["lib"]["locked"]["type"], "git");
}

#[test]
fn what_is_wrong_with_a_flake_is_said() {
    let folder = Folder::new("wrong");
    let wrong = [
        ("{ }", "lacks attribute 'outputs'"),
        ("{ outputs = 1; }", "a function"),
        ("{ outputs = import ./x.nix; }", "expected a function but got a thunk at"),
        ("let a = 1; in { outputs = _: { }; }", "must be an attribute set"),
        ("{ inputs = { } // { }; outputs = _: { }; }", "expected a set but got a thunk at"),
        ("{ inputs.a.url = \"path:\" + \"/x\"; outputs = _: { }; }", "flake.nix:1:3"),
        (
            "{ inputs.a.url = \"path:${\"/x\"}\"; outputs = _: { }; }",
            "expected a string or a path but got a thunk",
        ),
        ("{ inputs.a = { flake = !true; }; outputs = _: { }; }", "expected a Boolean but got a thunk"),
        (
            "{ inputs.a.inputs.b = { follows = \"x\" + \"y\"; }; outputs = _: { }; }",
            "expected a string but got a thunk",
        ),
        (
            "{ inputs.a = { type = \"path\"; path = \"/a\" + \"b\"; }; outputs = _: { }; }",
            "'path' is a thunk while",
        ),
        ("{ description = \"a\" + \"b\"; outputs = _: { }; }", "expected a string but got a thunk"),
        ("{ nixConfig.a = \"x\" + \"y\"; outputs = _: { }; }", "flake configuration setting 'a' is a thunk"),
        (
            "{ outputs = _: { }; inherit ({ description = \"x\"; }) description; }",
            "expected a string but got a thunk",
        ),
        ("{ outputs = _: { }; more = 1; }", "unsupported attribute 'more'"),
        ("{ inputs.a.url = 1; outputs = _: { }; }", "a string"),
        (
            "{ inputs.a = { url = \"path:/x\"; follows = \"b\"; }; outputs = _: { }; }",
            "both a flake reference and a follows",
        ),
        ("{ inputs.a.follows = \"b\"; outputs = _: { }; }", "input 'a' follows a non-existent input 'b'"),
        (
            "{ inputs.a.follows = \"b\"; inputs.b.follows = \"a\"; outputs = _: { }; }",
            "follow cycle detected: [b -> a -> b]",
        ),
        ("{ inputs.a.uri = \"x\"; outputs = _: { }; }", "unexpected flake input attribute 'uri'"),
        ("{ outputs = { self, nixpkgs }: { }; }", "registry"),
        ("{ inputs.a.url = \"path:@top@/nowhere\"; outputs = _: { }; }", "does not exist"),
        (
            "{ inputs.self.lfs = true; inputs.self.colour = true; outputs = _: { }; }",
            "'colour' is not supported",
        ),
    ];
    for (text, expected) in wrong {
        folder.write("flake.nix", text);
        let error = folder.fleet(".", &["eval", "path:.#x"]).unwrap_err();
        assert!(error.contains(expected), "{text}: {error}");
    }
    folder.write("flake.nix", "{ outputs = _: { x = 1; }; }");
    for (lock, expected) in [
        ("", "Could not parse"),
        ("{", "Could not parse"),
        ("{}", "unsupported version 0"),
        (r#"{"version":8}"#, "unsupported version 8"),
        (r#"{"version":7}"#, "'root' is missing"),
        (r#"{"version":7,"root":"a","nodes":{}}"#, "missing node 'a'"),
        (r#"{"version":7,"root":"a","nodes":{"a":{"inputs":{"b":"c"}}}}"#, "missing node 'c'"),
        (r#"{"version":7,"root":"a","nodes":{"a":{"inputs":{"b":"a"}}}}"#, "cycle to root"),
        (
            r#"{"version":7,"root":"a","nodes":{"a":{"inputs":{"b":"c"}},"c":{}}}"#,
            "attribute 'locked' missing",
        ),
        (
            r#"{"version":7,"root":"a","nodes":{"a":{"inputs":{"b":"c"}},"c":{"locked":{"type":"path","path":"/x"},"original":{"type":"path","path":"/x"}}}}"#,
            "unlocked input",
        ),
    ] {
        folder.write("flake.lock", lock);
        let error = folder.fleet(".", &["eval", "path:.#x"]).unwrap_err();
        assert!(error.contains(expected), "{lock}: {error}");
    }
    // A chain without end, a circle, and one that doubles at each step.
    let locked = r#""locked":{"type":"path","path":"/x","narHash":"sha256-i9jJgC+rnkiRG+QQ31i/KRlnOwbAnAZM/cvj73cukwU="},"original":{"type":"path","path":"/x"}"#;
    let inputs = "{ inputs.n0.url = \"path:/x\"; outputs = _: { x = 1; }; }";
    folder.write("flake.nix", inputs);
    let lock = |next: &dyn Fn(usize) -> String, count: usize| {
        let nodes: Vec<String> =
            (0..count).map(|at| format!(r#""n{at}":{{"inputs":{{{}}},{locked}}}"#, next(at))).collect();
        format!(
            r#"{{"version":7,"root":"r","nodes":{{"r":{{"inputs":{{"n0":"n0"}}}},{}}}}}"#,
            nodes.join(",")
        )
    };
    let chain = lock(&|at| format!(r#""n":"n{}""#, at + 1), 20_000);
    let circle = lock(&|_| r#""n":"n0""#.to_owned(), 1);
    let doubling = lock(&|at| format!(r#""a":"n{0}","b":"n{0}""#, (at + 1).min(59)), 60);
    for lock in [chain, circle, doubling] {
        folder.write("flake.lock", &lock);
        let error = folder.fleet(".", &["eval", "path:.#x"]).unwrap_err();
        assert!(error.contains("nested more than 100 deep"), "{error}");
    }
    let error = folder.fleet(".", &["eval", "./nowhere#x"]).unwrap_err();
    assert!(error.contains("is no folder"), "{error}");
}

#[test]
fn a_flake_shows_what_it_offers() {
    let folder = Folder::new("show");
    folder.write(
        "flake.nix",
        r#"{
          outputs = { self }: let
            e = derivation { name = "e-1.0"; system = "x86_64-linux"; builder = "/bin/sh"; };
            d = e // { name = "hello-1.0"; meta.description = "A program"; };
          in {
            packages.x86_64-linux = { default = d; other = e; };
            packages.aarch64-linux.default = throw "not looked at";
            packages.riscv64-linux = { };
            legacyPackages.x86_64-linux = { a = e; b = throw "half of it fails"; };
            devShells.x86_64-linux.default = e;
            checks.x86_64-linux.c = e;
            apps.x86_64-linux.default = { type = "app"; program = "/bin/e"; meta.description = "an app"; };
            defaultApp.x86_64-linux = { type = "app"; program = "/x"; };
            formatter.x86_64-linux = e;
            nixosConfigurations = { web1 = throw "not looked at"; web2 = { }; };
            nixosModules.default = { };
            overlays.default = final: prev: { };
            templates.default = { path = ./.; description = "a template"; };
            hydraJobs = { a.b = e; c = e; };
            lib.x = 1;
          };
        }"#,
    );
    let shown = folder.fleet(".", &["flake", "show", "path:."]).unwrap();
    let (first, rest) = shown.split_once('\n').unwrap();
    assert!(first.starts_with("path:"), "{first}");
    // As Nix 2.34.8 printed it, without colours.
    let expected = "\
├───apps
│   └───x86_64-linux
│       └───default: app: an app
├───checks
│   └───x86_64-linux
│       └───c: derivation 'e-1.0'
├───defaultApp
│   └───x86_64-linux: app: no description
├───devShells
│   └───x86_64-linux
│       └───default: development environment 'e-1.0'
├───formatter
│   └───x86_64-linux: package 'e-1.0'
├───hydraJobs
│   ├───a
│   │   └───b: derivation 'e-1.0'
│   └───c: derivation 'e-1.0'
├───legacyPackages
│   └───x86_64-linux omitted (use '--legacy' to show)
├───lib: unknown
├───nixosConfigurations
│   ├───web1: NixOS configuration
│   └───web2: NixOS configuration
├───nixosModules
│   └───default: NixOS module
├───overlays
│   └───default: Nixpkgs overlay
├───packages
│   ├───aarch64-linux
│   │   └───default omitted (use '--all-systems' to show)
│   └───x86_64-linux
│       ├───default: package 'hello-1.0'
│       └───other: package 'e-1.0'
└───templates
    └───default: template: a template";
    assert_eq!(rest, expected);
    let json = folder.fleet(".", &["flake", "show", "path:.", "--json", "--legacy"]).unwrap();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let hello = serde_json::json!({ "type": "derivation", "name": "hello-1.0", "description": "A program" });
    assert_eq!(json["packages"]["x86_64-linux"]["default"], hello);
    assert_eq!(json["packages"]["aarch64-linux"]["default"], serde_json::json!({}));
    assert_eq!(json["nixosConfigurations"]["web1"]["type"], "nixos-configuration");
    assert_eq!(json["legacyPackages"]["x86_64-linux"]["a"]["name"], "e-1.0");
    // What fails is said, and the rest is there.
    let error = folder.fleet(".", &["flake", "show", "path:.", "--all-systems"]).unwrap_err();
    assert!(
        error.contains("error: not looked at") && error.contains("'packages.aarch64-linux.default'"),
        "{error}"
    );
}
