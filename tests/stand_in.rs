//! The library of the stand-in for nixpkgs beside nixpkgs' own: what the cases of tests/nixos/modules and
//! tests/nixos/lib are, and what `tests/nixos/record` had Nix and nixpkgs say of them.
//!
//! A line `CASE = VALUE` has to be met exactly. Of an error, `CASE ! MESSAGE`, the first line of the message has to be
//! the same, since people search for it; of those in `ADVISED` only the first sentence, for the rest of their line is
//! advice, and the stand-in gives its own.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "this test reads its own files, asks the reference's program, says what it skipped, and fails by panicking"
)]

use fleet::nix::{Evaluator, Options};
use fleet::world::RealWorld;
use fleet::world::store::Address;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Errors whose first line goes on with advice.
const ADVISED: &[&str] = &["a-disabled-set-needs-a-key", "config-wants-everything-in-it"];

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// One line of a list: a case and what is said of it.
#[derive(Clone, Debug)]
struct Line {
    case: String,
    /// The value as Nix prints it, or the first line of the error.
    outcome: Result<String, String>,
}

/// One list of cases, and what was recorded of it.
struct List {
    name: String,
    path: PathBuf,
    recorded: Vec<Line>,
}

fn parse(line: &str) -> Line {
    let (case, rest) = line.split_once(' ').unwrap();
    let (kind, text) = rest.split_once(' ').unwrap_or((rest, ""));
    let text = text.to_owned();
    let outcome = match kind {
        "=" => Ok(text),
        "!" => Err(text),
        _ => panic!("a line is `CASE = VALUE` or `CASE ! MESSAGE`: {line}"),
    };
    Line { case: case.to_owned(), outcome }
}

fn lists() -> Vec<List> {
    let mut found = Vec::new();
    for folder in ["modules", "lib"] {
        let folder = Path::new(ROOT).join("tests/nixos").join(folder);
        let mut paths: Vec<PathBuf> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "nix"));
        paths.sort();
        for path in paths {
            let name = path.strip_prefix(Path::new(ROOT).join("tests/nixos")).unwrap();
            let name = name.with_extension("").display().to_string();
            let recorded = fs::read_to_string(path.with_extension("exp"))
                .unwrap_or_else(|_| panic!("{name}.exp is missing: tests/nixos/record writes it"));
            let recorded = recorded.lines().map(parse).collect();
            found.push(List { name, path, recorded });
        }
    }
    assert!(found.len() >= 10, "the lists are there");
    found
}

fn standin() -> PathBuf {
    Path::new(ROOT).join("src/nixos/standin/lib")
}

/// A variable that names something outside this repository, or a line that says what was not done without it.
fn outside(test: &str, name: &str) -> Option<String> {
    let value = env::var(name).ok().filter(|value| !value.is_empty());
    if value.is_none() {
        println!("skipped: {test}: {name} is not set");
    }
    value
}

fn evaluator() -> Evaluator {
    let world = RealWorld::new(&[], "/", false, Address::default(), |_| {});
    Evaluator::new(Box::new(world), Options::default())
}

/// An expression's value or the first line of its error, from our own evaluator.
fn evaluate(evaluator: &mut Evaluator, text: &str) -> Result<String, String> {
    let shown = evaluator.enter(|evaluator| {
        let value = evaluator.eval_text(text.as_bytes(), "«string»", "/", &[])?;
        evaluator.force_all(value)?;
        evaluator.show(value)
    });
    match shown {
        Ok(shown) => Ok(String::from_utf8(shown).unwrap()),
        Err(error) => Err(error.to_string().lines().next().unwrap_or_default().trim_end().to_owned()),
    }
}

/// The names in a set, in order.
fn names(evaluator: &mut Evaluator, set: &str) -> Vec<String> {
    let text = format!("builtins.concatStringsSep \" \" (builtins.attrNames ({set}))");
    let shown = evaluate(evaluator, &text).unwrap();
    shown.trim_matches('"').split(' ').map(str::to_owned).collect()
}

/// What a library makes of a list's cases, by our own evaluator.
fn ours(list: &List, lib: &Path) -> Vec<Line> {
    let mut evaluator = evaluator();
    let cases = format!("import {} (import {})", list.path.display(), lib.display());
    let outcome =
        |case: String| Line { outcome: evaluate(&mut evaluator, &format!("({cases}).{case}")), case };
    let all = names(&mut self::evaluator(), &cases);
    all.into_iter().map(outcome).collect()
}

