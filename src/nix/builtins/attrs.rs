//! Sets.

use super::Builtin;
use crate::nix::attrs::{self, New};
use crate::nix::error::Result;
use crate::nix::eval::Evaluator;
use crate::nix::names;
use crate::nix::symbols::Symbol;
use crate::nix::value::{Tag, Word};
use std::collections::BTreeMap;

pub(super) const TABLE: &[Builtin] = &[
    Builtin {
        name: "attrNames",
        arity: 1,
        lazy: 0,
        run: attr_names,
        help: (&["set"], "The names of a set's attributes, sorted."),
    },
    Builtin {
        name: "attrValues",
        arity: 1,
        lazy: 0,
        run: attr_values,
        help: (&["set"], "The values of a set's attributes, sorted by name."),
    },
    Builtin {
        name: "getAttr",
        arity: 2,
        lazy: 0,
        run: get_attr,
        help: (&["s", "set"], "The attribute named `s`."),
    },
    Builtin {
        name: "hasAttr",
        arity: 2,
        lazy: 0,
        run: has_attr,
        help: (&["s", "set"], "Whether a set has an attribute named `s`."),
    },
    Builtin {
        name: "removeAttrs",
        arity: 2,
        lazy: 0,
        run: remove_attrs,
        help: (&["set", "list"], "The set without the attributes named in the list."),
    },
    Builtin {
        name: "intersectAttrs",
        arity: 2,
        lazy: 0,
        run: intersect_attrs,
        help: (&["e1", "e2"], "The attributes of `e2` whose names are in `e1`, too."),
    },
    Builtin {
        name: "listToAttrs",
        arity: 1,
        lazy: 0,
        run: list_to_attrs,
        help: (&["e"], "The set of a list of `{ name, value }`; of equal names the first counts."),
    },
    Builtin {
        name: "mapAttrs",
        arity: 2,
        lazy: 1,
        run: map_attrs,
        help: (&["f", "attrset"], "The set with `f name value` for each value."),
    },
    Builtin {
        name: "catAttrs",
        arity: 2,
        lazy: 0,
        run: cat_attrs,
        help: (&["attr", "list"], "The values of `attr` in those sets of a list that have it."),
    },
    Builtin {
        name: "zipAttrsWith",
        arity: 2,
        lazy: 0,
        run: zip_attrs_with,
        help: (&["f", "list"], "The set with `f name values` for each name in any set of the list."),
    },
    Builtin {
        name: "groupBy",
        arity: 2,
        lazy: 0,
        run: group_by,
        help: (&["f", "list"], "The set of lists of those elements for which `f` gives the same name."),
    },
];

impl Evaluator {
    /// A set argument.
    pub(in crate::nix) fn wanted_set(&self, value: Word) -> Result<Word> {
        if value.tag() == Tag::Attrs { Ok(value) } else { Err(self.expected("a set", value)) }
    }

    /// A list argument.
    pub(in crate::nix) fn wanted_list(&self, value: Word) -> Result<Word> {
        if value.tag() == Tag::List { Ok(value) } else { Err(self.expected("a list", value)) }
    }

    /// A string argument whose context is none of the caller's business or must be none.
    pub(in crate::nix) fn wanted_string(&self, value: Word) -> Result<&'static [u8]> {
        if value.tag() == Tag::String { Ok(self.bytes(value)) } else { Err(self.expected("a string", value)) }
    }
}

fn attr_names(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let set = evaluator.wanted_set(arguments[0])?;
    let entries = attrs::by_text(evaluator.heap, &evaluator.symbols, set);
    let at = evaluator.heap.alloc(entries.len());
    let len = entries.len();
    for (slot, entry) in (at..).zip(entries) {
        let name = evaluator.symbol_string(entry.name);
        evaluator.heap.set(slot, name);
    }
    Ok(Word::list(at, len))
}

fn attr_values(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let set = evaluator.wanted_set(arguments[0])?;
    let entries = attrs::by_text(evaluator.heap, &evaluator.symbols, set);
    let at = evaluator.heap.alloc(entries.len());
    let len = entries.len();
    for (slot, entry) in (at..).zip(entries) {
        evaluator.heap.set(slot, evaluator.share(entry.slot));
    }
    Ok(Word::list(at, len))
}

fn get_attr(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let name = evaluator.attribute_name(arguments[0])?;
    let set = evaluator.wanted_set(arguments[1])?;
    evaluator.select_from(set, name)
}

fn has_attr(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let name = evaluator.attribute_name(arguments[0])?;
    let set = evaluator.wanted_set(arguments[1])?;
    Ok(Word::bool(attrs::find(evaluator.heap, set, name).is_some()))
}

fn remove_attrs(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let set = evaluator.wanted_set(arguments[0])?;
    let list = evaluator.wanted_list(arguments[1])?;
    let mut gone = Vec::with_capacity(list.aux() as usize);
    for at in 0..list.aux() {
        let name = evaluator.force_slot(list.at() + at)?;
        gone.push(evaluator.attribute_name(name)?);
    }
    gone.sort_unstable();
    let kept: Vec<New> = attrs::entries(evaluator.heap, set)
        .filter(|entry| gone.binary_search(&entry.name).is_err())
        .map(|entry| (entry.name, entry.place, evaluator.share(entry.slot)))
        .collect();
    Ok(if kept.is_empty() { evaluator.empty_set() } else { attrs::from_sorted(evaluator.heap, &kept) })
}

