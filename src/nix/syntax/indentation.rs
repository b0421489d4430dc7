//! Indented strings lose the indentation that all of their lines have.
//!
//! It is counted in spaces, before the first byte of a line that is no space. Lines of nothing but spaces do not
//! count, but a line that begins with an interpolation or an escape does. Then every line loses that many spaces, and
//! the last line is dropped if it is nothing but spaces. Interpolated text is never touched: all of this is done to
//! the pieces of the literal.

use super::ast::{Expr, ExprId, Text};
use super::parser::Parser;
use super::strings::Piece;

impl Parser<'_> {
    /// The indented string of the pieces from `base` on, which was opened at `open`.
    pub(super) fn without_indentation(&mut self, base: usize, open: usize) -> ExprId {
        let indentation = self.common_indentation(base);
        let parts = self.scratch.parts.len();
        let pieces = self.scratch.pieces.len();
        let mut line = Line { at_start: true, dropped: 0, indentation };
        for at in base..pieces {
            let last = at + 1 == pieces;
            let source = self.lexer.source;
            let begin = self.ast.bytes.len();
            let offset = match self.scratch.pieces[at] {
                Piece::Hole { offset, expr } => {
                    line.at_start = false;
                    line.dropped = 0;
                    self.scratch.parts.push((expr, offset));
                    continue;
                }
                Piece::Plain { start, end } => {
                    line.copy(&source[start as usize..end as usize], &mut self.ast.bytes);
                    start
                }
                Piece::Escaped { offset, text } => {
                    line.copy(text, &mut self.ast.bytes);
                    offset
                }
                Piece::Byte { offset, byte } => {
                    line.copy(&[byte], &mut self.ast.bytes);
                    offset
                }
            };
            if last {
                let text = &self.ast.bytes[begin..];
                let spaces = text.iter().rev().take_while(|byte| **byte == b' ').count();
                let kept = text.len() - spaces;
                if kept > 0 && text[kept - 1] == b'\n' {
                    self.ast.bytes.truncate(begin + kept);
                }
            }
            let len = (self.ast.bytes.len() - begin) as u32;
            if len > 0 {
                self.text_part(Text { start: begin as u32, len }, offset as usize);
            }
        }
        self.scratch.pieces.truncate(base);
        match self.scratch.parts[parts..] {
            [] => {
                let text = self.text(b"");
                self.add(Expr::String(text), open)
            }
            // A mere text, and no interpolation of one.
            [(only, _)] if self.is_own_text(only) => {
                self.scratch.parts.truncate(parts);
                only
            }
            _ => {
                let parts = self.parts_from(parts);
                self.add(Expr::Interpolation(parts), open)
            }
        }
    }

    /// Whether a single part is a string. Nix does not tell `''${"a"}''` from `''a''` here, and so do we.
    fn is_own_text(&self, part: ExprId) -> bool {
        matches!(self.ast.expr(part), Expr::String(_))
    }

    /// How many spaces every line has that counts.
    fn common_indentation(&self, base: usize) -> usize {
        // Nix begins with this number, so a text of nothing but spaces keeps what is more.
        let mut common = 1_000_000;
        let mut at_start = true;
        let mut spaces = 0;
        for piece in &self.scratch.pieces[base..] {
            let Piece::Plain { start, end } = *piece else {
                if at_start {
                    at_start = false;
                    common = common.min(spaces);
                }
                continue;
            };
            let mut rest = &self.lexer.source[start as usize..end as usize];
            loop {
                if at_start {
                    let leading = rest.iter().take_while(|byte| **byte == b' ').count();
                    spaces += leading;
                    rest = &rest[leading..];
                    match rest.first() {
                        None => break,
                        Some(b'\n') => {}
                        Some(_) => {
                            at_start = false;
                            common = common.min(spaces);
                        }
                    }
                }
                let Some(end) = memchr::memchr(b'\n', rest) else { break };
                rest = &rest[end + 1..];
                at_start = true;
                spaces = 0;
            }
        }
        common
    }
}

/// Where copying is, within the line.
struct Line {
    /// Only spaces came so far.
    at_start: bool,
    /// How many of them were dropped or seen.
    dropped: usize,
    /// How many to drop.
    indentation: usize,
}

impl Line {
    fn copy(&mut self, mut text: &[u8], to: &mut Vec<u8>) {
        while !text.is_empty() {
            if self.at_start {
                let leading = text.iter().take_while(|byte| **byte == b' ').count();
                let drop = leading.min(self.indentation.saturating_sub(self.dropped));
                self.dropped += leading;
                to.extend_from_slice(&text[drop..leading]);
                text = &text[leading..];
                match text.first() {
                    None => return,
                    Some(b'\n') => {}
                    Some(_) => self.at_start = false,
                }
                self.dropped = 0;
            }
            let end = memchr::memchr(b'\n', text).map(|end| end + 1);
            to.extend_from_slice(&text[..end.unwrap_or(text.len())]);
            text = &text[end.unwrap_or(text.len())..];
            self.at_start = end.is_some();
        }
    }
}
