//! Systems, packages and images of the stand-in for nixpkgs: those of tests/nixos/systems are what their `.exp` files say.
//!
//! A case is a Nix set; each of its values stands in the file beside it as the user would see it, a text as it is and all else
//! as JSON, or the error that comes instead. `FLEET_RECORD=1` writes the files anew, to be read before they are committed.
//! With FLEET_REFERENCE_NIX, a command that runs the reference's nix-instantiate, Nix is asked for each of them too.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "this test reads and records its own files, asks the reference's program, and says what it skipped"
)]

use fleet::nix::{Evaluator, Options};
use fleet::world::RealWorld;
use fleet::world::store::Address;
use std::fs;
use std::path::Path;
use std::process::Command;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/nixos/systems");
const STANDIN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/nixos/standin");

fn evaluator() -> Evaluator {
    Evaluator::new(Box::new(RealWorld::new(&[], "/", false, Address::default(), |_| {})), Options::default())
}

/// A value as JSON, or the error's message.
fn evaluate(evaluator: &mut Evaluator, text: &str) -> Result<serde_json::Value, String> {
    let json = evaluator.enter(|evaluator| {
        let value = evaluator.eval_text(text.as_bytes(), "«string»", "/", &[])?;
        evaluator.force_all(value)?;
        evaluator.json(value)
    });
    let json = json.map_err(|error| error.to_string())?;
    Ok(serde_json::from_slice(&json).expect("what we print as JSON is JSON"))
}

fn cases() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(FOLDER)
        .expect("the folder is there")
        .map(|entry| entry.expect("it can be listed").file_name().into_string().expect("names are ASCII"))
        .filter_map(|name| name.strip_suffix(".nix").map(str::to_owned))
        .filter(|name| name != "default")
        .collect();
    names.sort();
    assert!(names.len() >= 7, "the cases are there: {names:?}");
    names
}

fn value_of(case: &str, name: &str) -> String {
    format!("(import {FOLDER} {{ }}).{case}.{name}")
}

fn names_of(evaluator: &mut Evaluator, case: &str) -> Vec<String> {
    let names = evaluate(evaluator, &format!("builtins.attrNames (import {FOLDER} {{ }}).{case}"));
    let names = names.expect("the names of a case need no value");
    names
        .as_array()
        .expect("attrNames gives a list")
        .iter()
        .map(|name| name.as_str().expect("of strings").to_owned())
        .collect()
}

/// A text as it is shown: without what changes with every change of the stand-in, hashes and lines.
fn settled(text: &str) -> String {
    let text = text.replace(STANDIN, "<nixpkgs>").replace(FOLDER, "<systems>");
    let mut parts = text.split("/nix/store/");
    let mut shown = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let hash = part.len() > 33 && part.bytes().take(32).all(|byte| byte.is_ascii_alphanumeric());
        shown += "/nix/store/";
        shown += if hash { "…" } else { "" };
        shown += if hash { &part[32..] } else { part };
    }
    let mut parts = shown.split(".nix:");
    let mut shown = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        shown += ".nix:…";
        shown += part.trim_start_matches(|letter: char| letter.is_ascii_digit());
    }
    shown
}

fn shown(result: &Result<serde_json::Value, String>) -> String {
    let text = match result {
        Ok(serde_json::Value::String(text)) => text.clone(),
        // A list or a set of more than a line is easier to review with one element a line.
        Ok(value) if value.to_string().len() > 90 => format!("{value:#}"),
        Ok(value) => value.to_string(),
        Err(message) => format!("error: {}", message.trim_start_matches('\n')),
    };
    settled(text.trim_end_matches('\n'))
}

#[test]
fn systems_are_what_was_recorded() {
    let mut wrong = Vec::new();
    for case in cases() {
        // An evaluator's memory comes back when it ends: one for each case.
        let mut evaluator = evaluator();
        let mut text = String::new();
        for name in names_of(&mut evaluator, &case) {
            let value = evaluate(&mut evaluator, &value_of(&case, &name));
            text += &format!("### {name}\n{}\n\n", shown(&value));
        }
        let path = format!("{FOLDER}/{case}.exp");
        let recorded = fs::read_to_string(&path).unwrap_or_default();
        if text == recorded {
            continue;
        }
        if std::env::var_os("FLEET_RECORD").is_some() {
            record(Path::new(&path), &text);
            continue;
        }
        let (new, old) = (sections(&text), sections(&recorded));
        wrong.extend(
            new.iter().filter(|section| !old.contains(section)).map(|s| format!("{case}, now:\n{s}")),
        );
        wrong.extend(
            old.iter().filter(|section| !new.contains(section)).map(|s| format!("{case}, was:\n{s}")),
        );
    }
    assert!(wrong.is_empty(), "{} differ from what was recorded:\n{}", wrong.len(), wrong.join("\n"));
}

fn sections(text: &str) -> Vec<&str> {
    text.split("### ").skip(1).collect()
}

fn record(path: &Path, text: &str) {
    fs::write(path, text).expect("the folder can be written");
}

#[test]
fn nix_says_the_same() {
    let Ok(command) = std::env::var("FLEET_REFERENCE_NIX") else {
        println!("skipped: nix_says_the_same: FLEET_REFERENCE_NIX names no nix-instantiate");
        return;
    };
    let mut words = command.split(' ');
    let program = words.next().expect("a command has a word");
    let words: Vec<&str> = words.collect();
    let (mut wrong, mut values, mut errors) = (Vec::new(), 0, 0);
    for case in cases() {
        let mut evaluator = evaluator();
        for name in names_of(&mut evaluator, &case) {
            let expression = value_of(&case, &name);
            let ours = evaluate(&mut evaluator, &expression);
            let output = Command::new(program)
                .args(&words)
                .args(["--eval", "--strict", "--json", "-E", &expression])
                .output()
                .expect("the reference runs");
            let said = String::from_utf8_lossy(&output.stderr);
            let theirs = match output.status.success() {
                true => {
                    Ok(serde_json::from_slice::<serde_json::Value>(&output.stdout).expect("Nix prints JSON"))
                }
                false => Err(said.into_owned()),
            };
            let same = match (&ours, &theirs) {
                (Ok(ours), Ok(theirs)) => {
                    values += 1;
                    ours == theirs
                }
                // Nix indents the message below its trace, and may say more.
                (Err(ours), Err(theirs)) => {
                    errors += 1;
                    let theirs: Vec<&str> = theirs.lines().map(str::trim).collect();
                    ours.lines().map(str::trim).all(|line| theirs.iter().any(|their| their.ends_with(line)))
                }
                _ => false,
            };
            if !same {
                wrong.push(format!("{case}.{name}:\n  Nix:   {theirs:?}\n  fleet: {ours:?}\n"));
            }
        }
    }
    println!("{values} values and {errors} errors are Nix's");
    assert!(wrong.is_empty(), "{} differ from Nix:\n{}", wrong.len(), wrong.join(""));
}
