//! The evaluator: from a node and a frame to a value.
//!
//! `Evaluator::eval` gives a value in weak head normal form: a set's attributes and a list's elements may still be
//! thunks in their slots. `Evaluator::delay` makes what is written into a slot when a value is not needed yet. These
//! two, with `Evaluator::force_slot`, are what laziness is.

mod arithmetic;
mod call;
mod equal;
mod force;
mod frame;
mod fuse;
mod import;
mod lint;
mod node;
mod options;
mod select;
mod sets;
mod store;
mod string;
#[cfg(test)]
mod tests;

pub(in crate::nix) use force::too_deep;
pub(in crate::nix) use import::{FETCHURL_PATH, world_error as import_world_error};
pub use lint::{Lint, Lints};
pub use options::{Counts, Options};
pub use string::{Coercion, Text};

use super::code::Code;
use super::compile::Scopes;
use super::context::Contexts;
use super::error::{Error, Kind, Result};
use super::heap::Heap;
use super::source::Sources;
use super::symbols::{Symbol, Symbols};
use super::value::{Tag, Word};
use super::world::World;
use super::{attrs, builtins, syntax};
use std::cell::Cell;
use std::collections::HashMap;

/// One evaluation: its heap, its code, and what it knows of the world.
pub struct Evaluator {
    pub(super) heap: &'static Heap,
    pub(super) symbols: Symbols,
    pub(super) code: Code,
    pub(super) contexts: Contexts,
    pub(super) sources: Sources,
    pub(super) world: Box<dyn World>,
    pub(super) options: Options,
    pub(super) counts: Counts,
    pub(super) scratch: syntax::Scratch,
    /// What is known of derivations: see [`super::derivation`].
    pub(super) derivations: super::derivation::Known,
    /// The builtins by number.
    pub(super) builtins: &'static [&'static builtins::Builtin],
    /// Regular expressions that were compiled.
    pub(super) regexes: super::regex::Cache,
    /// By byte: a string of it alone, once it was asked for.
    pub(super) byte_strings: [Word; 256],
    scopes: Scopes,
    /// By symbol: what every file sees.
    globals: Vec<Word>,
    /// By symbol: its text as a string, once it was asked for.
    symbol_strings: Vec<Word>,
    /// By the number of slots, the first of the spare frames, or 0.
    frames: [Cell<u32>; 33],
    fused: fuse::Fused,
    /// The names of `a // b`.
    unions: super::update::Unions,
    /// Files that were evaluated, by path: the slot of their value.
    imported: HashMap<String, u32>,
    /// Shapes and the same ones without places.
    placeless: HashMap<u32, u32>,
    calls: u32,
    lowest_stack: usize,
    empty_set: Word,
}

impl Evaluator {
    /// An evaluator that has read nothing yet. Its heap is never given back, and takes 2 MB before anything is evaluated: a
    /// process needs one for all its expressions, not one for each.
    pub fn new(world: Box<dyn World>, options: Options) -> Self {
        let heap = Heap::new(options.heap);
        let mut symbols = Symbols::new();
        super::names::intern(&mut symbols);
        if options.shows_thunks {
            heap.keep_lists_apart();
        }
        let (globals, empty_set) = builtins::globals(heap, &mut symbols);
        let mut evaluator = Evaluator {
            heap,
            symbols,
            code: Code::default(),
            contexts: Contexts::default(),
            sources: Sources::default(),
            world,
            options,
            counts: Counts::default(),
            derivations: Default::default(),
            builtins: builtins::all(),
            regexes: super::regex::Cache::default(),
            byte_strings: [Word::EMPTY; 256],
            scopes: Scopes::default(),
            globals,
            symbol_strings: Vec::new(),
            frames: [const { Cell::new(0) }; 33],
            fused: fuse::Fused::default(),
            unions: Default::default(),
            scratch: syntax::Scratch::default(),
            imported: HashMap::new(),
            placeless: HashMap::new(),
            calls: 0,
            lowest_stack: 0,
            empty_set,
        };
        evaluator.bind_late_globals();
        evaluator
    }

