//! What the language and each builtin give, element by element of the lists in tests/nix/language and tests/nix/builtins,
//! beside what Nix 2.34 said when `tests/nix/record` asked it.

use fleet::nix::{Evaluator, Features, Options};
use fleet::world::RealWorld;
use fleet::world::store::Address;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/nix");

/// An evaluator for a list that begins with this line, which may say something of experimental features, as for `record`.
fn evaluator(first: &str) -> Evaluator {
    let mut features = Features::default();
    if !first.ends_with("Without any feature.") {
        features.enable("ca-derivations dynamic-derivations impure-derivations");
        features.enable(first.trim_end_matches('.'));
    }
    let shows_thunks = first.ends_with("Without --strict.");
    let options = Options { features, shows_thunks, ..Options::default() };
    Evaluator::new(Box::new(RealWorld::new(&[], "/", false, Address::default(), |_| {})), options)
}

/// An expression's value as `nix-instantiate --eval` prints it, with `--strict` or without, or the error's message.
fn evaluate(evaluator: &mut Evaluator, text: &str, strict: bool) -> Result<Vec<u8>, String> {
    let shown = evaluator.enter(|evaluator| {
        let value = evaluator.eval_text(text.as_bytes(), "«string»", "/", &[])?;
        if strict {
            evaluator.force_all(value)?;
        }
        evaluator.show(value)
    });
    shown.map_err(|error| error.to_string())
}

/// Where a list's element differs from the recorded line.
fn differences(folder: &str, name: &str) -> Vec<String> {
    let path = format!("{FOLDER}/{folder}/{name}.nix");
    let list = fs::read_to_string(&path).expect("the list is there");
    let first = list.lines().next().unwrap_or_default();
    let strict = !first.ends_with("Without --strict.");
    let recorded = fs::read(format!("{FOLDER}/{folder}/{name}.exp")).expect("record wrote it");
    let lines: Vec<&[u8]> =
        recorded.strip_suffix(b"\n").unwrap_or(&recorded).split(|byte| *byte == b'\n').collect();
    let mut evaluator = evaluator(first);
    let count = evaluate(&mut evaluator, &format!("builtins.length (import {path})"), true);
    assert_eq!(
        count,
        Ok(lines.len().to_string().into_bytes()),
        "{name}.nix has as many elements as {name}.exp lines"
    );
    let mut found = Vec::new();
    for (at, wanted) in lines.into_iter().enumerate() {
        if !strict {
            // What one element needed of another is not evaluated for the next.
            evaluator = self::evaluator(first);
        }
        let shown = evaluate(&mut evaluator, &format!("builtins.elemAt (import {path}) {at}"), strict);
        // A function is shown with its place: the reference read the list from its standard input.
        let shown = shown.map(|text| String::from_utf8_lossy(&text).replace(&path, "«stdin»"));
        let wanted = String::from_utf8_lossy(wanted);
        let right = shown.as_ref().map_or("error", String::as_str) == wanted;
        if !right {
            let shown = shown.unwrap_or_else(|error| format!("the error {error}"));
            found.push(format!("{name}.nix, element {at}:\n  Nix:   {wanted}\n  fleet: {shown}\n"));
        }
    }
    found
}

/// Judges every list of a folder.
fn judge(folder: &str) {
    let mut names: Vec<String> = fs::read_dir(Path::new(FOLDER).join(folder))
        .expect("the folder is there")
        .map(|entry| entry.expect("it can be listed").file_name().into_string().expect("names are ASCII"))
        .filter_map(|name| name.strip_suffix(".nix").map(str::to_owned))
        .collect();
    names.sort();
    assert!(names.len() >= 10, "the lists are there: {names:?}");
    let found: Vec<String> = names.iter().flat_map(|name| differences(folder, name)).collect();
    assert!(found.is_empty(), "{} differ from Nix:\n{}", found.len(), found.join(""));
}

#[test]
fn builtins_give_what_nix_gave() {
    judge("builtins");
}

#[test]
fn the_language_means_what_nix_meant() {
    judge("language");
}

#[test]
fn every_builtin_of_nix_has_its_name() {
    let recorded = fs::read_to_string(format!("{FOLDER}/builtins/names.exp")).expect("record wrote it");
    let shown =
        evaluate(&mut evaluator(""), "builtins.concatStringsSep \" \" (builtins.attrNames builtins)", true);
    let shown = String::from_utf8(shown.expect("names can be listed")).expect("names are ASCII");
    let ours: BTreeSet<&str> = shown.trim_matches('"').split(' ').collect();
    let missing: Vec<&str> = recorded.lines().filter(|name| !ours.contains(name)).collect();
    assert_eq!(missing, [""; 0], "builtins of Nix that are missing");
    let more: Vec<&&str> =
        ours.iter().filter(|name| !recorded.lines().any(|known| known == **name)).collect();
    assert_eq!(more, [&""; 0], "builtins that Nix does not have");
}
