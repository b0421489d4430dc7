//! Lints: literals that Nix takes and that are better written otherwise.

use super::Evaluator;
use crate::nix::error::{Error, Kind, Result};
use crate::nix::syntax::ast::{Ast, Expr};

/// What becomes of a literal that a lint is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lint {
    /// Nothing.
    #[default]
    Ignore,
    /// A warning.
    Warn,
    /// An error.
    Fatal,
}

/// The lints of Nix 2.34.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lints {
    /// `http://example.org` without quotes.
    pub url_literals: Lint,
    /// `a/b` instead of `./a/b`.
    pub short_path_literals: Lint,
    /// `/a` and `~/a`.
    pub absolute_path_literals: Lint,
}

impl Evaluator {
    /// Looks for such literals in a file that was parsed.
    pub(super) fn lint(&self, ast: &Ast, source: &[u8], base: u32) -> Result<()> {
        let lints = self.options.lints;
        if lints == Lints::default() {
            return Ok(());
        }
        for (expr, offset) in ast.exprs.iter().zip(&ast.offsets) {
            let (lint, name, what) = match *expr {
                // A string that begins with no quote was written without.
                Expr::String(text) if !matches!(source.get(*offset as usize), Some(b'"' | b'\'')) => {
                    let url = String::from_utf8_lossy(ast.text(text)).into_owned();
                    let verb = if lints.url_literals == Lint::Fatal { "disallowed" } else { "discouraged" };
                    let what =
                        format!("URL literals are {verb}. Consider using a string literal \"{url}\" instead");
                    (lints.url_literals, "lint-url-literals", what)
                }
                Expr::Path(text) => {
                    let path = String::from_utf8_lossy(ast.text(text)).into_owned();
                    match path.bytes().next() {
                        Some(first @ (b'/' | b'~')) => {
                            let kind = if first == b'/' { "absolute" } else { "home" };
                            let what = format!(
                                "{kind} path literals are not portable. Consider replacing path literal '{path}' by a \
                                 string, relative path, or parameter"
                            );
                            (lints.absolute_path_literals, "lint-absolute-path-literals", what)
                        }
                        Some(b'.') | None => continue,
                        Some(_) => {
                            let what = format!(
                                "relative path literal '{path}' should be prefixed with '.' for clarity: './{path}'"
                            );
                            (lints.short_path_literals, "lint-short-path-literals", what)
                        }
                    }
                }
                _ => continue,
            };
            match lint {
                Lint::Ignore => {}
                Lint::Warn => {
                    let place = self.place_text(base + offset);
                    self.world.say(&format!("warning: {what} ({name})\n  at {place}"));
                }
                Lint::Fatal => {
                    return Err(Error::new(Kind::Syntax, format!("{what} ({name})")).at(base + offset));
                }
            }
        }
        Ok(())
    }
}