    /// Runs an evaluation on a stack of its own that is large enough, and turns running out of heap into an error.
    pub fn enter<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let size = self.options.stack.max(4 << 20);
        let before = (self.lowest_stack, self.calls);
        let done = stacker::grow(size, || {
            let here = 0u8;
            // A little is left for what the deepest call does without asking.
            self.lowest_stack = ((&raw const here) as usize).saturating_sub(size) + (1 << 20);
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(self)))
        });
        (self.lowest_stack, self.calls) = before;
        done.unwrap_or_else(|panic| {
            if panic.is::<super::heap::OutOfMemory>() {
                let message = "the evaluation needs more memory than it may have";
                return Err(Error::new(Kind::World, message).hint("allow more with `--max-memory`"));
            }
            std::panic::resume_unwind(panic)
        })
    }

    /// What was done so far.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Bytes of heap in use.
    pub fn heap_used(&self) -> usize {
        self.heap.used()
    }

    /// Files and what they say.
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// The world outside.
    pub fn world(&self) -> &dyn World {
        &*self.world
    }

    /// A symbol's text as a string.
    pub(super) fn symbol_string(&mut self, symbol: Symbol) -> Word {
        let at = symbol.0 as usize;
        if at >= self.symbol_strings.len() {
            self.symbol_strings.resize((at + 1).next_power_of_two(), Word::EMPTY);
        }
        if self.symbol_strings[at] == Word::EMPTY {
            let text = self.heap.text(&[self.symbols.text(symbol)], symbol.0 | string::IS_NAME);
            self.symbol_strings[at] = Word::new(Tag::String, 0, text);
        }
        self.symbol_strings[at]
    }

    /// A symbol's text for a message.
    pub(super) fn name(&self, symbol: Symbol) -> String {
        String::from_utf8_lossy(self.symbols.text(symbol)).into_owned()
    }

    /// `{ }`
    pub(super) fn empty_set(&self) -> Word {
        self.empty_set
    }

    /// A set of attributes in any order; of equal names the last one counts.
    pub(super) fn set_of(&mut self, mut new: Vec<attrs::New>) -> Word {
        if new.is_empty() {
            return self.empty_set;
        }
        new.sort_by_key(|(name, ..)| *name);
        let mut kept: Vec<attrs::New> = Vec::with_capacity(new.len());
        for entry in new {
            match kept.last_mut() {
                Some(last) if last.0 == entry.0 => *last = entry,
                _ => kept.push(entry),
            }
        }
        attrs::from_sorted(self.heap, &kept)
    }

    /// A list of values or references.
    pub(super) fn list_of(&mut self, items: &[Word]) -> Word {
        if items.is_empty() {
            return Word::EMPTY_LIST;
        }
        let at = self.heap.alloc(items.len());
        for (slot, item) in self.heap.row(at, items.len()).iter().zip(items) {
            debug_assert!(item.may_be_copied());
            slot.set(item.0);
        }
        Word::list(at, items.len())
    }

    /// A shape's names without places; sets made alike share one.
    pub(super) fn shape_without_places(&mut self, shape: u32) -> u32 {
        let heap = self.heap;
        *self.placeless.entry(shape).or_insert_with(|| attrs::without_places(heap, shape))
    }

    /// An integer.
    pub(super) fn int(&self, value: i64) -> Word {
        Word::small_int(value).unwrap_or_else(|| Word::new(Tag::BigInt, 0, self.heap.raw(value as u64)))
    }

    /// A float.
    pub(super) fn float(&self, value: f64) -> Word {
        Word::new(Tag::Float, 0, self.heap.raw(value.to_bits()))
    }

    /// A string without context.
    pub(super) fn string(&self, text: &[u8]) -> Word {
        Word::new(Tag::String, 0, self.heap.text(&[text], 0))
    }

    /// A string with context.
    pub(super) fn string_in(&self, text: &[u8], context: super::context::Context) -> Word {
        Word::new(Tag::String, 0, self.heap.text(&[text], context.0))
    }

    /// A path; it must be tidy.
    pub(super) fn path(&self, text: &str) -> Word {
        Word::new(Tag::Path, 0, self.heap.text(&[text.as_bytes()], 0))
    }

    /// The integer a word is, if it is one.
    #[inline]
    pub(super) fn as_int(&self, word: Word) -> Option<i64> {
        match word.tag() {
            Tag::Int => Some(word.small()),
            Tag::BigInt => Some(self.heap.get(word.at()).0 as i64),
            _ => None,
        }
    }

    /// The float a word is, if it is one.
    #[inline]
    pub(super) fn as_float(&self, word: Word) -> Option<f64> {
        (word.tag() == Tag::Float).then(|| f64::from_bits(self.heap.get(word.at()).0))
    }
}

