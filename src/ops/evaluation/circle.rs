//! Machines that refer to each other in a circle: which options of which machines it goes through.

use super::FleetFlake;
use crate::nix::error::{Error, Kind};

/// An infinite recursion that goes through several machines says which, and through which of their options.
pub(super) fn told(flake: &FleetFlake, error: Error) -> Error {
    if error.kind() != Kind::InfiniteRecursion {
        return error;
    }
    // The module system says of each step, from the inside out, which file defines something and then which option it is.
    let mut steps: Vec<String> = Vec::new();
    let mut machines: Vec<&str> = Vec::new();
    let mut machine = None;
    for frame in error.trace() {
        let quoted = || frame.message.split(['`', '\'']).nth(1);
        if frame.message.starts_with("while evaluating definitions from ") {
            machine = quoted().and_then(|file| machine_of(flake, file));
        } else if frame.message.starts_with("while evaluating the option ")
            && let (Some(machine), Some(option)) = (machine.take(), quoted())
        {
            let step = format!("`{option}` of `{machine}`");
            if !steps.contains(&step) {
                steps.push(step);
            }
            if !machines.contains(&machine) {
                machines.push(machine);
            }
        }
    }
    match (machines.len(), steps.last()) {
        (2.., Some(first)) => {
            let circle = steps.iter().rev().chain([first]).cloned().collect::<Vec<_>>().join(" -> ");
            error
                .hint(format!("machines refer to each other in a circle: {circle}"))
                .hint("give one of these options a value of its own")
        }
        _ => error,
    }
}

/// The machine that a file below machines/ describes.
fn machine_of<'f>(flake: &'f FleetFlake, file: &str) -> Option<&'f str> {
    let inside = flake.inside(file)?.strip_prefix("machines/")?;
    let name = inside.split('/').next()?;
    let name = name.strip_suffix(".nix").unwrap_or(name);
    flake.machines.iter().find(|machine| *machine == name).map(String::as_str)
}
