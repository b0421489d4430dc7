//! The README's tour is true: every `console` block runs, in order, on a copy of the reference fleet, and prints what
//! the README says. `[..]` in it stands for anything within a line, a line `...` for any number of lines.
//!
//! After a change that is meant, `FLEET_RECORD=1 cargo test --test readme` writes the outputs anew; read the difference.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test lays out its own files, and fails where one can't be had"
)]

use fleet::os::{Process, git};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

const README: &str = "README.md";

#[test]
fn the_tour_prints_what_the_readme_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join(README)).unwrap();
    let scratch = Scratch::new(root);
    let record = std::env::var_os("FLEET_RECORD").is_some();
    let (mut out, mut wrong, mut commands) = (String::new(), String::new(), 0);
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        writeln!(out, "{line}").unwrap();
        if line != "```console" {
            continue;
        }
        while let Some(line) = lines.next_if(|line| *line != "```") {
            let command =
                line.strip_prefix("$ ").unwrap_or_else(|| panic!("a block begins with `$ `, not {line}"));
            let mut command = command.to_owned();
            writeln!(out, "{line}").unwrap();
            while command.ends_with('\\') {
                let more = lines.next().expect("a line follows a backslash");
                writeln!(out, "{more}").unwrap();
                write!(command, "\n{more}").unwrap();
            }
            let mut wanted = Vec::new();
            while let Some(line) = lines.next_if(|line| *line != "```" && !line.starts_with("$ ")) {
                wanted.push(line);
            }
            commands += 1;
            let got = scratch.run(&command);
            let got: Vec<&str> = got.lines().map(str::trim_end).collect();
            if matches(&wanted, &got) {
                wanted.iter().for_each(|line| writeln!(out, "{line}").unwrap());
            } else {
                got.iter().for_each(|line| writeln!(out, "{line}").unwrap());
                writeln!(
                    wrong,
                    "$ {command}\nREADME says:\n{}\nit prints:\n{}\n",
                    wanted.join("\n"),
                    got.join("\n")
                )
                .unwrap();
            }
        }
    }
    assert!(commands >= 20, "the tour has only {commands} commands");
    if record {
        std::fs::write(root.join(README), out).unwrap();
    } else {
        assert!(wrong.is_empty(), "{wrong}");
    }
}

/// A copy of the reference fleet in git, and a home without keys.
struct Scratch(PathBuf);

impl Scratch {
    fn new(root: &Path) -> Self {
        let folder = std::env::temp_dir().join(format!("fleet-readme-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        let fleet = folder.join("fleet");
        for name in [
            "fleet.toml",
            "fleet.json",
            ".gitattributes",
            "flake.nix",
            "flake.lock",
            "Cargo.toml",
            "Cargo.lock",
        ] {
            copy(&root.join(name), &fleet.join(name));
        }
        // The machines' systems hold fleet, so its source belongs to what they are made of.
        for name in ["keys", "secrets", "peers", "machines", "modules", "src"] {
            copy(&root.join(name), &fleet.join(name));
        }
        for name in ["demo-master.age-identity", "remote-worker.PUBLIC-ssh-host-key"] {
            copy(&root.join("tests/keys").join(name), &folder.join(name));
        }
        let scratch = Scratch(folder);
        git::run(&fleet, ["init", "--quiet"]).unwrap();
        scratch.run("git add --all && git commit --quiet -m 'The reference fleet'");
        scratch
    }

    /// What a shell in the fleet's folder prints, both streams as a terminal would show them.
    fn run(&self, command: &str) -> String {
        let program = Path::new(env!("CARGO_BIN_EXE_fleet")).parent().unwrap();
        let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
        let output = Process::new("sh")
            .args(["-c", &format!("exec 2>&1\n{command}")])
            .folder(&self.0.join("fleet"))
            .env("PATH", path)
            .env("HOME", &self.0)
            .env("LC_ALL", "C")
            .env("TZ", "UTC")
            .env("XDG_STATE_HOME", self.0.join("state"))
            .env("FLEET_IDENTITY", "../demo-master.age-identity")
            .env("EDITOR", "sh -c 'echo a new value > \"$0\"'")
            .env("VISUAL", "")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_AUTHOR_NAME", "you")
            .env("GIT_AUTHOR_EMAIL", "you@example.net")
            .env("GIT_COMMITTER_NAME", "you")
            .env("GIT_COMMITTER_EMAIL", "you@example.net")
            .output()
            .unwrap();
        output.text().replace(&self.0.display().to_string(), "/home/you")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        std::fs::create_dir_all(to).unwrap();
        for entry in std::fs::read_dir(from).unwrap() {
            let name = entry.unwrap().file_name();
            copy(&from.join(&name), &to.join(&name));
        }
    } else if from.exists() {
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(from, to).unwrap();
    }
}

/// True when the lines are the wanted ones, `...` standing for any lines and `[..]` for any text.
fn matches(wanted: &[&str], got: &[&str]) -> bool {
    match wanted {
        [] => got.is_empty(),
        ["...", rest @ ..] => (0..=got.len()).any(|skip| matches(rest, &got[skip..])),
        [first, rest @ ..] => {
            got.first().is_some_and(|line| line_matches(first, line)) && matches(rest, &got[1..])
        }
    }
}

fn line_matches(wanted: &str, got: &str) -> bool {
    let mut parts = wanted.split("[..]");
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = got.strip_prefix(first) else { return false };
    let parts: Vec<&str> = parts.collect();
    for (index, part) in parts.iter().enumerate() {
        if index + 1 == parts.len() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.is_empty()
}

#[test]
fn wildcards_stand_for_anything_and_nothing_else_does() {
    assert!(line_matches("a[..]c[..]", "abcd") && line_matches("abc", "abc") && line_matches("[..]", ""));
    assert!(!line_matches("abc", "abcd") && !line_matches("a[..]d", "abc"));
    assert!(matches(&["a", "...", "z"], &["a", "b", "c", "z"]) && !matches(&["a", "..."], &["b"]));
}

/// Numbers with the word behind each: `302 passed`.
fn figures(text: &str) -> Vec<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let trimmed = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric()).to_owned();
    let counts = ["passed", "failed", "Pass", "Fail", "equal", "different"];
    words
        .windows(2)
        .filter(|pair| pair[0].parse::<u32>().is_ok() && counts.contains(&trimmed(pair[1]).as_str()))
        .map(|pair| format!("{} {}", pair[0], trimmed(pair[1])))
        .collect()
}

#[test]
fn what_judged_the_evaluator_is_told_as_it_was_recorded() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join(README)).unwrap();
    let recorded = std::fs::read_to_string(root.join("tests/nix/RESULTS.md")).unwrap();
    let told: Vec<String> =
        readme.lines().filter(|line| line.contains("tests/nix/RESULTS.md")).flat_map(figures).collect();
    assert!(told.len() >= 6, "the README tells the figures: {told:?}");
    let known = figures(&recorded);
    for figure in told {
        assert!(known.contains(&figure), "the README says `{figure}`, tests/nix/RESULTS.md does not");
    }
}
