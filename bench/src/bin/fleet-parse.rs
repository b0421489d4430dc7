//! How fast Nix files are parsed: `fleet-parse FOLDER [PASSES]` parses every .nix file below FOLDER, names shared as in
//! an evaluation, and prints the best pass. CPU time of the one thread, without reading the files.
#![allow(clippy::disallowed_methods, reason = "it measures one function and reads what it is told to")]

use fleet::nix::symbols::Symbols;
use fleet::nix::syntax::{ParseOptions, Scratch, parse_reusing};
use rustix::time::{ClockId, clock_gettime};
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("usage: fleet-parse FOLDER [PASSES]")?;
    let passes: usize = arguments.next().map_or(Ok(5), |passes| passes.parse())?;
    let mut sources = Vec::new();
    read(Path::new(&folder), &mut sources)?;
    let bytes: usize = sources.iter().map(Vec::len).sum();
    let (mut best, mut wrong, mut names) = (f64::INFINITY, 0, 0);
    for _ in 0..passes {
        let (mut symbols, mut scratch) = (Symbols::new(), Scratch::default());
        wrong = 0;
        let begin = cpu();
        for source in &sources {
            match parse_reusing(source, &mut symbols, ParseOptions::default(), &mut scratch) {
                Ok(ast) => drop(std::hint::black_box(ast)),
                Err(_) => wrong += 1,
            }
        }
        best = best.min(cpu() - begin);
        names = symbols.len();
    }
    let (count, size) = (sources.len(), bytes as f64 / 1e6);
    println!(
        "{count} files ({wrong} are no Nix), {size:.1} MB, {names} names: {:.1} ms, {:.0} MB/s",
        best * 1e3,
        size / best
    );
    Ok(())
}

fn read(folder: &Path, sources: &mut Vec<Vec<u8>>) -> Result<(), Box<dyn Error>> {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    entries.sort();
    for path in entries {
        let kind = fs::symlink_metadata(&path)?.file_type();
        if kind.is_dir() {
            read(&path, sources)?;
        } else if kind.is_file() && path.extension().is_some_and(|ending| ending == "nix") {
            sources.push(fs::read(&path)?);
        }
    }
    Ok(())
}

/// Seconds this thread was on a processor.
fn cpu() -> f64 {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    now.tv_sec as f64 + now.tv_nsec as f64 / 1e9
}
