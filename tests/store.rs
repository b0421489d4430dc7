//! Derivations and archives that Nix made of tests/store: read, printed again, and made anew from nothing but the expression.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use fleet::store::nar::{self, Event, Kind, NarError, Reader, Tree, Writer};
use fleet::store::{Algorithm, Cache, Derivation, DerivationError, Hasher, Output, StoreDir, StorePath};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/store")
}

/// Every recorded derivation: its path and its text.
fn recorded() -> BTreeMap<StorePath, Vec<u8>> {
    let derivations: BTreeMap<_, _> = fs::read_dir(folder().join("derivations"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|file| {
            (StorePath::parse(file.file_name().unwrap().to_str().unwrap()).unwrap(), fs::read(file).unwrap())
        })
        .collect();
    assert!(derivations.len() >= 40, "the recorded derivations are gone");
    derivations
}

fn parse<'a>(path: &'a StorePath, text: &'a [u8]) -> Derivation<'a> {
    Derivation::parse(&StoreDir::default(), path.derivation_name().unwrap(), text)
        .unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A cache that knows every recorded derivation.
fn all_known(recorded: &BTreeMap<StorePath, Vec<u8>>) -> Cache {
    let mut cache = Cache::default();
    for path in recorded.keys() {
        cache
            .learn::<DerivationError>(&StoreDir::default(), path, |path| Ok(recorded[path].clone()))
            .unwrap_or_else(|error| panic!("{path}: {error}"));
    }
    cache
}

#[test]
fn what_nix_wrote_is_printed_as_it_was() {
    for (path, text) in &recorded() {
        let derivation = parse(path, text);
        let printed = derivation.print(&StoreDir::default()).unwrap();
        assert_eq!(String::from_utf8_lossy(&printed), String::from_utf8_lossy(text), "{path}");
        assert_eq!(derivation.path(&StoreDir::default()).unwrap(), *path);
    }
}

#[test]
fn every_path_is_found_again_from_a_derivation_without_paths() {
    let dir = StoreDir::default();
    let recorded = recorded();
    let mut cache = Cache::default();
    for (path, text) in &recorded {
        let wanted = parse(path, text);
        for (input, _) in &wanted.input_derivations {
            cache.learn::<DerivationError>(&dir, input, |path| Ok(recorded[path].clone())).unwrap();
        }
        // As an evaluator has it before it knows any path, with its lists in no order.
        let mut derivation = wanted.clone();
        for (name, output) in &mut derivation.outputs {
            if let Output::InputAddressed(_) = output {
                *output = Output::Deferred;
            }
            if !matches!(output, Output::Floating { .. } | Output::Impure { .. }) {
                let variable = name.as_str().as_bytes().to_vec();
                derivation.env.iter_mut().find(|(key, _)| **key == variable).unwrap().1 = b"".into();
            }
        }
        derivation.outputs.reverse();
        derivation.env.reverse();
        derivation.input_sources.reverse();
        derivation.input_derivations.reverse();
        let made = derivation.instantiate(&dir, &mut cache).unwrap_or_else(|error| panic!("{path}: {error}"));
        assert_eq!(String::from_utf8_lossy(&made.text), String::from_utf8_lossy(text), "{path}");
        assert_eq!(made.path, *path);
        assert_eq!(derivation, wanted);
        let learned = cache.get(path).unwrap().clone();
        assert_eq!(learned, wanted.modulo(&dir, &cache).unwrap(), "{path}");
        wanted.check(&dir, &cache).unwrap();
    }
}

#[test]
fn inputs_that_come_down_to_the_same_are_merged() {
    let recorded = recorded();
    let cache = all_known(&recorded);
    let named = |name: &'static str| recorded.iter().filter(move |(path, _)| path.name() == name);
    let via: Vec<_> = named("via.drv").map(|(path, text)| parse(path, text)).collect();
    assert_eq!(via.len(), 2, "two derivations");
    assert_ne!(via[0], via[1]);
    assert_eq!(via[0].outputs, via[1].outputs, "with the same outputs");
    let known: Vec<_> = named("via.drv").map(|(path, _)| cache.get(path).unwrap().hash()).collect();
    assert_eq!(known[0], known[1]);
    // Had one replaced the other, this would be another path.
    let (path, text) = named("merged.drv").next().unwrap();
    let merged = parse(path, text);
    let wanted: Vec<_> = merged.input_derivations.iter().map(|(_, input)| input.outputs.len()).collect();
    assert_eq!(
        {
            let mut sorted = wanted;
            sorted.sort();
            sorted
        },
        [1, 2]
    );
    merged.check(&StoreDir::default(), &cache).unwrap();
}

#[test]
fn a_wrong_path_is_named_with_the_right_one() {
    let recorded = recorded();
    let cache = all_known(&recorded);
    let dir = StoreDir::default();
    let (path, text) = recorded.iter().find(|(path, _)| path.name() == "simple.drv").unwrap();
    let right = parse(path, text);
    let Some(Output::InputAddressed(out)) = right.output("out") else { panic!() };
    let mut wrong = right.clone();
    wrong.outputs[0].1 = Output::InputAddressed(path.clone());
    assert_eq!(
        wrong.check(&dir, &cache).unwrap_err().to_string(),
        format!("derivation has incorrect output '{}', should be '{}'", dir.print(path), dir.print(out)),
    );
    let mut wrong = right.clone();
    wrong.set_env(&b"out"[..], &b"/tmp"[..]);
    assert_eq!(
        wrong.check(&dir, &cache).unwrap_err().to_string(),
        format!(
            "derivation has incorrect environment variable 'out', should be '{}' but is actually '/tmp'",
            dir.print(out)
        ),
    );
}

#[test]
fn derivations_are_shown_as_nix_shows_them() {
    let shown: serde_json::Value =
        serde_json::from_slice(&fs::read(folder().join("shown.json")).unwrap()).unwrap();
    let shown = shown["derivations"].as_object().unwrap();
    let recorded = recorded();
    assert_eq!(shown.len(), recorded.len());
    for (path, text) in &recorded {
        let derivation = parse(path, text);
        let json = derivation.to_json().unwrap();
        assert_eq!(json, shown[path.as_str()], "{path}");
        assert_eq!(Derivation::from_json(&json).unwrap(), derivation, "{path}");
    }
}

/// A tree in memory.
enum InMemory {
    File(bool, &'static [u8]),
    Link(&'static str),
    Folder(Vec<(&'static str, InMemory)>),
}

impl Tree for InMemory {
    type Contents = &'static [u8];
    type Error = NarError;

    fn open(self) -> Result<Kind<Self>, NarError> {
        Ok(match self {
            InMemory::File(executable, contents) => {
                Kind::File { executable, size: contents.len() as u64, contents }
            }
            InMemory::Link(target) => Kind::Symlink(target.into()),
            InMemory::Folder(entries) => {
                Kind::Directory(entries.into_iter().map(|(name, tree)| (name.into(), tree)).collect())
            }
        })
    }
}

/// What `record` lays out, in no order.
fn tree() -> InMemory {
    use InMemory::{File, Folder, Link};
    let folder = Folder(vec![
        ("link", Link("../file")),
        ("a-b", File(false, b"deep")),
        ("empty", Folder(vec![])),
        ("a", File(false, "ü".as_bytes())),
    ]);
    Folder(vec![
        ("run", File(true, b"#!/bin/sh\n")),
        ("file", File(false, b"text\n")),
        ("nothing", File(false, b"")),
        ("folder", folder),
        ("Eight", File(false, b"12345678")),
    ])
}

#[test]
fn a_tree_is_dumped_as_nix_dumps_it() {
    let recorded = fs::read(folder().join("tree.nar")).unwrap();
    assert!(nar::dump(tree(), Vec::new()).unwrap() == recorded);
    let (hash, length) = nar::hash_tree(tree(), Algorithm::Sha256).unwrap();
    assert_eq!(length, recorded.len() as u64);
    assert_eq!(hash, fleet::store::Hash::sha256(&recorded));
    let mut hasher = Hasher::new(Algorithm::Sha256);
    hasher.update(&recorded);
    assert_eq!(hash, hasher.finish());
}

#[test]
fn an_archive_that_is_read_and_written_is_the_same() {
    let recorded = fs::read(folder().join("tree.nar")).unwrap();
    let mut reader = Reader::new(&recorded[..]);
    let mut writer = Writer::new(Vec::new());
    let mut names = Vec::new();
    while let Some(event) = reader.next().unwrap() {
        match event {
            Event::File { executable, size } => writer.file(executable, size, reader.contents()).unwrap(),
            Event::Symlink { target } => writer.symlink(&target).unwrap(),
            Event::Directory => writer.directory().unwrap(),
            Event::Entry { name } => {
                writer.entry(&name).unwrap();
                names.push(String::from_utf8(name).unwrap());
            }
            Event::End => writer.end().unwrap(),
        }
    }
    reader.finish().unwrap();
    assert!(writer.finish().unwrap() == recorded);
    assert_eq!(names, ["Eight", "file", "folder", "a", "a-b", "empty", "link", "nothing", "run"]);
}

#[test]
fn an_archive_that_is_cut_anywhere_is_refused() {
    let recorded = fs::read(folder().join("tree.nar")).unwrap();
    for end in 0..recorded.len() {
        let mut reader = Reader::new(&recorded[..end]);
        let outcome = loop {
            match reader.next() {
                Ok(Some(_)) => {}
                Ok(None) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        assert!(matches!(outcome, Err(NarError::Truncated | NarError::NoArchive)), "{end}: {outcome:?}");
    }
}
