//! The machine that matches: depth first, on a stack of its own.
//!
//! The stack holds what is to be done when the way at hand has ended, in a match or in nothing: try another way, or put
//! back a group's place. Where every match is as good as another (the whole text must match, or nothing is an
//! alternative) the first one ends the search. Otherwise all that GCC's library would look at is looked at, and the longest
//! counts; of equally long ones the first.
//!
//! Most searches are over after a few steps. One that is not begins to write down for each choice at each place what came
//! of it, so it never comes to the same thing twice.

use super::Fault;
use super::program::{First, MOST_COUNTERS, Op, Program};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// What a group captured: from, to.
pub type Span = Option<(usize, usize)>;

/// A place that is not set.
const UNSET: u32 = u32::MAX;
/// After so many steps for each byte, results are remembered.
const PATIENCE: usize = 32;
/// More results than these are not remembered: the expression is refused.
const MOST_RESULTS: usize = 1 << 24;

/// What is to be done when the way at hand has ended.
#[derive(Clone, Copy)]
enum Later {
    /// Put back a slot.
    Slot(u32, u32),
    /// Put back a counter.
    Counter(u8, Counter),
    /// If nothing was found: this operation, from this place.
    Else(u32, u32),
    /// If nothing was found: what follows this run, from an earlier place than the first, down to the second.
    Shorter(u32, u32, u32),
    /// Whatever was found: this operation, too, from this place.
    Also(u32, u32),
    /// The other alternative found something.
    Found,
    /// Remember what was found.
    Remember(Key),
}

/// How often a loop's body was entered at a place.
#[derive(Clone, Copy, Default)]
struct Counter {
    at: u32,
    entered: u8,
}

/// A choice: operation, place, and the counters.
type Key = (u64, u32);

/// Matches one expression against one text.
pub struct Machine<'a> {
    program: &'a Program,
    text: &'a [u8],
    slots: Vec<u32>,
    best: Vec<u32>,
    /// Where the best match so far ends.
    end: u32,
    counters: [Counter; MOST_COUNTERS],
    later: Vec<Later>,
    steps: usize,
    /// Of a choice that ended, or, where the first match counts, was begun: whether it led to a match.
    results: HashMap<Key, bool, BuildHasherDefault<Mix>>,
    whole: bool,
    not_empty: bool,
    /// The match before this one, when there was one.
    previous: Option<(u32, u32)>,
}

impl<'a> Machine<'a> {
    pub(super) fn new(program: &'a Program, text: &'a [u8]) -> Self {
        let slots = vec![UNSET; (program.groups + 1) * 2];
        Machine {
            program,
            text,
            best: slots.clone(),
            slots,
            end: UNSET,
            counters: [Counter::default(); MOST_COUNTERS],
            later: Vec::new(),
            steps: 0,
            results: HashMap::default(),
            whole: false,
            not_empty: false,
            previous: None,
        }
    }

    /// Whether the expression matches the whole text.
    ///
    /// # Errors
    /// When finding out would take too much memory.
    pub fn matches(&mut self) -> Result<bool, Fault> {
        self.whole = true;
        self.attempt(0)
    }

    /// Finds the next match in the text; none begins before the end of the one before.
    ///
    /// # Errors
    /// When finding out would take too much memory.
    pub fn find_next(&mut self) -> Result<bool, Fault> {
        self.results.clear();
        let mut start = 0;
        if let Some((from, to)) = self.previous {
            start = to;
            if from == to {
                if to as usize == self.text.len() {
                    return Ok(false);
                }
                // After an empty match comes one that is not empty, in the same place if there is one.
                self.not_empty = true;
                let found = self.attempt(to)?;
                self.not_empty = false;
                if found {
                    return Ok(self.found());
                }
                self.results.clear();
                start += 1;
            }
        }
        let first = self.program.first;
        for at in start..=self.text.len() as u32 {
            if self.may(&first, at) && self.attempt(at)? {
                return Ok(self.found());
            }
        }
        Ok(false)
    }

