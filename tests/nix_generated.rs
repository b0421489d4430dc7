//! Thousands of generated expressions have the values that Nix 2.34 gave them when `tests/nix/generated/record` asked it.
//!
//! The expressions follow from their seeds (tests/tools/expressions says how); recorded are the values alone, and a hash
//! of the expressions that tells when the generator makes others.
#![allow(dead_code, reason = "the generator is a program too, which uses all of it")]

#[path = "tools/expressions/generate.rs"]
mod generate;
#[path = "tools/expressions/library.rs"]
mod library;
#[path = "tools/expressions/rng.rs"]
mod rng;
#[path = "tools/expressions/text.rs"]
mod text;
#[path = "tools/expressions/wild.rs"]
mod wild;

use fleet::nix::{Evaluator, Features, Options};
use fleet::world::RealWorld;
use fleet::world::store::Address;
use std::fs;

const RECORDED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/nix/generated/values.exp");
/// The files that expressions read.
const FILES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/nix/generated/files");
/// Longer values are recorded as their hash.
const LONG: usize = 120;
/// So many expressions share an evaluator, whose memory is never collected.
const TOGETHER: usize = 500;

/// FNV-1a, 64 bits.
fn hash(text: &[u8]) -> u64 {
    text.iter()
        .fold(0xcbf2_9ce4_8422_2325, |state, byte| (state ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The list of expressions as the program prints it.
fn list(first: u64, count: u64) -> String {
    let mut text = format!("{}\n", generate::SHOW);
    for seed in first..first + count {
        text += &generate::shown(seed);
        text.push('\n');
    }
    text + "]\n"
}

/// What an expression gives, as it is recorded.
fn value(evaluator: &mut Evaluator, seed: u64) -> Vec<u8> {
    let text = format!("({} {} ]) {{ files = {FILES}; }}", generate::SHOW, generate::shown(seed));
    let shown = evaluator.enter(|evaluator| {
        let value = evaluator.eval_text(format!("builtins.head ({text})").as_bytes(), "«stdin»", "/", &[])?;
        evaluator.force_all(value)?;
        evaluator.show(value)
    });
    match shown {
        Ok(text) if text.len() > LONG => format!("{:016x}", hash(&text)).into_bytes(),
        Ok(text) => text,
        Err(_) => b"error".to_vec(),
    }
}

#[test]
fn generated_expressions_have_the_values_that_nix_gave_them() {
    let recorded = fs::read(RECORDED).expect("record wrote it");
    let mut lines = recorded.strip_suffix(b"\n").expect("lines end").split(|byte| *byte == b'\n');
    let head =
        String::from_utf8(lines.next().expect("a line says which they are").to_vec()).expect("numbers");
    let words: Vec<&str> = head.split(' ').collect();
    let (first, count): (u64, u64) =
        (words[0].parse().expect("a number"), words[1].parse().expect("a number"));
    assert_eq!(
        format!("{:016x}", hash(list(first, count).as_bytes())),
        words[2],
        "the generator makes other expressions now: run tests/nix/generated/record"
    );
    let lines: Vec<&[u8]> = lines.collect();
    assert_eq!(lines.len() as u64, count, "there is a line for each");
    let mut wrong = Vec::new();
    for (chunk, lines) in lines.chunks(TOGETHER).enumerate() {
        let world = Box::new(RealWorld::new(&[], "/", false, Address::default(), |_| {}));
        let mut features = Features::default();
        features.enable("ca-derivations dynamic-derivations impure-derivations");
        // What recurses without end comes to an error as well on a stack that is soon full.
        let options = Options { features, stack: 32 << 20, ..Options::default() };
        let mut evaluator = Evaluator::new(world, options);
        for (at, wanted) in lines.iter().enumerate() {
            let seed = first + (chunk * TOGETHER + at) as u64;
            let got = value(&mut evaluator, seed);
            if got != *wanted {
                let (wanted, got) =
                    (String::from_utf8_lossy(wanted), String::from_utf8_lossy(&got).into_owned());
                wrong.push(format!("{}\n  Nix:   {wanted}\n  fleet: {got}\n", generate::expression(seed)));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {count} differ from Nix:\n{}", wrong.len(), wrong.join(""));
    // Most give values: a generator of errors would judge little.
    let errors = lines.iter().filter(|line| **line == b"error").count() as u64;
    assert!(errors * 4 < count && errors * 50 > count, "{errors} of {count} are errors");
}