/// Is it the same outcome, by the rule above?
fn agrees(line: &Line, recorded: &Line) -> bool {
    let sentence = |message: &str| message.split(". ").next().unwrap_or_default().to_owned();
    match (&line.outcome, &recorded.outcome) {
        (Err(said), Err(wanted)) if ADVISED.contains(&line.case.as_str()) => {
            sentence(said) == sentence(wanted)
        }
        (said, wanted) => said == wanted,
    }
}

/// Where a list came out otherwise than recorded.
fn differences(list: &List, who: &str, lines: &[Line]) -> String {
    let mut found = String::new();
    let cases = |lines: &[Line]| lines.iter().map(|line| line.case.clone()).collect::<Vec<_>>();
    assert_eq!(cases(lines), cases(&list.recorded), "{}.exp has a line for each case", list.name);
    for (line, recorded) in lines.iter().zip(&list.recorded) {
        if !agrees(line, recorded) {
            found += &format!(
                "{}, {}:\n  nixpkgs: {:?}\n  {who}: {:?}\n",
                list.name, line.case, recorded.outcome, line.outcome
            );
        }
    }
    found
}

fn none(found: &[String]) {
    let found: Vec<&String> = found.iter().filter(|text| !text.is_empty()).collect();
    assert!(found.is_empty(), "\n{}", found.iter().map(|text| text.as_str()).collect::<String>());
}

#[test]
fn the_stand_in_means_what_nixpkgs_means() {
    let lists = lists();
    let modules: usize =
        lists.iter().filter(|list| list.name.starts_with("modules/")).map(|list| list.recorded.len()).sum();
    assert!(modules >= 80, "the cases of the module system are there");
    none(
        &lists
            .iter()
            .map(|list| differences(list, "the stand-in", &ours(list, &standin())))
            .collect::<Vec<_>>(),
    );
}

#[test]
fn what_the_stand_in_lacks_is_an_error_that_names_it() {
    let mut evaluator = evaluator();
    let lib = format!("(import {})", standin().display());
    for (text, name) in [
        ("maintainers", "lib.maintainers"),
        ("generators.toDhall", "lib.generators.toDhall"),
        ("systems.parse", "lib.systems.parse"),
    ] {
        let error = evaluate(&mut evaluator, &format!("{lib}.{text}")).unwrap_err();
        assert!(error.contains("stand-in") && error.contains(&format!("`{name}`")), "{error}");
    }
    let asked = evaluate(&mut evaluator, &format!("[ ({lib} ? maintainers) ({lib} ? never-was) ]"));
    assert_eq!(asked, Ok("[ true false ]".to_owned()));
}

/// With a checkout of nixpkgs: its lib, evaluated by us, says what was recorded.
#[test]
fn nixpkgs_own_lib_gives_what_was_recorded() {
    let Some(nixpkgs) = outside("nixpkgs_own_lib_gives_what_was_recorded", "FLEET_NIXPKGS_LIB") else {
        return;
    };
    let lib = Path::new(&nixpkgs).join("lib");
    none(
        &lists()
            .iter()
            .map(|list| differences(list, "nixpkgs by fleet", &ours(list, &lib)))
            .collect::<Vec<_>>(),
    );
}

/// With a checkout of nixpkgs: the stand-in has every name that its lib has, if only to say that it lacks it, and no
/// other.
#[test]
fn the_stand_in_has_nixpkgs_names() {
    let Some(nixpkgs) = outside("the_stand_in_has_nixpkgs_names", "FLEET_NIXPKGS_LIB") else { return };
    let mut evaluator = evaluator();
    let sections = "attrsets asserts cli customisation debug derivations fetchers fileset filesystem fixedPoints generators \
        kernel lists meta misc modules options path sources strings stringsWithDeps systems trivial types versions";
    let mut found = Vec::new();
    for section in [""].into_iter().chain(sections.split_whitespace()) {
        let mut of = |lib: &Path| {
            let set = format!("(import {})", lib.display());
            let set = if section.is_empty() { set } else { format!("{set}.{section}") };
            names(&mut evaluator, &set)
        };
        let theirs = of(&Path::new(&nixpkgs).join("lib"));
        // What an extensible set knows of itself, and a table that two files share.
        let mut ours = of(&standin());
        ours.retain(|name| name != "__unfix__" && name != "asciiTable");
        if ours != theirs {
            let missing: Vec<&String> = theirs.iter().filter(|name| !ours.contains(name)).collect();
            let more: Vec<&String> = ours.iter().filter(|name| !theirs.contains(name)).collect();
            found.push(format!("lib.{section}: missing {missing:?}, more {more:?}\n"));
        }
    }
    none(&found);
}

