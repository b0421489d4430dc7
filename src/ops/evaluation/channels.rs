//! Ways around a channel: a module that takes a package straight out of a channel's input gets a package set of its own.
//!
//! It is made once more for every machine that asks for it, and neither `allow_unfree` nor the machine's overlays hold in it.
//! The module argument of the channel's name is the package set that the whole fleet shares.

use super::FleetFlake;
use crate::nix::Evaluator;
use crate::nix::symbols::Symbols;
use crate::nix::syntax::ast::{Ast, Expr, Step};
use crate::nix::syntax::parse;
use crate::nix::world::FileType;
use crate::report::{Place, Report};
use std::collections::BTreeMap;

/// What such a way always names.
const SET: &str = "legacyPackages";
/// How many folders are looked into: what is beyond is no fleet's.
const MOST_FOLDERS: usize = 10_000;

/// A warning for each place in the flake's files that goes around a channel, for a flake whose modules no inventory's check has
/// looked through. flake.nix itself binds channels, and may.
pub fn ways_around(evaluator: &Evaluator, flake: &FleetFlake) -> Vec<Report> {
    let channels = flake.inventory.as_ref().and_then(|json| json["channels"].as_object());
    let inputs: BTreeMap<&str, &str> = channels
        .into_iter()
        .flatten()
        .filter_map(|(channel, facts)| Some((facts["input"].as_str()?, channel.as_str())))
        .collect();
    if inputs.is_empty() {
        return Vec::new();
    }
    let mut reports = Vec::new();
    for file in files(evaluator, &flake.top) {
        let shown = flake.shown(&file);
        let Ok(text) = evaluator.world().read(&file) else { continue };
        let Ok(text) = str::from_utf8(&text) else { continue };
        if shown != "flake.nix" {
            reports.extend(in_file(text, &shown, &inputs));
        }
    }
    reports
}

/// The files of Nix in a folder and below it, sorted.
fn files(evaluator: &Evaluator, top: &str) -> Vec<String> {
    let (mut found, mut waiting, mut seen) = (Vec::new(), vec![top.to_owned()], 0);
    while let Some(folder) = waiting.pop().filter(|_| seen < MOST_FOLDERS) {
        seen += 1;
        for (name, kind) in evaluator.world().read_dir(&folder).unwrap_or_default() {
            let Ok(name) = String::from_utf8(name) else { continue };
            match kind {
                FileType::Directory if !name.starts_with('.') => waiting.push(format!("{folder}/{name}")),
                FileType::Regular if name.ends_with(".nix") => found.push(format!("{folder}/{name}")),
                _ => {}
            }
        }
    }
    found.sort();
    found
}

/// A warning for each such place in one file; `inputs` are the channels by the input they are bound to.
pub(in crate::ops) fn in_file(text: &str, file: &str, inputs: &BTreeMap<&str, &str>) -> Vec<Report> {
    // Most modules name no package set: then nothing is parsed.
    if !text.contains(SET) {
        return Vec::new();
    }
    let mut symbols = Symbols::default();
    let Ok(ast) = parse(text.as_bytes(), &mut symbols) else { return Vec::new() };
    let mut reports = Vec::new();
    for (id, expr) in ast.exprs.iter().enumerate() {
        let Some(names) = names_of(&ast, &symbols, expr) else { continue };
        let Some(at) = names.iter().position(|name| name == SET) else { continue };
        // Modules come to them through `inputs` or `self.inputs`; a flake's own functions have them as arguments.
        let Some([before, input]) = at.checked_sub(2).map(|from| [&names[from], &names[from + 1]]) else {
            continue;
        };
        let Some(channel) = inputs.get(input.as_str()).filter(|_| before == "inputs") else { continue };
        let start = ast.offsets[id] as usize;
        let is_path = |c: char| c.is_alphanumeric() || "._-'${}\"".contains(c);
        let length = text[start..].find(|c| !is_path(c)).unwrap_or(text.len() - start);
        reports.push(
            Report::warning(format!("this goes around the channel `{channel}`: `{input}.{SET}` is a package set of its own"))
                .at(Place::in_source(file, text, start..start + length))
                .hint(format!("take it from the module argument `{channel}`: `{{ {channel}, ... }}:` and `{channel}.<package>`")),
        );
    }
    reports
}

/// The names along a selection: the variable it begins with, and the steps; what is computed has none.
fn names_of(ast: &Ast, symbols: &Symbols, expr: &Expr) -> Option<Vec<String>> {
    let Expr::Select { subject, path, .. } = expr else { return None };
    let text = |symbol| String::from_utf8_lossy(symbols.text(symbol)).into_owned();
    let mut names = match ast.expr(*subject) {
        Expr::Variable(symbol) => vec![text(symbol)],
        _ => vec![String::new()],
    };
    names.extend(ast.path(*path).iter().map(|step| match step {
        Step::Name(symbol) => text(*symbol),
        Step::Dynamic(_) => String::new(),
    }));
    Some(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_around_a_channel_are_found_and_others_are_not() {
        let text = "{ self, inputs, pkgs, unstable, ... }:\n[\n  self.inputs.nixpkgs_unstable.legacyPackages.x86_64-linux.opencode\n  \
                    unstable.opencode\n  inputs.nixpkgs_unstable.legacyPackages.${pkgs.system}.a\n  inputs.other.legacyPackages.x.b\n  \
                    nixpkgs_unstable.legacyPackages.x.c\n  \
                    inputs.nixpkgs_unstable.lib\n]\n";
        let inputs = BTreeMap::from([("nixpkgs_unstable", "unstable")]);
        let reports = in_file(text, "a.nix", &inputs);
        let lines: Vec<usize> =
            reports.iter().filter_map(|report| Some(report.places[0].spot.as_ref()?.line)).collect();
        assert_eq!(lines, [3, 5]);
        assert!(reports[0].message.contains("the channel `unstable`"), "{}", reports[0]);
        assert!(reports[0].to_string().contains("^^^^^^^^^^^^^^^^^^"), "{}", reports[0]);
    }
}
