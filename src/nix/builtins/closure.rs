//! `genericClosure`: what is reached from some sets by a function that gives more of them, each key once.

use crate::nix::error::{Error, Result};
use crate::nix::eval::Evaluator;
use crate::nix::names;
use crate::nix::value::{Tag, Word};
use std::cmp::Ordering;
use std::collections::{BTreeSet, VecDeque};

/// A key of [`generic_closure`], in the order of `<`. Keys that can't be compared are an error, found when they are.
enum Key {
    Int(i64),
    Bytes(&'static [u8]),
}

/// `builtins.genericClosure`
pub(super) fn generic_closure(evaluator: &mut Evaluator, arguments: &[Word], place: u32) -> Result<Word> {
    let set = evaluator.wanted_set(arguments[0])?;
    let required = |evaluator: &mut Evaluator, name| match evaluator.select_if_there(set, name)? {
        Some(value) => Ok(value),
        None => {
            let name = evaluator.name(name);
            Err(Error::other(format!(
                "attribute '{name}' missing in the argument of builtins.genericClosure"
            )))
        }
    };
    let start = required(evaluator, names::START_SET)?;
    let start = evaluator.wanted_list(start)?;
    let mut queue: VecDeque<Word> =
        (start.at()..start.at() + start.aux()).map(|slot| evaluator.share(slot)).collect();
    if queue.is_empty() {
        return Ok(start);
    }
    let operator = required(evaluator, names::OPERATOR)?;
    let mut ints: BTreeSet<i64> = BTreeSet::new();
    let mut texts: BTreeSet<&'static [u8]> = BTreeSet::new();
    let mut others: Vec<Word> = Vec::new();
    // Once there is a float, integers are compared as floats, too.
    let mut floats = false;
    let mut first: Option<Word> = None;
    let mut found = Vec::new();
    while let Some(item) = queue.pop_front() {
        let value = evaluator.force(item)?;
        let value = evaluator.wanted_set(value)?;
        let Some(key) = evaluator.select_if_there(value, names::KEY)? else {
            return Err(evaluator.missing(value, names::KEY));
        };
        if let Some(first) = first {
            // Nix compares keys with `<`, which refuses those of different types.
            evaluator.order(first, key)?;
        }
        first.get_or_insert(key);
        if key.tag() == Tag::Float && !std::mem::replace(&mut floats, true) {
            for int in std::mem::take(&mut ints) {
                let int = evaluator.int(int);
                insert_sorted(evaluator, &mut others, int)?;
            }
        }
        let new = match key_of(evaluator, key) {
            Some(Key::Int(int)) if !floats => ints.insert(int),
            Some(Key::Bytes(bytes)) => texts.insert(bytes),
            _ => insert_sorted(evaluator, &mut others, key)?,
        };
        if !new {
            continue;
        }
        found.push(value);
        let more = evaluator.call(operator, &[value], place)?;
        let more = evaluator.wanted_list(more)?;
        for slot in more.at()..more.at() + more.aux() {
            evaluator.force_slot(slot)?;
            queue.push_back(evaluator.share(slot));
        }
    }
    Ok(evaluator.list_of(&found))
}

fn key_of(evaluator: &Evaluator, key: Word) -> Option<Key> {
    match key.tag() {
        Tag::Int => Some(Key::Int(key.small())),
        Tag::String | Tag::Path => Some(Key::Bytes(evaluator.bytes(key))),
        _ => None,
    }
}

/// Inserts a key of any kind that can be compared; false if an equal one is there.
fn insert_sorted(evaluator: &mut Evaluator, sorted: &mut Vec<Word>, key: Word) -> Result<bool> {
    let (mut low, mut high) = (0, sorted.len());
    while low < high {
        let middle = (low + high) / 2;
        match evaluator.order(sorted[middle], key)? {
            Some(Ordering::Less) | None => low = middle + 1,
            Some(Ordering::Equal) => return Ok(false),
            Some(Ordering::Greater) => high = middle,
        }
    }
    sorted.insert(low, key);
    Ok(true)
}