/// With the reference: the stand-in, evaluated by Nix itself, says what was recorded.
#[test]
fn nix_evaluates_the_stand_in_alike() {
    const NAME: &str = "nix_evaluates_the_stand_in_alike";
    let Some(command) = outside(NAME, "FLEET_REFERENCE_NIX") else { return };
    let Some(shared) = outside(NAME, "FLEET_SHARED_FOLDER") else { return };
    let scratch = Path::new(&shared).join(format!("stand-in-{}", std::process::id()));
    fs::create_dir(&scratch).unwrap();
    for (from, to) in [(standin(), "standin"), (Path::new(ROOT).join("tests/nixos"), "cases")] {
        let copied = Command::new("cp").arg("-r").arg(from).arg(scratch.join(to)).status().unwrap();
        assert!(copied.success());
    }
    let ask = |list: &List, arguments: &[String]| {
        let cases = scratch.join("cases").join(format!("{}.nix", list.name));
        let lib = scratch.join("standin");
        let mut words = command.split_whitespace();
        Command::new(words.next().unwrap())
            .args(words)
            .args(["--eval", "--strict", "-E"])
            .arg(format!("import {} (import {})", cases.display(), lib.display()))
            .args(arguments)
            .output()
            .unwrap()
    };
    let mut found = Vec::new();
    for list in lists() {
        // All values in one run, one line each; an error ends a run, so each has its own.
        let (values, errors): (Vec<&Line>, Vec<&Line>) =
            list.recorded.iter().partition(|line| line.outcome.is_ok());
        let arguments: Vec<String> =
            values.iter().flat_map(|line| ["-A".to_owned(), line.case.clone()]).collect();
        let output = ask(&list, &arguments);
        let printed = String::from_utf8(output.stdout).unwrap();
        let wanted: Vec<&str> = values.iter().map(|line| line.outcome.as_deref().unwrap()).collect();
        for (at, wanted) in wanted.iter().enumerate() {
            if printed.lines().nth(at) != Some(*wanted) {
                found.push(format!(
                    "{}, {}: {:?} instead of {wanted}\n{}",
                    list.name,
                    values[at].case,
                    printed.lines().nth(at),
                    String::from_utf8_lossy(&output.stderr)
                ));
                break;
            }
        }
        for line in errors {
            let output = ask(&list, &["-A".to_owned(), line.case.clone()]);
            let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
            let said =
                stderr.lines().filter_map(|line| line.trim_start().strip_prefix("error: ")).next_back();
            let said = said.unwrap_or_default().trim_end().to_owned();
            let answer = Line { case: line.case.clone(), outcome: Err(said) };
            if output.status.success() || !agrees(&answer, line) {
                found.push(format!("{}, {}: {answer:?} instead of {line:?}\n", list.name, line.case));
            }
        }
    }
    fs::remove_dir_all(&scratch).unwrap();
    none(&found);
}

/// With a checkout of nixpkgs: the reference fleet's machines are the same derivations, to the byte, when nixpkgs' own
/// lib lies beneath the stand-in's packages and modules.
#[test]
fn machines_are_the_same_with_nixpkgs_own_lib() {
    const NAME: &str = "machines_are_the_same_with_nixpkgs_own_lib";
    let Some(nixpkgs) = outside(NAME, "FLEET_NIXPKGS_LIB") else { return };
    let scratch = env::temp_dir().join(format!("fleet-stand-in-{}", std::process::id()));
    let machines = |lib: Option<String>| {
        let copy = scratch.join(if lib.is_some() { "theirs" } else { "ours" });
        fs::create_dir_all(&copy).unwrap();
        for entry in fs::read_dir(ROOT).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name();
            if ["target", ".git", "fuzz", "tests", "bench"].iter().all(|left_out| name != *left_out) {
                let copied = Command::new("cp").arg("-r").arg(entry.path()).arg(copy.join(name)).status();
                assert!(copied.unwrap().success());
            }
        }
        if let Some(lib) = lib {
            fs::write(copy.join("src/nixos/standin/lib/default.nix"), lib).unwrap();
        }
        let output = Command::new(env!("CARGO_BIN_EXE_fleet"))
            .args(["eval", "--impure", "--json", "--apply"])
            .arg("builtins.mapAttrs (_: machine: machine.config.system.build.toplevel.drvPath)")
            .arg(format!("path:{}#nixosConfigurations", copy.display()))
            .env("XDG_CACHE_HOME", scratch.join("cache"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let beneath = format!(
        "import {ROOT}/tests/nixos/beneath.nix {} {}\n",
        Path::new(&nixpkgs).join("lib").display(),
        standin().display()
    );
    let (ours, theirs) = (machines(None), machines(Some(beneath)));
    fs::remove_dir_all(&scratch).unwrap();
    assert!(ours.matches(".drv").count() >= 20, "the fleet's machines are there: {ours}");
    assert_eq!(ours, theirs);
}
