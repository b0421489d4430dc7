//! The syntax tree: what the parser makes of a file, in flat tables that refer to each other by number.
//!
//! It says what was written, with names as symbols and escapes resolved, but with no variable looked up and no path made
//! absolute: that is the compiler's work, after which the tree is thrown away.

use crate::nix::symbols::Symbol;

/// An expression of [`Ast::exprs`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct ExprId(pub u32);

/// Bytes of [`Ast::bytes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text {
    /// The first byte.
    pub start: u32,
    /// How many.
    pub len: u32,
}

/// Neighbours in one of the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Slice {
    /// The first.
    pub start: u32,
    /// How many.
    pub len: u32,
}

/// One expression, 16 bytes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Expr {
    /// `1`
    Int(i64),
    /// `1.5`
    Float(f64),
    /// A string without interpolation, of any of the three notations (URIs too).
    String(Text),
    /// A string with interpolations: [`Ast::ids`], of which those that were written as text are [`Expr::String`]. An
    /// indented string may have several texts beside each other and no interpolation at all, one per escape. Where each
    /// part is written, [`Ast::part_offsets`] tells.
    Interpolation(Slice),
    /// A path literal as it was written: `./a`, `../a`, `/a`, `a/b`, `~/a`.
    Path(Text),
    /// A path with interpolations: [`Ast::ids`]; the first is an [`Expr::Path`], text between is [`Expr::String`].
    PathInterpolation(Slice),
    /// `<nixpkgs/lib>`, without the brackets.
    SearchPath(Text),
    /// A variable.
    Variable(Symbol),
    /// `__curPos`
    CurPos,
    /// `[ … ]`: [`Ast::ids`].
    List(Slice),
    /// `{ … }` and `rec { … }`: an index of [`Ast::sets`].
    Attrs(u32),
    /// `let … in body`: an index of [`Ast::sets`]. The old `let { … }` is a [`Expr::Select`] of `body` from a `rec` set.
    Let {
        /// An index of [`Ast::sets`], never with dynamic bindings.
        set: u32,
        /// What follows `in`.
        body: ExprId,
    },
    /// `with scope; body`
    With {
        /// The set of names.
        scope: ExprId,
        /// Where they are seen.
        body: ExprId,
    },
    /// A function: an index of [`Ast::lambdas`].
    Lambda(u32),
    /// `if condition then yes else no`
    If {
        /// The condition.
        condition: ExprId,
        /// If it holds.
        yes: ExprId,
        /// If not.
        no: ExprId,
    },
    /// `assert condition; body`
    Assert {
        /// The condition.
        condition: ExprId,
        /// What follows.
        body: ExprId,
    },
    /// `f a b c`, all arguments of one row of juxtapositions together.
    Apply {
        /// What is called.
        function: ExprId,
        /// [`Ast::ids`], at least one.
        arguments: Slice,
    },
    /// `subject.path` and `subject.path or default`
    Select {
        /// Left of the first dot.
        subject: ExprId,
        /// An index of [`Ast::paths`].
        path: u32,
        /// After `or`; [`ExprId::NONE`] if there is none.
        default: ExprId,
    },
    /// `subject ? path`
    HasAttr {
        /// Left of the question mark.
        subject: ExprId,
        /// An index of [`Ast::paths`].
        path: u32,
    },
    /// `!a`
    Not(ExprId),
    /// `-a`
    Negate(ExprId),
    /// `a + b` and so on; the pipe operators are [`Expr::Apply`].
    Binary(Operator, ExprId, ExprId),
}

impl ExprId {
    /// Stands where an expression is optional.
    pub const NONE: ExprId = ExprId(u32::MAX);
}

/// Binary operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `++`
    Concat,
    /// `//`
    Update,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `&&`
    And,
    /// `||`
    Or,
    /// `->`
    Implies,
}

/// One part of an attribute path.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Step {
    /// A name, also one in quotes without interpolation.
    Name(Symbol),
    /// `${e}` or a string with interpolations.
    Dynamic(ExprId),
}

/// The bindings of a set or `let`. Nested paths (`a.b = 1; a.c = 2;`) are merged into nested sets by the parser, which
/// also refuses what is defined twice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Set {
    /// `rec`, and every `let`.
    pub recursive: bool,
    /// [`Ast::bindings`], in the order they were written, each name once.
    pub bindings: Slice,
    /// [`Ast::dynamics`], in the order they were written.
    pub dynamics: Slice,
    /// [`Ast::ids`]: the sources of `inherit (source) …`, each evaluated once per set.
    pub sources: Slice,
}

/// A name with its value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Binding {
    /// The name.
    pub name: Symbol,
    /// Where the name is written: a byte offset in the file. `unsafeGetAttrPos` tells it.
    pub offset: u32,
    /// What it stands for.
    pub value: BindingValue,
}

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum BindingValue {
    /// `name = expr;`
    Expr(ExprId),
    /// `inherit name;`: the variable of the scope around the set.
    Inherit,
    /// `inherit (source) name;`: a number in [`Set::sources`].
    InheritFrom(u32),
}

/// `${name} = value;`
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dynamic {
    /// Gives a string, or null for no attribute.
    pub name: ExprId,
    /// Its value.
    pub value: ExprId,
    /// Where it is written.
    pub offset: u32,
}

/// A function.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lambda {
    /// `x:` or `x@{ … }:`.
    pub name: Option<Symbol>,
    /// `{ … }:`
    pub formals: Option<Formals>,
    /// After the colon.
    pub body: ExprId,
}

