//! What Nix expressions parse to, and what is said when they don't: each file under `tests/nix/parse` is a case.
//!
//! Beside `ok/NAME.nix` lies what Nix's own `nix-instantiate --parse` prints, beside `errors/NAME.nix` Nix's own first
//! line and place; `tests/nix/parse/record` asks it anew. Beside `errors/NAME.nix` lies also what our user reads; after
//! a wanted change, `FLEET_RECORD=1 cargo test --test nix_parse` writes that anew.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test reads and records its own fixtures"
)]

use fleet::nix::symbols::Symbols;
use fleet::nix::syntax::{self, Lines, show};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// Errors for which a better place is named than Nix's, and why.
const OTHER_PLACES: &[(&str, &str)] = &[
    ("argument-is-whole", "the second name is marked, not the function"),
    ("let-as-argument", "the `let` is what needs parentheses, not what follows it"),
    ("path-trailing-slash", "the whole path is marked, not the byte behind it"),
    ("path-two-slashes", "the slashes are marked, not what follows"),
    ("let-computed-name", "the name is marked, not `let`"),
    ("nul-in-string", "the byte is marked, not the text it is in"),
    ("unclosed-comment", "Nix takes `/*` for two operators, and its second byte is the surprise"),
];

#[test]
fn every_expression_parses_to_what_nix_prints() {
    let mut wrong = String::new();
    for path in cases("ok") {
        let source = fs::read(&path).unwrap();
        let mut symbols = Symbols::new();
        let shown = match syntax::parse(&source, &mut symbols) {
            Ok(ast) => show::show(&ast, &symbols, show::Folders { base: b"/base", home: b"/home/me" }),
            Err(error) => error.report("x.nix", &source).render(false).into_bytes(),
        };
        let expected = fs::read(path.with_extension("exp")).unwrap();
        if shown != expected.strip_suffix(b"\n").unwrap_or(&expected) {
            let (expected, shown) = (String::from_utf8_lossy(&expected), String::from_utf8_lossy(&shown));
            writeln!(wrong, "{}\n  Nix:  {expected}  here: {shown}", path.display()).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_error_is_one_for_nix_too_and_is_told_as_it_lies_beside_it() {
    let record = std::env::var_os("FLEET_RECORD").is_some();
    let mut wrong = String::new();
    for path in cases("errors") {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let source = fs::read(&path).unwrap();
        let Err(error) = syntax::parse(&source, &mut Symbols::new()) else {
            writeln!(wrong, "{name}: this parses").unwrap();
            continue;
        };
        let place = Lines::new(&source).position(error.offset);
        let nix = fs::read_to_string(path.with_extension("exp")).unwrap();
        let same = nix.starts_with(&format!("{}:{} ", place.line, place.column));
        if same == OTHER_PLACES.iter().any(|(other, _)| *other == name) {
            writeln!(wrong, "{name}: at {}:{}, and Nix says {nix}", place.line, place.column).unwrap();
        }
        let said = error.report(&format!("{name}.nix"), &source).render(false);
        let beside = path.with_extension("txt");
        if record {
            fs::write(&beside, &said).unwrap();
        }
        let expected = fs::read_to_string(&beside).unwrap_or_default();
        if said != expected {
            writeln!(wrong, "{}\n--- lies beside it\n{expected}--- is said\n{said}", path.display()).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_other_place_has_its_case() {
    for (name, _) in OTHER_PLACES {
        assert!(folder("errors").join(format!("{name}.nix")).is_file(), "{name}");
    }
}

fn folder(kind: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/nix/parse").join(kind)
}

fn cases(kind: &str) -> Vec<PathBuf> {
    let mut cases: Vec<PathBuf> = fs::read_dir(folder(kind))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|found| found == "nix"))
        .collect();
    cases.sort();
    assert!(!cases.is_empty());
    cases
}
