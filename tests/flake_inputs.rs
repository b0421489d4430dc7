//! Inputs of flakes: where they come from, in which order, and what is said when they can't be had. The server counts who
//! asked.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test lays out its own files, and fails where one can't be had"
)]

mod fetching;

use fetching::{Scratch, Server};
use std::fs;
use std::process::{Command, Output};

/// The archive of a flake.
fn flake_archive(text: &str) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_mtime(1_700_000_000);
    header.set_mode(0o644);
    header.set_size(text.len() as u64);
    header.set_cksum();
    archive.append_data(&mut header, "top/flake.nix", text.as_bytes()).unwrap();
    archive.into_inner().unwrap()
}

const LIBRARY: &str = "{ outputs = { self }: { twice = x: x + x; count = self.revCount or 0; }; }";

/// `fleet` in a folder of the scratch; another `cache` is another machine.
fn fleet(scratch: &Scratch, cache: &str, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fleet"));
    command.args(words).current_dir(scratch.0.join("top")).env("HOME", &scratch.0);
    command.env("XDG_CACHE_HOME", scratch.0.join(cache)).env("GIT_CONFIG_GLOBAL", "/dev/null");
    for name in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "NIX_REMOTE"] {
        command.env_remove(name);
    }
    command.output().unwrap()
}

