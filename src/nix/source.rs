//! Sources: every file that was read, and from a place to file, line and column.
//!
//! A *place* is a byte offset into all files laid end to end, so it fits into 32 bits and costs nothing to make; zero is
//! no place.
//!
//! A program may ask where anything was written, so the lengths of all lines are kept, which is a byte for most. The text
//! itself is wanted for messages only, and is read again then: a system's files are as large as a tenth of its heap.

use std::cell::OnceCell;
use std::rc::Rc;

/// A file that was parsed, or an expression from the command line.
pub struct Source {
    /// As messages name it: an absolute path, or `«string»`.
    pub name: String,
    /// Whether `name` is a path.
    pub is_file: bool,
    /// Its text, where it can't be read again.
    pub(super) text: Option<Rc<[u8]>>,
    len: u32,
    base: u32,
    /// The length of each line but the last, with what ends it: see [`pack`].
    packed: Box<[u8]>,
    /// Where the lines start, once somebody asked.
    lines: OnceCell<Vec<u32>>,
}

impl Source {
    /// The byte in the text that a place of this source is.
    pub fn offset(&self, place: u32) -> usize {
        (place - self.base) as usize
    }

    /// How many bytes its text has.
    pub fn size(&self) -> usize {
        self.len as usize
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
    /// Adds a file; its places begin at the returned number. Its text is kept if it can't be read again. None when 4 GiB of
    /// source are reached.
    pub fn add(&mut self, name: String, is_file: bool, text: &Rc<[u8]>, keep: bool) -> Option<u32> {
        let base = self.all.last().map_or(Some(1), |last| last.base.checked_add(last.len + 1))?;
        let len = u32::try_from(text.len()).ok()?;
        base.checked_add(len)?;
        let (packed, text) = (pack(text), keep.then(|| text.clone()));
        self.all.push(Source { name, is_file, text, len, base, packed, lines: OnceCell::new() });
        Some(base)
    }

    /// Line and column of a place.
    pub fn position(&self, place: u32) -> Option<Position> {
        let source = self.all.partition_point(|source| source.base <= place).checked_sub(1)?;
        let found = &self.all[source];
        let offset = place - found.base;
        let lines = found.lines.get_or_init(|| unpack(&found.packed));
        let line = lines.partition_point(|start| *start <= offset);
        Some(Position { source, line: line as u32, column: offset - lines[line - 1] + 1 })
    }

    /// A source.
    pub fn source(&self, at: usize) -> &Source {
        &self.all[at]
    }

    /// How many files and bytes were read.
    pub fn size(&self) -> (usize, usize) {
        (self.all.len(), self.all.iter().map(Source::size).sum())
    }
}

/// The length of each line but the last: a byte of 255 stands for as many, and says that the line goes on. A line ends with
/// `\n`, `\r\n` or `\r`, as Nix counts.
fn pack(text: &[u8]) -> Box<[u8]> {
    const FULL: usize = u8::MAX as usize;
    let mut packed = Vec::with_capacity(text.len() / 24);
    let mut start = 0;
    for at in memchr::memchr2_iter(b'\n', b'\r', text) {
        if text[at] == b'\r' && text.get(at + 1) == Some(&b'\n') {
            continue;
        }
        let mut len = at + 1 - start;
        while len >= FULL {
            packed.push(u8::MAX);
            len -= FULL;
        }
        packed.push(len as u8);
        start = at + 1;
    }
    packed.into()
}

/// Where the lines start.
fn unpack(packed: &[u8]) -> Vec<u32> {
    let mut starts = vec![0];
    let mut at = 0;
    for len in packed {
        at += u32::from(*len);
        if *len != u8::MAX {
            starts.push(at);
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
        let first = sources.add("/a".into(), true, &(*b"one\ntwo").into(), false).unwrap();
        let second = sources.add("/b".into(), true, &(*b"x\r\ny\rz").into(), true).unwrap();
        let position = |place| sources.position(place).map(|p| (p.source, p.line, p.column));
        assert_eq!(position(first + 5), Some((0, 2, 2)));
        assert_eq!(position(second + 3), Some((1, 2, 1)));
        assert_eq!(position(second + 5), Some((1, 3, 1)));
        assert_eq!(position(0), None);
    }

    #[test]
    fn lines_of_any_length_come_back() {
        for len in [0, 1, 253, 254, 255, 256, 509, 510, 511, 1000] {
            let text = format!("{}\n\nlast", "x".repeat(len));
            assert_eq!(unpack(&pack(text.as_bytes())), [0, len as u32 + 1, len as u32 + 2]);
        }
        assert_eq!(unpack(&pack(b"")), [0]);
        assert_eq!(unpack(&pack(b"\r\r\n\n\r")), [0, 1, 3, 4, 5]);
    }
}
