//! What each builtin gives, element by element of the lists in tests/nix/builtins, beside what Nix 2.34 said when
//! `tests/nix/builtins/record` asked it.

use fleet::nix::{Evaluator, Options};
use fleet::world::RealWorld;
use fleet::world::store::Address;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/nix/builtins");

fn evaluator() -> Evaluator {
    Evaluator::new(Box::new(RealWorld::new(&[], "/", false, Address::default(), |_| {})), Options::default())
}

/// An expression's value as `nix-instantiate --eval --strict` prints it, or the error's message.
fn evaluate(evaluator: &mut Evaluator, text: &str) -> Result<Vec<u8>, String> {
    let shown = evaluator.enter(|evaluator| {
        let value = evaluator.eval_text(text.as_bytes(), "«string»", "/", &[])?;
        evaluator.force_all(value)?;
        evaluator.show(value)
    });
    shown.map_err(|error| error.to_string())
}

/// Where a list's element differs from the recorded line.
fn differences(name: &str) -> Vec<String> {
    let path = format!("{FOLDER}/{name}.nix");
    let recorded = fs::read(format!("{FOLDER}/{name}.exp")).expect("record wrote it");
    let lines: Vec<&[u8]> =
        recorded.strip_suffix(b"\n").unwrap_or(&recorded).split(|byte| *byte == b'\n').collect();
    let mut evaluator = evaluator();
    let count = evaluate(&mut evaluator, &format!("builtins.length (import {path})"));
    assert_eq!(
        count,
        Ok(lines.len().to_string().into_bytes()),
        "{name}.nix has as many elements as {name}.exp lines"
    );
    let mut found = Vec::new();
    for (at, wanted) in lines.into_iter().enumerate() {
        let shown = evaluate(&mut evaluator, &format!("builtins.elemAt (import {path}) {at}"));
        let right = match &shown {
            Ok(shown) => shown == wanted,
            Err(_) => wanted == b"error",
        };
        if !right {
            let shown = shown.map_or_else(
                |error| format!("the error {error}"),
                |text| String::from_utf8_lossy(&text).into_owned(),
            );
            let wanted = String::from_utf8_lossy(wanted);
            found.push(format!("{name}.nix, element {at}:\n  Nix:   {wanted}\n  fleet: {shown}\n"));
        }
    }
    found
}

#[test]
fn builtins_give_what_nix_gave() {
    let mut names: Vec<String> = fs::read_dir(Path::new(FOLDER))
        .expect("the folder is there")
        .map(|entry| entry.expect("it can be listed").file_name().into_string().expect("names are ASCII"))
        .filter_map(|name| name.strip_suffix(".nix").map(str::to_owned))
        .collect();
    names.sort();
    assert!(names.len() >= 10, "the lists are there: {names:?}");
    let found: Vec<String> = names.iter().flat_map(|name| differences(name)).collect();
    assert!(found.is_empty(), "{} differ from Nix:\n{}", found.len(), found.join(""));
}

/// Builtins that fetch, and what belongs to them: not there yet.
const MISSING: [&str; 8] = [
    "fetchGit",
    "fetchMercurial",
    "fetchTarball",
    "fetchTree",
    "fetchurl",
    "flakeRefToString",
    "getFlake",
    "parseFlakeRef",
];

#[test]
fn every_builtin_of_nix_has_its_name() {
    let recorded = fs::read_to_string(format!("{FOLDER}/names.exp")).expect("record wrote it");
    let shown = evaluate(&mut evaluator(), "builtins.concatStringsSep \" \" (builtins.attrNames builtins)");
    let shown = String::from_utf8(shown.expect("names can be listed")).expect("names are ASCII");
    let ours: BTreeSet<&str> = shown.trim_matches('"').split(' ').collect();
    let missing: Vec<&str> = recorded.lines().filter(|name| !ours.contains(name)).collect();
    assert_eq!(missing, MISSING, "the names that are missing are those of the list");
    let more: Vec<&&str> =
        ours.iter().filter(|name| !recorded.lines().any(|known| known == **name)).collect();
    assert_eq!(more, [&""; 0], "builtins that Nix does not have");
}
