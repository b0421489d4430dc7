//! The heap: one long row of 64-bit words that grows at its end and is never collected.
//!
//! An evaluation lives as long as its process, so nothing is ever freed: making an object is adding to a number. (Frames that
//! nothing refers to any more are used again, see `eval::frame`; the heap does not know of it.) The system gives the pages when they are first written, all zero, and takes them back when the process ends.
//!
//! This is the one module of the evaluator with `unsafe` in it. What makes it sound:
//! - the reservation has a word for every number of 32 bits, so a place, whoever made it up, is never outside of it. (The
//!   compiler sees that, too: reading a word is one instruction, without a look at where the heap ends.)
//! - words are [`Cell`]s: they may be written through shared references, and nobody keeps a `&u64`;
//! - the bytes of a text are written once, before its place is handed out, and a place of bytes is never used as one of
//!   words: only [`Heap::bytes`] reads what [`Heap::text`] made;
//! - the heap is leaked, so what it lends lives for ever. The memory is one reservation that is never moved.

#![allow(unsafe_code, reason = "one reservation of memory, addressed by number; the rules are above")]

use super::value::{Tag, Word};
use std::cell::Cell;

/// How many words are reserved: address space, not memory. Miri has neither.
const RESERVED: usize = if cfg!(miri) { 1 << 16 } else { 1 << 32 };

/// The memory of an evaluation.
pub struct Heap {
    words: &'static [Cell<u64>; RESERVED],
    top: Cell<usize>,
    limit: Cell<usize>,
    /// Bits by tag: which values are copied when they are mentioned elsewhere.
    copied: Cell<u32>,
}

/// Thrown by [`Heap::alloc`] when the limit is reached, and caught where an evaluation begins.
#[derive(Debug)]
pub struct OutOfMemory;

/// All values, and references.
const ALL_COPIED: u32 = (2 << Tag::Ref as u32) - 1;

impl Heap {
    /// A heap of at most `limit` bytes (no more than 32 GiB are ever used), reserved and not yet taken.
    pub fn new(limit: usize) -> &'static Heap {
        let limit = (limit / 8).clamp(1 << 10, RESERVED - 1);
        let heap = Heap {
            words: reserve(),
            top: Cell::new(1),
            limit: Cell::new(limit),
            copied: Cell::new(ALL_COPIED),
        };
        Box::leak(Box::new(heap))
    }

    /// From now on a list is mentioned, not copied: so that who shows a value can tell one list met twice from two.
    pub fn keep_lists_apart(&self) {
        self.copied.set(ALL_COPIED & !(1 << Tag::List as u32));
    }

    /// Whether what a slot holds may be written elsewhere as it is.
    #[inline]
    pub fn is_copied(&self, word: Word) -> bool {
        self.copied.get() >> (word.0 & 15) & 1 != 0 && word != Word::EMPTY
    }

    /// How many bytes were handed out.
    pub fn used(&self) -> usize {
        self.top.get() * 8
    }

    /// Room for so many words, all zero. Their places are neighbours.
    #[inline]
    pub fn alloc(&self, words: usize) -> u32 {
        let at = self.top.get();
        let end = at + words;
        if end > self.limit.get() {
            full();
        }
        self.top.set(end);
        at as u32
    }

    /// Whether so many words could still be had.
    pub fn has_room(&self, words: usize) -> bool {
        words <= self.limit.get() - self.top.get()
    }

    /// The word at a place.
    #[inline]
    pub fn get(&self, at: u32) -> Word {
        Word(self.words[at as usize].get())
    }

    /// Writes the word at a place.
    #[inline]
    pub fn set(&self, at: u32, word: Word) {
        self.words[at as usize].set(word.0);
    }

    /// The word at a place as two halves: low, high.
    #[inline]
    pub fn halves(&self, at: u32) -> (u32, u32) {
        let word = self.words[at as usize].get();
        (word as u32, (word >> 32) as u32)
    }

    /// Writes two halves.
    #[inline]
    pub fn set_halves(&self, at: u32, low: u32, high: u32) {
        self.words[at as usize].set(u64::from(high) << 32 | u64::from(low));
    }

    /// Neighbouring words.
    #[inline]
    pub fn row(&self, at: u32, len: usize) -> &'static [Cell<u64>] {
        &self.words[at as usize..at as usize + len]
    }

    /// One word of raw bits.
    pub fn raw(&self, bits: u64) -> u32 {
        let at = self.alloc(1);
        self.words[at as usize].set(bits);
        at
    }

    /// A text, made of parts, behind one word that holds its length and a number of the caller's choice.
    pub fn text(&self, parts: &[&[u8]], note: u32) -> u32 {
        let len: usize = parts.iter().map(|part| part.len()).sum();
        let at = self.alloc(1 + len.div_ceil(8));
        self.set_halves(at, u32::try_from(len).unwrap_or_else(|_| full()), note);
        let mut to = self.words[at as usize + 1..].as_ptr() as *mut u8;
        for part in parts {
            // SAFETY: `alloc` gave 8 * ceil(len / 8) bytes from here on to nobody else, and nothing refers to them yet:
            // parts lie elsewhere, since all that was handed out before ends before `at`.
            unsafe {
                std::ptr::copy_nonoverlapping(part.as_ptr(), to, part.len());
                to = to.add(part.len());
            }
        }
        at
    }

    /// The bytes of a text that [`Heap::text`] made.
    #[inline]
    pub fn bytes(&self, at: u32) -> &'static [u8] {
        let len = self.halves(at).0 as usize;
        let row = &self.words[at as usize + 1..at as usize + 1 + len.div_ceil(8)];
        // SAFETY: the row has at least `len` bytes, is initialised, lives for ever, and nobody writes to a text.
        unsafe { std::slice::from_raw_parts(row.as_ptr().cast(), len) }
    }
}

