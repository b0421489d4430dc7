//! Why an evaluation failed: what went wrong, where, and through which calls it was reached.

use std::fmt;

/// A failed evaluation. One word wide, since every step of the evaluator may return it.
#[derive(Clone)]
pub struct Error(Box<Inner>);

/// What can go wrong, as far as a program or the command line can tell the difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `throw`: `tryEval` catches it.
    Throw,
    /// `assert`: `tryEval` catches it.
    Assertion,
    /// `abort`
    Abort,
    /// A value of another type was wanted.
    Type,
    /// A set lacks an attribute.
    MissingAttribute,
    /// A variable is not defined.
    UndefinedVariable,
    /// A value needs itself.
    InfiniteRecursion,
    /// Too many calls inside each other.
    TooDeep,
    /// What pure or restricted evaluation forbids.
    Restricted,
    /// A file, a store or a fetch did not do what was wanted.
    World,
    /// A file is not Nix.
    Syntax,
    /// Somebody pressed Ctrl-C.
    Interrupted,
    /// Anything else.
    Other,
}

/// One step of the way to an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Where, if known.
    pub place: Option<u32>,
    /// What was being done: “while calling `f`”.
    pub message: String,
}

#[derive(Clone)]
struct Inner {
    kind: Kind,
    message: String,
    place: Option<u32>,
    hints: Vec<String>,
    trace: Vec<Frame>,
}

/// What a step of the evaluator gives.
pub type Result<T> = std::result::Result<T, Error>;

/// A longer trace than this keeps its inner and outer ends only.
const LONGEST_TRACE: usize = 2_000;

impl Error {
    /// An error of a kind.
    #[cold]
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Error(Box::new(Inner {
            kind,
            message: message.into(),
            place: None,
            hints: Vec::new(),
            trace: Vec::new(),
        }))
    }

    /// An error of no special kind.
    #[cold]
    pub fn other(message: impl Into<String>) -> Self {
        Error::new(Kind::Other, message)
    }

    /// A value of another type was wanted.
    #[cold]
    pub fn type_error(message: impl Into<String>) -> Self {
        Error::new(Kind::Type, message)
    }

    /// The same, at a place, unless a place nearer to the cause is known.
    #[cold]
    pub fn at(mut self, place: u32) -> Self {
        if place != 0 {
            self.0.place.get_or_insert(place);
        }
        self
    }

    /// The same, with advice.
    #[cold]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hints.push(hint.into());
        self
    }

    /// The same, with one more step further out.
    #[cold]
    pub fn while_(mut self, place: u32, message: impl Into<String>) -> Self {
        if self.0.trace.len() < LONGEST_TRACE {
            let place = (place != 0).then_some(place);
            self.0.trace.push(Frame { place, message: message.into() });
        }
        self
    }

    /// What went wrong.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Where.
    pub fn place(&self) -> Option<u32> {
        self.0.place
    }

    /// What to do about it.
    pub fn hints(&self) -> &[String] {
        &self.0.hints
    }

    /// The steps outwards.
    pub fn trace(&self) -> &[Frame] {
        &self.0.trace
    }

    /// What kind of error it is.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// Whether `tryEval` catches it.
    pub fn can_be_caught(&self) -> bool {
        matches!(self.0.kind, Kind::Throw | Kind::Assertion)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.0.kind, self.0.message)
    }
}

impl std::error::Error for Error {}
