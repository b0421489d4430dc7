//! Rust source as the tests that guard the project read it: words and signs, without comments and literals.
//!
//! No compiler: enough to see which paths a file names, and small enough to be trusted at sight.

#![allow(clippy::unwrap_used, reason = "only tests read this, and a test fails by panicking")]

use std::path::{Path, PathBuf};

/// One file of `src`.
pub struct File {
    /// Relative to the package, such as `src/os/files.rs`.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// The package's own folder.
pub fn package() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every `.rs` file below `src`, sorted.
pub fn files() -> Vec<File> {
    fn walk(folder: &Path, into: &mut Vec<File>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, into);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(package()).unwrap().to_str().unwrap().to_owned();
                into.push(File { path: name, text: std::fs::read_to_string(&path).unwrap() });
            }
        }
    }
    let mut files = Vec::new();
    walk(&package().join("src"), &mut files);
    files.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(files.len() > 20, "the sources were not found");
    files
}

/// The module a file is: `src/os/files.rs` is `os`, `files`; `src/os/mod.rs` is `os`; `src/lib.rs` is the root.
pub fn module_of(path: &str) -> Vec<String> {
    let inside = path.trim_start_matches("src/").trim_end_matches(".rs");
    let mut parts: Vec<String> = inside.split('/').map(str::to_owned).collect();
    if matches!(parts.last().map(String::as_str), Some("mod" | "lib" | "main")) {
        parts.pop();
    }
    parts
}

/// A word, or one sign that is neither space nor part of a word. `::` is one token.
pub type Token = String;

/// The tokens of a source text. Comments vanish; a string or character literal becomes the token `""`.
pub fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let mut tokens = Vec::new();
    let mut i = 0;
    while i < chars.len() {
        let c = chars[i];
        if c == '/' && at(i + 1) == '/' {
            while i < chars.len() && chars[i] != '\n' {
                i += 1;
            }
        } else if c == '/' && at(i + 1) == '*' {
            let mut depth = 0;
            while i < chars.len() {
                match (chars[i], at(i + 1)) {
                    ('/', '*') => (depth, i) = (depth + 1, i + 2),
                    ('*', '/') => (depth, i) = (depth - 1, i + 2),
                    _ => i += 1,
                }
                if depth == 0 {
                    break;
                }
            }
        } else if let Some(end) = raw_string(&chars, i) {
            tokens.push("\"\"".into());
            i = end;
        } else if c == '"' {
            i += 1;
            while i < chars.len() && chars[i] != '"' {
                i += if chars[i] == '\\' { 2 } else { 1 };
            }
            i += 1;
            tokens.push("\"\"".into());
        } else if c == '\'' && (at(i + 1) == '\\' || at(i + 2) == '\'') {
            i += if at(i + 1) == '\\' { 3 } else { 2 };
            while i < chars.len() && chars[i] != '\'' {
                i += 1;
            }
            i += 1;
            tokens.push("\"\"".into());
        } else if c.is_alphanumeric() || c == '_' {
            let start = i;
            while at(i).is_alphanumeric() || at(i) == '_' {
                i += 1;
            }
            let word: String = chars[start..i].iter().collect();
            // b"…" and c"…" have a prefix that is no word of its own.
            if !(matches!(word.as_str(), "b" | "c") && matches!(at(i), '"' | '\'')) {
                tokens.push(word);
            }
        } else if c == ':' && at(i + 1) == ':' {
            tokens.push("::".into());
            i += 2;
        } else {
            if !c.is_whitespace() {
                tokens.push(c.into());
            }
            i += 1;
        }
    }
    tokens
}

