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

/// Files below the folder of files, and some that are not there.
pub const FILES: [&str; 18] = [
    "a.txt",
    "f.nix",
    "s.nix",
    "bad.nix",
    "throws.nix",
    "d.json",
    "d.toml",
    "dir",
    "dir/default.nix",
    "dir/sub",
    "dir/sub/default.nix",
    "dir/sub/y",
    "dir/empty",
    "dir/b.c",
    "dir/../a.txt",
    "nowhere",
    "a.txt/x",
    "dir/./sub/",
];

/// A regular expression that may be none: brackets of all kinds, bounds, empty groups, escapes.
pub fn wild_regex(generator: &mut Generator, depth: u32) -> String {
    const ATOMS: [&str; 40] = [
        "a",
        "b",
        "ab",
        "foo",
        "x y",
        "1",
        ".",
        r"\\.",
        r"\\*",
        r"\\(",
        r"\\\\",
        "[abc]",
        "[^abc]",
        "[a-z]",
        "[a-z0-9_-]",
        "[]a]",
        "[^]a]",
        "[a-]",
        "[-a]",
        "[[:alpha:]]",
        "[^[:space:]]",
        "[[:upper:][:digit:]]",
        "-",
        "/",
        "[[.a.]]",
        "[[=a=]]",
        "[z-a]",
        "[a",
        "()",
        "(|a)",
        "^",
        "$",
        "^a",
        "a$",
        r"\\s",
        r"\\w",
        r"\\1",
        "é",
        "[é]",
        r"\n",
    ];
    const BOUNDS: [&str; 14] =
        ["*", "+", "?", "{2}", "{0}", "{0,1}", "{1,}", "{2,3}", "{3,2}", "{,2}", "{", "**", "+?", "*?"];
    let mut text = String::new();
    for _ in 0..1 + generator.rng.below(4) {
        if depth > 0 && generator.rng.one_in(3) {
            let inner = wild_regex(generator, depth - 1);
            text += &match generator.rng.below(4) {
                0 => format!("({inner}|{})", wild_regex(generator, depth - 1)),
                1 => format!("{inner}|{}", wild_regex(generator, depth - 1)),
                _ => format!("({inner})"),
            };
        } else {
            // Most are good ones.
            let most = if generator.rng.one_in(6) { ATOMS.len() } else { 24 };
            text += ATOMS[generator.rng.below(most as u32) as usize];
        }
        if generator.rng.one_in(3) {
            let most = if generator.rng.one_in(8) { BOUNDS.len() } else { 8 };
            text += BOUNDS[generator.rng.below(most as u32) as usize];
        }
    }
    text
}

/// JSON in a string literal; now and then it is none.
pub fn json(generator: &mut Generator, depth: u32) -> String {
    literal(&json_text(generator, depth))
}

/// A text as a string literal.
fn literal(text: &str) -> String {
    quoted(&text.replace('\\', r"\\").replace('"', "\\\"").replace("${", "\\${"))
}

fn json_text(generator: &mut Generator, depth: u32) -> String {
    const SCALARS: [&str; 34] = [
        "0",
        "1",
        "-1",
        "1.5",
        "-0",
        "-0.0",
        "1e3",
        "1E-2",
        "1.0",
        "123456789012345678901234567890",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775808",
        "18446744073709551615",
        "0.1",
        "5e-324",
        "true",
        "false",
        "null",
        r#""""#,
        r#""a""#,
        r#""\n\t\"\\\/\b\f\r""#,
        r#""\u00e9""#,
        r#""\ud83d\ude00""#,
        r#""é漢""#,
        r#""${x}""#,
        "01",
        "1.",
        ".5",
        "+1",
        "nul",
        "1e400",
        r#""\ud800""#,
        "'a'",
    ];
    if depth == 0 || generator.rng.one_in(3) {
        let most = if generator.rng.one_in(9) { SCALARS.len() } else { 26 };
        return SCALARS[generator.rng.below(most as u32) as usize].into();
    }
    let space = *generator.rng.pick(&["", "", " ", "\n"]);
    let items: Vec<String> = (0..generator.rng.below(4)).map(|_| json_text(generator, depth - 1)).collect();
    if generator.rng.one_in(2) {
        return format!("[{space}{}{space}]", items.join(","));
    }
    let pairs: Vec<String> = items
        .into_iter()
        .map(|item| format!("\"{}\":{space}{item}", generator.rng.pick(&["a", "b", "c d", "", "é"])))
        .collect();
    format!("{{{}{space}}}", pairs.join(&format!("{space},")))
}

/// TOML in a string literal: lines that may contradict each other.
pub fn toml(generator: &mut Generator) -> String {
    const LINES: [&str; 40] = [
        "a = 1",
        "b = -2",
        "c = 1.5",
        "d = true",
        "e = 'x'",
        r#"f = "y\u00e9""#,
        "g = [ 1, 2, 3 ]",
        "h = [ 1, 'a', [ ] ]",
        "i = { x = 1, y.z = 2 }",
        "j.k = 1",
        "j.l = 2",
        r#""m n" = 3"#,
        "'o' = 4",
        "[t]",
        "u = 1",
        "[t.v]",
        "w = 'z'",
        "[[x]]",
        "n = 1",
        "[[x]]",
        "n = 2",
        "[x.y]",
        "# comment",
        "p = 0xff",
        "q = 0o17",
        "r = 0b101",
        "s = 1_000",
        "a1 = 1e3",
        "a4 = \"\"\"\nx\\\n  y\"\"\"",
        "a5 = '''a'b'''",
        "a6 = 6.0",
        "a7 = 9223372036854775807",
        "a8 = 9223372036854775808",
        "a9 =",
        "b1 = 1 2",
        "b2 = 1979-05-27",
        "a.b = 1",
        "b3 = [ 1, 2, ]",
        "a2 = inf",
        "a3 = -nan",
    ];
    let mut lines = Vec::new();
    for _ in 0..1 + generator.rng.below(6) {
        let most = if generator.rng.one_in(6) { LINES.len() } else { 32 };
        lines.push(LINES[generator.rng.below(most as u32) as usize]);
    }
    literal(&lines.join("\n"))
}
