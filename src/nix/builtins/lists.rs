//! Lists.

use super::Builtin;
use super::closure::generic_closure;
use crate::nix::attrs;

use crate::nix::error::{Error, Result};
use crate::nix::eval::Evaluator;
use crate::nix::names;
use crate::nix::value::{LONGEST, Tag, Word};

pub(super) const TABLE: &[Builtin] = &[
    Builtin {
        name: "length",
        arity: 1,
        lazy: 0,
        run: length,
        help: (&["e"], "How many elements a list has."),
    },
    Builtin { name: "head", arity: 1, lazy: 0, run: head, help: (&["list"], "The first element.") },
    Builtin {
        name: "tail",
        arity: 1,
        lazy: 0,
        run: tail,
        help: (&["list"], "The list without its first element."),
    },
    Builtin {
        name: "elemAt",
        arity: 2,
        lazy: 0,
        run: elem_at,
        help: (&["xs", "n"], "The element at an index, from 0."),
    },
    Builtin {
        name: "elem",
        arity: 2,
        lazy: 1,
        run: elem,
        help: (&["x", "xs"], "Whether a list has an element equal to `x`."),
    },
    Builtin {
        name: "map",
        arity: 2,
        lazy: 1,
        run: map,
        help: (&["f", "list"], "The list of `f x` for each element `x`."),
    },
    Builtin {
        name: "filter",
        arity: 2,
        lazy: 1,
        run: filter,
        help: (&["f", "list"], "The elements for which `f` is true."),
    },
    Builtin {
        name: "foldl'",
        arity: 3,
        lazy: 2,
        run: foldl,
        help: (
            &["op", "nul", "list"],
            "`op (… (op (op nul x0) x1) …) xn`, each step evaluated before the next.",
        ),
    },
    Builtin {
        name: "any",
        arity: 2,
        lazy: 0,
        run: |e, a, p| some(e, a, p, true),
        help: (&["pred", "list"], "Whether `pred` is true for an element."),
    },
    Builtin {
        name: "all",
        arity: 2,
        lazy: 0,
        run: |e, a, p| some(e, a, p, false),
        help: (&["pred", "list"], "Whether `pred` is true for every element."),
    },
    Builtin {
        name: "concatLists",
        arity: 1,
        lazy: 0,
        run: concat_lists,
        help: (&["lists"], "The lists of a list, one after the other."),
    },
    Builtin {
        name: "concatMap",
        arity: 2,
        lazy: 0,
        run: concat_map,
        help: (&["f", "list"], "The lists `f x`, one after the other."),
    },
    Builtin {
        name: "genList",
        arity: 2,
        lazy: 0,
        run: gen_list,
        help: (&["generator", "length"], "The list of `generator 0`, `generator 1` and so on."),
    },
    Builtin {
        name: "partition",
        arity: 2,
        lazy: 0,
        run: partition,
        help: (
            &["pred", "list"],
            "The elements for which `pred` is true, as `right`, and the others, as `wrong`.",
        ),
    },
    Builtin {
        name: "sort",
        arity: 2,
        lazy: 1,
        run: sort,
        help: (&["comparator", "list"], "The list in an order; elements that are equal stay as they were."),
    },
    Builtin {
        name: "genericClosure",
        arity: 1,
        lazy: 0,
        run: generic_closure,
        help: (&["attrset"], "All that `operator` leads to from `startSet`, each `key` once."),
    },
];

fn length(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let list = evaluator.wanted_list(arguments[0])?;
    Ok(evaluator.int(i64::from(list.aux())))
}

fn head(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let list = evaluator.wanted_list(arguments[0])?;
    if list.aux() == 0 {
        return Err(Error::other("'builtins.head' called on an empty list"));
    }
    evaluator.force_slot(list.at())
}

fn tail(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let list = evaluator.wanted_list(arguments[0])?;
    if list.aux() == 0 {
        return Err(Error::other("'builtins.tail' called on an empty list"));
    }
    // Elements are neighbours and nothing moves, so the rest of a list is a list.
    Ok(Word::list(list.at() + 1, list.aux() as usize - 1))
}