/// What a command line uses.
impl Evaluator {
    /// A name's symbol.
    pub fn symbol(&mut self, name: &[u8]) -> Symbol {
        self.symbols.intern(name)
    }

    /// A string without context.
    pub fn new_string(&mut self, text: &[u8]) -> Word {
        self.string(text)
    }

    /// A function's value for an argument.
    pub fn apply_to(&mut self, function: Word, argument: Word) -> Result<Word> {
        self.call(function, &[argument], 0)
    }

    /// Reads every file anew when it is imported the next time.
    pub fn forget_files(&mut self) {
        self.imported.clear();
    }

    /// Adds derivations to the store, with all that they need; without a list, all that was given a store path.
    ///
    /// # Errors
    /// When there is no store, or it refuses.
    pub fn write(&self, found: Option<&[super::query::Found]>) -> Result<()> {
        let dir = self.world.store_dir();
        let paths = found.map(|found| found.iter().map(|one| dir.parse_path(&one.derivation)).collect());
        let paths: Option<Vec<_>> = match paths {
            Some(Ok(paths)) => Some(paths),
            Some(Err::<_, crate::store::PathError>(error)) => return Err(Error::other(error.to_string())),
            None => None,
        };
        self.world.write(paths.as_deref()).map_err(import_world_error)
    }

    /// Makes a link to a store path that keeps it from garbage collection.
    ///
    /// # Errors
    /// When it is no store path, or there is no store that takes it.
    pub fn add_root(&self, path: &str, link: &str) -> Result<()> {
        let path =
            self.world.store_dir().parse_path(path).map_err(|error| Error::other(error.to_string()))?;
        self.world.add_root(&path, link).map_err(import_world_error)
    }

    /// Builds all outputs of a derivation: their names and paths.
    ///
    /// # Errors
    /// When there is no store, or the build fails.
    pub fn build(&mut self, wanted: &super::query::Found) -> Result<Vec<(String, String)>> {
        let other = |error: &dyn std::fmt::Display| Error::new(Kind::World, error.to_string());
        let path = self.world.store_dir().parse_path(&wanted.derivation).map_err(|error| other(&error))?;
        let outputs = self.outputs_of(&path)?;
        let all: Vec<_> = outputs.iter().map(|name| (path.clone(), name.clone())).collect();
        let built = self.world.build(&all).map_err(import_world_error)?;
        let dir = self.world.store_dir();
        Ok(outputs
            .iter()
            .map(|name| name.to_string())
            .zip(built.iter().map(|path| dir.print(path)))
            .collect())
    }

    /// Builds outputs of derivations, all of them together; where each lies.
    ///
    /// # Errors
    /// When there is no store, or a build fails.
    pub fn build_all(&mut self, wanted: &[super::query::Found]) -> Result<Vec<String>> {
        let other = |error: &dyn std::fmt::Display| Error::new(Kind::World, error.to_string());
        let mut all = Vec::new();
        for one in wanted {
            let path = self.world.store_dir().parse_path(&one.derivation).map_err(|error| other(&error))?;
            let output = crate::store::OutputName::parse(&one.output).map_err(|error| other(&error))?;
            all.push((path, output));
        }
        let built = self.world.build(&all).map_err(import_world_error)?;
        Ok(built.iter().map(|path| self.world.store_dir().print(path)).collect())
    }

    /// Evaluates everything within a value.
    pub fn force_all(&mut self, value: Word) -> Result<()> {
        self.force_deep(value)
    }

    /// A string's bytes, or what may stand for a string.
    pub fn raw(&mut self, value: Word) -> Result<Vec<u8>> {
        Ok(self.coerced(value, Coercion::INTERPOLATED)?.bytes)
    }

    /// A file's syntax tree as text, as `nix-instantiate --parse` prints it; a file that does not compile has none.
    pub fn parse_and_show(&mut self, text: &[u8], folder: &str) -> Result<Vec<u8>> {
        self.compile_only(text, folder)?;
        let options = syntax::ParseOptions { pipe_operators: self.options.features.pipe_operators };
        let ast = syntax::parse_with(text, &mut self.symbols, options)
            .map_err(|error| Error::other(error.message))?;
        let home = self.world.home();
        let folders = syntax::show::Folders {
            base: folder.as_bytes(),
            home: home.as_deref().unwrap_or("~").as_bytes(),
        };
        Ok(syntax::show::show(&ast, &self.symbols, folders))
    }

    /// How many operations were compiled.
    pub fn node_count(&self) -> usize {
        self.code.nodes.len()
    }
}
