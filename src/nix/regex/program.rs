//! What is run: the graph without states that do nothing, and with what can be known of it beforehand.
//!
//! Of each choice it is known which bytes each way can begin with, so that most choices are none. A loop over single
//! bytes is one operation.

use super::Fault;
use super::brackets::ByteSet;
use super::build::{Graph, Kind, NOWHERE};

/// Loops that may go round without a byte; more of them in one expression are refused.
pub(super) const MOST_COUNTERS: usize = 16;
/// Steps that looking for such loops may take.
const MOST_STEPS: usize = 4_000_000;
/// In larger expressions no first bytes are worked out, since that is quadratic in the number of states.
const MOST_ANALYSED: usize = 2_000;

/// What a way can begin with.
#[derive(Debug, Clone, Copy)]
pub(super) struct First {
    pub(super) set: ByteSet,
    /// It may reach the end of the expression without a byte.
    pub(super) nothing: bool,
}

impl First {
    const ANYTHING: First = First { set: ByteSet::ALL, nothing: true };
}

/// An operation. Numbers are those of the next operations.
#[derive(Debug, Clone, Copy)]
pub(super) enum Op {
    Byte(u8, u32),
    /// A set, the next.
    One(u32, u32),
    Begin(u32),
    End(u32),
    /// Which slot takes the place at hand, the next.
    Mark(u32, u32),
    /// Two ways, both are tried: first, second.
    Either(u32, u32),
    /// Once more or on: the body, the next. The last is its counter if a round may be empty.
    Repeat(u32, u32, Option<u8>),
    /// As [`Op::Repeat`] over one byte of a set, the next.
    Run(u32, u32),
    Accept,
}

/// A compiled expression.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) ops: Vec<Op>,
    pub(super) sets: Vec<ByteSet>,
    /// Of each operation with two ways: what they can begin with. A run's first way is its set.
    pub(super) firsts: Vec<[First; 2]>,
    /// What a match can begin with.
    pub(super) first: First,
    pub(super) start: u32,
    pub(super) groups: usize,
    /// There is an [`Op::Either`], so the first match found need not be the longest.
    pub(super) either: bool,
}

impl Program {
    pub(super) fn new(graph: Graph) -> Result<Program, Fault> {
        let mut compiler = Compiler::new(&graph);
        let start = compiler.compile()?;
        let ops = compiler.ops;
        let analysed = ops.len() <= MOST_ANALYSED;
        let mut program = Program {
            firsts: vec![[First::ANYTHING; 2]; ops.len()],
            first: First::ANYTHING,
            sets: compiler.sets,
            start,
            groups: graph.groups,
            either: ops.iter().any(|op| matches!(op, Op::Either(..))),
            ops,
        };
        if analysed {
            program.first = program.first_of(start);
            for at in 0..program.ops.len() {
                let ways = match program.ops[at] {
                    Op::Either(first, second) | Op::Repeat(first, second, _) => [first, second],
                    Op::Run(_, next) => [next, next],
                    _ => continue,
                };
                program.firsts[at] = ways.map(|way| program.first_of(way));
            }
        }
        Ok(program)
    }

    fn first_of(&self, start: u32) -> First {
        let mut first = First { set: ByteSet::default(), nothing: false };
        let mut seen = vec![false; self.ops.len()];
        let mut todo = vec![start];
        while let Some(at) = todo.pop() {
            if std::mem::replace(&mut seen[at as usize], true) {
                continue;
            }
            match self.ops[at as usize] {
                Op::Byte(byte, _) => first.set.add(byte),
                Op::One(set, _) => first.set.add_all(&self.sets[set as usize]),
                Op::Run(set, next) => {
                    first.set.add_all(&self.sets[set as usize]);
                    todo.push(next);
                }
                Op::Begin(next) | Op::End(next) | Op::Mark(_, next) => todo.push(next),
                Op::Either(a, b) | Op::Repeat(a, b, _) => todo.extend([a, b]),
                Op::Accept => first.nothing = true,
            }
        }
        first
    }
}

struct Compiler<'a> {
    graph: &'a Graph,
    ops: Vec<Op>,
    sets: Vec<ByteSet>,
    /// By state: its operation.
    known: Vec<u32>,
    /// Steps that were taken to look for loops.
    steps: usize,
}

