//! The compiled form of a file: every variable is a slot of a frame, every path absolute, every constant a value.
//!
//! A *frame* is a row of slots in the heap whose first word names the frame around it. Each call of a function makes one,
//! with room for its parameters and for the variables of the `let`s, `rec` sets and `with`s in its body: those run at
//! most once for each call, since a thunk is evaluated at most once, so they need no frame of their own. Only where a
//! frame would grow too long does [`Node::Frame`] begin another.
//!
//! Nodes live in one row for all files; a thunk says which node it is by number.

use super::attrs::Cache;
use super::symbols::Symbol;
use super::syntax::ast::Operator;
use super::value::Word;

/// A node of [`Code::nodes`].
pub type NodeId = u32;

/// Stands where a node is optional.
pub const NONE: NodeId = u32::MAX;

/// Neighbours in one of the tables.
#[derive(Debug, Clone, Copy, Default)]
pub struct Row {
    /// The first.
    pub start: u32,
    /// How many.
    pub len: u32,
}

/// One operation, 16 bytes.
#[derive(Debug, Clone, Copy)]
pub enum Node {
    /// A constant.
    Constant(Word),
    /// A slot of the frame at hand.
    Local(u32),
    /// A slot of a frame further out: how many frames, which slot.
    Outer(u32, u32),
    /// A variable of an enclosing `with`: an index of [`Code::with_variables`].
    WithVariable(u32),
    /// `[ … ]`: [`Code::ids`].
    List(Row),
    /// `{ … }` without `rec`, dynamic names or sources: an index of [`Code::sets`].
    Attrs(u32),
    /// Any other set: an index of [`Code::sets`].
    FullAttrs(u32),
    /// Fills slots, then goes on: an index of [`Code::sets`], the body.
    Let(u32, NodeId),
    /// Puts a scope into a slot, then goes on: slot, scope, body.
    With(u32, NodeId, NodeId),
    /// Begins a frame with so many slots, then goes on.
    Frame(u32, NodeId),
    /// A function: an index of [`Code::lambdas`].
    Lambda(u32),
    /// Condition, yes, no.
    If(NodeId, NodeId, NodeId),
    /// Condition, body.
    Assert(NodeId, NodeId),
    /// Function, arguments in [`Code::ids`].
    Apply(NodeId, Row),
    /// Subject, name: `subject.name` without default. The last is the node's cache, an index of [`Code::caches`].
    SelectName(NodeId, Symbol, u32),
    /// Subject, an index of [`Code::paths`], default or [`NONE`].
    Select(NodeId, u32, NodeId),
    /// Subject, an index of [`Code::paths`].
    HasAttr(NodeId, u32),
    /// Subject, what gives the name: `subject ? ${name}`, by which modules are asked for options.
    HasComputed(NodeId, NodeId),
    /// `!a`
    Not(NodeId),
    /// `-a`
    Negate(NodeId),
    /// `a + b` and so on.
    Binary(Operator, NodeId, NodeId),
    /// A string with interpolations: [`Code::ids`].
    Interpolation(Row),
    /// A path with interpolations: [`Code::ids`].
    PathInterpolation(Row),
    /// `__curPos`: the place.
    CurPos(u32),
}

/// A part of an attribute path.
#[derive(Debug, Clone, Copy)]
pub enum Step {
    /// A name, and its cache, an index of [`Code::caches`].
    Name(Symbol, u32),
    /// A node that gives a string.
    Dynamic(NodeId),
}

/// A set or a `let`.
#[derive(Debug, Clone, Copy)]
pub struct Set {
    /// The heap's place of the static names' shape, see [`super::attrs`].
    pub shape: u32,
    /// [`Code::ids`]: the static values in the order of the shape.
    pub values: Row,
    /// [`Code::ids`]: where each value is a variable, its slot; empty for a set without `rec`.
    pub slots: Row,
    /// [`Code::ids`]: pairs of slot and node for the sources of `inherit (source)`.
    pub sources: Row,
    /// [`Code::dynamics`]
    pub dynamics: Row,
    /// The old `__overrides` is among the names of a `rec` set: its index in the shape, or [`NONE`].
    pub overrides: u32,
}

