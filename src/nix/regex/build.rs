//! From tokens to a graph of states.
//!
//! The graph grows by fragments: chains with one way in and one way out, whose states refer to each other by number. A
//! group that is still open is a fragment on a stack, so nesting is no recursion. Bounded repetitions are copies.

use super::Fault;
use super::brackets::{ByteSet, bracket};
use super::scan::{Scanner, Token};
use std::collections::HashMap;

/// What stands where a state's successor is not known yet, or never will be.
pub(super) const NOWHERE: u32 = u32::MAX;
/// An expression with more states is refused, as GCC's library does.
const MOST_STATES: usize = 100_000;

/// A state, and what may come next.
#[derive(Debug, Clone, Copy)]
pub(super) struct State {
    pub(super) kind: Kind,
    /// The next state; of two, the one that is tried second.
    pub(super) next: u32,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// Nothing.
    Dummy,
    /// One byte of a set.
    One(ByteSet),
    /// The beginning of the text.
    Begin,
    /// The end of the text.
    End,
    /// A group begins.
    Open(u32),
    /// A group ends.
    Close(u32),
    /// Two ways: the first is given, the second is `next`. Both are tried.
    Either(u32),
    /// Once more, by the given state, or on to `next`. The second is tried if the first fails.
    Repeat(u32),
    /// A match.
    Accept,
}

/// The graph of an expression. The first state is [`Graph::start`].
#[derive(Debug)]
pub(super) struct Graph {
    pub(super) states: Vec<State>,
    pub(super) start: u32,
    pub(super) groups: usize,
}

/// A chain of states.
#[derive(Clone, Copy)]
struct Chain {
    start: u32,
    end: u32,
}

/// A group that is open, or the whole expression.
struct Level {
    /// Its number; the whole expression is 0.
    group: u32,
    /// The state before it.
    open: u32,
    /// The alternatives so far.
    left: Option<Chain>,
    /// The alternative at hand.
    current: Option<Chain>,
}

/// Builds the graph of an expression.
pub(super) fn build(pattern: &[u8]) -> Result<Graph, Fault> {
    let mut builder = Builder { states: Vec::new(), groups: 0 };
    let mut scanner = Scanner::new(pattern)?;
    let open = builder.add(Kind::Open(0))?;
    let mut levels = vec![Level { group: 0, open, left: None, current: None }];
    loop {
        let depth = levels.len();
        let level = levels.last_mut().expect("the whole expression is never closed before its end");
        match scanner.take()? {
            Token::Open => {
                builder.groups += 1;
                let group = builder.groups;
                let open = builder.add(Kind::Open(group))?;
                levels.push(Level { group, open, left: None, current: None });
            }
            Token::Close if depth > 1 => {
                let inner = levels.pop().expect("there are two");
                let atom = builder.finish(inner)?;
                let atom = builder.quantified(atom, &mut scanner)?;
                let outer = levels.last_mut().expect("there were two");
                builder.append(outer, atom);
            }
            Token::Or => builder.alternative(level)?,
            Token::Finish if depth == 1 => break,
            Token::Begin => {
                let state = builder.chain(Kind::Begin)?;
                builder.append(level, state);
            }
            Token::End => {
                let state = builder.chain(Kind::End)?;
                builder.append(level, state);
            }
            atom => {
                let set = match atom {
                    Token::Byte(byte) => ByteSet::one(byte),
                    Token::Any => ByteSet::of(|byte| byte != 0),
                    Token::Bracket(negated) => bracket(&mut scanner, negated)?,
                    // A quantifier after nothing, a group that is not closed, a parenthesis too many.
                    _ => return Err(Fault::Invalid),
                };
                let atom = builder.chain(Kind::One(set))?;
                let atom = builder.quantified(atom, &mut scanner)?;
                builder.append(level, atom);
            }
        }
    }
    let whole = levels.pop().expect("the loop ends with one level");
    let whole = builder.finish(whole)?;
    let accept = builder.add(Kind::Accept)?;
    builder.link(whole.end, accept);
    Ok(Graph { states: builder.states, start: whole.start, groups: builder.groups as usize })
}

struct Builder {
    states: Vec<State>,
    groups: u32,
}

impl Builder {
    fn add(&mut self, kind: Kind) -> Result<u32, Fault> {
        self.push(State { kind, next: NOWHERE })
    }

    fn push(&mut self, state: State) -> Result<u32, Fault> {
        self.states.push(state);
        if self.states.len() > MOST_STATES { Err(Fault::TooLarge) } else { Ok(self.states.len() as u32 - 1) }
    }

    fn chain(&mut self, kind: Kind) -> Result<Chain, Fault> {
        let state = self.add(kind)?;
        Ok(Chain { start: state, end: state })
    }

    fn link(&mut self, from: u32, to: u32) {
        self.states[from as usize].next = to;
    }

    /// One chain after the other.
    fn join(&mut self, first: Chain, second: Chain) -> Chain {
        self.link(first.end, second.start);
        Chain { start: first.start, end: second.end }
    }

