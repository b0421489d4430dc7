//! Names the evaluator itself asks for, interned before all others so that their numbers are constants.
//!
//! The bindings of a `let` or `rec` are made in the order of these numbers, and who is mentioned before it is made is put off,
//! which `nix-instantiate --eval` shows. `x` and `description` are here because Nix knows them before it reads a file.

use super::symbols::{Symbol, Symbols};

macro_rules! names {
    ($($constant:ident = $text:literal,)*) => {
        names!(@each 1u32; $($constant = $text,)*);
        /// Interns them in this order.
        pub fn intern(symbols: &mut Symbols) {
            $(assert_eq!(symbols.intern($text.as_bytes()), $constant);)*
        }
    };
    (@each $number:expr; $constant:ident = $text:literal, $($rest:tt)*) => {
        #[doc = concat!("`", $text, "`")]
        pub const $constant: Symbol = Symbol($number);
        names!(@each $number + 1; $($rest)*);
    };
    (@each $number:expr;) => {};
}

names! {
    FUNCTOR = "__functor",
    TO_STRING = "__toString",
    OVERRIDES = "__overrides",
    OUT_PATH = "outPath",
    DRV_PATH = "drvPath",
    TYPE = "type",
    NAME = "name",
    VALUE = "value",
    FILE = "file",
    LINE = "line",
    COLUMN = "column",
    PATH = "path",
    PREFIX = "prefix",
    SUCCESS = "success",
    RIGHT = "right",
    WRONG = "wrong",
    KEY = "key",
    START_SET = "startSet",
    OPERATOR = "operator",
    VERSION = "version",
    OUTPUTS = "outputs",
    ALL_OUTPUTS = "allOutputs",
    FILTER = "filter",
    RECURSIVE = "recursive",
    SHA256 = "sha256",
    URL = "url",
    BUILDER = "builder",
    SYSTEM = "system",
    ARGS = "args",
    IGNORE_NULLS = "__ignoreNulls",
    STRUCTURED_ATTRS = "__structuredAttrs",
    CONTENT_ADDRESSED = "__contentAddressed",
    IMPURE = "__impure",
    OUTPUT_HASH = "outputHash",
    OUTPUT_HASH_ALGO = "outputHashAlgo",
    OUTPUT_HASH_MODE = "outputHashMode",
    META = "meta",
    OUT = "out",
    FUNCTION_ARGS = "__functionArgs",
    RECURSE_FOR_DERIVATIONS = "recurseForDerivations",
    FIND_FILE = "__findFile",
    NIX_PATH = "__nixPath",
    SUB = "__sub",
    MUL = "__mul",
    DIV = "__div",
    LESS_THAN = "__lessThan",
    HASH = "hash",
    HASH_ALGO = "hashAlgo",
    TO_HASH_FORMAT = "toHashFormat",
    X = "x",
    DESCRIPTION = "description",
}
