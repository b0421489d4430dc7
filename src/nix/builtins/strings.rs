//! Strings.

use super::Builtin;
use crate::nix::context::Context;
use crate::nix::error::{Error, Result};
use crate::nix::eval::{Coercion, Evaluator, Text};
use crate::nix::paths;
use crate::nix::symbols::Symbol;
use crate::nix::value::{Tag, Word};

pub(super) const TABLE: &[Builtin] = &[
    Builtin {
        name: "toString",
        arity: 1,
        lazy: 0,
        run: to_string,
        help: (
            &["e"],
            "A value as a string: also of numbers, `null`, Booleans (`1` and nothing), paths as they are, and lists with spaces between.",
        ),
    },
    Builtin {
        name: "stringLength",
        arity: 1,
        lazy: 0,
        run: string_length,
        help: (&["e"], "How many bytes a string has."),
    },
    Builtin {
        name: "substring",
        arity: 3,
        lazy: 0,
        run: substring,
        help: (
            &["start", "len", "s"],
            "The bytes from `start`, from 0, at most `len` of them, or all if `len` is negative.",
        ),
    },
    Builtin {
        name: "concatStringsSep",
        arity: 2,
        lazy: 0,
        run: concat_strings_sep,
        help: (&["separator", "list"], "The strings of a list with a separator between."),
    },
    Builtin {
        name: "replaceStrings",
        arity: 3,
        lazy: 0,
        run: replace_strings,
        help: (
            &["from", "to", "s"],
            "The string with each text of `from` replaced by that of `to`; where several fit, by the first.",
        ),
    },
    Builtin {
        name: "baseNameOf",
        arity: 1,
        lazy: 0,
        run: base_name_of,
        help: (&["x"], "What follows the last slash of a path or string."),
    },
    Builtin {
        name: "dirOf",
        arity: 1,
        lazy: 0,
        run: dir_of,
        help: (&["s"], "What precedes the last slash of a path or string."),
    },
    Builtin {
        name: "toPath",
        arity: 1,
        lazy: 0,
        run: to_path,
        help: (&["s"], "An absolute path as a string, without `.` and `..`. `/. + s` makes a path."),
    },
];

impl Evaluator {
    /// A string argument that may depend on nothing.
    pub(in crate::nix) fn wanted_plain_string(&self, value: Word) -> Result<&'static [u8]> {
        let text = self.wanted_string(value)?;
        self.without_context(value)?;
        Ok(text)
    }

    /// `""`
    pub(in crate::nix) fn empty_string(&mut self) -> Word {
        self.symbol_string(Symbol(0))
    }

    /// Part of a string, with the context of all of it.
    fn part_of(&mut self, text: &[u8], context: Context) -> Word {
        match text {
            [] if context == Context::NONE => self.empty_string(),
            [byte] if context == Context::NONE => self.byte_string(*byte),
            _ => self.string_in(text, context),
        }
    }

    /// A string of one byte. Taking strings apart makes many of them, so each is made once.
    fn byte_string(&mut self, byte: u8) -> Word {
        if self.byte_strings[usize::from(byte)] == Word::EMPTY {
            self.byte_strings[usize::from(byte)] = self.string(&[byte]);
        }
        self.byte_strings[usize::from(byte)]
    }
}

fn to_string(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    if arguments[0].tag() == Tag::String {
        return Ok(arguments[0]);
    }
    let text = evaluator.coerced(arguments[0], Coercion::TO_STRING)?;
    Ok(evaluator.finish(&text))
}

fn string_length(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let len = match arguments[0].tag() {
        Tag::String => evaluator.bytes(arguments[0]).len(),
        _ => evaluator.coerced(arguments[0], Coercion::INTERPOLATED)?.bytes.len(),
    };
    Ok(evaluator.int(len as i64))
}

#[cold]
pub(super) fn negative_start() -> Error {
    Error::other("negative start position in 'substring'")
}

#[cold]
pub(super) fn different_lengths() -> Error {
    Error::other("'from' and 'to' arguments passed to builtins.replaceStrings have different lengths")
}

