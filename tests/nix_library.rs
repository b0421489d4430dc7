//! fleet's library for Nix: builders, modules and the inventory, evaluated with the stand-in for nixpkgs. Recorded answers
//! lie beside the questions in tests/nixos/library; `compare` there asks a real Nix and a real nixpkgs.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test lays out its own files, and fails by panicking"
)]

use fleet::activate::units::{PROGRAM, units};
use fleet::format::manifest::Manifest;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const LIBRARY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/nixos/library");

fn asked(expression: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_fleet"))
        .args(["nix-instantiate", "--eval", "--strict", "--json", "-E", expression])
        .output()
        .unwrap()
}

fn eval(expression: &str) -> Value {
    let output = asked(expression);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What is said when it can't be evaluated.
fn refused(expression: &str) -> String {
    let output = asked(expression);
    assert!(!output.status.success(), "{expression} is no error");
    String::from_utf8(output.stderr).unwrap()
}

/// Each answer beside the recorded one, by name.
fn compare(answers: &Value, recorded: &str) {
    let text = std::fs::read_to_string(format!("{LIBRARY}/{recorded}")).unwrap();
    let recorded: BTreeMap<String, Value> = serde_json::from_str(&text).unwrap();
    for (name, wanted) in &recorded {
        assert_eq!(&answers[name], wanted, "{name}");
    }
    assert_eq!(answers.as_object().unwrap().len(), recorded.len());
}

#[test]
fn a_fleet_that_was_there_before_gets_the_same_systems_from_fleets_builders() {
    let paths = eval(&format!("(import {LIBRARY}/seed {{ }}).paths"));
    assert_eq!(paths["own"], paths["ours"]);
    let systems: BTreeSet<&str> =
        paths["ours"].as_object().unwrap().values().filter_map(Value::as_str).collect();
    assert_eq!(systems.len(), 5, "three machines and two images: {paths}");
    assert!(systems.iter().all(|path| path.ends_with(".drv")), "{paths}");
}

#[test]
fn each_pattern_of_such_a_fleet_means_what_it_meant() {
    let texts = eval(&format!("(import {LIBRARY}/seed {{ }}).texts"));
    assert_eq!(texts["own"], texts["ours"]);
    compare(&texts["ours"], "seed/texts.json");
}

#[test]
fn the_inventory_becomes_options_that_modules_refine_and_do_not_contradict() {
    compare(&eval(&format!("(import {LIBRARY}/inventory.nix {{ }}).answers")), "inventory.json");
}

/// Sections and keys of a unit file; a key that stands more than once has all its words.
fn words(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (key, value) in text.lines().filter_map(|line| line.split_once('=')) {
        let program = key.starts_with("Exec") || key == "Description";
        let value = if value == "true" { "yes" } else { value };
        let words = if program { vec![value] } else { value.split(' ').collect() };
        found.entry(key.to_owned()).or_default().extend(words.into_iter().map(str::to_owned));
    }
    found
}

#[test]
fn the_manifest_and_the_units_of_a_machine_are_what_fleet_activate_reads_and_writes() {
    let machine = eval(&format!("removeAttrs (import {LIBRARY}/secrets.nix {{ }}) [ \"package\" ]"));
    let text = machine["manifest"].as_str().unwrap();
    let manifest = Manifest::parse("secrets.json", text.as_bytes()).unwrap_or_else(|error| panic!("{error}"));
    for (service, of) in machine["paths"].as_object().unwrap() {
        for (secret, path) in of.as_object().unwrap() {
            let found = manifest.services[service.as_str()].path(secret);
            assert_eq!(found.as_deref(), path.as_str(), "{service}/{secret}");
        }
    }
    let web = &manifest.services["web"].secrets;
    assert_eq!((web["token"].owner.to_string(), web["token"].mode.bits()), ("web".into(), 0o400));
    assert_eq!((web["named"].owner.to_string(), web["named"].mode.bits()), ("root".into(), 0o440));
    let names: Vec<&str> = web["token"].restart.iter().map(|unit| unit.as_str()).collect();
    assert_eq!(names, ["web.service"], "secrix restarts a service whose secret changed");
    assert!(manifest.services["system"].secrets["root-password"].needed_for_users);

    for unit in units(&manifest, PROGRAM) {
        // NixOS has a unit in one file, links for targets, and makes accounts in a script.
        let name = unit.path.strip_suffix(".d/fleet.conf").unwrap_or(&unit.path);
        if name.ends_with(".target") || name == "fleet-secrets-users.service" {
            continue;
        }
        let found = words(machine["units"][name].as_str().unwrap_or_else(|| panic!("no unit {name}")));
        for (key, wanted) in words(&unit.text) {
            let found = found.get(&key).cloned().unwrap_or_default();
            assert!(wanted.is_subset(&found), "{name}: {key}={wanted:?}, and NixOS has {found:?}");
        }
    }
    for name in ["fleet-secrets", "fleet-renew"] {
        assert_eq!(machine["wanted"][name][0], "multi-user.target", "{name}");
    }
    let more = "{ lib, ... }: { options.systemd.sysusers.enable = lib.mkOption { default = true; }; }";
    let by_unit = eval(&format!("(import {LIBRARY}/secrets.nix {{ more = {more}; }}).units"));
    let found = words(by_unit["fleet-secrets-users.service"].as_str().unwrap());
    for unit in units(&manifest, PROGRAM).iter().filter(|unit| unit.path == "fleet-secrets-users.service") {
        for (key, wanted) in words(&unit.text) {
            let wanted = if wanted.contains("no") { ["false".to_owned()].into() } else { wanted };
            assert!(
                found.get(&key).is_some_and(|found| wanted.is_subset(found)),
                "{key}={wanted:?}: {found:?}"
            );
        }
    }
    assert!(machine["activation"].as_str().unwrap().contains("activate --users --manifest /nix/store/"));
    assert_eq!((machine["failed"].to_string(), machine["warnings"].to_string()), ("[]".into(), "[]".into()));
}

#[test]
fn no_unit_names_a_sealed_file_the_manifest_or_a_build_of_fleet() {
    let machine = eval(&format!("(import {LIBRARY}/secrets.nix {{ }})"));
    let manifest = Manifest::parse("m", machine["manifest"].as_str().unwrap().as_bytes()).unwrap();
    let sealed = manifest.services.values().flat_map(|service| service.secrets.values());
    let mut forbidden: Vec<String> = sealed.map(|secret| secret.file.to_string()).collect();
    assert!(
        forbidden.len() == 7 && forbidden.iter().all(|path| path.starts_with("/nix/store/")),
        "{forbidden:?}"
    );
    forbidden.extend([machine["package"].as_str().unwrap().to_owned(), "fleet-secrets.json".to_owned()]);
    for (name, text) in machine["units"].as_object().unwrap() {
        let text = text.as_str().unwrap();
        for path in &forbidden {
            assert!(!text.contains(path.as_str()), "{name} names {path}");
        }
    }
}

#[test]
fn a_builder_makes_something_of_a_secret_in_a_unit_of_its_own() {
    let module =
        "{ secrix.services.web.secrets.token.decrypted.builder = out: ''tr a b <$inFile >${out}''; }";
    let machine = eval(&format!("(import {LIBRARY}/secrets.nix {{ more = {module}; }})"));
    assert_eq!(machine["paths"]["web"]["token"], "/run/web-keys-built/token");
    let build = words(machine["units"]["web-keys-build.service"].as_str().unwrap());
    assert!(
        build["Requires"].contains("web-keys.service")
            && build["RuntimeDirectory"].contains("web-keys-built")
    );
    assert!(
        words(machine["units"]["web.service"].as_str().unwrap())["Requires"]
            .contains("web-keys-build.service")
    );
    let manifest = Manifest::parse("m", machine["manifest"].as_str().unwrap().as_bytes()).unwrap();
    let token = &manifest.services["web"].secrets["token"];
    assert!(
        token.owner.is_root() && token.restart.iter().any(|unit| unit.as_str() == "web-keys-build.service")
    );
}

#[test]
fn nixpkgs_own_library_makes_the_same_of_it() {
    let Some(nixpkgs) = std::env::var_os("FLEET_NIXPKGS_LIB") else {
        println!("skipped: nixpkgs_own_library_makes_the_same_of_it: FLEET_NIXPKGS_LIB is not set");
        return;
    };
    let lib = format!("lib = {}/lib;", nixpkgs.to_string_lossy());
    compare(&eval(&format!("(import {LIBRARY}/inventory.nix {{ {lib} }}).answers")), "inventory.json");
    for (file, attribute) in [("seed", "paths"), ("seed", "texts"), ("secrets.nix", "units")] {
        let ask = |lib: &str| eval(&format!("(import {LIBRARY}/{file} {{ {lib} }}).{attribute}"));
        assert_eq!(ask(&lib), ask(""), "{attribute} of {file}");
    }
}

/// A copy of the reference fleet as git has it, with what is not committed yet.
struct Copy(PathBuf);

impl Drop for Copy {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Copy {
    fn new(name: &str) -> Self {
        let top = Path::new(env!("CARGO_MANIFEST_DIR"));
        let copy = std::env::temp_dir().join(format!("fleet-library-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&copy);
        let files = Command::new("git").current_dir(top).args(["ls-files", "-z"]).output().unwrap();
        assert!(files.status.success(), "{}", String::from_utf8_lossy(&files.stderr));
        for file in String::from_utf8(files.stdout).unwrap().split('\0').filter(|file| !file.is_empty()) {
            // A file that is listed and was removed is one that is about to be committed as such.
            if top.join(file).exists() {
                std::fs::create_dir_all(copy.join(file).parent().unwrap()).unwrap();
                std::fs::copy(top.join(file), copy.join(file)).unwrap();
            }
        }
        let copy = Copy(copy);
        copy.git(&["init", "--quiet"]);
        copy.commit();
        copy
    }

    fn git(&self, words: &[&str]) {
        let status = Command::new("git")
            .current_dir(&self.0)
            .args(["-c", "user.name=a", "-c", "user.email=a@example.net"])
            .args(words)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .status();
        assert!(status.unwrap().success(), "{words:?}");
    }

    fn commit(&self) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", "a change"]);
    }

    fn change(&self, file: &str, change: impl Fn(&str) -> String) {
        let path = self.0.join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        let changed = change(&text);
        assert_ne!(text, changed, "{file}");
        std::fs::write(path, changed).unwrap();
    }

    /// The derivations of some machines.
    fn systems(&self) -> BTreeMap<String, Value> {
        let apply = "all: builtins.mapAttrs (_: machine: machine.config.system.build.toplevel.drvPath) \
                     { inherit (all) beacon cortex-alpha remote-mirror remote-worker; }";
        let output = Command::new(env!("CARGO_BIN_EXE_fleet"))
            .current_dir(&self.0)
            .args(["eval", "--json", ".#nixosConfigurations", "--apply", apply])
            .env("XDG_CACHE_HOME", self.0.join(".git/cache"))
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Whose derivations differ from these, after a commit of what was changed.
    fn changed(&self, before: &BTreeMap<String, Value>) -> Vec<String> {
        self.commit();
        let after = self.systems();
        before.iter().filter(|(name, path)| after[*name] != **path).map(|(name, _)| name.clone()).collect()
    }
}

#[test]
fn a_commit_changes_the_machines_it_is_about_and_no_other() {
    let copy = Copy::new("commits");
    let first = copy.systems();
    assert_eq!(first.len(), 4);

    for file in ["README.md", "THREATS.md", "src/README.md", "tests/README.md"] {
        copy.change(file, |text| format!("{text}\nmore\n"));
    }
    for file in ["src/nix/mod.rs", "src/cli/check.rs", "tests/nix_library.rs"] {
        copy.change(file, |text| format!("{text}\n// more\n"));
    }
    std::fs::copy(
        copy.0.join("secrets/acme/dns-token.age"),
        copy.0.join("secrets/restic/cold-storage/repository-password.age"),
    )
    .unwrap();
    copy.change("machines/workbench/default.nix", |text| text.replace("greeting", "welcome"));
    assert_eq!(
        copy.changed(&first),
        Vec::<String>::new(),
        "documents, tests, the evaluator, other machines and their secrets"
    );

    std::fs::copy(
        copy.0.join("secrets/acme/dns-token.age"),
        copy.0.join("secrets/nginx/remote-worker/tls.age"),
    )
    .unwrap();
    assert_eq!(copy.changed(&first), ["remote-worker"], "a machine's own secret");
    let second = copy.systems();

    std::fs::copy(copy.0.join("secrets/acme/dns-token.age"), copy.0.join("secrets/nginx/session-key.age"))
        .unwrap();
    assert_eq!(
        copy.changed(&second),
        ["cortex-alpha", "remote-mirror", "remote-worker"],
        "a secret that three read"
    );
    let third = copy.systems();

    copy.change("src/activate/mod.rs", |text| format!("{text}\n// more\n"));
    assert_eq!(copy.changed(&third).len(), 4, "what every machine runs");
}

#[test]
fn an_inventory_that_is_stale_and_a_machine_without_a_folder_are_errors_that_say_what_to_do() {
    let copy = Copy::new("stale");
    let top = copy.0.display();
    let paths = format!("(import {LIBRARY}/inventory.nix {{ top = {top}; }}).machine \"beacon\" {{ }}");
    std::fs::remove_dir_all(copy.0.join("machines/beacon")).unwrap();
    let said = refused(&format!("({paths}).config.networking.hostName"));
    assert!(said.contains("machine `beacon` has no folder machines/beacon"), "{said}");
    copy.change("fleet.toml", |text| format!("{text}\n# a word more\n"));
    let said = refused(&paths);
    assert!(said.contains("fleet.json is stale") && said.contains("run `fleet wg render`"), "{said}");
    std::fs::remove_file(copy.0.join("fleet.json")).unwrap();
    let said = refused(&paths);
    assert!(said.contains("there is a fleet.toml and no fleet.json"), "{said}");
}

#[test]
fn what_a_builder_is_not_given_is_named() {
    let standin = format!("(import {LIBRARY}/standin.nix {{ }})");
    let builders = |arguments: &str| {
        format!(
            "(import {LIBRARY}/../../../src/nixos).lib.builders {{ self = {{ }}; root = {LIBRARY}/bare; inputs.nixpkgs_stable = {standin}; {arguments} }}"
        )
    };
    let name = ".config.system.name";
    for (expression, words) in [
        (
            format!("(({}).mkX86_64 \"bare\" \"bare\" {{ channel = \"legacy\"; }}){name}", builders("")),
            "there is no channel `legacy`; there are: stable",
        ),
        (
            format!("(({}).mkX86_64 \"bare\" \"bare\" {{ dt = true; }}){name}", builders("")),
            "`dt = true` needs the flake's input `determinate`",
        ),
        (
            format!(
                "(({}).mkX86_64 \"bare\" \"bare\" {{ }}){name}",
                builders("channels.stable = \"nixpkgs_old\";")
            ),
            "bound to the input `nixpkgs_old`, which the flake does not have",
        ),
        (
            format!("(({}).mkX86_64 \"bare\" \"bare\" {{ hostpubkey = \"x\"; }}){name}", builders("")),
            "hostpubkey",
        ),
        (
            format!("(({}).mkAarch64 \"bare\" \"bare\" {{ channel = \"stable\"; }}){name}", builders("")),
            "needs the flake's input `nixos-hardware`",
        ),
    ] {
        let said = refused(&expression);
        assert!(said.contains(words), "{expression}\n{said}");
    }
    assert_eq!(
        eval(&format!("(({}).mkX86_64 \"bare\" \"other\" {{ }}).config.networking.hostName", builders(""))),
        "other"
    );
}

#[test]
fn each_module_works_without_the_builders_and_beside_a_fleets_own() {
    let start = format!(
        "let standin = import {LIBRARY}/standin.nix {{ }}; fleet = import {LIBRARY}/../../../src/nixos; secret = {LIBRARY}/seed/secrets/session-key.age;"
    );
    let system = |modules: &str| {
        format!(
            "(standin.lib.nixosSystem {{ system = \"x86_64-linux\"; modules = [ {LIBRARY}/bare/machines/bare {modules} ]; }}).config"
        )
    };
    let path = eval(&format!(
        "{start} in {}.secrix.services.sshd.secrets.a.decrypted.path",
        system(
            "fleet.nixosModules.secrix { services.openssh.enable = true; secrix.services.sshd.secrets.a.encrypted.file = secret; }"
        )
    ));
    assert_eq!(path, "/run/sshd-keys/a");
    let ips = eval(&format!(
        "{start} in {}.networking.wireguard.interfaces.wireg0.ips",
        system(
            "fleet.nixosModules.vpn fleet.nixosModules.default { environment.vpn = { enable = true; postfix = 258; subnet = \"10.1.0.0/16\"; privateKeyFile = \"/k\"; }; }"
        )
    ));
    assert_eq!(ips.to_string(), r#"["10.1.1.2/16"]"#);
    let outside = refused(&format!(
        "{start} in {}.networking.wireguard.interfaces.wireg0.ips",
        system(
            "fleet.nixosModules.vpn { environment.vpn = { enable = true; postfix = 255; privateKeyFile = \"/k\"; }; }"
        )
    ));
    assert!(outside.contains("postfix 255 is no host's number in 10.88.127.0/24: 1 to 254 are"), "{outside}");

    let known = eval(&format!(
        "{start} in {}.networking.wireguard.interfaces.wireg0.ips",
        system(&format!(
            "fleet.nixosModules.vpn {{ fleet = {{ name = \"beacon\"; root = {top}; inventory = fleet.lib.readInventory {{ root = {top}; }}; }}; }}",
            top = env!("CARGO_MANIFEST_DIR")
        ))
    ));
    assert_eq!(known.to_string(), r#"["10.88.127.43/24"]"#);

    // A module as fleets have it, under the very name of ours.
    let own = "({ config, lib, ... }: {
        options.environment.vpn = {
          enable = lib.mkEnableOption \"WireGuard\";
          postfix = lib.mkOption { type = lib.types.int; };
          privateKeyFile = lib.mkOption { type = lib.types.str; };
        };
        config = lib.mkIf config.environment.vpn.enable {
          networking.wireguard.interfaces.own.ips = [ \"10.0.0.${toString config.environment.vpn.postfix}/24\" ];
        };
      })";
    let built = |arguments: &str| {
        format!(
            "{start} in builtins.attrNames ((fleet.lib.builders {{ self = {{ }}; root = {LIBRARY}/bare; inputs.nixpkgs_stable = standin; {arguments} }}).mkX86_64 \"bare\" \"bare\" {{
               extraModules = [ {own} {{ environment.vpn = {{ enable = true; postfix = 3; privateKeyFile = \"/k\"; }}; }} ]; }}).config.networking.wireguard.interfaces"
        )
    };
    assert_eq!(eval(&built("fleetModules = [ ];")).to_string(), r#"["own"]"#);
    assert!(refused(&built("")).contains("environment.vpn"), "both declare it");
}

#[test]
fn a_circle_of_references_is_told_as_machines_and_options() {
    let copy = Copy::new("circle");
    for (machine, other) in [("kiosk-one", "kiosk-two"), ("kiosk-two", "kiosk-one")] {
        let refers = format!("page = self.nixosConfigurations.{other}.config.fleet-modules.kiosk.page;");
        copy.change(&format!("machines/{machine}/default.nix"), |text| {
            let start = text.find("page = ").unwrap();
            let end = start + text[start..].find(';').unwrap() + 1;
            text.replace(&text[start..end], &refers).replace("{ config, pkgs", "{ self, config, pkgs")
        });
    }
    copy.commit();
    let output = Command::new(env!("CARGO_BIN_EXE_fleet"))
        .current_dir(&copy.0)
        .args(["eval", ".#nixosConfigurations.kiosk-one.config.fleet-modules.kiosk.page"])
        .env("XDG_CACHE_HOME", copy.0.join(".git/cache"))
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("infinite recursion"), "{said}");
    for words in ["machines/kiosk-one", "machines/kiosk-two", "the option `fleet-modules.kiosk.page'"] {
        assert!(said.contains(words), "{words} is missing:\n{said}");
    }
}

#[test]
fn a_module_that_goes_around_a_channel_is_named_without_evaluating_it() {
    let copy = Copy::new("bypass");
    copy.change("machines/beacon/default.nix", |text| {
        text.replace(
            "  systemd.services.beacon",
            "  environment.systemPackages = [ inputs.nixpkgs_unstable.legacyPackages.${pkgs.system}.hello ];\n  systemd.services.beacon",
        )
    });
    let output =
        Command::new(env!("CARGO_BIN_EXE_fleet")).current_dir(&copy.0).arg("check").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let wanted = "warning: this goes around the channel `unstable`: `nixpkgs_unstable.legacyPackages` is a package set of its own\n  --> machines/beacon/default.nix:4:34";
    assert!(said.contains(wanted) && said.contains("take it from the module argument `unstable`"), "{said}");
    assert!(output.status.success(), "a warning is no error: {said}");
}

#[test]
fn the_package_for_machines_has_every_file_that_its_feature_compiles() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |file: &str| std::fs::read_to_string(top.join(file)).unwrap();
    let package = read("src/nixos/package.nix");
    // Modules that are declared for every feature.
    let modules = |file: &str| -> Vec<String> {
        let text = read(file);
        let lines: Vec<&str> = text.lines().collect();
        let declared = |at: usize| {
            let line = lines[at].strip_prefix("pub ").unwrap_or(lines[at]);
            let name = line.strip_prefix("mod ")?.strip_suffix(';')?;
            (at == 0 || lines[at - 1] != "#[cfg(feature = \"operator\")]").then(|| name.to_owned())
        };
        (0..lines.len()).filter_map(declared).collect()
    };
    let (all, commands) = (modules("src/lib.rs"), modules("src/cli/mod.rs"));
    assert!(all.len() >= 5 && commands.len() >= 2, "{all:?} {commands:?}");
    for module in all.iter().filter(|module| *module != "cli") {
        assert!(package.contains(&format!("\"{module}\"")), "src/{module} is not in src/nixos/package.nix");
    }
    for command in &commands {
        assert!(
            package.contains(&format!("\"src/cli/{command}.rs\"")),
            "src/cli/{command}.rs is not in src/nixos/package.nix"
        );
    }
}

#[test]
fn a_package_set_is_made_once_for_a_fleet() {
    // A flake whose package set says aloud that it is made.
    let folder = std::env::temp_dir().join(format!("fleet-library-once-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let standin = format!("{LIBRARY}/../../../src/nixos/standin");
    std::fs::write(
        folder.join("default.nix"),
        format!("args: builtins.trace \"made for ${{args.system}}\" (import {standin} args)"),
    )
    .unwrap();
    let made = |share: &str| {
        let expression = format!(
            "let standin = import {LIBRARY}/standin.nix {{ }};
                 loud = {{ outPath = {folder:?}; inherit (standin) lib; }};
                 build = (import {LIBRARY}/../../../src/nixos).lib.builders {{ self = {{ }}; inputs = {{ }}; channels = {{ stable = loud; unstable = {{ input = loud; allowUnfree = true; }}; }}; root = {LIBRARY}/bare; {share} }};
                 uses = {{ unstable, pkgs, ... }}: {{ environment.etc.a.text = unstable.hello.name + pkgs.hello.name; }};
                 machine = name: (build.mkX86_64 \"bare\" name {{ extraModules = [ uses ]; }}).config.environment.etc.a.text;
             in map machine [ \"one\" \"two\" \"three\" ]"
        );
        let output = asked(&expression);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stderr).unwrap().matches("made for x86_64-linux").count()
    };
    assert_eq!(made(""), 2, "one for each channel");
    assert_eq!(
        made("sharePkgs = false;"),
        1,
        "each machine's own is made by NixOS, the other channel still once"
    );
    std::fs::remove_dir_all(folder).unwrap();
}
