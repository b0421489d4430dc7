//! Attribute sets: the names of a set are apart from its values, so that sets made by the same code share their names.
//!
//! ```text
//! set      [shape, -] [value] [value] …            a word with tag Attrs and aux 0 points here
//! shape    [len, order] [name, place] [name, place] …      sorted by symbol
//! layers   [0, -] [base] [top]                     aux is the number of layers above the base
//! ```
//!
//! A *shape* is a row of names with the places they were written at. A set literal has its shape made when it is
//! compiled; so a function that returns `{ a = …; b = …; }` a thousand times writes two values and one word each
//! time, and a selection that met the shape before knows where to look ([`Cache`]).
//!
//! `base // top` with a small top does not copy the base: it is a *layered* set, looked up from the top down. When all of
//! its attributes are asked for, it is flattened once and says so from then on. [`super::update`] decides.
//!
//! Symbols are numbered by first sight, so a shape's own order must never show; [`by_text`] gives the order
//! that programs see.

use super::heap::Heap;
use super::symbols::{Symbol, Symbols};
use super::value::{Tag, Word};
use std::cell::Cell;

/// One attribute: its name, the slot of its value, where it was written (0 if nowhere).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The name.
    pub name: Symbol,
    /// The slot of its value.
    pub slot: u32,
    /// Where it was written.
    pub place: u32,
}

/// An attribute that is about to become part of a set: name, place, value or reference.
pub type New = (Symbol, u32, Word);

/// The row of a shape's names and places.
#[inline]
pub(super) fn names(heap: &Heap, shape: u32) -> &'static [Cell<u64>] {
    heap.row(shape + 1, heap.halves(shape).0 as usize)
}

#[inline]
pub(super) fn name_of(entry: &Cell<u64>) -> Symbol {
    Symbol(entry.get() as u32)
}

#[inline]
fn place_of(entry: &Cell<u64>) -> u32 {
    (entry.get() >> 32) as u32
}

/// A shape of names sorted by symbol.
pub fn shape(heap: &Heap, sorted: impl ExactSizeIterator<Item = (Symbol, u32)>) -> u32 {
    let len = sorted.len();
    let at = heap.alloc(1 + len);
    heap.set_halves(at, len as u32, 0);
    for (entry, (name, place)) in heap.row(at + 1, len).iter().zip(sorted) {
        entry.set(u64::from(place) << 32 | u64::from(name.0));
    }
    at
}

/// The names of a shape without the places they were written at; the shape itself if there are none.
pub fn without_places(heap: &Heap, of: u32) -> u32 {
    let names = names(heap, of);
    if names.iter().all(|entry| place_of(entry) == 0) {
        return of;
    }
    shape(heap, names.iter().map(|entry| (name_of(entry), 0)))
}

/// Where a name is in a shape.
#[inline]
pub fn index_in(heap: &Heap, shape: u32, name: Symbol) -> Option<u32> {
    let names = names(heap, shape);
    if names.len() <= 8 {
        return names.iter().position(|entry| name_of(entry) == name).map(|at| at as u32);
    }
    // Without a branch in the loop: the middle is above or below with even odds, so guessing would fail half the time.
    let (mut base, mut len) = (0, names.len());
    while len > 1 {
        let half = len / 2;
        base = if name_of(&names[base + half]) <= name { base + half } else { base };
        len -= half;
    }
    (name_of(&names[base]) == name).then_some(base as u32)
}

/// A set with a shape, its values still to be written to the slots from the second result on.
#[inline]
pub fn with_shape(heap: &Heap, shape: u32) -> (Word, u32) {
    let len = heap.halves(shape).0 as usize;
    let at = heap.alloc(1 + len);
    heap.set_halves(at, shape, 0);
    (Word::new(Tag::Attrs, 0, at), at + 1)
}

/// A set of attributes with different names, in any order.
pub fn from_unsorted(heap: &Heap, new: &mut [New]) -> Word {
    new.sort_unstable_by_key(|(name, ..)| *name);
    from_sorted(heap, new)
}

/// A set of attributes sorted by symbol, each name once.
pub fn from_sorted(heap: &Heap, new: &[New]) -> Word {
    let shape = shape(heap, new.iter().map(|(name, place, _)| (*name, *place)));
    let (word, first) = with_shape(heap, shape);
    for (slot, (.., value)) in (first..).zip(new) {
        debug_assert!(value.may_be_copied());
        heap.set(slot, *value);
    }
    word
}

/// What may be written elsewhere for what a slot holds: its value, or a reference to it.
#[inline]
pub fn share(heap: &Heap, slot: u32) -> Word {
    let word = heap.get(slot);
    if heap.is_copied(word) { word } else { Word::reference(slot) }
}

/// The slot and the place of an attribute.
pub fn find(heap: &Heap, set: Word, name: Symbol) -> Option<Entry> {
    let mut set = set;
    loop {
        let at = set.at();
        if set.aux() == 0 {
            let shape = heap.halves(at).0;
            let index = index_in(heap, shape, name)?;
            let place = place_of(&heap.row(shape + 1 + index, 1)[0]);
            return Some(Entry { name, slot: at + 1 + index, place });
        }
        let top = heap.get(at + 2);
        if top != Word::EMPTY
            && let Some(found) = find(heap, top, name)
        {
            return Some(found);
        }
        set = heap.get(at + 1);
    }
}

/// The slot of an attribute whose name was worked out. Nearly all sets that are asked in this way (whether a module defines
/// an option, for each module and each option) have one attribute or none, and another one.
#[inline]
pub fn find_slot(heap: &Heap, set: Word, name: Symbol) -> Option<u32> {
    if set.aux() == 0 {
        let shape = heap.halves(set.at()).0;
        match heap.halves(shape).0 {
            0 => return None,
            1 if name_of(&heap.row(shape + 1, 1)[0]) != name => return None,
            _ => {}
        }
    }
    find(heap, set, name).map(|entry| entry.slot)
}