/// `${name} = value;`
#[derive(Debug, Clone, Copy)]
pub struct Dynamic {
    /// Gives a string, or null for no attribute.
    pub name: NodeId,
    /// Its value.
    pub value: NodeId,
    /// Where it is written.
    pub place: u32,
}

/// A function.
#[derive(Debug, Clone, Copy)]
pub struct Lambda {
    /// How many arguments it takes at once: `a: b: c` takes three. Always one where there are formals.
    pub arity: u32,
    /// [`Code::ids`]: the symbols of its parameters' names; none where it takes a set without a name for it.
    pub parameters: Row,
    /// How many slots its frame has: parameters first.
    pub slots: u32,
    /// What it does.
    pub body: NodeId,
    /// [`Code::formals`], sorted by symbol; their slots count up from [`Lambda::first_formal`] in this order.
    pub formals: Row,
    /// The first formal's slot.
    pub first_formal: u32,
    /// It takes a set apart (also when there are no formals: `{ }: …`).
    pub takes_set: bool,
    /// More attributes than the formals are welcome.
    pub ellipsis: bool,
    /// It has a name for its argument, in slot 0.
    pub named: bool,
    /// Its body makes no thunks but passes its parameters on: where those are thunks, they had better not lie in its frame,
    /// so that nothing refers to that when the call is over. See [`Keeps`].
    pub passes_on: bool,
    /// What it was bound to, for messages; the empty symbol if nothing.
    pub name: Symbol,
    /// Where it is written.
    pub place: u32,
}

/// What may refer to a function's frame after a call of it came to its value, as far as its text tells; what really does is
/// seen when it runs, see `eval::frame`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Keeps {
    /// Nothing: its body puts nothing off.
    Nothing,
    /// Its parameters' slots are mentioned in arguments, lists or sets that outlive the call; a mention of a thunk refers to
    /// its slot, one of a value is a copy. So nothing refers to the frame as long as no thunk lies in it.
    Thunks,
    /// Thunks or functions that were made in it.
    Frame,
}

/// A part of a function's pattern.
#[derive(Debug, Clone, Copy)]
pub struct Formal {
    /// The name.
    pub name: Symbol,
    /// Its default, or [`NONE`].
    pub default: NodeId,
    /// Where it is written.
    pub place: u32,
    /// An index of [`Code::caches`].
    pub cache: u32,
}

/// A variable that no `let` or function binds, within a `with`.
#[derive(Debug, Clone, Copy)]
pub struct WithVariable {
    /// Its name.
    pub name: Symbol,
    /// The innermost `with` around it, an index of [`Code::withs`].
    pub with: u32,
    /// The level of the frame at hand.
    pub level: u32,
    /// What was found in each `with`, from here outwards: an index of [`Code::caches`].
    pub caches: u32,
    /// The frame with the innermost scope when it was looked for the last time, if it stays what it is; else 0.
    pub seen_in: u32,
    /// The slot that was found then.
    pub found: u32,
}

/// A `with` around a variable.
#[derive(Debug, Clone, Copy)]
pub struct With {
    /// The level of the frame its scope lies in.
    pub level: u32,
    /// The slot there.
    pub slot: u32,
    /// The `with` around it, an index of [`Code::withs`], or [`NONE`].
    pub outer: u32,
}