fn elem_at(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let list = evaluator.wanted_list(arguments[0])?;
    let index = evaluator.wanted_int(arguments[1])?;
    if index < 0 || index >= i64::from(list.aux()) {
        let len = list.aux();
        return Err(Error::other(format!(
            "'builtins.elemAt' called with index {index} on a list of size {len}"
        )));
    }
    evaluator.force_slot(list.at() + index as u32)
}

fn elem(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let list = evaluator.wanted_list(arguments[1])?;
    for at in 0..list.aux() {
        let wanted = evaluator.force(arguments[0])?;
        let item = evaluator.force_slot(list.at() + at)?;
        // The same function is equal to itself here, as it is inside of a list.
        if wanted == item || evaluator.equal(wanted, item)? {
            return Ok(Word::TRUE);
        }
    }
    Ok(Word::FALSE)
}

fn map(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let list = evaluator.wanted_list(arguments[1])?;
    let len = list.aux();
    if len == 0 {
        return Ok(list);
    }
    let function = evaluator.force(arguments[0])?;
    evaluator.wanted_function(function)?;
    Ok(evaluator.mapped(function, list))
}

impl Evaluator {
    /// Refuses what can't be called.
    pub(in crate::nix) fn wanted_function(&self, value: Word) -> Result<()> {
        match value.tag() {
            Tag::Lambda | Tag::Builtin | Tag::Partial => Ok(()),
            Tag::Attrs if attrs::find(self.heap, value, names::FUNCTOR).is_some() => Ok(()),
            _ => Err(self.expected("a function", value)),
        }
    }

    /// Whether a predicate holds.
    fn holds(&mut self, predicate: Word, item: Word, place: u32) -> Result<bool> {
        let value = self.call(predicate, &[item], place)?;
        if value == Word::TRUE || value == Word::FALSE {
            Ok(value == Word::TRUE)
        } else {
            Err(self.expected("a Boolean", value))
        }
    }
}

fn filter(evaluator: &mut Evaluator, arguments: &[Word], place: u32) -> Result<Word> {
    let list = evaluator.wanted_list(arguments[1])?;
    if list.aux() == 0 {
        return Ok(list);
    }
    let predicate = evaluator.force(arguments[0])?;
    let mut kept = Vec::new();
    for slot in list.at()..list.at() + list.aux() {
        let item = evaluator.share(slot);
        if evaluator.holds(predicate, item, place)? {
            kept.push(evaluator.share(slot));
        }
    }
    Ok(if kept.len() == list.aux() as usize { list } else { evaluator.list_of(&kept) })
}

fn foldl(evaluator: &mut Evaluator, arguments: &[Word], place: u32) -> Result<Word> {
    evaluator.wanted_function(arguments[0])?;
    let list = evaluator.wanted_list(arguments[2])?;
    let mut value = arguments[1];
    for slot in list.at()..list.at() + list.aux() {
        let item = evaluator.share(slot);
        value = evaluator.call(arguments[0], &[value, item], place)?;
    }
    evaluator.force(value)
}

fn some(evaluator: &mut Evaluator, arguments: &[Word], place: u32, wanted: bool) -> Result<Word> {
    evaluator.wanted_function(arguments[0])?;
    let list = evaluator.wanted_list(arguments[1])?;
    for slot in list.at()..list.at() + list.aux() {
        let item = evaluator.share(slot);
        if evaluator.holds(arguments[0], item, place)? == wanted {
            return Ok(Word::bool(wanted));
        }
    }
    Ok(Word::bool(!wanted))
}

fn concat_lists(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let list = evaluator.wanted_list(arguments[0])?;
    let mut lists = Vec::with_capacity(list.aux() as usize);
    for slot in list.at()..list.at() + list.aux() {
        let item = evaluator.force_slot(slot)?;
        lists.push(evaluator.wanted_list(item)?);
    }
    evaluator.concat(&lists)
}

fn concat_map(evaluator: &mut Evaluator, arguments: &[Word], place: u32) -> Result<Word> {
    evaluator.wanted_function(arguments[0])?;
    let list = evaluator.wanted_list(arguments[1])?;
    let mut filled = Vec::new();
    for slot in list.at()..list.at() + list.aux() {
        let item = evaluator.share(slot);
        let value = evaluator.call(arguments[0], &[item], place)?;
        if evaluator.wanted_list(value)?.aux() > 0 {
            filled.push(value);
        }
    }
    evaluator.concat(&filled)
}

