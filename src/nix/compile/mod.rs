//! The compiler: from a syntax tree to code, once for each file, looking up every variable.
//!
//! Nix has static scope but for `with`, so where a variable is can be said before anything runs: a slot of a frame so
//! many frames further out, a builtin, or, if nothing binds the name and there is a `with` around it, a look-up by name.
//! A name that nothing can bind is an error of the whole file, evaluated or not, as it is in Nix.

mod expr;
mod scope;
mod sets;

pub use scope::Scopes;

use super::code::{Code, NONE, Node, NodeId, Row, WithVariable};
use super::heap::Heap;
use super::paths;
use super::symbols::{Symbol, Symbols};
use super::syntax::ast::{Ast, ExprId};
use super::value::{Tag, Word};

/// Why a file that parses is still wrong.
#[derive(Debug)]
pub struct CompileError {
    /// Where.
    pub place: u32,
    /// What is so.
    pub message: String,
    /// What was meant, perhaps.
    pub hint: Option<String>,
}

type Result<T> = std::result::Result<T, CompileError>;

/// What compiling needs to know beside the tree.
pub struct Surroundings<'a> {
    /// The folder that relative paths begin in.
    pub folder: &'a str,
    /// What `~` stands for.
    pub home: Option<&'a str>,
    /// The place of the file's first byte.
    pub base: u32,
    /// By symbol: builtins and constants that every file sees; [`Word::EMPTY`] where there is none.
    pub globals: &'a [Word],
    /// Names that are bound around the file, in slots of a frame from 0 on: `scopedImport`, the repl.
    pub around: &'a [Symbol],
    /// See [`super::Options::shows_thunks`]: negative numbers are put off like any operation.
    pub shows_thunks: bool,
}

/// Compiles a file. Its frame's parent is the one of [`Surroundings::around`], if there are such names.
pub fn compile(
    ast: &Ast,
    symbols: &Symbols,
    surroundings: &Surroundings<'_>,
    heap: &'static Heap,
    code: &mut Code,
    scopes: &mut Scopes,
) -> Result<NodeId> {
    scopes.clear();
    if !surroundings.around.is_empty() {
        scopes.begin_frame();
        for name in surroundings.around {
            let slot = scopes.take_slot();
            scopes.bind(*name, slot);
        }
    }
    let root = ast.root.expect("the parser names the root");
    let mut compiler = Compiler { ast, symbols, surroundings, heap, code, scopes, depth: 0 };
    compiler.in_frame(root, |compiler| compiler.expr(root, Symbol(0), false))
}

struct Compiler<'a> {
    ast: &'a Ast,
    symbols: &'a Symbols,
    surroundings: &'a Surroundings<'a>,
    heap: &'static Heap,
    code: &'a mut Code,
    scopes: &'a mut Scopes,
    depth: u32,
}

/// A frame longer than this gets no more slots from what may never run.
const LONG_FRAME: u32 = 24;

impl Compiler<'_> {
    fn place(&self, id: ExprId) -> u32 {
        self.surroundings.base + self.ast.offsets[id.0 as usize]
    }

    /// Adds an operation that is written where `from` is.
    fn push(&mut self, node: Node, from: ExprId) -> NodeId {
        let place = self.place(from);
        self.push_at(node, place)
    }

    fn push_at(&mut self, node: Node, place: u32) -> NodeId {
        let id = self.code.nodes.len() as NodeId;
        self.code.nodes.push(node);
        self.code.places.push(place);
        id
    }

    fn row(&mut self, ids: &[u32]) -> Row {
        let start = self.code.ids.len() as u32;
        self.code.ids.extend_from_slice(ids);
        Row { start, len: ids.len() as u32 }
    }

    /// Room for as many ids, to be filled while more are added behind it.
    fn room(&mut self, len: u32) -> Row {
        let start = self.code.ids.len() as u32;
        self.code.ids.resize((start + len) as usize, NONE);
        Row { start, len }
    }

    /// Writes one of the ids of a row.
    fn fill(&mut self, row: Row, at: u32, id: u32) {
        self.code.ids[(row.start + at) as usize] = id;
    }

    /// Compiles something within a frame of its own; without slots there is none.
    fn in_frame(&mut self, from: ExprId, inner: impl FnOnce(&mut Self) -> Result<NodeId>) -> Result<NodeId> {
        self.scopes.begin_frame();
        let body = inner(self);
        let slots = self.scopes.end_frame();
        Ok(self.push(Node::Frame(slots, body?), from))
    }

    /// Compiles what needs slots: in the frame at hand, or in a new one if that is long and this may never run.
    fn with_slots(
        &mut self,
        from: ExprId,
        wanted: u32,
        delayed: bool,
        inner: impl FnOnce(&mut Self) -> Result<NodeId>,
    ) -> Result<NodeId> {
        if delayed && self.scopes.slots() + wanted > LONG_FRAME {
            self.in_frame(from, inner)
        } else {
            inner(self)
        }
    }

    /// A text as a constant.
    fn string(&mut self, text: &[u8]) -> Word {
        Word::new(Tag::String, 0, self.heap.text(&[text], 0))
    }

    /// A path as a constant. With interpolations behind it, a slash at its end stays.
    fn path(&mut self, id: ExprId, text: &[u8], goes_on: bool) -> Result<Word> {
        let fault = |message: String| CompileError { place: self.place(id), message, hint: None };
        let text = std::str::from_utf8(text).map_err(|_| fault("a path literal must be UTF-8".into()))?;
        let mut path = if let Some(rest) = text.strip_prefix("~/") {
            let home = self
                .surroundings
                .home
                .ok_or_else(|| fault(format!("the path '{text}' can not be resolved in pure mode")))?;
            paths::absolute(home, rest)
        } else {
            paths::absolute(self.surroundings.folder, text)
        };
        if goes_on && text.ends_with('/') && !path.ends_with('/') {
            path.push('/');
        }
        Ok(Word::new(Tag::Path, 0, self.heap.text(&[path.as_bytes()], 0)))
    }

    /// Where a variable is.
    fn variable(&mut self, name: Symbol, place: u32) -> Result<Node> {
        if let Some((frames, slot)) = self.scopes.find(name) {
            return Ok(if frames == 0 { Node::Local(slot) } else { Node::Outer(frames, slot) });
        }
        match self.surroundings.globals.get(name.0 as usize) {
            Some(word) if *word != Word::EMPTY => return Ok(Node::Constant(*word)),
            _ => {}
        }
        if self.scopes.with != NONE {
            let with = self.scopes.with;
            let outer = |with: &u32| self.code.withs.get(*with as usize).map(|with| with.outer);
            let around = std::iter::successors(Some(with), outer).take_while(|with| *with != NONE).count();
            let caches = self.code.new_caches(around);
            let level = self.scopes.level();
            let new = WithVariable { name, with, level, caches, seen_in: 0, found: 0 };
            self.code.with_variables.push(new);
            return Ok(Node::WithVariable(self.code.with_variables.len() as u32 - 1));
        }
        let text = String::from_utf8_lossy(self.symbols.text(name)).into_owned();
        let known: Vec<String> = self
            .scopes
            .names()
            .chain(
                self.surroundings
                    .globals
                    .iter()
                    .enumerate()
                    .filter_map(|(number, word)| (*word != Word::EMPTY).then_some(Symbol(number as u32))),
            )
            .map(|name| String::from_utf8_lossy(self.symbols.text(name)).into_owned())
            .collect();
        let hint = crate::report::did_you_mean(&text, known.iter().map(String::as_str));
        Err(CompileError { place, message: format!("undefined variable '{text}'"), hint })
    }
}
