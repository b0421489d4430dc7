//! Lines and columns, as Nix counts them: both from 1, columns in bytes; a line ends with `\n`, `\r\n` or `\r`.

/// Where the lines of a file begin.
#[derive(Debug, Clone)]
pub struct Lines {
    starts: Vec<u32>,
}

/// A place for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// From 1.
    pub line: u32,
    /// In bytes, from 1.
    pub column: u32,
}

impl Lines {
    /// The lines of a file.
    pub fn new(source: &[u8]) -> Self {
        let mut starts = vec![0];
        for at in memchr::memchr2_iter(b'\n', b'\r', source) {
            if source[at] == b'\n' || source.get(at + 1) != Some(&b'\n') {
                starts.push(at as u32 + 1);
            }
        }
        Lines { starts }
    }

    /// The place of a byte.
    pub fn position(&self, offset: u32) -> Position {
        let line = self.starts.partition_point(|start| *start <= offset);
        Position { line: line as u32, column: offset - self.starts[line - 1] + 1 }
    }

    /// The first byte of a line, which is counted from 1, if there is such a line.
    pub fn start(&self, line: u32) -> Option<u32> {
        self.starts.get(line.checked_sub(1)? as usize).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_line_end_ends_one_line() {
        let lines = Lines::new(b"a\nb\r\nc\rd\n\re");
        let at = |offset| {
            let position = lines.position(offset);
            (position.line, position.column)
        };
        assert_eq!(at(0), (1, 1));
        assert_eq!(at(1), (1, 2));
        assert_eq!(at(2), (2, 1));
        assert_eq!(at(4), (2, 3));
        assert_eq!(at(5), (3, 1));
        assert_eq!(at(7), (4, 1));
        assert_eq!(at(9), (5, 1));
        assert_eq!(at(10), (6, 1));
        assert_eq!(lines.start(3), Some(5));
        assert_eq!(lines.start(0), None);
        assert_eq!(lines.start(7), None);
    }

    #[test]
    fn the_end_of_the_file_is_a_place() {
        assert_eq!(Lines::new(b"").position(0), Position { line: 1, column: 1 });
        assert_eq!(Lines::new(b"x\n").position(2), Position { line: 2, column: 1 });
    }
}
