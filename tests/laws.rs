//! The laws of `fuzz/laws.rs` on the samples, each mangled thousands of times: a moment of what `fuzz/run` does for hours.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../fuzz/laws.rs"]
mod laws;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::fs;
use std::path::Path;

fn samples(law: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/samples").join(law);
    let mut paths: Vec<_> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// A sample with some bytes replaced, some cut out and a piece of it repeated.
fn mangled(samples: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    let interesting =
        prop_oneof![any::<u8>(), prop::sample::select(b"\0\n\r\t \"'#=[]{}.,:/-@0%\x80\xff".to_vec())];
    let edits = prop::collection::vec((any::<prop::sample::Index>(), interesting), 0..6);
    let places = (any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..3u8);
    (prop::sample::select(samples), edits, places).prop_map(|(mut bytes, edits, (from, to, what))| {
        if bytes.is_empty() {
            return bytes;
        }
        for (place, byte) in edits {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        let (from, to) = (from.index(bytes.len()), to.index(bytes.len()));
        let (from, to) = (from.min(to), from.max(to));
        match what {
            0 => drop(bytes.drain(from..to)),
            1 => {
                let piece = bytes[from..to].to_vec();
                bytes.splice(to..to, piece);
            }
            _ => {}
        }
        bytes
    })
}

#[test]
fn every_law_holds_for_samples_and_for_mangled_ones() {
    for (name, law) in laws::LAWS {
        let samples = samples(name);
        assert!(!samples.is_empty(), "no sample for {name}");
        samples.iter().for_each(|sample| law(sample));
        law(b"");
        let config = Config { cases: 4000, failure_persistence: None, ..Config::default() };
        let outcome = TestRunner::new(config).run(&mangled(samples), |bytes| {
            law(&bytes);
            Ok(())
        });
        if let Err(error) = outcome {
            panic!("{name}: {error}");
        }
    }
}

#[test]
fn every_law_has_its_fuzz_target() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    for (name, _) in laws::LAWS {
        let target = fs::read_to_string(root.join(format!("fuzz_targets/{name}.rs"))).unwrap();
        assert!(target.contains(&format!("laws::{name}(data)")), "{name}");
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
    }
}