fn answer(scratch: &Scratch, cache: &str, words: &[&str]) -> String {
    let output = fleet(scratch, cache, words);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{words:?}: {said}");
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

fn failure(scratch: &Scratch, cache: &str, words: &[&str]) -> String {
    let output = fleet(scratch, cache, words);
    assert!(!output.status.success(), "{words:?} did not fail");
    String::from_utf8(output.stderr).unwrap()
}

fn top(scratch: &Scratch, text: &str) {
    fs::create_dir_all(scratch.0.join("top")).unwrap();
    let _ = fs::remove_file(scratch.0.join("top/flake.lock"));
    fs::write(scratch.0.join("top/flake.nix"), text).unwrap();
}

fn lock(scratch: &Scratch) -> serde_json::Value {
    serde_json::from_slice(&fs::read(scratch.0.join("top/flake.lock")).unwrap()).unwrap()
}

fn using(url: &str) -> String {
    format!(
        "{{ inputs.lib.url = \"{url}\"; outputs = {{ self, lib }}: {{ six = lib.twice 3; inherit (lib) count; }}; }}"
    )
}

#[test]
fn a_locked_archive_is_fetched_once_and_then_never_asked_for() {
    let scratch = Scratch::new("locked-archive");
    let server = Server::start(flake_archive(LIBRARY));
    top(&scratch, &using(&format!("{}/latest.tar", server.address)));
    answer(&scratch, "cache", &["flake", "lock", "path:."]);
    assert_eq!(server.asked(), 1);
    let locked = &lock(&scratch)["nodes"]["lib"]["locked"];
    assert_eq!(locked["url"], format!("{}/plain.tar", server.address), "the address that stays: {locked}");
    assert_eq!(locked["rev"], "1".repeat(40));
    assert_eq!((&locked["revCount"], &locked["lastModified"]), (&7.into(), &1_700_000_000.into()));
    // What is here is not asked for, however old the answer is.
    for what in ["path:.#six", "path:.#count"] {
        let value = if what.ends_with("six") { "6" } else { "7" };
        assert_eq!(answer(&scratch, "cache", &["eval", "--refresh", what]), value);
    }
    assert_eq!(server.asked(), 1, "everything was here");
    // On another machine it is fetched from the address that stays, once.
    for _ in 0..2 {
        assert_eq!(answer(&scratch, "other", &["eval", "--refresh", "path:.#six"]), "6");
    }
    assert_eq!(server.asked(), 2);
    let moved =
        failure(&scratch, "third", &["eval", "path:.#six", "--override-input", "lib", "path:/nowhere"]);
    assert!(moved.contains("'/nowhere' does not exist"), "{moved}");
    assert_eq!(server.asked(), 2);
}

#[test]
fn a_store_that_has_an_input_is_read_in_place_of_the_net() {
    let scratch = Scratch::new("in-store");
    let server = Server::start(flake_archive(LIBRARY));
    top(&scratch, &using(&format!("{}/plain.tar", server.address)));
    answer(&scratch, "cache", &["flake", "lock", "path:."]);
    let path = answer(
        &scratch,
        "cache",
        &[
            "eval",
            "--raw",
            "--impure",
            "--expr",
            &format!(
                "(builtins.fetchTree {{ type = \"tarball\"; url = \"{}/plain.tar\"; }}).outPath",
                server.address
            ),
        ],
    );
    let asked = server.asked();
    let store = format!("dummy://?root={}/root", scratch.0.display());
    let place = format!("{}/root{path}", scratch.0.display());
    fs::create_dir_all(&place).unwrap();
    fs::write(format!("{place}/flake.nix"), LIBRARY).unwrap();
    let eval = |cache: &str| answer(&scratch, cache, &["eval", "--store", &store, "path:.#six"]);
    assert_eq!(eval("empty"), "6");
    assert_eq!(server.asked(), asked, "it lies in the store");
    // What is not what its name says is no such thing.
    fs::write(format!("{place}/flake.nix"), LIBRARY.replace("x + x", "0")).unwrap();
    let _ = fs::remove_dir_all(scratch.0.join("empty"));
    assert_eq!(eval("empty"), "6");
    assert_eq!(server.asked(), asked + 1);
}

#[test]
fn inputs_are_fetched_at_the_same_time() {
    let scratch = Scratch::new("together");
    let server = Server::start(flake_archive(LIBRARY));
    top(
        &scratch,
        &format!(
            "{{ inputs.a.url = \"{0}/both-a.tar\"; inputs.b.url = \"{0}/both-b.tar\"; outputs = {{ self, a, b }}: {{ }}; }}",
            server.address
        ),
    );
    answer(&scratch, "cache", &["flake", "lock", "path:."]);
    assert_eq!(server.asked(), 2);
    assert!(lock(&scratch)["nodes"]["b"]["locked"]["narHash"].is_string());
}

#[test]
fn what_cannot_be_had_is_said_with_its_reason() {
    let scratch = Scratch::new("wrong-inputs");
    let server = Server::start(flake_archive(LIBRARY));
    let once = ["eval", "path:.#six", "--option", "download-attempts", "1"];
    top(&scratch, &using(&format!("{}/nowhere.tar", server.address)));
    let error = failure(&scratch, "cache", &once);
    assert!(error.contains("HTTP error 404; there is nothing at this address"), "{error}");
    assert!(error.contains("while updating the flake input 'lib'"), "{error}");
    top(&scratch, &using(&format!("{}/cut.tar", server.address)));
    let error = failure(&scratch, "cache", &once);
    assert!(error.contains("broke off after"), "{error}");
    top(&scratch, &using(&format!("file://{}/nowhere.tar", scratch.0.display())));
    let error = failure(&scratch, "cache", &once);
    assert!(error.contains("nowhere.tar' does not exist"), "{error}");
    top(&scratch, &using(&format!("{}/plain.tar", server.address)));
    answer(&scratch, "cache", &["flake", "lock", "path:."]);
    let text = fs::read_to_string(scratch.0.join("top/flake.lock")).unwrap();
    let right = lock(&scratch)["nodes"]["lib"]["locked"]["narHash"].as_str().unwrap().to_owned();
    let wrong = "sha256-6HLdsEZ8payWYo2pz7BOf7ZrKAN2ac8oTJIuFXYBMHE=";
    fs::write(scratch.0.join("top/flake.lock"), text.replace(&right, wrong)).unwrap();
    for cache in ["cache", "empty"] {
        let error = failure(&scratch, cache, &once);
        assert!(error.contains("NAR hash mismatch in input"), "{error}");
        assert!(error.contains(wrong) && error.contains(&right), "{error}");
    }
}

#[test]
fn what_git_does_not_track_is_named() {
    let scratch = Scratch::new("untracked");
    top(
        &scratch,
        "{ outputs = { self }: { a = import ./a.nix; b = builtins.readFile ./sub/b; c = builtins.readDir ./sub; \
         d = \"${./a.nix}\"; e = import ./folder; f = builtins.pathExists ./a.nix; g = import ./nowhere.nix; \
         h = builtins.readFileType ./a.nix; i = import ./ignored.nix; }; }",
    );
    let place = scratch.0.join("top");
    for folder in ["sub", "folder"] {
        fs::create_dir_all(place.join(folder)).unwrap();
    }
    for file in ["a.nix", "sub/b", "folder/default.nix", "ignored.nix"] {
        fs::write(place.join(file), "1").unwrap();
    }
    fs::write(place.join(".gitignore"), "ignored.nix\n").unwrap();
    scratch.git(&["init", "--quiet", "top"]);
    let error = failure(&scratch, "cache", &["eval", ".#a"]);
    assert!(error.contains("`flake.nix` in") && error.contains("add flake.nix` makes it visible"), "{error}");
    scratch.git(&["-C", "top", "add", "flake.nix"]);
    let cases =
        [("a", "a.nix"), ("b", "sub/b"), ("c", "sub"), ("d", "a.nix"), ("e", "folder"), ("h", "a.nix")];
    for (attribute, file) in cases {
        let error = failure(&scratch, "cache", &["eval", &format!(".#{attribute}")]);
        let wanted = format!("error: `{file}` in '{}' is not tracked by git", place.display());
        assert!(error.contains(&wanted), "{attribute}: {error}");
        assert!(error.contains(&format!("add {file}` makes it visible")), "{attribute}: {error}");
    }
    let error = failure(&scratch, "cache", &["eval", ".#i"]);
    assert!(error.contains("add --force ignored.nix`"), "{error}");
    let error = failure(&scratch, "cache", &["eval", ".#g"]);
    assert!(error.contains("nowhere.nix' does not exist") && !error.contains("not tracked"), "{error}");
    assert_eq!(answer(&scratch, "cache", &["eval", ".#f"]), "false");
}
