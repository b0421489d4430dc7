//! Which module may use which, and what each must never touch: the table of `src/README.md`, enforced on the sources.

mod source;

use source::{files, module_of, paths, tokens, without_tests};
use std::collections::{BTreeMap, BTreeSet};

/// Module, then the modules it may use. A module that is not here fails the test: give it its line.
const TABLE: &[(&str, &[&str])] = &[
    ("report", &[]),
    ("os", &["report"]),
    ("format", &["report"]),
    ("inventory", &["format", "report"]),
    ("store", &["report"]),
    ("nix", &["store", "report"]),
    ("daemon", &["store", "os", "report"]),
    ("world", &["nix", "daemon", "store", "os", "report"]),
    ("flake", &["nix", "os", "report"]),
    ("keys", &["inventory", "format", "os", "report"]),
    ("secrets", &["keys", "inventory", "format", "os", "report"]),
    ("peers", &["keys", "inventory", "format", "os", "report"]),
    ("activate", &["format", "os", "report"]),
    ("ops", &["nix", "activate", "secrets", "peers", "keys", "inventory", "format", "os", "report"]),
    (
        "cli",
        &[
            "ops",
            "flake",
            "world",
            "daemon",
            "nix",
            "activate",
            "secrets",
            "peers",
            "keys",
            "inventory",
            "format",
            "os",
            "report",
        ],
    ),
];

/// Modules that turn bytes into types and back: no files, no processes, no clock, no network.
const PURE: &[&str] = &["report", "format", "inventory", "store", "nix"];

/// What a pure module can't name.
const IMPURE: &[&str] = &[
    "std::fs",
    "std::process",
    "std::env",
    "std::time",
    "std::thread",
    "std::io::stdin",
    "std::io::stdout",
    "std::io::stderr",
    "std::net::TcpStream",
    "std::net::TcpListener",
    "std::net::UdpSocket",
    "std::net::ToSocketAddrs",
    "std::os::unix::net",
    "rustix",
    "tokio",
];

/// A file of a pure module that may name one of them, and why: memory is no door.
const EXEMPT: &[(&str, &str)] = &[("src/nix/heap.rs", "rustix::mm")];

/// What only `cli` may do.
const PRINTING: &[&str] = &["println", "print", "eprintln", "eprint", "dbg"];

/// What is wrong with one file, given its path and text.
fn forbidden_imports(path: &str, text: &str) -> Vec<String> {
    let table: BTreeMap<&str, &[&str]> = TABLE.iter().copied().collect();
    let module = module_of(path);
    let mut wrong = BTreeSet::new();
    let from = module.first().map(String::as_str);
    if let Some(from) = from.filter(|from| !table.contains_key(from)) {
        wrong.insert(format!("{path}: `{from}` has no line in the table of tests/import_table.rs"));
    }
    let tokens = tokens(text);
    if tokens.windows(3).any(|three| three == ["extern", "crate", "self"]) {
        wrong.insert(format!("{path}: a second name for the crate hides imports from this test"));
    }
    for used in paths(&tokens, &module) {
        // main.rs knows the library as `fleet`; inside the library that word is somebody's own.
        if !(used[0] == "crate" || used[0] == "fleet" && from.is_none()) {
            continue;
        }
        let Some(to) = used.get(1).map(String::as_str).filter(|to| *to != "self") else {
            continue;
        };
        let allowed = match from {
            // lib.rs declares the modules, main.rs starts the command line.
            None => to == "cli",
            Some(from) if from == to => true,
            Some(from) => table.get(from).is_some_and(|may| may.contains(&to)),
        };
        if !allowed {
            let from = from.unwrap_or("the root");
            wrong.insert(format!("{path}: {from} may not use {to} (`{}`)", used.join("::")));
        }
    }
    wrong.into_iter().collect()
}