/// What a place in the code found the last time: the shape of the set, or the set itself where it has layers; and the
/// name's index in the shape, or its slot, or that it is not there.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cache {
    whose: u32,
    found: u32,
}

const NOWHERE: u32 = u32::MAX;

/// The slot of an attribute, as [`find`] tells it, for a place in the code that asks for the same name each time: sets with
/// a shape it met before, or a layered set it met before, need no search. Neither ever changes what it says of a name.
#[inline]
pub fn find_again(heap: &Heap, set: Word, name: Symbol, cache: &mut Cache) -> Option<u32> {
    if set.aux() == 0 {
        let shape = heap.halves(set.at()).0;
        if cache.whose != shape {
            *cache = Cache { whose: shape, found: index_in(heap, shape, name).unwrap_or(NOWHERE) };
        }
        (cache.found != NOWHERE).then(|| set.at() + 1 + cache.found)
    } else {
        if cache.whose != set.at() {
            let found = find(heap, set, name).map_or(NOWHERE, |entry| entry.slot);
            *cache = Cache { whose: set.at(), found };
        }
        (cache.found != NOWHERE).then_some(cache.found)
    }
}

/// The same set in one layer.
pub fn flat(heap: &Heap, set: Word) -> Word {
    if set.aux() == 0 {
        return set;
    }
    let (base, top) = (heap.get(set.at() + 1), heap.get(set.at() + 2));
    if top == Word::EMPTY {
        return base;
    }
    // The layers from the top down, then all of them at once: no set between is made.
    let mut all = Vec::new();
    let mut rest = set;
    while rest.aux() != 0 {
        let (below, top) = (heap.get(rest.at() + 1), heap.get(rest.at() + 2));
        if top != Word::EMPTY {
            all.extend(Flat::of(heap, flat(heap, top)));
        }
        rest = below;
    }
    let base = Flat::of(heap, rest);
    // Stable, so of equal names the one of the higher layer comes first.
    all.sort_by_key(|entry| entry.name);
    all.dedup_by_key(|entry| entry.name);
    let mut merged = Vec::with_capacity(base.len() + all.len());
    let mut tops = all.into_iter().peekable();
    for entry in base {
        while let Some(top) = tops.next_if(|top| top.name < entry.name) {
            merged.push(top);
        }
        merged.push(tops.next_if(|top| top.name == entry.name).unwrap_or(entry));
    }
    merged.extend(tops);
    let shape = shape(heap, merged.iter().map(|entry| (entry.name, entry.place)));
    let (word, first) = with_shape(heap, shape);
    for (slot, entry) in (first..).zip(&merged) {
        heap.set(slot, share(heap, entry.slot));
    }
    heap.set(set.at() + 1, word);
    heap.set(set.at() + 2, Word::EMPTY);
    word
}

/// Whether a set has no attributes.
pub fn is_empty(heap: &Heap, set: Word) -> bool {
    set.aux() == 0 && heap.halves(heap.halves(set.at()).0).0 == 0
}

/// All attributes in the order of their symbols, which must not show.
pub fn entries(heap: &'static Heap, set: Word) -> Flat {
    Flat::of(heap, flat(heap, set))
}

/// The attributes of a set in one layer.
pub struct Flat {
    heap: &'static [Cell<u64>],
    shape: u32,
    pub(super) first: u32,
    next: usize,
}

impl Flat {
    pub(super) fn of(heap: &Heap, set: Word) -> Flat {
        debug_assert_eq!((set.tag(), set.aux()), (Tag::Attrs, 0));
        let shape = heap.halves(set.at()).0;
        Flat { heap: names(heap, shape), shape, first: set.at() + 1, next: 0 }
    }

    /// The shape.
    pub fn shape(&self) -> u32 {
        self.shape
    }
}

impl Iterator for Flat {
    type Item = Entry;

    #[inline]
    fn next(&mut self) -> Option<Entry> {
        let entry = self.heap.get(self.next)?;
        self.next += 1;
        Some(Entry { name: name_of(entry), slot: self.first + self.next as u32 - 1, place: place_of(entry) })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.heap.len() - self.next, Some(self.heap.len() - self.next))
    }
}

impl ExactSizeIterator for Flat {}

/// All attributes in the bytewise order of their names, as programs see them. The order is worked out once for a shape.
pub fn by_text(
    heap: &'static Heap,
    symbols: &Symbols,
    set: Word,
) -> impl ExactSizeIterator<Item = Entry> + use<> {
    let all = entries(heap, set);
    let (len, mut order) = heap.halves(all.shape);
    if order == 0 {
        let mut indices: Vec<u32> = (0..len).collect();
        let names = names(heap, all.shape);
        indices.sort_unstable_by_key(|at| symbols.text(name_of(&names[*at as usize])));
        order = heap.alloc((len as usize).div_ceil(2).max(1));
        for (word, pair) in heap.row(order, (len as usize).div_ceil(2)).iter().zip(indices.chunks(2)) {
            word.set(u64::from(*pair.get(1).unwrap_or(&0)) << 32 | u64::from(pair[0]));
        }
        heap.set_halves(all.shape, len, order);
    }
    let names = names(heap, all.shape);
    let row = heap.row(order, (len as usize).div_ceil(2));
    (0..len as usize).map(move |at| {
        let pair = row[at / 2].get();
        let index = if at % 2 == 0 { pair as u32 } else { (pair >> 32) as u32 };
        let entry = &names[index as usize];
        Entry { name: name_of(entry), slot: all.first + index, place: place_of(entry) }
    })
}
