//! A fleet from `fleet init` passes `fleet check`, whatever kind of key its master has, and is never overwritten.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test lays out its own files, and fails where one can't be had"
)]

use fleet::keys::pair;
use fleet::os::Process;
use std::path::{Path, PathBuf};

struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("fleet-init-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(folder.join("home/.ssh")).unwrap();
        Scratch(folder)
    }

    fn fleet(&self, arguments: &[&str]) -> (bool, String) {
        let process = Process::new(env!("CARGO_BIN_EXE_fleet")).args(arguments).folder(&self.0);
        let process = process.env("HOME", self.0.join("home")).env("XDG_STATE_HOME", self.0.join("state"));
        let output = process.env("USER", "ada").env("FLEET_IDENTITY", "").output().unwrap();
        (output.success, output.stderr)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn the_operators_own_ssh_key_is_the_first_master() {
    let scratch = Scratch::new("ssh");
    let (made, said) = scratch.fleet(&["init", "new"]);
    assert!(!made && said.contains("a fleet needs a master") && said.contains("hint: "), "{said}");

    let key = pair::ssh("ada@laptop").unwrap();
    let line = format!("{} ada@laptop\n", key.public.line());
    std::fs::write(scratch.0.join("home/.ssh/id_ed25519.pub"), &line).unwrap();
    let (made, said) = scratch.fleet(&["init", "new"]);
    assert!(made, "{said}");
    assert_eq!(read(&scratch.0.join("new/keys/masters/ada.pub")), line);
    let (good, said) = scratch.fleet(&["check", "--strict", "-C", "new"]);
    assert!(good && said.contains("all is well"), "{said}");
}

#[test]
fn a_fleet_that_is_there_is_never_overwritten() {
    let scratch = Scratch::new("twice");
    let master = pair::age().public.line();
    assert!(scratch.fleet(&["init", "new", "--no-git", "--name", "one", "--master", &master]).0);
    let before = read(&scratch.0.join("new/fleet.toml"));
    let (made, said) = scratch.fleet(&["init", "new", "--no-git", "--name", "two", "--master", &master]);
    assert!(!made && said.contains("holds a fleet already"), "{said}");
    assert_eq!(read(&scratch.0.join("new/fleet.toml")), before);
    assert!(!scratch.0.join("new/.git").exists());
    let (good, said) = scratch.fleet(&["check", "-C", "new"]);
    assert!(good, "{said}");
}

#[test]
fn the_attributes_that_git_has_already_are_kept() {
    let scratch = Scratch::new("attributes");
    std::fs::create_dir_all(scratch.0.join("new")).unwrap();
    std::fs::write(scratch.0.join("new/.gitattributes"), "*.png binary").unwrap();
    let master = pair::age().public.line();
    let (made, said) = scratch.fleet(&["init", "new", "--no-git", "--master", &master]);
    assert!(made, "{said}");
    assert_eq!(read(&scratch.0.join("new/.gitattributes")), "*.png binary\n*.age diff=fleet merge=binary\n");
}

#[test]
fn a_folder_that_a_repository_ignores_gets_its_own() {
    let scratch = Scratch::new("ignored");
    let git = |arguments: &[&str]| Process::new("git").args(arguments).folder(&scratch.0).run().unwrap();
    git(&["init", "--quiet"]);
    std::fs::write(scratch.0.join(".gitignore"), "/ignored\n").unwrap();
    let key = pair::ssh("ada@laptop").unwrap();
    std::fs::write(scratch.0.join("home/.ssh/id_ed25519.pub"), key.public.line() + "\n").unwrap();
    for (folder, own) in [("ignored", true), ("seen", false)] {
        let (made, said) = scratch.fleet(&["init", folder]);
        assert!(made && !said.contains("git does not know"), "{said}");
        assert_eq!(scratch.0.join(folder).join(".git").exists(), own, "{said}");
        assert_eq!(said.contains("made a git repository"), own, "{said}");
    }
}

#[test]
fn an_inventory_that_is_no_file_is_named_and_no_other_fleet_is_taken() {
    let scratch = Scratch::new("no-file");
    let master = pair::age().public.line();
    assert!(scratch.fleet(&["init", "new", "--no-git", "--master", &master]).0);
    for (name, said) in [("folder", "is no file"), ("link", "leads nowhere"), ("pipe", "is no file")] {
        let inside = scratch.0.join("new").join(name);
        std::fs::create_dir(&inside).unwrap();
        let inventory = inside.join("fleet.toml");
        match name {
            "folder" => std::fs::create_dir(&inventory).unwrap(),
            "link" => std::os::unix::fs::symlink("nowhere", &inventory).unwrap(),
            _ => assert!(Process::new("mkfifo").args([&inventory]).output().unwrap().success),
        }
        let (good, told) = scratch.fleet(&["check", "-C", &format!("new/{name}")]);
        assert!(!good && told.contains(said) && told.contains("hint: "), "{name}: {told}");
    }
}
