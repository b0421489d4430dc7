//! What a user reads who made a mistake: the common ones, in tests/nix/errors, each beside all that `nix-instantiate` says.
//!
//! In a transcript, `$ ` begins an expression; `$$ ` one that is evaluated with `--show-trace`. What follows up to an empty
//! line is the error. With `FLEET_OVERWRITE=1` the transcripts are written anew, to be read in the diff.

#![allow(clippy::disallowed_methods, reason = "a test starts the program and may write its own transcripts")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The transcript with what is said now.
fn said_now(transcript: &str) -> String {
    let mut now = String::new();
    for line in transcript.lines() {
        let (trace, expression) = match (line.strip_prefix("$$ "), line.strip_prefix("$ ")) {
            (Some(expression), _) => (true, expression),
            (_, Some(expression)) => (false, expression),
            _ if line.starts_with('#') => {
                now += &format!("{line}\n\n");
                continue;
            }
            _ => continue,
        };
        let mut command = Command::new(env!("CARGO_BIN_EXE_fleet"));
        command.args(["nix-instantiate", "--eval", "--strict"]).env_remove("NIX_PATH").current_dir("/");
        if trace {
            command.arg("--show-trace");
        }
        let output = command.args(["-E", expression]).output().expect("fleet runs");
        let error = String::from_utf8(output.stderr).expect("messages are UTF-8");
        assert_eq!(output.status.code(), Some(1), "{expression} is a mistake: {error}");
        now += &format!("{line}\n{}\n\n", error.trim_end());
    }
    now
}

fn transcripts() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/nix/errors");
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the transcripts are there")
        .map(|entry| entry.expect("a folder can be listed").path())
        .collect();
    found.sort();
    found
}

#[test]
fn mistakes_are_told_as_recorded() {
    let found = transcripts();
    assert!(found.len() >= 5, "the transcripts are there: {found:?}");
    for path in found {
        let recorded = fs::read_to_string(&path).expect("it can be read");
        let now = said_now(&recorded);
        if std::env::var_os("FLEET_OVERWRITE").is_some() {
            fs::write(&path, now).expect("it can be written");
            continue;
        }
        assert!(recorded == now, "{} would now be:\n\n{now}", path.display());
    }
}