fn gen_list(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let len = evaluator.wanted_int(arguments[1])?;
    if len < 0 {
        return Err(Error::other(format!("cannot create list of size {len}")));
    }
    let len = usize::try_from(len).ok().filter(|len| *len <= LONGEST).unwrap_or(usize::MAX);
    evaluator.wanted_function(arguments[0])?;
    evaluator.check_room(len.saturating_mul(3))?;
    let at = evaluator.heap.alloc(len);
    for index in 0..len {
        let number = evaluator.int(index as i64);
        let call = evaluator.delayed_call(arguments[0], &[number]);
        evaluator.heap.set(at + index as u32, call);
    }
    Ok(Word::list(at, len))
}

fn partition(evaluator: &mut Evaluator, arguments: &[Word], place: u32) -> Result<Word> {
    evaluator.wanted_function(arguments[0])?;
    let list = evaluator.wanted_list(arguments[1])?;
    let (mut right, mut wrong) = (Vec::new(), Vec::new());
    for slot in list.at()..list.at() + list.aux() {
        let item = evaluator.force_slot(slot)?;
        let side = if evaluator.holds(arguments[0], item, place)? { &mut right } else { &mut wrong };
        side.push(evaluator.share(slot));
    }
    let (right, wrong) = (evaluator.list_of(&right), evaluator.list_of(&wrong));
    Ok(evaluator.set_of(vec![(names::RIGHT, 0, right), (names::WRONG, 0, wrong)]))
}

fn sort(evaluator: &mut Evaluator, arguments: &[Word], place: u32) -> Result<Word> {
    let list = evaluator.wanted_list(arguments[1])?;
    if list.aux() == 0 {
        return Ok(list);
    }
    let comparator = evaluator.force(arguments[0])?;
    evaluator.wanted_function(comparator)?;
    let mut items = Vec::with_capacity(list.aux() as usize);
    for slot in list.at()..list.at() + list.aux() {
        evaluator.force_slot(slot)?;
        items.push(evaluator.share(slot));
    }
    // `lessThan` needs no call.
    let plain =
        comparator.tag() == Tag::Builtin && evaluator.builtins[comparator.aux() as usize].name == "lessThan";
    let mut less = |a: Word, b: Word| -> Result<bool> {
        if plain {
            let (a, b) = (evaluator.force(a)?, evaluator.force(b)?);
            evaluator.less(a, b)
        } else {
            let value = evaluator.call(comparator, &[a, b], place)?;
            if value == Word::TRUE || value == Word::FALSE {
                Ok(value == Word::TRUE)
            } else {
                Err(evaluator.expected("a Boolean", value))
            }
        }
    };
    merge_sort(&mut items, &mut less)?;
    Ok(evaluator.list_of(&items))
}

/// A stable merge sort whose comparison may fail, and may be inconsistent without harm.
fn merge_sort(items: &mut Vec<Word>, less: &mut impl FnMut(Word, Word) -> Result<bool>) -> Result<()> {
    let len = items.len();
    // Short runs by insertion, then merged in ever longer ones.
    const RUN: usize = 8;
    for start in (0..len).step_by(RUN) {
        let end = (start + RUN).min(len);
        for at in start + 1..end {
            let item = items[at];
            let mut to = at;
            while to > start && less(item, items[to - 1])? {
                items[to] = items[to - 1];
                to -= 1;
            }
            items[to] = item;
        }
    }
    let mut from = std::mem::take(items);
    let mut into = Vec::with_capacity(len);
    let mut width = RUN;
    while width < len {
        into.clear();
        for start in (0..len).step_by(width * 2) {
            let (middle, end) = ((start + width).min(len), (start + width * 2).min(len));
            let (mut i, mut j) = (start, middle);
            while i < middle && j < end {
                if less(from[j], from[i])? {
                    into.push(from[j]);
                    j += 1;
                } else {
                    into.push(from[i]);
                    i += 1;
                }
            }
            into.extend_from_slice(&from[i..middle]);
            into.extend_from_slice(&from[j..end]);
        }
        std::mem::swap(&mut from, &mut into);
        width *= 2;
    }
    *items = from;
    Ok(())
}
