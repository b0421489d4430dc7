//! The builtins: one table, by families. A builtin is known by its number in the table, never by an address.
//!
//! A family's file has its table at the top, with the help that `:doc` shows, and below it a function for each. Such a
//! function gets its arguments evaluated, save those the table says are lazy: these are values or references.

mod attrs;
mod closure;
mod contexts;
mod control;
mod derivations;
mod documents;
mod fetch;
mod fetch_tree;
mod flake;
mod flake_refs;
mod hashes;
mod lists;
mod numbers;
mod order;
mod paths;
mod regex;
mod strings;
mod types;
mod versions;

use super::attrs as sets;
use super::error::Result;
use super::eval::Evaluator;
use super::heap::Heap;
use super::symbols::Symbols;
use super::value::{Tag, Word};
use std::sync::LazyLock;

/// A builtin function.
pub struct Builtin {
    /// Its name in `builtins`.
    pub name: &'static str,
    /// How many arguments it takes.
    pub arity: u8,
    /// Which of them are not evaluated before the call: a bit each, the first the lowest.
    pub lazy: u8,
    /// What it does: arguments, and the place of the call.
    pub run: fn(&mut Evaluator, &[Word], u32) -> Result<Word>,
    /// What the arguments are called, and one line of help.
    pub help: (&'static [&'static str], &'static str),
}

/// Functions whose names every file sees without `builtins.`; the others are seen with two underscores before them.
const BARE: &[&str] = &[
    "abort",
    "baseNameOf",
    "break",
    "derivationStrict",
    "dirOf",
    "fetchGit",
    "fetchMercurial",
    "fetchTarball",
    "fetchTree",
    "fromTOML",
    "import",
    "isNull",
    "map",
    "placeholder",
    "removeAttrs",
    "scopedImport",
    "throw",
    "toString",
];

pub(in crate::nix) use fetch::text_of;
pub(in crate::nix) use fetch_tree::{fetch_input, tree_set};

static ALL: LazyLock<Vec<&'static Builtin>> = LazyLock::new(|| {
    let families = [
        attrs::TABLE,
        contexts::TABLE,
        control::TABLE,
        derivations::TABLE,
        documents::TABLE,
        fetch::TABLE,
        fetch_tree::TABLE,
        flake::TABLE,
        flake_refs::TABLE,
        hashes::TABLE,
        lists::TABLE,
        numbers::TABLE,
        paths::TABLE,
        regex::TABLE,
        strings::TABLE,
        types::TABLE,
        versions::TABLE,
    ];
    families.into_iter().flatten().collect()
});

/// All builtins; the index is the number.
pub fn all() -> &'static [&'static Builtin] {
    &ALL
}

/// What every file sees, by symbol, and the empty set.
pub fn globals(heap: &'static Heap, symbols: &mut Symbols) -> (Vec<Word>, Word) {
    let mut globals = Vec::new();
    let mut set = |symbols: &mut Symbols, name: &str, word: Word| {
        let symbol = symbols.intern(name.as_bytes());
        if globals.len() <= symbol.0 as usize {
            globals.resize(symbol.0 as usize + 1, Word::EMPTY);
        }
        globals[symbol.0 as usize] = word;
    };
    for (number, builtin) in all().iter().enumerate() {
        let word = Word::new(Tag::Builtin, number as u32, 0);
        if BARE.contains(&builtin.name) {
            set(symbols, builtin.name, word);
        } else {
            set(symbols, &format!("__{}", builtin.name), word);
        }
    }
    set(symbols, "true", Word::TRUE);
    set(symbols, "false", Word::FALSE);
    set(symbols, "null", Word::NULL);
    let nothing = sets::from_sorted(heap, &[]);
    (globals, nothing)
}

impl Evaluator {
    /// What needs an evaluator to be made: `builtins` itself, `derivation`, what the world says.
    pub(super) fn bind_late_globals(&mut self) {
        let mut found: Vec<sets::New> = Vec::new();
        for (number, builtin) in all().iter().enumerate() {
            let name = self.symbols.intern(builtin.name.as_bytes());
            found.push((name, 0, Word::new(Tag::Builtin, number as u32, 0)));
        }
        let constants = [("true", Word::TRUE), ("false", Word::FALSE), ("null", Word::NULL)];
        for (name, word) in constants {
            let name = self.symbols.intern(name.as_bytes());
            found.push((name, 0, word));
        }
        let mut both = |this: &mut Self, name: &str, word: Word| {
            let symbol = this.symbols.intern(name.as_bytes());
            found.push((symbol, 0, word));
            let name = if name == "derivation" { name.to_owned() } else { format!("__{name}") };
            this.set_global(&name, word);
        };
        // The release that values and derivations are compared with: some packages ask for it.
        let version = self.string(b"2.34.8");
        both(self, "nixVersion", version);
        both(self, "langVersion", Word::small_int(6).expect("small"));
        let dir = self.string(self.world.store_dir().as_str().as_bytes());
        both(self, "storeDir", dir);
        if let Some(now) = self.world.now() {
            let now = self.int(now);
            both(self, "currentTime", now);
        }
        if let Some(system) = self.world.current_system() {
            let system = self.string(system.as_bytes());
            both(self, "currentSystem", system);
        }
        let path = self.search_path_list();
        both(self, "nixPath", path);
        // Compiled like any file, when somebody first asks for it.
        let derivation = self.late_text(DERIVATION);
        if self.options.shows_thunks {
            self.force(derivation).expect("it is a function");
        }
        both(self, "derivation", derivation);
        let slot = self.heap.alloc(1);
        let name = self.symbols.intern(b"builtins");
        found.push((name, 0, Word::reference(slot)));
        let set = self.set_of(found);
        self.heap.set(slot, set);
        self.set_global("builtins", set);
    }

    fn search_path_list(&mut self) -> Word {
        let entries = self.world.search_path().to_vec();
        let items: Vec<Word> = entries
            .iter()
            .map(|(prefix, path)| {
                let (prefix, path) = (self.string(prefix.as_bytes()), self.string(path.as_bytes()));
                self.set_of(vec![(super::names::PREFIX, 0, prefix), (super::names::PATH, 0, path)])
            })
            .collect();
        self.list_of(&items)
    }
}

/// `derivation`, which makes the lazy set around what `derivationStrict` computes.
const DERIVATION: &str = r#"
attributes@{ outputs ? [ "out" ], ... }:
let
  strict = derivationStrict attributes;
  common = attributes // __listToAttrs made // { all = map (output: output.value) made; drvAttrs = attributes; };
  made = map (outputName: {
    name = outputName;
    value = common // {
      inherit outputName;
      inherit (strict) drvPath;
      outPath = __getAttr outputName strict;
      type = "derivation";
    };
  }) outputs;
in (__head made).value
"#;
