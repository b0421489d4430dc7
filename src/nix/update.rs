//! `base // top`: a layer over the base, where that is large and the top small; else a set that has the attributes of both.
//!
//! What names the result has depends on the two shapes alone, and the same code meets the same shapes again: so the shape
//! of a union is made once for each pair ([`Unions`]), and results of one code share it, which makes the next `//`, or a
//! selection that remembers the shape it saw, find it known.

use super::attrs::{Flat, flat, is_empty, name_of, names, share, with_shape};
use super::heap::Heap;
use super::value::{Tag, Word};

/// More layers than this are flattened.
const MOST_LAYERS: u32 = 6;
/// A base smaller than this is copied.
const SMALLEST_BASE: usize = 12;

/// The shapes of unions that were made before: where two pairs want the same place in the table, the later one gets it.
pub struct Unions {
    known: Vec<Union>,
}

#[derive(Clone, Copy, Default)]
struct Union {
    base: u32,
    top: u32,
    both: u32,
}

const BITS: u32 = 15;

impl Default for Unions {
    fn default() -> Self {
        Unions { known: vec![Union::default(); 1 << BITS] }
    }
}

impl Unions {
    /// The shape of the union of sets with these shapes.
    fn shape(&mut self, heap: &Heap, base: u32, top: u32) -> u32 {
        const K: u64 = 0x9e37_79b9_7f4a_7c15;
        let hash = (u64::from(base) << 32 | u64::from(top)).wrapping_mul(K);
        let known = &mut self.known[(hash >> (64 - BITS)) as usize];
        if (known.base, known.top) != (base, top) {
            *known = Union { base, top, both: union(heap, base, top) };
        }
        known.both
    }
}

/// Both shapes' names, with the places of `top` where both have one; that is the shape `top` where it has all names.
fn union(heap: &Heap, base: u32, top: u32) -> u32 {
    let (a, b) = (names(heap, base), names(heap, top));
    let mut merged = Vec::with_capacity(a.len() + b.len());
    let mut rest = a;
    for entry in b {
        let smaller = rest.partition_point(|other| name_of(other) < name_of(entry));
        merged.extend(rest[..smaller].iter().map(|entry| entry.get()));
        rest = &rest[smaller..];
        if rest.first().is_some_and(|other| name_of(other) == name_of(entry)) {
            rest = &rest[1..];
        }
        merged.push(entry.get());
    }
    merged.extend(rest.iter().map(|entry| entry.get()));
    if merged.len() == b.len() {
        return top;
    }
    let at = heap.alloc(1 + merged.len());
    heap.set_halves(at, merged.len() as u32, 0);
    for (to, entry) in heap.row(at + 1, merged.len()).iter().zip(&merged) {
        to.set(*entry);
    }
    at
}

/// `base // top`
pub fn update(heap: &Heap, unions: &mut Unions, base: Word, top: Word) -> Word {
    if is_empty(heap, top) {
        return base;
    }
    if is_empty(heap, base) {
        return top;
    }
    if top.aux() == 0 && base.aux() < MOST_LAYERS {
        let size = heap.halves(heap.halves(lowest(heap, base).at()).0).0 as usize;
        let above = heap.halves(heap.halves(top.at()).0).0 as usize;
        if size >= SMALLEST_BASE && above * 4 <= size {
            let at = heap.alloc(3);
            heap.set(at + 1, base);
            heap.set(at + 2, top);
            return Word::new(Tag::Attrs, base.aux() + 1, at);
        }
    }
    let (base, top) = (flat(heap, base), flat(heap, top));
    let (left, right) = (Flat::of(heap, base), Flat::of(heap, top));
    let shape = unions.shape(heap, left.shape(), right.shape());
    let (a, b) = (names(heap, left.shape()), names(heap, right.shape()));
    let (set, first) = with_shape(heap, shape);
    let (mut i, mut j) = (0, 0);
    for (slot, entry) in (first..).zip(names(heap, shape)) {
        let here = |names: &[std::cell::Cell<u64>], at: usize| {
            names.get(at).is_some_and(|other| name_of(other) == name_of(entry))
        };
        let in_base = here(a, i);
        let from = if here(b, j) { right.first + j as u32 } else { left.first + i as u32 };
        j += usize::from(here(b, j));
        i += usize::from(in_base);
        heap.set(slot, share(heap, from));
    }
    set
}

fn lowest(heap: &Heap, mut set: Word) -> Word {
    while set.aux() != 0 {
        set = heap.get(set.at() + 1);
    }
    set
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nix::attrs::{entries, from_sorted, shape};
    use crate::nix::symbols::Symbol;

    fn set(heap: &Heap, first: u32, names: &[u32]) -> Word {
        let new: Vec<_> = (first..)
            .zip(names)
            .map(|(at, name)| (Symbol(*name), at, Word::small_int(i64::from(at)).unwrap()))
            .collect();
        from_sorted(heap, &new)
    }

    fn shown(heap: &'static Heap, set: Word) -> Vec<(u32, u32, i64)> {
        entries(heap, set).map(|entry| (entry.name.0, entry.place, heap.get(entry.slot).small())).collect()
    }

    #[test]
    fn the_right_side_wins_with_its_places() {
        let heap = Heap::new(1 << 20);
        let mut unions = Unions::default();
        let (left, right) = (set(heap, 100, &[1, 3, 5, 9]), set(heap, 200, &[0, 3, 4, 10]));
        let both = update(heap, &mut unions, left, right);
        let wanted = [(0, 200), (1, 100), (3, 201), (4, 202), (5, 102), (9, 103), (10, 203)];
        let wanted: Vec<_> = wanted.iter().map(|(name, at)| (*name, *at, i64::from(*at))).collect();
        assert_eq!(shown(heap, both), wanted);
    }

    #[test]
    fn equal_pairs_of_shapes_have_one_union() {
        let heap = Heap::new(1 << 20);
        let mut unions = Unions::default();
        let names = |names: &[u32]| shape(heap, names.iter().map(|name| (Symbol(*name), 0)));
        let (one, other) = (names(&[1, 2]), names(&[2, 3]));
        let sets = [(one, other), (one, other), (other, one)].map(|(base, top)| {
            let (base, top) = (with_shape(heap, base).0, with_shape(heap, top).0);
            heap.halves(update(heap, &mut unions, base, top).at()).0
        });
        assert_eq!(sets[0], sets[1]);
        assert_ne!(sets[0], sets[2]);
    }

    #[test]
    fn a_top_with_all_names_gives_its_shape_to_a_set_of_its_own() {
        let heap = Heap::new(1 << 20);
        let (left, right) = (set(heap, 1, &[2, 4]), set(heap, 9, &[1, 2, 4]));
        let both = update(heap, &mut Unions::default(), left, right);
        assert_eq!(shown(heap, both), shown(heap, right));
        assert_eq!(heap.halves(both.at()).0, heap.halves(right.at()).0);
        assert_ne!(both, right, "a set that is met twice is shown as such, and this is another one");
    }
}
