//! Scopes: which slot a name stands for, at the spot that is being compiled.

use crate::nix::code::NONE;
use crate::nix::symbols::Symbol;

/// What is known of the variables around a spot.
///
/// For each symbol it holds the innermost variable of that name, and that one the variable it shadows, so that a
/// look-up is one access however deep the scopes are, and leaving a scope puts back what was seen before.
#[derive(Default)]
pub struct Scopes {
    /// By symbol: an index of `bound`, plus one.
    innermost: Vec<u32>,
    bound: Vec<Bound>,
    /// How many slots each frame has so far, outermost first.
    frames: Vec<u32>,
    /// The innermost `with`.
    pub with: u32,
}

struct Bound {
    name: Symbol,
    level: u32,
    slot: u32,
    shadowed: u32,
}

/// A spot to come back to when a scope ends.
#[derive(Clone, Copy)]
pub struct Mark(usize);

impl Scopes {
    /// Forgets everything, for another file. The tables keep their memory.
    pub fn clear(&mut self) {
        self.leave(Mark(0));
        self.frames.clear();
        self.with = NONE;
    }

    /// The level of the frame at hand; the outermost is 0.
    pub fn level(&self) -> u32 {
        self.frames.len() as u32 - 1
    }

    /// Begins a frame.
    pub fn begin_frame(&mut self) {
        self.frames.push(0);
    }

    /// Ends a frame and says how many slots it needs.
    pub fn end_frame(&mut self) -> u32 {
        self.frames.pop().expect("frames are begun before they end")
    }

    /// How many slots the frame at hand has.
    pub fn slots(&self) -> u32 {
        *self.frames.last().expect("a file begins with a frame")
    }

    /// Takes a new slot of the frame at hand.
    pub fn take_slot(&mut self) -> u32 {
        let slots = self.frames.last_mut().expect("a file begins with a frame");
        *slots += 1;
        *slots - 1
    }

    /// Begins a scope.
    pub fn mark(&self) -> Mark {
        Mark(self.bound.len())
    }

    /// Ends a scope.
    pub fn leave(&mut self, mark: Mark) {
        while self.bound.len() > mark.0 {
            let bound = self.bound.pop().expect("it is longer than the mark");
            self.innermost[bound.name.0 as usize] = bound.shadowed;
        }
    }

    /// From here on, a name stands for a slot of the frame at hand.
    pub fn bind(&mut self, name: Symbol, slot: u32) {
        let at = name.0 as usize;
        if at >= self.innermost.len() {
            self.innermost.resize((at + 1).next_power_of_two(), 0);
        }
        self.bound.push(Bound { name, level: self.level(), slot, shadowed: self.innermost[at] });
        self.innermost[at] = self.bound.len() as u32;
    }

    /// How many frames further out a variable is, and its slot.
    pub fn find(&self, name: Symbol) -> Option<(u32, u32)> {
        let at = *self.innermost.get(name.0 as usize)?;
        let bound = self.bound.get(at.checked_sub(1)? as usize)?;
        Some((self.level() - bound.level, bound.slot))
    }

    /// All names that stand for something.
    pub fn names(&self) -> impl Iterator<Item = Symbol> {
        self.bound.iter().map(|bound| bound.name)
    }
}