#[cold]
#[inline(never)]
fn full() -> ! {
    std::panic::panic_any(OutOfMemory)
}

#[cfg(not(miri))]
fn reserve() -> &'static [Cell<u64>; RESERVED] {
    use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mmap_anonymous};
    // SAFETY: a new private mapping, with no memory of ours beneath it.
    let address = unsafe {
        mmap_anonymous(
            std::ptr::null_mut(),
            RESERVED * 8,
            ProtFlags::READ | ProtFlags::WRITE,
            MapFlags::PRIVATE | MapFlags::NORESERVE,
        )
    };
    let address = address.unwrap_or_else(|_| full());
    // SAFETY: the mapping made above; large pages are a wish, and a kernel without them may refuse.
    let _ = unsafe { madvise(address, RESERVED * 8, Advice::LinuxHugepage) };
    // SAFETY: so many words, zeroed, aligned to a page, never unmapped; `Cell<u64>` has no invalid bits.
    unsafe { &*address.cast() }
}

#[cfg(miri)]
fn reserve() -> &'static [Cell<u64>; RESERVED] {
    let words = vec![Cell::new(0); RESERVED].leak();
    (&*words).try_into().expect("it is as long")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_comes_back() {
        let heap = Heap::new(1 << 20);
        let at = heap.alloc(3);
        assert_eq!(heap.get(at), Word::EMPTY);
        heap.set(at + 2, Word::TRUE);
        let text = heap.text(&[b"seven", b"teen bytes.."], 7);
        assert_eq!(heap.bytes(text), b"seventeen bytes..");
        assert_eq!(heap.halves(text), (17, 7));
        assert_eq!(heap.get(at + 2), Word::TRUE);
        assert_eq!(heap.bytes(heap.text(&[], 0)), b"");
    }

    #[test]
    fn the_limit_is_an_unwinding_not_a_crash() {
        let heap = Heap::new(1 << 14);
        assert!(!heap.has_room(1 << 11));
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for _ in 0..100 {
                heap.alloc(1 << 8);
            }
        }));
        assert!(caught.unwrap_err().is::<OutOfMemory>());
    }
}
