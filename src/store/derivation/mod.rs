//! A derivation says how a build is run: its inputs, a program with arguments and environment, and the outputs it makes.
//!
//! Its text is in the ATerm format, and that text's hash is its own store path; so every byte of it counts. Texts are
//! bytes, as in the Nix language, and are borrowed where they were there before: an evaluator lends its strings.
//!
//! ```
//! use fleet::store::{Cache, Derivation, StoreDir};
//!
//! let mut hello = Derivation::new("hello");
//! hello.platform = b"x86_64-linux".into();
//! hello.builder = b"/bin/sh".into();
//! hello.args = vec![b"-c".into(), b"echo hello > $out".into()];
//! hello.add_output("out")?;
//! for (key, value) in [("name", "hello"), ("system", "x86_64-linux"), ("builder", "/bin/sh")] {
//!     hello.set_env(key.as_bytes(), value.as_bytes());
//! }
//!
//! let made = hello.instantiate(&StoreDir::default(), &mut Cache::default())?;
//! assert_eq!(made.path.as_str(), "r3f9l9f32qpzwmdgizjpbwn3ff2n6ny7-hello.drv");
//! assert_eq!(Derivation::parse(&StoreDir::default(), "hello", &made.text)?, hello);
//! # Ok::<(), fleet::store::DerivationError>(())
//! ```

mod build;
mod error;
mod input;
mod instantiate;
mod json;
mod modulo;
mod output;
mod parse;
mod print;

pub use error::DerivationError;
pub use input::Input;
pub use instantiate::Instantiated;
pub use json::print_json;
pub use modulo::{Cache, Modulo};
pub use output::{Output, OutputKind, OutputName};

use super::StorePath;
use std::borrow::Cow;

/// Bytes of the language: borrowed where they were there before.
pub type Text<'a> = Cow<'a, [u8]>;

/// How a build is run. The lists are sorted and without duplicates, except for the arguments;
/// [`Derivation::normalize`] makes them so.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Derivation<'a> {
    /// Its name, without `.drv`.
    pub name: Cow<'a, str>,
    /// What it makes, by name.
    pub outputs: Vec<(OutputName, Output)>,
    /// The derivations it needs, and which outputs of each.
    pub input_derivations: Vec<(StorePath, Input)>,
    /// Other store paths it needs.
    pub input_sources: Vec<StorePath>,
    /// Which machine can run it, such as `x86_64-linux`.
    pub platform: Text<'a>,
    /// The program.
    pub builder: Text<'a>,
    /// The program's arguments.
    pub args: Vec<Text<'a>>,
    /// The program's environment.
    pub env: Vec<(Text<'a>, Text<'a>)>,
}