/// The absences: what a pure module and every module but `cli` must not do.
fn forbidden_doors(path: &str, text: &str) -> Vec<String> {
    let module = module_of(path);
    let Some(top) = module.first().map(String::as_str) else { return Vec::new() };
    // A file named tests.rs is what `#[cfg(test)] mod tests;` brings in.
    if module.iter().any(|part| part == "tests") {
        return Vec::new();
    }
    let program = without_tests(&tokens(text));
    let mut wrong = BTreeSet::new();
    for used in paths(&program, &module) {
        let full = used.join("::");
        let hit = |door: &&&str| full == **door || full.starts_with(&format!("{door}::"));
        if EXEMPT.iter().any(|(file, door)| path == *file && full.starts_with(door)) {
            continue;
        }
        if PURE.contains(&top)
            && let Some(door) = IMPURE.iter().find(hit)
        {
            wrong.insert(format!("{path}: {top} is pure and may not name {door} (`{full}`)"));
        }
        if top != "cli" && matches!(full.as_str(), "std::io::stdout" | "std::io::stderr") {
            wrong.insert(format!("{path}: only cli prints, and this is `{full}`"));
        }
    }
    for pair in program.windows(2) {
        if top != "cli" && pair[1] == "!" && PRINTING.contains(&pair[0].as_str()) {
            wrong.insert(format!("{path}: only cli prints, and this is `{}!`", pair[0]));
        }
    }
    wrong.into_iter().collect()
}

