//! Versions, and names that carry one. A version is a row of numbers and words, which dots and dashes divide.

use super::Builtin;
use crate::nix::error::Result;
use crate::nix::eval::Evaluator;
use crate::nix::names;
use crate::nix::value::Word;
use std::cmp::Ordering;

pub(super) const TABLE: &[Builtin] = &[
    Builtin {
        name: "compareVersions",
        arity: 2,
        lazy: 0,
        run: compare_versions,
        help: (&["s1", "s2"], "-1 if `s1` is older than `s2`, 0 if they are equal, 1 if it is newer."),
    },
    Builtin {
        name: "splitVersion",
        arity: 1,
        lazy: 0,
        run: split_version,
        help: (&["s"], "The components of a version."),
    },
    Builtin {
        name: "parseDrvName",
        arity: 1,
        lazy: 0,
        run: parse_drv_name,
        help: (
            &["s"],
            "The name of a package, as `name`, and its version, as `version`: what follows the first dash that no letter follows.",
        ),
    },
];

/// The next component and what follows it; empty at the end.
fn component(version: &[u8]) -> (&[u8], &[u8]) {
    let separators = version.iter().take_while(|byte| matches!(byte, b'.' | b'-')).count();
    let version = &version[separators..];
    let len = match version.first() {
        Some(first) if first.is_ascii_digit() => {
            version.iter().take_while(|byte| byte.is_ascii_digit()).count()
        }
        _ => version.iter().take_while(|byte| !byte.is_ascii_digit() && !matches!(byte, b'.' | b'-')).count(),
    };
    version.split_at(len)
}

/// A component as a number. One that does not fit into 32 bits is a word.
fn number(component: &[u8]) -> Option<i32> {
    if !component.first()?.is_ascii_digit() {
        return None;
    }
    std::str::from_utf8(component).ok()?.parse().ok()
}

fn is_older(a: &[u8], b: &[u8]) -> bool {
    match (number(a), number(b)) {
        (Some(a), Some(b)) => a < b,
        (None, Some(_)) if a.is_empty() => true,
        _ if a == b"pre" && b != b"pre" => true,
        _ if b == b"pre" => false,
        // 2.3a comes before 2.3.1.
        (None, Some(_)) => true,
        (Some(_), None) => false,
        (None, None) => a < b,
    }
}

/// The order of two versions.
fn compare(a: &[u8], b: &[u8]) -> Ordering {
    let (mut a, mut b) = (a, b);
    while !a.is_empty() || !b.is_empty() {
        let (x, after_x) = component(a);
        let (y, after_y) = component(b);
        if is_older(x, y) {
            return Ordering::Less;
        }
        if is_older(y, x) {
            return Ordering::Greater;
        }
        (a, b) = (after_x, after_y);
    }
    Ordering::Equal
}

fn compare_versions(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let a = evaluator.wanted_plain_string(arguments[0])?;
    let b = evaluator.wanted_plain_string(arguments[1])?;
    Ok(evaluator.int(compare(a, b) as i64))
}

fn split_version(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let mut rest = evaluator.wanted_plain_string(arguments[0])?;
    let mut components = Vec::new();
    loop {
        let (component, after) = component(rest);
        if component.is_empty() {
            return Ok(evaluator.list_of(&components));
        }
        components.push(evaluator.string(component));
        rest = after;
    }
}

fn parse_drv_name(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let text = evaluator.wanted_plain_string(arguments[0])?;
    let dash = text.windows(2).position(|pair| pair[0] == b'-' && !pair[1].is_ascii_alphabetic());
    let (name, version): (&[u8], &[u8]) = match dash {
        Some(dash) => (&text[..dash], &text[dash + 1..]),
        None => (text, b""),
    };
    let (name, version) = (evaluator.string(name), evaluator.string(version));
    Ok(evaluator.set_of(vec![(names::NAME, 0, name), (names::VERSION, 0, version)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered() {
        let ascending = [
            "", "1.0pre", "1.0pre2", "1.0", "1.0a", "1.0.1", "1.1", "1.10", "2.3pre1", "2.3", "2.3a", "2.3.1",
        ];
        for (at, a) in ascending.iter().enumerate() {
            for (other, b) in ascending.iter().enumerate() {
                assert_eq!(compare(a.as_bytes(), b.as_bytes()), at.cmp(&other), "{a} and {b}");
            }
        }
    }
}