    fn found(&mut self) -> bool {
        self.previous = Some((self.best[0], self.best[1]));
        true
    }

    /// What a group of the match captured; group 0 is the whole of it.
    pub fn group(&self, group: usize) -> Span {
        let (from, to) = (self.best[group * 2], self.best[group * 2 + 1]);
        (to != UNSET).then_some((from as usize, to as usize))
    }

    /// Tries to match from a place on.
    fn attempt(&mut self, start: u32) -> Result<bool, Fault> {
        self.slots.fill(UNSET);
        self.counters = [Counter::default(); MOST_COUNTERS];
        self.later.clear();
        self.end = UNSET;
        let (mut op, mut at) = (self.program.start, start);
        loop {
            let found = self.follow(op, at, start)?;
            if found && (!self.program.either || self.whole || self.end as usize == self.text.len()) {
                return Ok(true);
            }
            match self.resume(found) {
                Some(next) => (op, at) = next,
                None => return Ok(self.end != UNSET),
            }
        }
    }

    /// Goes on from an operation until the way ends, in a match or in nothing.
    fn follow(&mut self, op: u32, at: u32, start: u32) -> Result<bool, Fault> {
        let (mut op, mut at) = (op, at);
        loop {
            let next = self.text.get(at as usize).copied();
            match self.program.ops[op as usize] {
                Op::Byte(byte, then) => {
                    if next != Some(byte) {
                        return Ok(false);
                    }
                    (op, at) = (then, at + 1);
                }
                Op::One(set, then) => {
                    if !next.is_some_and(|byte| self.program.sets[set as usize].has(byte)) {
                        return Ok(false);
                    }
                    (op, at) = (then, at + 1);
                }
                Op::Begin(then) => {
                    if at != 0 {
                        return Ok(false);
                    }
                    op = then;
                }
                Op::End(then) => {
                    if next.is_some() {
                        return Ok(false);
                    }
                    op = then;
                }
                Op::Mark(slot, then) => {
                    let before = std::mem::replace(&mut self.slots[slot as usize], at);
                    self.later.push(Later::Slot(slot, before));
                    op = then;
                }
                Op::Accept => return Ok(self.accept(at, start)),
                Op::Run(set, then) => {
                    self.steps += 1;
                    if self.remembers() {
                        if let Some(known) = self.begin(op, at)? {
                            return Ok(known);
                        }
                        let once_more = next.is_some_and(|byte| self.program.sets[set as usize].has(byte));
                        if once_more {
                            self.later.push(Later::Else(then, at));
                            at += 1;
                        } else {
                            op = then;
                        }
                        continue;
                    }
                    let set = &self.program.sets[set as usize];
                    let rest = &self.text[at as usize..];
                    let len = rest.iter().position(|byte| !set.has(*byte)).unwrap_or(rest.len());
                    if len > 0 {
                        self.later.push(Later::Shorter(op, at + len as u32, at));
                        self.steps += len / 16;
                    }
                    (op, at) = (then, at + len as u32);
                }
                Op::Either(first, second) => {
                    self.steps += 1;
                    let ways = self.program.firsts[op as usize];
                    op = match (self.may(&ways[0], at), self.may(&ways[1], at)) {
                        (true, false) => first,
                        (false, true) => second,
                        (false, false) => return Ok(false),
                        (true, true) => {
                            if self.remembers()
                                && let Some(known) = self.begin(op, at)?
                            {
                                return Ok(known);
                            }
                            let later =
                                if self.whole { Later::Else(second, at) } else { Later::Also(second, at) };
                            self.later.push(later);
                            first
                        }
                    };
                }
                Op::Repeat(body, then, counter) => {
                    self.steps += 1;
                    let body_may = self.may(&self.program.firsts[op as usize][0], at);
                    if !body_may || counter.is_some_and(|counter| self.is_full(counter, at)) {
                        op = then;
                        continue;
                    }
                    if self.remembers()
                        && let Some(known) = self.begin(op, at)?
                    {
                        return Ok(known);
                    }
                    self.later.push(Later::Else(then, at));
                    if let Some(counter) = counter {
                        self.enter(counter, at);
                    }
                    op = body;
                }
            }
        }
    }

