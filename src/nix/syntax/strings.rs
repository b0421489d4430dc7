//! Strings, indented strings and paths: texts with interpolations, which the parser reads without the lexer.
//!
//! A text ends where an interpolation `${` or the closing quote begins. Inside `${ … }` the lexer goes on as usual; after
//! the brace the text does. Every part keeps its place, since Nix names it when a part is no string.

use super::ast::{Expr, ExprId, Slice, Text};
use super::bytes::{INDENTED, PATH, STRING, is};
use super::error::{Failed, ParseError, Parsed};
use super::parser::Parser;
use super::token::Token;

/// A piece of an indented string, before its indentation is stripped.
#[derive(Debug, Clone, Copy)]
pub enum Piece {
    /// As it is in the file, from one byte to another; its spaces count as indentation.
    Plain {
        /// The first byte.
        start: u32,
        /// The byte after the last.
        end: u32,
    },
    /// What an escape stands for. Its spaces are no indentation, and none is looked for before it.
    Escaped {
        /// Where it is written.
        offset: u32,
        /// What it stands for.
        text: &'static [u8],
    },
    /// `''\x`: a byte that stands for itself.
    Byte {
        /// Where it is written.
        offset: u32,
        /// The byte.
        byte: u8,
    },
    /// `${ expr }`
    Hole {
        /// Where it begins.
        offset: u32,
        /// What is inside.
        expr: ExprId,
    },
}

