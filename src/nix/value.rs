//! A value is one word of 64 bits: small things lie in it, the others in the heap, and the word says where.
//!
//! ```text
//! bits 0-3    4-31                      32-63
//! tag         length, code, index       where in the heap, in words      most kinds
//! tag         an integer of 60 bits                                      integers that fit
//! ```
//!
//! A word also tells of work that is put off. A *slot* is a word in the heap: an element of a list, the value of an
//! attribute, a variable in a frame. A slot may hold a [`Tag::Thunk`], that is code and a frame, both in the one word: a
//! thunk costs no memory but the slot itself, and when somebody needs the value it is written over the thunk. So a thunk
//! must never be copied, or its work would be done twice: whoever wants a second mention of it writes a [`Tag::Ref`] to the
//! slot. Outside of slots, in the evaluator's own variables, a word is a value or a reference, never a thunk.
//!
//! No word holds an address of the process, so a heap can be saved and mapped back elsewhere.

/// What a word is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Tag {
    /// null, false, true, and the slot that nothing was written to yet.
    Simple = 0,
    /// An integer of at most 60 bits.
    Int = 1,
    /// An integer that needs all 64: one word in the heap.
    BigInt = 2,
    /// One word in the heap.
    Float = 3,
    /// Text with its context, in the heap.
    String = 4,
    /// An absolute path as text, in the heap.
    Path = 5,
    /// Its length is in the word, its elements are neighbours in the heap.
    List = 6,
    /// In the heap, see attrs.rs.
    Attrs = 7,
    /// Code and the frame it was made in.
    Lambda = 8,
    /// A number in the table of builtins.
    Builtin = 9,
    /// A function with too few arguments so far, in the heap.
    Partial = 10,
    /// What another slot holds.
    Ref = 11,
    /// Only in a slot: code and frame, to be evaluated when needed.
    Thunk = 12,
    /// Only in a slot: its thunk is being evaluated. Who needs it now needs it for itself: infinite recursion.
    BlackHole = 13,
    /// Only in a slot: a call that is put off, function and argument in the heap.
    Call = 14,
    /// Only in a slot: a function's value for an element of a list, put off: which element is in the word, function and
    /// list are in the heap, once for all elements.
    Mapped = 15,
}

/// A value, or work put off.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub struct Word(pub u64);

const AUX_BITS: u32 = 28;
/// The longest list.
pub const LONGEST: usize = (1 << AUX_BITS) - 1;

impl Word {
    /// A slot nothing was written to.
    pub const EMPTY: Word = Word(0);
    /// `null`
    pub const NULL: Word = Word::new(Tag::Simple, 1, 0);
    /// `false`
    pub const FALSE: Word = Word::new(Tag::Simple, 2, 0);
    /// `true`
    pub const TRUE: Word = Word::new(Tag::Simple, 3, 0);
    /// `[ ]`
    pub const EMPTY_LIST: Word = Word::new(Tag::List, 0, 0);
    /// A thunk under evaluation.
    pub const BLACK_HOLE: Word = Word::new(Tag::BlackHole, 0, 0);

    /// A word of its parts: `aux` has 28 bits.
    #[inline]
    pub const fn new(tag: Tag, aux: u32, at: u32) -> Word {
        debug_assert!(aux >> AUX_BITS == 0);
        Word((at as u64) << 32 | (aux as u64) << 4 | tag as u64)
    }

    /// What it is.
    #[inline]
    pub fn tag(self) -> Tag {
        // The numbers of the tags in their order: nothing is left of this in the program but the mask.
        match self.0 & 15 {
            0 => Tag::Simple,
            1 => Tag::Int,
            2 => Tag::BigInt,
            3 => Tag::Float,
            4 => Tag::String,
            5 => Tag::Path,
            6 => Tag::List,
            7 => Tag::Attrs,
            8 => Tag::Lambda,
            9 => Tag::Builtin,
            10 => Tag::Partial,
            11 => Tag::Ref,
            12 => Tag::Thunk,
            13 => Tag::BlackHole,
            14 => Tag::Call,
            _ => Tag::Mapped,
        }
    }

    /// Length, code or index.
    #[inline]
    pub fn aux(self) -> u32 {
        (self.0 as u32) >> 4
    }

    /// Where in the heap.
    #[inline]
    pub fn at(self) -> u32 {
        (self.0 >> 32) as u32
    }

    /// Evaluated, and no reference.
    #[inline]
    pub fn is_value(self) -> bool {
        (self.0 & 15) < Tag::Ref as u64 && self.0 != 0
    }

    /// May stand outside of a slot.
    #[inline]
    pub fn may_be_copied(self) -> bool {
        (self.0 & 15) <= Tag::Ref as u64 && self.0 != 0
    }

    /// `true` or `false`
    #[inline]
    pub fn bool(value: bool) -> Word {
        if value { Word::TRUE } else { Word::FALSE }
    }

    /// A reference to a slot.
    #[inline]
    pub fn reference(at: u32) -> Word {
        Word::new(Tag::Ref, 0, at)
    }

    /// An integer, if it fits into the word.
    #[inline]
    pub fn small_int(value: i64) -> Option<Word> {
        let word = Word((value as u64) << 4 | Tag::Int as u64);
        (word.small() == value).then_some(word)
    }

    /// The integer in the word.
    #[inline]
    pub fn small(self) -> i64 {
        (self.0 as i64) >> 4
    }

    /// A list.
    #[inline]
    pub fn list(at: u32, len: usize) -> Word {
        if len == 0 { Word::EMPTY_LIST } else { Word::new(Tag::List, len as u32, at) }
    }

    /// The name of its type, as `builtins.typeOf` gives it; none for work put off.
    pub fn type_name(self) -> Option<&'static str> {
        Some(match self.tag() {
            Tag::Simple if self == Word::NULL => "null",
            Tag::Simple if self == Word::TRUE || self == Word::FALSE => "bool",
            Tag::Int | Tag::BigInt => "int",
            Tag::Float => "float",
            Tag::String => "string",
            Tag::Path => "path",
            Tag::List => "list",
            Tag::Attrs => "set",
            Tag::Lambda | Tag::Builtin | Tag::Partial => "lambda",
            _ => return None,
        })
    }
}

impl std::fmt::Debug for Word {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}({}, {})", self.tag(), self.aux(), self.at())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_of_60_bits_lie_in_the_word() {
        for value in [0, 1, -1, (1 << 59) - 1, -(1 << 59)] {
            let word = Word::small_int(value).unwrap();
            assert_eq!((word.tag(), word.small()), (Tag::Int, value));
        }
        for value in [1 << 59, -(1 << 59) - 1, i64::MAX, i64::MIN] {
            assert_eq!(Word::small_int(value), None);
        }
    }

    #[test]
    fn parts_come_back() {
        let word = Word::new(Tag::Thunk, (1 << 28) - 1, u32::MAX);
        assert_eq!((word.tag(), word.aux(), word.at()), (Tag::Thunk, (1 << 28) - 1, u32::MAX));
        assert!(!Word::EMPTY.is_value() && Word::NULL.is_value() && !word.may_be_copied());
    }
}