fn substring(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let start = evaluator.wanted_int(arguments[0])?;
    if start < 0 {
        return Err(negative_start());
    }
    let len = evaluator.wanted_int(arguments[1])?;
    let cut = |text: &[u8]| {
        let start = usize::try_from(start).unwrap_or(usize::MAX).min(text.len());
        // A negative length is as good as infinite.
        let len = usize::try_from(len).unwrap_or(usize::MAX).min(text.len() - start);
        start..start + len
    };
    if arguments[2].tag() == Tag::String {
        let text = evaluator.bytes(arguments[2]);
        let range = cut(text);
        if range.len() == text.len() {
            return Ok(arguments[2]);
        }
        return Ok(evaluator.part_of(&text[range], evaluator.context(arguments[2])));
    }
    let text = evaluator.coerced(arguments[2], Coercion::INTERPOLATED)?;
    let range = cut(&text.bytes);
    Ok(evaluator.part_of(&text.bytes[range], text.context))
}

fn concat_strings_sep(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let separator = evaluator.wanted_string(arguments[0])?;
    let list = evaluator.wanted_list(arguments[1])?;
    // The separator's context counts even where it is not used.
    let mut text = Text { bytes: Vec::new(), context: evaluator.context(arguments[0]) };
    for at in 0..list.aux() {
        if at > 0 {
            text.bytes.extend_from_slice(separator);
        }
        let item = evaluator.force_slot(list.at() + at)?;
        evaluator.coerce(item, Coercion::INTERPOLATED, &mut text).map_err(|error| {
            error.while_(0, "while evaluating one element of the list of strings to concat")
        })?;
    }
    Ok(evaluator.part_of(&text.bytes, text.context))
}

fn replace_strings(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let from = evaluator.wanted_list(arguments[0])?;
    let to = evaluator.wanted_list(arguments[1])?;
    if from.aux() != to.aux() {
        return Err(different_lengths());
    }
    let mut wanted = Vec::with_capacity(from.aux() as usize);
    // By first byte: whether something wanted begins with it.
    let mut begins = [false; 256];
    for at in 0..from.aux() {
        let text = evaluator.force_slot(from.at() + at)?;
        let text = evaluator.wanted_string(text)?;
        match text.first() {
            Some(byte) => begins[usize::from(*byte)] = true,
            None => begins = [true; 256],
        }
        wanted.push(text);
    }
    let empty_is_wanted = wanted.iter().any(|text| text.is_empty());
    let text = evaluator.wanted_string(arguments[2])?;
    let mut context = evaluator.context(arguments[2]);
    let mut done = Vec::with_capacity(text.len() + text.len() / 8);
    let mut at = 0;
    // At the end of the text, too, nothing may be replaced by something.
    while at < text.len() || at == text.len() && empty_is_wanted {
        if let Some(byte) = text.get(at)
            && !begins[usize::from(*byte)]
        {
            let rest = &text[at..];
            let len = rest.iter().position(|byte| begins[usize::from(*byte)]).unwrap_or(rest.len());
            done.extend_from_slice(&rest[..len]);
            at += len;
            continue;
        }
        let found = wanted.iter().position(|wanted| text[at..].starts_with(wanted));
        if let Some(index) = found {
            let new = evaluator.force_slot(to.at() + index as u32)?;
            done.extend_from_slice(evaluator.wanted_string(new)?);
            context = evaluator.contexts.union(context, evaluator.context(new));
            at += wanted[index].len();
        }
        if found.is_none_or(|index| wanted[index].is_empty()) {
            done.extend_from_slice(text.get(at..at + 1).unwrap_or_default());
            at += 1;
        }
    }
    Ok(if done == text && context == evaluator.context(arguments[2]) {
        arguments[2]
    } else {
        evaluator.part_of(&done, context)
    })
}

fn base_name_of(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let text = evaluator.coerced(arguments[0], Coercion::PLAIN)?;
    // One slash at the end does not count, a second one does.
    let path = match text.bytes.strip_suffix(b"/") {
        Some(rest) if !rest.is_empty() => rest,
        _ => &text.bytes,
    };
    let start = path.iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1);
    Ok(evaluator.part_of(&path[start..], text.context))
}

fn dir_of(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    if arguments[0].tag() == Tag::Path {
        let path = std::str::from_utf8(evaluator.bytes(arguments[0]))
            .map_err(|_| Error::other("a path must be UTF-8"))?;
        return Ok(evaluator.path(paths::parent(path)));
    }
    let text = evaluator.coerced(arguments[0], Coercion::PLAIN)?;
    let folder: &[u8] = match text.bytes.iter().rposition(|byte| *byte == b'/') {
        None => b".",
        Some(0) => b"/",
        Some(slash) => &text.bytes[..slash],
    };
    Ok(evaluator.part_of(folder, text.context))
}

fn to_path(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let (path, context) = evaluator.coerced_path(arguments[0])?;
    Ok(evaluator.string_in(paths::tidy(&path).as_bytes(), context))
}
