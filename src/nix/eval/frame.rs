//! Frames: where the variables of a call lie, and when their memory is used again.
//!
//! Most calls leave nothing behind but their value: no thunk, no function, no reference to one of their variables was put
//! where it outlives them. Their frame is then given to the next call of a function with as many slots, which saves memory
//! and finds it in the processor's cache. Whether something was left behind is seen while the call runs: whatever refers
//! to a frame from outside of it is made by one of the functions here, which *captures* the frame by a mark in its first
//! word. (Saying it of a function beforehand would be wrong for most: `x: if cond x then [ (g x) ] else [ ]` puts `g x` off,
//! but hardly ever comes to it.)
//!
//! ```text
//! frame    [frame around it, captured? number of slots] [slot] [slot] …
//! ```
//!
//! - A thunk in a slot of its own frame does not capture it: whoever wants to see it from elsewhere gets a reference, and
//!   making that one captures. A function does, since reading a variable copies it.
//! - A frame around a captured one is captured: what makes a function or [`crate::nix::code::Node::Frame`] sees to it.
//! - Who made a frame ends it, at the latest when it goes on with a function's body in tail position.

use super::Evaluator;
use crate::nix::attrs;
use crate::nix::value::{Tag, Word};

/// In the upper half of a frame's first word, beside the number of its slots.
const CAPTURED: u32 = 1 << 31;

impl Evaluator {
    /// The frame so many frames further out.
    #[inline]
    pub(super) fn frame(&self, mut frame: u32, frames: u32) -> u32 {
        for _ in 0..frames {
            frame = self.heap.halves(frame).0;
        }
        frame
    }

    /// A frame with so many slots.
    #[inline]
    pub(super) fn new_frame(&self, parent: u32, slots: u32) -> u32 {
        let frame = match self.frames.get(slots as usize) {
            Some(spare) if spare.get() != 0 => {
                let frame = spare.get();
                spare.set(self.heap.halves(frame).0);
                frame
            }
            _ => self.heap.alloc(1 + slots as usize),
        };
        self.heap.set_halves(frame, parent, slots);
        frame
    }

    /// Says that something outside of a frame refers to it.
    #[inline]
    pub(super) fn capture(&self, frame: u32) {
        let Word(first) = self.heap.get(frame);
        self.heap.set(frame, Word(first | u64::from(CAPTURED) << 32));
    }

    /// Whether something outside of a frame refers to it: then it is never used for another call.
    #[inline]
    pub(super) fn is_captured(&self, frame: u32) -> bool {
        self.heap.halves(frame).1 & CAPTURED != 0
    }

    /// A function that was made in a frame.
    #[inline]
    pub(super) fn function(&self, lambda: u32, frame: u32) -> Word {
        self.capture(frame);
        Word::new(Tag::Lambda, lambda, frame)
    }

    /// What may be written elsewhere for a variable of a frame.
    #[inline]
    pub(super) fn share_variable(&self, frame: u32, slot: u32) -> Word {
        let word = attrs::share(self.heap, frame + 1 + slot);
        // A reference to a place elsewhere does not hold the frame; one to another variable of the same frame does.
        if word.tag() == Tag::Ref && word.at().wrapping_sub(frame) <= self.heap.halves(frame).1 & !CAPTURED {
            self.capture(frame);
        }
        word
    }

    /// Ends a frame. Unless it was captured, it is kept for the next call of a function with as many slots: most functions
    /// are small, and what was just used is near. The rows of spare frames are linked through their first words.
    #[inline]
    pub(super) fn done_with(&self, frame: u32) {
        let slots = self.heap.halves(frame).1;
        let Some(spare) = self.frames.get(slots as usize) else { return };
        // Whoever refers to it all the same is found by any test that is not optimised.
        let word = if cfg!(debug_assertions) { Word::BLACK_HOLE } else { Word::EMPTY };
        match self.heap.row(frame + 1, slots as usize) {
            // For one or two, which most have, the general way takes longer to set up than to go.
            [one] => one.set(word.0),
            [one, two] => {
                one.set(word.0);
                two.set(word.0);
            }
            slots => slots.iter().for_each(|slot| slot.set(word.0)),
        }
        if !cfg!(debug_assertions) {
            self.heap.set_halves(frame, spare.get(), slots);
            spare.set(frame);
        }
    }
}
