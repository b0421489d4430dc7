//! A draft is a set that is being read. `a.b = 1; a.c = 2;` adds to the inner set `a` when the outer one is still
//! incomplete, so bindings are first linked into drafts, and move to the tables of the tree when the outermost
//! set that was written with braces ends.
//!
//! Sets nest like brackets: what was added since a set began belongs to it and to its inner sets, so everything here
//! is a stack that is cut back when the set ends.

use super::ast::{Ast, Binding, BindingValue, Dynamic, Expr, ExprId, Set, Slice};
use crate::nix::symbols::Symbol;

/// No entry, draft or index.
const NONE: u32 = u32::MAX;
/// A draft with more names than this finds them by hash.
const FEW: u32 = 16;

/// The sets that are being read.
#[derive(Default)]
pub struct Drafts {
    drafts: Vec<Draft>,
    names: Vec<Entry<Name>>,
    dynamics: Vec<Entry<DynamicName>>,
    sources: Vec<Entry<ExprId>>,
    /// Hash tables of large drafts: open addressing, a number in `names`, or [`NONE`].
    indexes: Vec<Vec<u32>>,
    /// Which of them are free.
    free: Vec<u32>,
}

/// A set that is being read.
struct Draft {
    recursive: bool,
    offset: u32,
    names: Chain,
    dynamics: Chain,
    sources: Chain,
    /// A bit for each name, by its number: most names are told to be new with one look.
    seen: u64,
    /// A hash table in `indexes`.
    index: u32,
    /// Where it went in the tree.
    expr: ExprId,
}

/// Entries of one draft, in the order they were added.
#[derive(Clone, Copy)]
struct Chain {
    first: u32,
    last: u32,
    len: u32,
}

struct Entry<T> {
    value: T,
    next: u32,
}

#[derive(Clone, Copy)]
struct Name {
    name: Symbol,
    offset: u32,
    value: Value,
}

#[derive(Clone, Copy)]
struct DynamicName {
    name: ExprId,
    offset: u32,
    value: Value,
}

/// What a name in a draft stands for.
#[derive(Clone, Copy)]
pub enum Value {
    /// What was written.
    Written(BindingValue),
    /// Another draft.
    Draft(u32),
}

/// How long the stacks were when a set began.
#[derive(Clone, Copy)]
pub struct Mark {
    /// The draft of the set.
    pub draft: u32,
    names: u32,
    dynamics: u32,
    sources: u32,
}

impl Drafts {
    /// Nothing left of sets that never ended, and room for what most files need.
    pub fn clear(&mut self) {
        self.drafts.clear();
        self.names.clear();
        self.dynamics.clear();
        self.sources.clear();
        self.free.clear();
        self.free.extend(0..self.indexes.len() as u32);
        self.drafts.reserve(16);
        self.names.reserve(64);
    }

    /// A set begins that is written with braces, or a `let`.
    pub fn begin(&mut self, recursive: bool, offset: usize) -> Mark {
        let (names, dynamics, sources) =
            (self.names.len() as u32, self.dynamics.len() as u32, self.sources.len() as u32);
        Mark { draft: self.open(recursive, offset as u32), names, dynamics, sources }
    }

    /// An inner set begins.
    pub fn open(&mut self, recursive: bool, offset: u32) -> u32 {
        let empty = Chain { first: NONE, last: NONE, len: 0 };
        self.drafts.push(Draft {
            recursive,
            offset,
            names: empty,
            dynamics: empty,
            sources: empty,
            seen: 0,
            index: NONE,
            expr: ExprId::NONE,
        });
        self.drafts.len() as u32 - 1
    }

    /// The entry of a name in a draft.
    #[inline]
    pub fn find(&self, draft: u32, name: Symbol) -> Option<u32> {
        let draft = &self.drafts[draft as usize];
        if draft.seen & bit(name) == 0 {
            return None;
        }
        if draft.index != NONE {
            let index = &self.indexes[draft.index as usize];
            let at = index[slot(index, &self.names, name)];
            return (at != NONE).then_some(at);
        }
        let mut at = draft.names.first;
        while at != NONE {
            let entry = &self.names[at as usize];
            if entry.value.name == name {
                return Some(at);
            }
            at = entry.next;
        }
        None
    }

    /// What an entry stands for.
    pub fn value(&self, entry: u32) -> Value {
        self.names[entry as usize].value.value
    }

    /// Where an entry was written.
    pub fn offset(&self, entry: u32) -> u32 {
        self.names[entry as usize].value.offset
    }

    /// Another meaning for an entry.
    pub fn replace(&mut self, entry: u32, value: Value) {
        self.names[entry as usize].value.value = value;
    }

    /// A name that the draft does not have yet.
    #[inline]
    pub fn push(&mut self, draft: u32, name: Symbol, offset: u32, value: Value) {
        let writing = &mut self.drafts[draft as usize];
        writing.seen |= bit(name);
        writing.names.add(&mut self.names, Name { name, offset, value });
        if writing.names.len > FEW {
            self.index_last(draft);
        }
    }

    /// A computed name.
    pub fn push_dynamic(&mut self, draft: u32, name: ExprId, offset: u32, value: Value) {
        let draft = &mut self.drafts[draft as usize];
        draft.dynamics.add(&mut self.dynamics, DynamicName { name, offset, value });
    }