fn none(wrong: Vec<String>) {
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn modules_use_only_what_the_table_allows() {
    none(files().iter().flat_map(|file| forbidden_imports(&file.path, &file.text)).collect());
}

#[test]
fn pure_modules_touch_nothing_and_only_cli_prints() {
    none(files().iter().flat_map(|file| forbidden_doors(&file.path, &file.text)).collect());
}

#[test]
fn the_table_has_no_line_for_a_module_that_is_gone() {
    let there: BTreeSet<String> =
        files().iter().filter_map(|file| module_of(&file.path).into_iter().next()).collect();
    none(TABLE.iter().map(|(name, _)| name.to_string()).filter(|name| !there.contains(name)).collect());
}

#[test]
fn the_table_points_down() {
    let order: Vec<&str> = TABLE.iter().map(|(name, _)| *name).collect();
    for (at, (name, may)) in TABLE.iter().enumerate() {
        for used in *may {
            assert!(order[..at].contains(used), "`{name}` uses `{used}`, which is not above it in the table");
        }
    }
}

#[test]
fn the_map_names_every_folder_and_file() {
    let map = std::fs::read_to_string(source::package().join("src/README.md")).unwrap();
    let mut missing = BTreeSet::new();
    for file in files() {
        let name = file.path.trim_start_matches("src/");
        let folder = name.rsplit_once('/').map(|(folder, _)| folder);
        let own = name.rsplit_once('/').map_or(name, |(_, own)| own);
        if let Some(folder) = folder.filter(|folder| !map.contains(folder)) {
            missing.insert(format!("src/README.md does not name the folder {folder}"));
        }
        // A folder's mod.rs is the folder's own line.
        if own != "mod.rs" && !map.contains(own) && !map.contains(name) {
            missing.insert(format!("src/README.md does not name {name}"));
        }
    }
    none(missing.into_iter().collect());
}

#[test]
fn what_is_compiled_in_lies_in_src() {
    for file in files() {
        for (at, _) in
            file.text.match_indices("include_str!(\"").chain(file.text.match_indices("include_bytes!(\""))
        {
            let rest = &file.text[at..];
            let name = rest.split('"').nth(1).unwrap();
            let folder = source::package().join(&file.path).parent().unwrap().to_owned();
            let real = folder
                .join(name)
                .canonicalize()
                .unwrap_or_else(|error| panic!("{}: {name}: {error}", file.path));
            assert!(
                real.starts_with(source::package().join("src").canonicalize().unwrap()),
                "{}: {name}",
                file.path
            );
        }
    }
}

/// The guard itself is guarded: small sources that break a rule each, and some that only look so.
mod it_can_fail {
    use super::{forbidden_doors, forbidden_imports};

    fn wrong(path: &str, text: &str) -> bool {
        !forbidden_imports(path, text).is_empty()
    }

    #[test]
    fn every_way_of_writing_an_import_is_seen() {
        for text in [
            "use crate::os::files;",
            "use crate::os;",
            "use crate::{report::Report, os::{files, lock}};",
            "use crate::{self as us, os as system};",
            "fn f() { let x = crate::os::files::read(p); }",
            "extern crate self as fleet; use fleet::os::files;",
            "use super::os::files;",
            "use super::{os};",
            "mod inner { use super::super::os::files; }",
            "mod a { mod b { fn f() { super::super::super::os::g() } } }",
            "#[cfg(test)] mod tests { use crate::os::files; }",
            "impl<'a> X<'a> { fn f(c: char) -> bool { c == '\"' || crate::os::g('\\'') } }",
            "macro_rules! m { () => { $crate::os::files::read() } }",
            "pub use crate :: os :: files;",
        ] {
            assert!(wrong("src/format/mod.rs", text), "{text}");
        }
        assert!(wrong("src/format/key.rs", "use super::super::os::files;"));
    }

    #[test]
    fn comments_strings_and_allowed_paths_are_left_alone() {
        for text in [
            "// use crate::os;\nuse crate::report::Report;",
            "//! crate::os\n/* crate::os /* crate::os */ crate::os */",
            "const A: &str = \"crate::os \\\" crate::os\"; const B: &str = r#\"crate::os \" crate::os\"#;",
            "pub(crate) fn f() {} pub(in crate::format) fn g() {}",
            "use super::report::{Place, Report}; use self::key::Key; use crate::format::name::*;",
            "mod tests { use super::*; use super::key::os; }",
            "use std::os::fd::OwnedFd;",
            "fn f<'os>(x: &'os str) { let os = x; os::<u8>(); }",
        ] {
            assert!(!wrong("src/format/mod.rs", text), "{text}");
        }
        assert!(!wrong("src/format/key.rs", "use super::name::x; use super::super::report::y;"));
    }

    #[test]
    fn neighbours_that_must_not_meet_do_not() {
        assert!(wrong("src/secrets/mod.rs", "use crate::peers::render;"));
        assert!(wrong("src/peers/mod.rs", "use crate::secrets::seal;"));
        assert!(wrong("src/activate/mod.rs", "use crate::inventory::Inventory;"));
        assert!(wrong("src/ops/mod.rs", "use crate::cli::Console;"));
        assert!(wrong("src/main.rs", "fn main() { fleet::ops::go() }"));
        assert!(wrong("src/novel/mod.rs", ""));
        assert!(wrong("src/keys/mod.rs", "use crate::novel::x;"));
    }

    #[test]
    fn doors_are_seen_and_tests_may_use_them() {
        let wrong = |path: &str, text: &str| !forbidden_doors(path, text).is_empty();
        assert!(wrong("src/format/mod.rs", "use std::{collections::BTreeMap, fs};"));
        assert!(wrong("src/inventory/mod.rs", "fn f() { std::env::var(\"x\"); }"));
        assert!(wrong("src/inventory/mod.rs", "use std::time::SystemTime;"));
        assert!(wrong("src/format/mod.rs", "use std::net::{IpAddr, TcpStream};"));
        assert!(!wrong("src/format/mod.rs", "use std::net::{IpAddr, Ipv4Addr};"));
        assert!(!wrong("src/format/mod.rs", "#[cfg(test)]\nmod tests { fn f() { std::fs::read(x); } }"));
        assert!(!wrong("src/format/sealed/tests.rs", "use std::fs;"));
        assert!(wrong("src/format/mod.rs", "#[cfg(test)] mod t { } use std::fs;"));
        assert!(wrong("src/keys/mod.rs", "fn f() { println!(\"\"); }"));
        assert!(wrong("src/os/mod.rs", "fn f() { std::io::stderr().write(b\"\"); }"));
        assert!(!wrong("src/cli/mod.rs", "fn f() { println!(\"\"); }"));
    }
}