    /// What to go on with, now that a way has ended.
    fn resume(&mut self, mut found: bool) -> Option<(u32, u32)> {
        while let Some(later) = self.later.pop() {
            match later {
                Later::Slot(slot, before) => self.slots[slot as usize] = before,
                Later::Counter(counter, before) => self.counters[usize::from(counter)] = before,
                Later::Else(op, at) if !found => return Some((op, at)),
                Later::Shorter(run, longer, least) if !found => {
                    let first = self.program.firsts[run as usize][0];
                    let Some(at) = (least..longer).rev().find(|at| self.may(&first, *at)) else { continue };
                    if at > least {
                        self.later.push(Later::Shorter(run, at, least));
                    }
                    let Op::Run(_, then) = self.program.ops[run as usize] else {
                        unreachable!("only runs grow shorter")
                    };
                    return Some((then, at));
                }
                Later::Also(op, at) => {
                    if found {
                        self.later.push(Later::Found);
                    }
                    return Some((op, at));
                }
                Later::Found => found = true,
                Later::Remember(key) => {
                    self.results.insert(key, found);
                }
                Later::Else(..) | Later::Shorter(..) => {}
            }
        }
        None
    }

    /// Whether a way is worth trying from a place on.
    #[inline]
    fn may(&self, first: &First, at: u32) -> bool {
        match self.text.get(at as usize) {
            Some(byte) => first.set.has(*byte) || first.nothing && !self.whole,
            None => first.nothing,
        }
    }

    fn accept(&mut self, at: u32, start: u32) -> bool {
        if self.whole && at as usize != self.text.len() || self.not_empty && at == start {
            return false;
        }
        if self.end == UNSET || self.end < at {
            self.end = at;
            self.best.copy_from_slice(&self.slots);
        }
        true
    }

    fn is_full(&self, counter: u8, at: u32) -> bool {
        let counter = self.counters[usize::from(counter)];
        counter.at == at && counter.entered == 2
    }

    fn enter(&mut self, number: u8, at: u32) {
        let counter = &mut self.counters[usize::from(number)];
        self.later.push(Later::Counter(number, *counter));
        let before = if counter.at == at { counter.entered } else { 0 };
        *counter = Counter { at, entered: before + 1 };
    }

    #[inline]
    fn remembers(&self) -> bool {
        self.steps > PATIENCE * (self.text.len() + 16)
    }

    /// What is known to come of a choice; if nothing is, it will be.
    #[cold]
    fn begin(&mut self, op: u32, at: u32) -> Result<Option<bool>, Fault> {
        let entered =
            self.counters.iter().rev().fold(0, |all, counter| {
                all << 2 | if counter.at == at { u32::from(counter.entered) } else { 0 }
            });
        let key = (u64::from(op) << 32 | u64::from(at), entered);
        if let Some(known) = self.results.get(&key) {
            return Ok(Some(*known));
        }
        if self.results.len() + self.later.len() > MOST_RESULTS {
            return Err(Fault::TooLarge);
        }
        if self.whole || !self.program.either {
            // Whoever comes here again comes because it led to nothing: a match ends the search.
            self.results.insert(key, false);
        } else {
            self.later.push(Later::Remember(key));
        }
        Ok(None)
    }
}

/// Hashes keys by multiplication; an expression that collides on purpose is only slow for whoever wrote it.
#[derive(Default)]
struct Mix(u64);

impl Hasher for Mix {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u32(&mut self, value: u32) {
        self.write_u64(u64::from(value));
    }

    fn write_u64(&mut self, value: u64) {
        let mixed = u128::from(self.0 ^ value) * 0x9e37_79b9_7f4a_7c15;
        self.0 = (mixed >> 64) as u64 ^ mixed as u64;
    }
}