/// All files' code.
#[derive(Debug, Default)]
pub struct Code {
    /// Operations.
    pub nodes: Vec<Node>,
    /// Where each of them is written.
    pub places: Vec<u32>,
    /// Rows of nodes and slots.
    pub ids: Vec<u32>,
    /// Sets and `let`s.
    pub sets: Vec<Set>,
    /// Their dynamic attributes.
    pub dynamics: Vec<Dynamic>,
    /// Functions.
    pub lambdas: Vec<Lambda>,
    /// Their formals.
    pub formals: Vec<Formal>,
    /// Scopes of `with`.
    pub withs: Vec<With>,
    /// Attribute paths as rows of [`Code::steps`].
    pub paths: Vec<Row>,
    /// Parts of attribute paths.
    pub steps: Vec<Step>,
    /// Variables of them.
    pub with_variables: Vec<WithVariable>,
    /// What places that look for a name found the last time.
    pub caches: Vec<Cache>,
}

impl Code {
    /// A cache for a place that looks for a name, or the first of as many.
    pub fn new_caches(&mut self, count: usize) -> u32 {
        let at = self.caches.len();
        self.caches.resize(at + count, Cache::default());
        at as u32
    }

    /// An operation.
    #[inline]
    pub fn node(&self, id: NodeId) -> Node {
        self.nodes[id as usize]
    }

    /// What a body may keep of the frame it ran in, without other frames in it.
    pub fn keeps(&self, body: NodeId) -> Keeps {
        let all = |row: Row| (0..row.len).map(|at| self.keeps(self.id(row, at))).max();
        let put_off = |row: Row| (0..row.len).map(|at| self.keeps_delayed(self.id(row, at))).max();
        let steps = |path: u32| {
            let row = self.paths[path as usize];
            let steps = &self.steps[row.start as usize..(row.start + row.len) as usize];
            steps.iter().map(|step| match step {
                Step::Name(..) => Keeps::Nothing,
                Step::Dynamic(name) => self.keeps(*name),
            })
        };
        let most = match self.node(body) {
            Node::Constant(_)
            | Node::Local(_)
            | Node::Outer(..)
            | Node::WithVariable(_)
            | Node::CurPos(_) => None,
            Node::List(row) => put_off(row),
            Node::Attrs(set) => put_off(self.sets[set as usize].values),
            Node::FullAttrs(_) | Node::Let(..) | Node::With(..) | Node::Frame(..) | Node::Lambda(_) => {
                Some(Keeps::Frame)
            }
            Node::If(condition, yes, no) => [condition, yes, no].map(|id| self.keeps(id)).into_iter().max(),
            Node::Assert(condition, body) => Some(self.keeps(condition).max(self.keeps(body))),
            Node::Apply(function, arguments) => put_off(arguments).max(Some(self.keeps(function))),
            Node::SelectName(subject, ..) => Some(self.keeps(subject)),
            Node::Select(subject, path, default) => {
                let default = if default == NONE { Keeps::Nothing } else { self.keeps(default) };
                steps(path).max().max(Some(self.keeps(subject).max(default)))
            }
            Node::HasAttr(subject, path) => steps(path).max().max(Some(self.keeps(subject))),
            Node::HasComputed(subject, name) => Some(self.keeps(subject).max(self.keeps(name))),
            Node::Not(operand) | Node::Negate(operand) => Some(self.keeps(operand)),
            Node::Binary(_, left, right) => Some(self.keeps(left).max(self.keeps(right))),
            Node::Interpolation(row) | Node::PathInterpolation(row) => all(row),
        };
        most.unwrap_or(Keeps::Nothing)
    }

    /// The same for what is put off, as `Evaluator::delay` does it.
    pub fn keeps_delayed(&self, id: NodeId) -> Keeps {
        match self.node(id) {
            Node::Constant(_) | Node::Outer(..) => Keeps::Nothing,
            Node::List(row) if row.len == 0 => Keeps::Nothing,
            Node::Local(_) => Keeps::Thunks,
            _ => Keeps::Frame,
        }
    }

    /// One of a row of ids.
    #[inline]
    pub fn id(&self, row: Row, at: u32) -> u32 {
        debug_assert!(at < row.len);
        self.ids[(row.start + at) as usize]
    }
}