/// What a function takes out of its argument.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Formals {
    /// [`Ast::formals`], in the order they were written, each name once and never the name before or after `@`.
    pub formals: Slice,
    /// `...`
    pub ellipsis: bool,
}

/// `name` or `name ? default`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Formal {
    /// The name.
    pub name: Symbol,
    /// Where it is written.
    pub offset: u32,
    /// [`ExprId::NONE`] if it must be given.
    pub default: ExprId,
}

/// A parsed file.
#[derive(Debug, Default)]
pub struct Ast {
    /// Each comes after those it is made of. The whole file's is [`Ast::root`].
    pub exprs: Vec<Expr>,
    /// Where each of [`Ast::exprs`] is, as a byte offset in the file: what Nix would name in a trace, that is the
    /// operator of a binary one, the beginning of the others.
    pub offsets: Vec<u32>,
    /// Texts of strings and paths, escapes resolved.
    pub bytes: Vec<u8>,
    /// Rows of expressions.
    pub ids: Vec<ExprId>,
    /// Attribute paths, as rows of [`Ast::steps`].
    pub paths: Vec<Slice>,
    /// Parts of attribute paths.
    pub steps: Vec<Step>,
    /// Sets and `let`s.
    pub sets: Vec<Set>,
    /// Their static bindings.
    pub bindings: Vec<Binding>,
    /// Their dynamic bindings.
    pub dynamics: Vec<Dynamic>,
    /// Functions.
    pub lambdas: Vec<Lambda>,
    /// Their formals.
    pub formals: Vec<Formal>,
    /// Where expressions in parentheses begin, for [`Ast::start`]: sorted by expression, the outermost pair last.
    pub parens: Vec<(ExprId, u32)>,
    /// The expression of the whole file.
    pub root: Option<ExprId>,
}

impl Ast {
    /// Empty, with room for what a file of `bytes` bytes is usually made of.
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Ast {
            exprs: Vec::with_capacity(bytes / 16),
            offsets: Vec::with_capacity(bytes / 16),
            bytes: Vec::with_capacity(bytes / 4),
            ids: Vec::with_capacity(bytes / 32),
            paths: Vec::with_capacity(bytes / 128),
            steps: Vec::with_capacity(bytes / 128),
            sets: Vec::with_capacity(bytes / 128),
            bindings: Vec::with_capacity(bytes / 64),
            lambdas: Vec::with_capacity(bytes / 512),
            formals: Vec::with_capacity(bytes / 256),
            parens: Vec::with_capacity(bytes / 512),
            ..Ast::default()
        }
    }

    /// An expression.
    #[inline]
    pub fn expr(&self, id: ExprId) -> Expr {
        self.exprs[id.0 as usize]
    }

    /// A row of expressions.
    #[inline]
    pub fn ids(&self, slice: Slice) -> &[ExprId] {
        &self.ids[slice.start as usize..][..slice.len as usize]
    }

    /// A text.
    #[inline]
    pub fn text(&self, text: Text) -> &[u8] {
        &self.bytes[text.start as usize..][..text.len as usize]
    }

    /// The parts of an attribute path.
    #[inline]
    pub fn path(&self, path: u32) -> &[Step] {
        let slice = self.paths[path as usize];
        &self.steps[slice.start as usize..][..slice.len as usize]
    }

    /// The static bindings of a set.
    #[inline]
    pub fn bindings(&self, set: Set) -> &[Binding] {
        &self.bindings[set.bindings.start as usize..][..set.bindings.len as usize]
    }

    /// The dynamic bindings of a set.
    #[inline]
    pub fn dynamics(&self, set: Set) -> &[Dynamic] {
        &self.dynamics[set.dynamics.start as usize..][..set.dynamics.len as usize]
    }

    /// Where the parts of an [`Expr::Interpolation`] or [`Expr::PathInterpolation`] are written: the `${` of each
    /// interpolation, the beginning of each text. They lie in [`Ast::ids`], behind the row of parts.
    pub fn part_offsets(&self, parts: Slice) -> impl Iterator<Item = u32> {
        let places = Slice { start: parts.start + parts.len, len: parts.len };
        self.ids(places).iter().map(|id| id.0)
    }

    /// The first byte of an expression, with the parentheses around it: what Nix names when an operand is of a wrong
    /// type.
    pub fn start(&self, mut id: ExprId) -> u32 {
        let parenthesis = |id: ExprId| {
            let behind = self.parens.partition_point(|(inner, _)| inner.0 <= id.0);
            let (inner, start) = self.parens[behind.checked_sub(1)?];
            (inner == id).then_some(start)
        };
        loop {
            if let Some(start) = parenthesis(id) {
                return start;
            }
            let offset = self.offsets[id.0 as usize];
            id = match self.expr(id) {
                Expr::Binary(_, left, _) | Expr::HasAttr { subject: left, .. } => left,
                Expr::Apply { function, arguments } => {
                    let begin = parenthesis(function).unwrap_or(self.offsets[function.0 as usize]);
                    match self.ids(arguments).last() {
                        // `x |> f` is where its operator is, and begins with its argument.
                        Some(piped) if offset + 2 <= begin => *piped,
                        _ => function,
                    }
                }
                // The offset is that of the first part; an indented string's is that of its quotes.
                Expr::Interpolation(parts) if self.part_offsets(parts).next() == Some(offset) => {
                    return offset - 1;
                }
                _ => return offset,
            };
        }
    }
}
