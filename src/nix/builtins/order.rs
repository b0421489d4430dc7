//! Which argument is to blame when more than one is wrong.
//!
//! A builtin here gets its arguments evaluated, from the first to the last. In Nix it evaluates them by itself, and looks
//! at each before it goes on to the next. That shows only where an argument fails: `builtins.all 1 (throw "")` is an error
//! that `tryEval` does not catch, since 1 is no function, whatever the list may be. So when evaluating an argument failed,
//! what Nix would have looked at before it is looked at now.

use super::Builtin;
use crate::nix::builtins::hashes;
use crate::nix::error::{Error, Kind, Result};
use crate::nix::eval::Evaluator;
use crate::nix::value::Word;

/// What an argument has to be before Nix goes on to the next.
#[derive(Clone, Copy)]
enum Wants {
    Function,
    Set,
    List,
    /// A list, as long as the first argument.
    AsLong,
    /// A list of strings.
    Strings,
    /// A string with or without a context.
    String,
    /// A string without a context.
    Name,
    Regex,
    /// The name of a hash algorithm.
    Algorithm,
    Integer,
    /// What may be the start of a part.
    Start,
    /// What may be read as a path.
    Path,
    /// Places where files are looked up.
    SearchPath,
}

use Wants::{
    Algorithm, AsLong, Function, Integer, List, Name, Path, Regex, SearchPath, Set, Start, String, Strings,
};

/// Which arguments a builtin looks at, in which order. The last one needs no line: nothing is evaluated after it.
const ORDER: &[(&str, &[(usize, Wants)])] = &[
    ("all", &[(0, Function)]),
    ("any", &[(0, Function)]),
    ("appendContext", &[(0, String)]),
    ("bitAnd", &[(0, Integer)]),
    ("bitOr", &[(0, Integer)]),
    ("bitXor", &[(0, Integer)]),
    ("catAttrs", &[(0, Name)]),
    ("compareVersions", &[(0, Name)]),
    ("concatMap", &[(0, Function)]),
    ("concatStringsSep", &[(0, String)]),
    ("elemAt", &[(1, Integer)]),
    ("filterSource", &[(1, Path)]),
    ("findFile", &[(0, SearchPath)]),
    ("foldl'", &[(0, Function)]),
    ("genList", &[(1, Integer)]),
    ("getAttr", &[(0, Name)]),
    ("groupBy", &[(0, Function)]),
    ("hasAttr", &[(0, Name)]),
    ("hashFile", &[(0, Algorithm)]),
    ("hashString", &[(0, Algorithm)]),
    ("intersectAttrs", &[(0, Set)]),
    ("match", &[(0, Regex)]),
    ("partition", &[(0, Function)]),
    ("removeAttrs", &[(0, Set)]),
    ("replaceStrings", &[(0, List), (1, AsLong), (0, Strings)]),
    ("scopedImport", &[(1, Path)]),
    ("split", &[(0, Regex)]),
    ("substring", &[(0, Start), (1, Integer)]),
    ("toFile", &[(0, Name)]),
    ("unsafeGetAttrPos", &[(0, Name)]),
    ("zipAttrsWith", &[(0, Function)]),
];

impl Evaluator {
    /// The error of a call one of whose arguments failed: that, or what Nix would have met before.
    #[cold]
    pub(in crate::nix) fn blamed(
        &mut self,
        builtin: &Builtin,
        failed: usize,
        error: Error,
        mut argument: impl FnMut(&mut Evaluator, usize) -> Result<Word>,
    ) -> Error {
        // These end the evaluation, whatever the other arguments are.
        if matches!(error.kind(), Kind::Interrupted | Kind::TooDeep) {
            return error;
        }
        let order = ORDER.iter().find(|(name, _)| *name == builtin.name).map_or(&[][..], |(_, order)| order);
        for (at, wants) in order {
            if *at == failed {
                break;
            }
            let value = argument(self, *at);
            if let Err(earlier) = value.and_then(|value| self.fits(value, *wants, &mut argument)) {
                return earlier;
            }
        }
        error
    }

    /// Whether an argument is what Nix wants of it.
    fn fits(
        &mut self,
        value: Word,
        wants: Wants,
        mut argument: impl FnMut(&mut Evaluator, usize) -> Result<Word>,
    ) -> Result<()> {
        match wants {
            Function => self.wanted_function(value)?,
            Set => drop(self.wanted_set(value)?),
            List => drop(self.wanted_list(value)?),
            AsLong => {
                let length = self.wanted_list(value)?.aux();
                if argument(self, 0)?.aux() != length {
                    return Err(super::strings::different_lengths());
                }
            }
            Strings => {
                let list = self.wanted_list(value)?;
                for slot in list.at()..list.at() + list.aux() {
                    let item = self.force_slot(slot)?;
                    self.wanted_string(item)?;
                }
            }
            String => drop(self.wanted_string(value)?),
            Name => drop(self.wanted_plain_string(value)?),
            Regex => drop(self.regex(value)?),
            Algorithm => drop(hashes::algorithm(self, value)?),
            Integer => drop(self.wanted_int(value)?),
            Start => {
                if self.wanted_int(value)? < 0 {
                    return Err(super::strings::negative_start());
                }
            }
            Path => drop(self.coerced_path(value)?),
            SearchPath => drop(super::paths::search_path(self, value)?),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_that_of_builtins_that_exist() {
        for (name, order) in ORDER {
            let builtin = super::super::all().iter().find(|builtin| builtin.name == *name);
            let arity = builtin.unwrap_or_else(|| panic!("there is no `{name}`")).arity;
            assert!(order.iter().all(|(at, _)| *at < usize::from(arity)), "`{name}` takes {arity}");
        }
    }
}