/// Where the raw string that begins at `i` ends, if one does: `r"…"`, `br##"…"##`.
fn raw_string(chars: &[char], start: usize) -> Option<usize> {
    if start > 0 && (chars[start - 1].is_alphanumeric() || chars[start - 1] == '_') {
        return None;
    }
    let mut i = start;
    if matches!(chars.get(i), Some('b' | 'c')) {
        i += 1;
    }
    if chars.get(i) != Some(&'r') {
        return None;
    }
    i += 1;
    let hashes = chars[i..].iter().take_while(|c| **c == '#').count();
    i += hashes;
    if chars.get(i) != Some(&'"') {
        return None;
    }
    i += 1;
    while i < chars.len() {
        if chars[i] == '"' && chars[i + 1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes {
            return Some(i + 1 + hashes);
        }
        i += 1;
    }
    Some(chars.len())
}

/// The tokens without the items that `#[cfg(test)]` stands before: what is in the program itself.
pub fn without_tests(tokens: &[Token]) -> Vec<Token> {
    const MARK: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::new();
    let mut i = 0;
    while i < tokens.len() {
        if tokens[i..].len() >= MARK.len() && tokens[i..].iter().zip(MARK).all(|(a, b)| a == b) {
            i = end_of_item(tokens, i + MARK.len());
        } else {
            kept.push(tokens[i].clone());
            i += 1;
        }
    }
    kept
}

/// Just past the item that begins here: its `;`, or the end of its braces.
fn end_of_item(tokens: &[Token], mut i: usize) -> usize {
    let mut depth = 0;
    while i < tokens.len() {
        match tokens[i].as_str() {
            "{" | "(" | "[" => depth += 1,
            ")" | "]" => depth -= 1,
            "}" => {
                depth -= 1;
                if depth == 0 {
                    return i + 1;
                }
            }
            ";" if depth == 0 => return i + 1,
            _ => {}
        }
        i += 1;
    }
    i
}

/// Every path with at least two parts, groups taken apart: `use a::{b, c::d}` gives `a::b` and `a::c::d`.
///
/// `super` and `self` at the start are resolved against `module`, so that such a path begins with `crate`.
pub fn paths(tokens: &[Token], module: &[String]) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    // Inline modules we are in, each with the depth of braces outside it.
    let mut inside: Vec<(String, usize)> = Vec::new();
    let mut depth = 0;
    let mut i = 0;
    while i < tokens.len() {
        match tokens[i].as_str() {
            "mod" if tokens.get(i + 2).is_some_and(|t| t == "{") => {
                inside.push((tokens[i + 1].clone(), depth));
                depth += 1;
                i += 3;
                continue;
            }
            "{" => depth += 1,
            "}" => {
                depth = depth.saturating_sub(1);
                if inside.last().is_some_and(|(_, outside)| *outside == depth) {
                    inside.pop();
                }
            }
            word if is_word(word) && tokens.get(i + 1).is_some_and(|t| t == "::") => {
                let here: Vec<String> =
                    module.iter().cloned().chain(inside.iter().map(|(name, _)| name.clone())).collect();
                let mut several = Vec::new();
                i = path(tokens, i, &mut Vec::new(), &mut several);
                found.extend(several.into_iter().map(|path| resolve(path, &here)));
                continue;
            }
            _ => {}
        }
        i += 1;
    }
    found
}

/// Reads one path, or the group it ends in; answers where it ends.
fn path(tokens: &[Token], mut i: usize, before: &mut Vec<String>, found: &mut Vec<Vec<String>>) -> usize {
    let depth = before.len();
    loop {
        match tokens.get(i).map(String::as_str) {
            Some("{") if before.len() > depth || depth > 0 => {
                i += 1;
                while tokens.get(i).is_some_and(|t| t != "}") {
                    i = if tokens[i] == "," { i + 1 } else { path(tokens, i, before, found).max(i + 1) };
                }
                i += 1;
                break;
            }
            Some(word) if is_word(word) || word == "*" => {
                before.push(word.to_owned());
                i += 1;
            }
            _ => {
                found.push(before.clone());
                break;
            }
        }
        if tokens.get(i).is_some_and(|t| t == "::") {
            i += 1;
        } else {
            found.push(before.clone());
            // `x as y` inside a group.
            if depth > 0 && tokens.get(i).is_some_and(|t| t == "as") {
                i += 2;
            }
            break;
        }
    }
    before.truncate(depth);
    i
}

fn is_word(token: &str) -> bool {
    token.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_')
}

fn resolve(mut path: Vec<String>, module: &[String]) -> Vec<String> {
    let mut here = module.to_vec();
    let supers = path.iter().take_while(|part| *part == "super").count();
    let own = supers > 0 || path[0] == "self";
    if !own {
        return path;
    }
    here.truncate(here.len().saturating_sub(supers));
    path.drain(..supers.max(1));
    std::iter::once("crate".to_owned()).chain(here).chain(path).collect()
}
