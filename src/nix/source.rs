//! Sources: every file that was read, and from a place to file, line and column.
//!
//! A *place* is a byte offset into all files laid end to end, so it fits into 32 bits and costs nothing to make; zero is
//! no place. Lines are counted when somebody asks.

use std::cell::OnceCell;
use std::rc::Rc;

/// A file that was parsed, or an expression from the command line.
pub struct Source {
    /// As messages name it: an absolute path, or `«string»`.
    pub name: String,
    /// Whether `name` is a path.
    pub is_file: bool,
    /// Its text.
    pub text: Rc<[u8]>,
    base: u32,
    lines: OnceCell<Vec<u32>>,
}

impl Source {
    /// The byte in the text that a place of this source is.
    pub fn offset(&self, place: u32) -> usize {
        (place - self.base) as usize
    }
}

/// All of them.
#[derive(Default)]
pub struct Sources {
    all: Vec<Source>,
}

/// Where a place is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// An index of the sources, see [`Sources::source`].
    pub source: usize,
    /// From 1.
    pub line: u32,
    /// In bytes, from 1.
    pub column: u32,
}

impl Sources {
    /// Adds a file; its places begin at the returned number. None when 4 GiB of source are reached.
    pub fn add(&mut self, name: String, is_file: bool, text: Rc<[u8]>) -> Option<u32> {
        let base =
            self.all.last().map_or(Some(1), |last| last.base.checked_add(last.text.len() as u32 + 1))?;
        base.checked_add(u32::try_from(text.len()).ok()?)?;
        self.all.push(Source { name, is_file, text, base, lines: OnceCell::new() });
        Some(base)
    }

    /// Line and column of a place.
    pub fn position(&self, place: u32) -> Option<Position> {
        let source = self.all.partition_point(|source| source.base <= place).checked_sub(1)?;
        let found = &self.all[source];
        let offset = place - found.base;
        let lines = found.lines.get_or_init(|| line_starts(&found.text));
        let line = lines.partition_point(|start| *start <= offset);
        Some(Position { source, line: line as u32, column: offset - lines[line - 1] + 1 })
    }

    /// A source.
    pub fn source(&self, at: usize) -> &Source {
        &self.all[at]
    }

    /// How many files and bytes were read.
    pub fn size(&self) -> (usize, usize) {
        (self.all.len(), self.all.iter().map(|source| source.text.len()).sum())
    }
}

/// A line ends with `\n`, `\r\n` or `\r`, as Nix counts.
fn line_starts(text: &[u8]) -> Vec<u32> {
    let mut starts = vec![0];
    for (at, byte) in text.iter().enumerate() {
        if *byte == b'\n' || *byte == b'\r' && text.get(at + 1) != Some(&b'\n') {
            starts.push(at as u32 + 1);
        }
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_through_all_files() {
        let mut sources = Sources::default();
        let first = sources.add("/a".into(), true, (*b"one\ntwo").into()).unwrap();
        let second = sources.add("/b".into(), true, (*b"x\r\ny\rz").into()).unwrap();
        let position = |place| sources.position(place).map(|p| (p.source, p.line, p.column));
        assert_eq!(position(first + 5), Some((0, 2, 2)));
        assert_eq!(position(second + 3), Some((1, 2, 1)));
        assert_eq!(position(second + 5), Some((1, 3, 1)));
        assert_eq!(position(0), None);
    }
}