fn intersect_attrs(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let left = evaluator.wanted_set(arguments[0])?;
    let right = evaluator.wanted_set(arguments[1])?;
    let heap = evaluator.heap;
    // The smaller one is gone through, the larger one looked into; a layered one need not be flattened for that.
    let small_left = left.aux() == 0
        && (right.aux() != 0 || attrs::entries(heap, left).len() <= attrs::entries(heap, right).len());
    let common: Vec<New> = if small_left {
        attrs::entries(heap, left)
            .filter_map(|entry| attrs::find(heap, right, entry.name))
            .map(|found| (found.name, found.place, attrs::share(heap, found.slot)))
            .collect()
    } else {
        attrs::entries(heap, right)
            .filter(|entry| attrs::find(heap, left, entry.name).is_some())
            .map(|entry| (entry.name, entry.place, attrs::share(heap, entry.slot)))
            .collect()
    };
    Ok(if common.is_empty() { evaluator.empty_set() } else { attrs::from_sorted(heap, &common) })
}

fn list_to_attrs(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let list = evaluator.wanted_list(arguments[0])?;
    let mut new: Vec<New> = Vec::with_capacity(list.aux() as usize);
    for at in 0..list.aux() {
        let item = evaluator.force_slot(list.at() + at)?;
        let item = evaluator.wanted_set(item)?;
        let name = evaluator.select_from(item, names::NAME)?;
        let name = evaluator.attribute_name(name)?;
        match attrs::find(evaluator.heap, item, names::VALUE) {
            Some(found) => new.push((name, found.place, evaluator.share(found.slot))),
            // Of a name that comes again the value does not matter, not even whether there is one.
            None if new.iter().any(|(other, ..)| *other == name) => {}
            None => return Err(evaluator.missing(item, names::VALUE)),
        }
    }
    // Stable, so the first of equal names stays the first.
    new.sort_by_key(|(name, ..)| *name);
    new.dedup_by_key(|(name, ..)| *name);
    Ok(if new.is_empty() { evaluator.empty_set() } else { attrs::from_sorted(evaluator.heap, &new) })
}

fn map_attrs(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let set = evaluator.wanted_set(arguments[1])?;
    let entries = attrs::entries(evaluator.heap, set);
    if entries.len() == 0 {
        return Ok(evaluator.empty_set());
    }
    // The same names, but what is under them was written nowhere.
    let shape = evaluator.shape_without_places(entries.shape());
    let (word, first) = attrs::with_shape(evaluator.heap, shape);
    for (slot, entry) in (first..).zip(entries) {
        let name = evaluator.symbol_string(entry.name);
        let value = evaluator.share(entry.slot);
        let call = evaluator.delayed_call(arguments[0], &[name, value]);
        evaluator.heap.set(slot, call);
    }
    Ok(word)
}

fn cat_attrs(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let name = evaluator.attribute_name(arguments[0])?;
    let list = evaluator.wanted_list(arguments[1])?;
    let mut found = Vec::new();
    for at in 0..list.aux() {
        let set = evaluator.force_slot(list.at() + at)?;
        let set = evaluator.wanted_set(set)?;
        if let Some(entry) = attrs::find(evaluator.heap, set, name) {
            found.push(evaluator.share(entry.slot));
        }
    }
    Ok(evaluator.list_of(&found))
}

fn zip_attrs_with(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    evaluator.wanted_function(arguments[0])?;
    let list = evaluator.wanted_list(arguments[1])?;
    let mut all: Vec<(Symbol, u32)> = Vec::new();
    for at in 0..list.aux() {
        let set = evaluator.force_slot(list.at() + at)?;
        let set = evaluator.wanted_set(set)?;
        all.extend(attrs::entries(evaluator.heap, set).map(|entry| (entry.name, entry.slot)));
    }
    // Stable: the values of a name stay in the order of the list.
    all.sort_by_key(|(name, _)| *name);
    let mut new: Vec<New> = Vec::new();
    for same in all.chunk_by(|a, b| a.0 == b.0) {
        let values: Vec<Word> = same.iter().map(|(_, slot)| evaluator.share(*slot)).collect();
        let values = evaluator.list_of(&values);
        let name = evaluator.symbol_string(same[0].0);
        let call = evaluator.delayed_call(arguments[0], &[name, values]);
        new.push((same[0].0, 0, evaluator.in_slot(call)));
    }
    Ok(if new.is_empty() { evaluator.empty_set() } else { attrs::from_sorted(evaluator.heap, &new) })
}

fn group_by(evaluator: &mut Evaluator, arguments: &[Word], place: u32) -> Result<Word> {
    evaluator.wanted_function(arguments[0])?;
    let list = evaluator.wanted_list(arguments[1])?;
    let mut groups: BTreeMap<Symbol, Vec<Word>> = BTreeMap::new();
    for at in 0..list.aux() {
        let item = evaluator.share(list.at() + at);
        let name = evaluator.call(arguments[0], &[item], place)?;
        let name = evaluator.attribute_name(name)?;
        groups.entry(name).or_default().push(evaluator.share(list.at() + at));
    }
    if groups.is_empty() {
        return Ok(evaluator.empty_set());
    }
    let new: Vec<New> =
        groups.into_iter().map(|(name, items)| (name, 0, evaluator.list_of(&items))).collect();
    Ok(attrs::from_sorted(evaluator.heap, &new))
}