impl Parser<'_> {
    /// `"text ${expr} text"`
    pub(super) fn string(&mut self) -> Parsed<ExprId> {
        let open = self.lexer.start;
        let base = self.scratch.parts.len();
        let mut at = self.lexer.end;
        loop {
            let start = at;
            let text = self.string_text(&mut at, open)?;
            if self.lexer.at(at) == b'"' {
                self.lexer.advance_from(at + 1);
                if self.scratch.parts.len() == base {
                    return Ok(self.add(Expr::String(text), open));
                }
                if text.len > 0 {
                    self.text_part(text, start);
                }
                let parts = self.parts_from(base);
                // Nix names the first part's place as that of the whole.
                return Ok(self.add(Expr::Interpolation(parts), open + 1));
            }
            if text.len > 0 {
                self.text_part(text, start);
            }
            at = self.hole(at)?;
        }
    }

    /// Text of a string from `at` up to its quote or a `${`, where `at` is then. `\` makes the next byte mean itself,
    /// but for `\n`, `\r` and `\t`; `$$` is two dollars and begins no interpolation.
    fn string_text(&mut self, at: &mut usize, open: usize) -> Parsed<Text> {
        let source = self.lexer.source;
        let begin = self.ast.bytes.len();
        let mut copied = *at;
        let mut here = *at;
        loop {
            here = self.lexer.until(here, STRING);
            let next = self.lexer.at(here + 1);
            match self.lexer.at(here) {
                b'"' => break,
                b'$' if next == b'{' => break,
                // The second dollar is text too, whatever follows.
                b'$' if next == b'$' => here += 2,
                b'$' => here += 1,
                b'\\' if here + 1 < source.len() => {
                    self.ast.bytes.extend_from_slice(&source[copied..here]);
                    here += 2;
                    match next {
                        b'n' => self.ast.bytes.push(b'\n'),
                        b'r' => self.ast.bytes.push(b'\r'),
                        b't' => self.ast.bytes.push(b'\t'),
                        0 => return Err(self.nul(here - 1)),
                        other => self.ast.bytes.push(other),
                    }
                    copied = here;
                }
                b'\r' => {
                    self.ast.bytes.extend_from_slice(&source[copied..here]);
                    self.ast.bytes.push(b'\n');
                    here += if next == b'\n' { 2 } else { 1 };
                    copied = here;
                }
                _ if here + 1 >= source.len() => return Err(self.unclosed_string("\"", open)),
                _ => return Err(self.nul(here)),
            }
        }
        self.ast.bytes.extend_from_slice(&source[copied..here]);
        *at = here;
        Ok(Text { start: begin as u32, len: (self.ast.bytes.len() - begin) as u32 })
    }

    /// `''text ${expr} text''`
    pub(super) fn indented_string(&mut self) -> Parsed<ExprId> {
        let open = self.lexer.start;
        let base = self.scratch.pieces.len();
        let mut at = self.lexer.end;
        // Spaces behind the opening quotes, and that line's end, are not of the text.
        let mut text = at;
        while self.lexer.at(text) == b' ' {
            text += 1;
        }
        if self.lexer.at(text) == b'\n' {
            at = text + 1;
        }
        loop {
            let start = at;
            at = self.indented_text(at);
            if at > start {
                self.plain(start, at)?;
            }
            let offset = at as u32;
            let (piece, length) = match (self.lexer.at(at), self.lexer.at(at + 1), self.lexer.at(at + 2)) {
                (b'$', b'{', _) => {
                    let (expr, end) = self.hole_expr(at)?;
                    (Piece::Hole { offset, expr }, end - at)
                }
                (b'$', ..) => (Piece::Escaped { offset, text: b"$" }, 1),
                (b'\'', b'\'', b'$') => (Piece::Escaped { offset, text: b"$" }, 3),
                (b'\'', b'\'', b'\'') => (Piece::Escaped { offset, text: b"''" }, 3),
                (b'\'', b'\'', b'\\') if at + 3 < self.lexer.source.len() => {
                    let byte = match self.lexer.at(at + 3) {
                        b'n' => b'\n',
                        b'r' => b'\r',
                        b't' => b'\t',
                        0 => return Err(self.nul(at + 3)),
                        other => other,
                    };
                    (Piece::Byte { offset, byte }, 4)
                }
                (b'\'', b'\'', _) => {
                    self.lexer.advance_from(at + 2);
                    return Ok(self.without_indentation(base, open));
                }
                (b'\'', ..) => (Piece::Escaped { offset, text: b"'" }, 1),
                _ => return Err(self.unclosed_string("''", open)),
            };
            self.scratch.pieces.push(piece);
            at += length;
        }
    }

    /// The end of plain text that begins at `at`. A lone `'` or `$` belongs to it together with the byte behind, so
    /// that `$$` begins no interpolation.
    fn indented_text(&self, mut at: usize) -> usize {
        let source = self.lexer.source;
        loop {
            at = self.lexer.until(at, INDENTED);
            let Some(next) = source.get(at + 1) else {
                // A NUL is refused when the text is taken.
                return if self.lexer.at(at) == 0 { source.len() } else { at };
            };
            match (source[at], next) {
                (b'$', b'{' | b'\'') | (b'\'', b'\'' | b'$') => return at,
                (b'$' | b'\'', _) => at += 2,
                _ => at += 1,
            }
        }
    }

    /// A plain piece, which must be free of NULs.
    fn plain(&mut self, start: usize, end: usize) -> Parsed<()> {
        match memchr::memchr(0, &self.lexer.source[start..end]) {
            Some(nul) => Err(self.nul(start + nul)),
            None => {
                self.scratch.pieces.push(Piece::Plain { start: start as u32, end: end as u32 });
                Ok(())
            }
        }
    }

    /// `./a/${expr}/b`: the lexer found the path up to the first interpolation.
    pub(super) fn path(&mut self) -> Parsed<ExprId> {
        let start = self.lexer.start;
        let mut at = self.lexer.end;
        let mut text = self.text(self.lexer.text());
        if !self.path_goes_on(at) {
            if self.lexer.at(at - 1) == b'/' {
                return Err(self.trailing_slash(start, at));
            }
            self.lexer.advance();
            return Ok(self.add(Expr::Path(text), start));
        }
        let base = self.scratch.parts.len();
        let path = self.add(Expr::Path(text), start);
        self.scratch.parts.push((path, start as u32));
        let mut holes = false;
        while self.path_goes_on(at) {
            if self.lexer.at(at) == b'$' {
                at = self.hole(at)?;
                holes = true;
                continue;
            }
            let begin = at;
            at = self.lexer.skip(at, PATH);
            if self.lexer.at(at) == b'/' {
                at = self.lexer.path_end(at).unwrap_or(at + 1);
            }
            text = self.text(&self.lexer.source[begin..at]);
            // Before the first interpolation only `./a//b${c}` gets here, with its second slash.
            let hole = self.lexer.at(at) == b'$' && self.lexer.at(at + 1) == b'{';
            if !holes && !hole {
                return Err(self.double_slash(begin));
            }
            self.text_part(text, begin);
        }
        if self.lexer.at(at - 1) == b'/' {
            return Err(self.trailing_slash(start, at));
        }
        self.lexer.advance_from(at);
        let parts = self.parts_from(base);
        Ok(self.add(Expr::PathInterpolation(parts), start))
    }

    /// Whether a path has another part at `at`.
    fn path_goes_on(&self, at: usize) -> bool {
        let byte = self.lexer.at(at);
        is(byte, PATH) || byte == b'/' || byte == b'$' && self.lexer.at(at + 1) == b'{'
    }

    /// `${expr}` as a part, and where it ends.
    fn hole(&mut self, at: usize) -> Parsed<usize> {
        let (expr, end) = self.hole_expr(at)?;
        self.scratch.parts.push((expr, at as u32));
        Ok(end)
    }

    /// `${expr}` at `at`, and where it ends.
    fn hole_expr(&mut self, at: usize) -> Parsed<(ExprId, usize)> {
        self.lexer.advance_from(at + 2);
        let expr = self.expr()?;
        if self.lexer.token != Token::RightBrace {
            return Err(self.unclosed(Token::RightBrace, at));
        }
        Ok((expr, self.lexer.end))
    }

    /// A text as a part.
    pub(super) fn text_part(&mut self, text: Text, offset: usize) {
        let id = self.add(Expr::String(text), offset);
        self.scratch.parts.push((id, offset as u32));
    }

    /// The parts from `base` on, complete: their expressions, and behind them their places.
    pub(super) fn parts_from(&mut self, base: usize) -> Slice {
        let parts = &self.scratch.parts[base..];
        let slice = Slice { start: self.ast.ids.len() as u32, len: parts.len() as u32 };
        self.ast.ids.extend(parts.iter().map(|part| part.0));
        self.ast.ids.extend(parts.iter().map(|part| ExprId(part.1)));
        self.scratch.parts.truncate(base);
        slice
    }

    #[cold]
    fn nul(&mut self, at: usize) -> Failed {
        let error = ParseError::new("a string holds a NUL byte, which no string of Nix can", at, 1)
            .hint("keep binary data in a file of its own, and name its path");
        self.fail(error)
    }
}
