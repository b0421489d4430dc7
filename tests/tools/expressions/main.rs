//! Prints Nix expressions made from seeds, as the list that `tests/nix/generated/record` has Nix evaluate:
//!
//!     expressions FIRST COUNT
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a tool of the tests")]

mod generate;
mod library;
mod rng;
mod text;
mod wild;

use generate::{SHOW, shown};
use std::process::ExitCode;

fn main() -> ExitCode {
    let numbers: Vec<u64> = std::env::args().skip(1).filter_map(|word| word.parse().ok()).collect();
    let [first, count] = numbers[..] else {
        eprintln!("usage: expressions FIRST COUNT");
        return ExitCode::from(2);
    };
    println!("{}", SHOW);
    for seed in first..first + count {
        println!("{}", shown(seed));
    }
    println!("]");
    ExitCode::SUCCESS
}