impl<'a> Compiler<'a> {
    fn new(graph: &'a Graph) -> Self {
        Compiler {
            graph,
            ops: Vec::new(),
            sets: Vec::new(),
            known: vec![NOWHERE; graph.states.len()],
            steps: 0,
        }
    }

    /// The state that counts, after all that do nothing.
    fn skip(&self, mut state: u32) -> u32 {
        while let Kind::Dummy = self.graph.states[state as usize].kind {
            state = self.graph.states[state as usize].next;
        }
        state
    }

    /// Numbers what can be reached, then writes it down.
    fn compile(&mut self) -> Result<u32, Fault> {
        let mut order = Vec::new();
        let start = self.number(self.graph.start, &mut order);
        let mut at = 0;
        while let Some(state) = order.get(at).copied() {
            at += 1;
            let found = self.graph.states[state as usize];
            if let Kind::Either(first) | Kind::Repeat(first) = found.kind {
                self.number(first, &mut order);
            }
            if !matches!(found.kind, Kind::Accept) {
                self.number(found.next, &mut order);
            }
        }
        let mut counters = 0;
        for state in order {
            let op = self.op(state, &mut counters)?;
            self.ops.push(op);
        }
        Ok(start)
    }

    fn number(&mut self, state: u32, order: &mut Vec<u32>) -> u32 {
        let state = self.skip(state);
        if self.known[state as usize] == NOWHERE {
            self.known[state as usize] = order.len() as u32;
            order.push(state);
        }
        self.known[state as usize]
    }

    fn op(&mut self, state: u32, counters: &mut usize) -> Result<Op, Fault> {
        let found = self.graph.states[state as usize];
        let next = if let Kind::Accept = found.kind { 0 } else { self.known[self.skip(found.next) as usize] };
        Ok(match found.kind {
            Kind::Dummy => unreachable!("they were skipped"),
            Kind::One(set) => self.one(set, next),
            Kind::Begin => Op::Begin(next),
            Kind::End => Op::End(next),
            Kind::Open(group) => Op::Mark(group * 2, next),
            Kind::Close(group) => Op::Mark(group * 2 + 1, next),
            Kind::Either(first) => Op::Either(self.known[self.skip(first) as usize], next),
            Kind::Repeat(body) => {
                let body = self.skip(body);
                let inner = self.graph.states[body as usize];
                if let Kind::One(set) = inner.kind
                    && self.skip(inner.next) == state
                {
                    return Ok(Op::Run(self.set(set), next));
                }
                let counter = self.comes_back_empty(body, state)?.then_some(*counters as u8);
                *counters += usize::from(counter.is_some());
                if *counters > MOST_COUNTERS {
                    return Err(Fault::TooLarge);
                }
                Op::Repeat(self.known[body as usize], next, counter)
            }
            Kind::Accept => Op::Accept,
        })
    }

    fn one(&mut self, set: ByteSet, next: u32) -> Op {
        match set.single() {
            Some(byte) => Op::Byte(byte, next),
            None => Op::One(self.set(set), next),
        }
    }

    fn set(&mut self, set: ByteSet) -> u32 {
        let at = self.sets.iter().position(|known| *known == set).unwrap_or_else(|| {
            self.sets.push(set);
            self.sets.len() - 1
        });
        at as u32
    }

    /// Whether a way leads from one state to another without a byte.
    fn comes_back_empty(&mut self, from: u32, to: u32) -> Result<bool, Fault> {
        let mut seen = std::collections::HashSet::new();
        let mut todo = vec![from];
        while let Some(at) = todo.pop() {
            if at == to {
                return Ok(true);
            }
            self.steps += 1;
            if self.steps > MOST_STEPS {
                return Err(Fault::TooLarge);
            }
            if at == NOWHERE || !seen.insert(at) {
                continue;
            }
            let state = self.graph.states[at as usize];
            if let Kind::Either(first) | Kind::Repeat(first) = state.kind {
                todo.push(first);
            }
            if !matches!(state.kind, Kind::One(_) | Kind::Accept) {
                todo.push(state.next);
            }
        }
        Ok(false)
    }
}