    fn append(&mut self, level: &mut Level, chain: Chain) {
        level.current = Some(match level.current {
            Some(before) => self.join(before, chain),
            None => chain,
        });
    }

    /// An alternative is complete.
    fn alternative(&mut self, level: &mut Level) -> Result<(), Fault> {
        let dummy = self.chain(Kind::Dummy)?;
        self.append(level, dummy);
        let right = level.current.take().expect("something was appended");
        level.left = Some(match level.left {
            None => right,
            Some(left) => {
                let end = self.add(Kind::Dummy)?;
                self.link(left.end, end);
                self.link(right.end, end);
                let either = self.push(State { kind: Kind::Either(left.start), next: right.start })?;
                Chain { start: either, end }
            }
        });
        Ok(())
    }

    /// A group is complete.
    fn finish(&mut self, mut level: Level) -> Result<Chain, Fault> {
        self.alternative(&mut level)?;
        let inner = level.left.expect("an alternative was added");
        self.link(level.open, inner.start);
        let close = self.add(Kind::Close(level.group))?;
        self.link(inner.end, close);
        Ok(Chain { start: level.open, end: close })
    }

    /// An atom with the quantifiers after it, of which there may be many.
    fn quantified(&mut self, atom: Chain, scanner: &mut Scanner<'_>) -> Result<Chain, Fault> {
        let mut atom = atom;
        loop {
            atom = match scanner.next {
                Token::Star => {
                    let repeat = self.add(Kind::Repeat(atom.start))?;
                    self.link(atom.end, repeat);
                    Chain { start: repeat, end: repeat }
                }
                Token::Plus => {
                    let repeat = self.add(Kind::Repeat(atom.start))?;
                    self.link(atom.end, repeat);
                    Chain { start: atom.start, end: repeat }
                }
                Token::Optional => {
                    let end = self.add(Kind::Dummy)?;
                    let repeat = self.push(State { kind: Kind::Repeat(atom.start), next: end })?;
                    self.link(atom.end, end);
                    Chain { start: repeat, end }
                }
                Token::Brace => {
                    scanner.take()?;
                    atom = self.bounded(atom, scanner)?;
                    if scanner.next != Token::BraceEnd {
                        return Err(Fault::Invalid);
                    }
                    atom
                }
                _ => return Ok(atom),
            };
            scanner.take()?;
        }
    }

    /// `{2}`, `{2,}`, `{2,4}`, up to the closing brace.
    fn bounded(&mut self, atom: Chain, scanner: &mut Scanner<'_>) -> Result<Chain, Fault> {
        let Token::Number(least) = scanner.take()? else { return Err(Fault::Invalid) };
        let least = number(least)?;
        let mut most = Some(least);
        if scanner.takes(Token::Comma)? {
            most = match scanner.next {
                Token::Number(digits) => {
                    scanner.take()?;
                    Some(number(digits)?)
                }
                _ => None,
            };
        }
        if scanner.next != Token::BraceEnd || most.is_some_and(|most| most < least) {
            return Err(Fault::Invalid);
        }
        let mut all = self.chain(Kind::Dummy)?;
        for _ in 0..least {
            let copy = self.copy(atom)?;
            all = self.join(all, copy);
        }
        let Some(most) = most else {
            let copy = self.copy(atom)?;
            let repeat = self.add(Kind::Repeat(copy.start))?;
            self.link(copy.end, repeat);
            return Ok(self.join(all, Chain { start: repeat, end: repeat }));
        };
        let end = self.add(Kind::Dummy)?;
        for _ in least..most {
            let copy = self.copy(atom)?;
            let repeat = self.push(State { kind: Kind::Repeat(copy.start), next: end })?;
            all = self.join(all, Chain { start: repeat, end: copy.end });
        }
        Ok(self.join(all, Chain { start: end, end }))
    }

    /// The same states once more.
    fn copy(&mut self, chain: Chain) -> Result<Chain, Fault> {
        let mut copies: HashMap<u32, u32> = HashMap::new();
        let mut todo = vec![chain.start];
        while let Some(at) = todo.pop() {
            let state = self.states[at as usize];
            let copy = self.push(state)?;
            copies.insert(at, copy);
            let way = |to: u32| to != NOWHERE && !copies.contains_key(&to);
            if let Kind::Either(first) | Kind::Repeat(first) = state.kind
                && way(first)
            {
                todo.push(first);
            }
            if at != chain.end && way(state.next) {
                todo.push(state.next);
            }
        }
        let copied = |to: u32| copies.get(&to).copied().unwrap_or(NOWHERE);
        for copy in copies.values() {
            let state = &mut self.states[*copy as usize];
            state.next = copied(state.next);
            if let Kind::Either(first) | Kind::Repeat(first) = &mut state.kind {
                *first = copied(*first);
            }
        }
        Ok(Chain { start: copied(chain.start), end: copied(chain.end) })
    }
}

fn number(digits: &[u8]) -> Result<u64, Fault> {
    let text = std::str::from_utf8(digits).expect("digits are ASCII");
    text.parse().ok().filter(|number| *number <= i64::MAX as u64).ok_or(Fault::Invalid)
}
