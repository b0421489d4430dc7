//! What an evaluation may do, and what it has done.

use super::Lints;
use crate::nix::features::Features;

/// What an evaluation may do and how much it may use.
#[derive(Debug, Clone)]
pub struct Options {
    /// Bytes of heap.
    pub heap: usize,
    /// Bytes of the stack of the thread that evaluates; deeper recursion is an error.
    pub stack: usize,
    /// No environment, no time, only what is locked.
    pub pure: bool,
    /// What is said of literals that are better written otherwise.
    pub lints: Lints,
    /// `builtins.warn` is an error.
    pub abort_on_warn: bool,
    /// How many calls may be inside each other.
    pub max_call_depth: u32,
    /// Experimental features.
    pub features: Features,
    /// The value will be shown as `nix-instantiate --eval` does it, which tells what is not evaluated and what is met a
    /// second time. So functions and negative numbers stay put off where Nix puts them off, although they could be had for
    /// nothing, and lists are not copied.
    pub shows_thunks: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            heap: 32 << 30,
            stack: 512 << 20,
            pure: false,
            lints: Lints::default(),
            abort_on_warn: false,
            max_call_depth: 10_000,
            features: Features::default(),
            shows_thunks: false,
        }
    }
}

/// What an evaluation has done so far.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counts {
    /// Thunks that were evaluated.
    pub thunks: u64,
    /// Calls of functions written in Nix.
    pub calls: u64,
    /// Calls of builtins.
    pub builtin_calls: u64,
    /// Selections of attributes.
    pub lookups: u64,
    /// `//` operations.
    pub updates: u64,
    /// Bytes of heap that they took.
    pub update_bytes: u64,
    /// Nanoseconds for reading files.
    pub reading: u64,
    /// Nanoseconds for parsing them.
    pub parsing: u64,
    /// Nanoseconds for compiling them.
    pub compiling: u64,
}