    /// The source of an `inherit (source) …`, and its number.
    pub fn push_source(&mut self, draft: u32, source: ExprId) -> u32 {
        let draft = &mut self.drafts[draft as usize];
        draft.sources.add(&mut self.sources, source);
        draft.sources.len - 1
    }

    /// How many sources the draft has.
    pub fn sources(&self, draft: u32) -> u32 {
        self.drafts[draft as usize].sources.len
    }

    /// A draft of a set that is in the tree already, to add to it.
    pub fn reopen(&mut self, ast: &Ast, set: Set, offset: u32) -> u32 {
        let draft = self.open(set.recursive, offset);
        for binding in ast.bindings(set) {
            self.push(draft, binding.name, binding.offset, Value::Written(binding.value));
        }
        self.take(ast, set, draft);
        draft
    }

    /// Adds the dynamic bindings and the sources of a set.
    pub fn take(&mut self, ast: &Ast, set: Set, draft: u32) {
        for dynamic in ast.dynamics(set) {
            let value = Value::Written(BindingValue::Expr(dynamic.value));
            self.push_dynamic(draft, dynamic.name, dynamic.offset, value);
        }
        for source in ast.ids(set.sources) {
            self.push_source(draft, *source);
        }
    }

    /// The set that began at `mark` is complete: it moves to the tree.
    pub fn finish(&mut self, mark: Mark, ast: &mut Ast) -> u32 {
        // An inner set has a higher number than the one around it.
        for at in (mark.draft + 1..self.drafts.len() as u32).rev() {
            let set = self.write(at, ast);
            let draft = &mut self.drafts[at as usize];
            draft.expr = ExprId(ast.exprs.len() as u32);
            ast.exprs.push(Expr::Attrs(set));
            ast.offsets.push(draft.offset);
        }
        let set = self.write(mark.draft, ast);
        self.drafts.truncate(mark.draft as usize);
        self.names.truncate(mark.names as usize);
        self.dynamics.truncate(mark.dynamics as usize);
        self.sources.truncate(mark.sources as usize);
        set
    }

    fn write(&mut self, draft: u32, ast: &mut Ast) -> u32 {
        let draft = &self.drafts[draft as usize];
        let value = |value| match value {
            Value::Written(value) => value,
            Value::Draft(inner) => BindingValue::Expr(self.drafts[inner as usize].expr),
        };
        let bindings = Slice { start: ast.bindings.len() as u32, len: draft.names.len };
        ast.bindings.extend(draft.names.iter(&self.names).map(|name| Binding {
            name: name.name,
            offset: name.offset,
            value: value(name.value),
        }));
        let dynamics = Slice { start: ast.dynamics.len() as u32, len: draft.dynamics.len };
        ast.dynamics.extend(draft.dynamics.iter(&self.dynamics).filter_map(|dynamic| {
            match value(dynamic.value) {
                BindingValue::Expr(value) => {
                    Some(Dynamic { name: dynamic.name, value, offset: dynamic.offset })
                }
                BindingValue::Inherit | BindingValue::InheritFrom(_) => None,
            }
        }));
        let sources = Slice { start: ast.ids.len() as u32, len: draft.sources.len };
        ast.ids.extend(draft.sources.iter(&self.sources));
        ast.sets.push(Set { recursive: draft.recursive, bindings, dynamics, sources });
        if draft.index != NONE {
            self.free.push(draft.index);
        }
        ast.sets.len() as u32 - 1
    }

    /// Puts the last name of a large draft into its hash table, or all names into a new and larger one.
    fn index_last(&mut self, draft: u32) {
        let draft = &mut self.drafts[draft as usize];
        let full = match draft.index {
            NONE => true,
            index => draft.names.len as usize * 2 > self.indexes[index as usize].len(),
        };
        if draft.index == NONE {
            draft.index = self.free.pop().unwrap_or_else(|| {
                self.indexes.push(Vec::new());
                self.indexes.len() as u32 - 1
            });
        }
        let index = &mut self.indexes[draft.index as usize];
        let mut at = draft.names.last;
        if full {
            index.clear();
            index.resize((draft.names.len as usize * 4).next_power_of_two(), NONE);
            at = draft.names.first;
        }
        while at != NONE {
            let entry = &self.names[at as usize];
            let slot = slot(index, &self.names, entry.value.name);
            index[slot] = at;
            at = entry.next;
        }
    }
}

/// Where a name is in a hash table, or where it would be.
fn slot(index: &[u32], names: &[Entry<Name>], name: Symbol) -> usize {
    let mask = index.len() - 1;
    let mut at = name.0.wrapping_mul(0x9e37_79b1) as usize >> 7 & mask;
    while index[at] != NONE && names[index[at] as usize].value.name != name {
        at = (at + 1) & mask;
    }
    at
}

impl Chain {
    #[inline]
    fn add<T>(&mut self, entries: &mut Vec<Entry<T>>, value: T) {
        let at = entries.len() as u32;
        entries.push(Entry { value, next: NONE });
        match self.last {
            NONE => self.first = at,
            last => entries[last as usize].next = at,
        }
        self.last = at;
        self.len += 1;
    }

    fn iter<T: Copy>(self, entries: &[Entry<T>]) -> impl Iterator<Item = T> {
        std::iter::successors(Some(self.first), |at| Some(entries[*at as usize].next))
            .take(self.len as usize)
            .map(|at| entries[at as usize].value)
    }
}

fn bit(name: Symbol) -> u64 {
    1 << (name.0 % 64)
}
