//! Text: strings with escapes and interpolations, indented ones, paths, and regular expressions.

use super::generate::{Generator, Type};

const PIECES: [&str; 24] = [
    "a", "b", "foo", "bar", " ", "  ", "1", "1.2", "-", "/", ".", "é", "漢", "$", "'", "''", "\\n", "\\t",
    "\\\"", "\\\\", "\\${", "$$", "#", "x y",
];

/// What stands in an indented string; never what would end it.
const INDENTED: [&str; 22] = [
    "a", "b", "foo", " ", "  ", "    ", "\n", "\n", "\n  ", "\n    ", "\n\n", "\n\t", "''\\n", "''$", "'''",
    "$", "\\n", "\"", "# x", "é", "''\\t", "$$",
];

/// A string literal.
pub fn string(generator: &mut Generator, depth: u32) -> String {
    if generator.rng.one_in(4) {
        return indented(generator, depth);
    }
    let mut text = String::from("\"");
    for _ in 0..generator.rng.below(5) {
        // A dollar before an interpolation would make text of it.
        if depth > 0 && !text.ends_with('$') && generator.rng.one_in(4) {
            text += &interpolation(generator, depth);
        } else {
            text += *generator.rng.pick(&PIECES);
        }
    }
    text + "\""
}

fn interpolation(generator: &mut Generator, depth: u32) -> String {
    let inner = match generator.rng.below(10) {
        0 => {
            let inner = generator.atom(&Type::Int, depth - 1);
            format!("toString {inner}")
        }
        1 => format!("{{ outPath = {}; }}", generator.expr(&Type::Text, depth - 1)),
        2 => format!("{{ __toString = self: {}; }}", generator.expr(&Type::Text, depth - 1)),
        3 => format!("builtins.toJSON {}", generator.atom(&Type::Int, depth - 1)),
        _ => generator.expr(&Type::Text, depth - 1),
    };
    format!("${{{inner}}}")
}

fn indented(generator: &mut Generator, depth: u32) -> String {
    let mut text = String::from("''");
    if generator.rng.below(3) > 0 {
        text.push('\n');
    }
    let mut last = "";
    for _ in 0..generator.rng.below(9) {
        if depth > 0 && last != "$" && last != "$$" && generator.rng.one_in(5) {
            text += &interpolation(generator, depth);
            last = "";
        } else {
            let piece = *generator.rng.pick(&INDENTED);
            // Quotes after a quote, or after a dollar, would be read together.
            if last.ends_with('\'') && piece.starts_with('\'')
                || last.ends_with('$') && piece.starts_with('\'')
            {
                continue;
            }
            text += piece;
            last = piece;
        }
    }
    if last.ends_with('\'') || last.ends_with('$') {
        text.push(' ');
    }
    text + "''"
}

/// A name in quotes, at times put together.
pub fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

/// A path; nothing lies there.
pub fn path(generator: &mut Generator, depth: u32) -> String {
    let mut text = String::new();
    for _ in 0..1 + generator.rng.below(3) {
        text.push('/');
        let name = *generator.rng.pick(&["nowhere", "a", "b.c", "d-e", "..", ".", "f_g+1"]);
        text += name;
        if depth > 0 && generator.rng.one_in(6) {
            text += &interpolation(generator, depth);
        }
    }
    text
}

/// A POSIX extended regular expression, as it stands in a string literal.
pub fn regex(generator: &mut Generator, depth: u32) -> String {
    let mut text = String::new();
    for _ in 0..1 + generator.rng.below(3) {
        if depth > 0 && generator.rng.one_in(3) {
            let inner = regex(generator, depth - 1);
            let other = regex(generator, depth - 1);
            text +=
                &if generator.rng.one_in(2) { format!("({inner})") } else { format!("({inner}|{other})") };
        } else {
            text += *generator.rng.pick(&[
                "a",
                "b",
                "o",
                ".",
                "[a-f]",
                "[^a]",
                "[[:digit:]]",
                "\\\\.",
                "foo",
                "-",
                " ",
                "^",
                "$",
            ]);
        }
        let anchor = text.ends_with('^') || text.ends_with('$');
        if !anchor && generator.rng.one_in(3) {
            text += *generator.rng.pick(&["*", "+", "?", "{2}", "{0,1}", "{1,}"]);
        }
    }
    text
}
