//! The writer is told of a tree event by event, and refuses events that make none.

use super::{DEPTH, MAGIC, NAME_LENGTH, NarError, TARGET_LENGTH, check_name, check_order, check_target};
use std::io::{Read, Write};

/// How much is gathered before it goes on.
const BUFFER: usize = 64 * 1024;

/// Writes an archive to anything. Dropped before [`Writer::finish`], it leaves half of one.
#[derive(Debug)]
pub struct Writer<W> {
    to: W,
    buffer: Vec<u8>,
    /// For each folder that is open, the last name in it.
    open: Vec<Vec<u8>>,
    next: Next,
}

/// What may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// A file, a link or a folder.
    Tree,
    /// An entry, or the folder's end.
    Entry,
    /// Nothing.
    End,
}

impl<W: Write> Writer<W> {
    /// Begins an archive.
    pub fn new(to: W) -> Self {
        let mut writer =
            Writer { to, buffer: Vec::with_capacity(BUFFER), open: Vec::new(), next: Next::Tree };
        writer.word(MAGIC);
        writer
    }

    /// A file of `size` bytes, which are read from `contents` to its end.
    ///
    /// # Errors
    /// When no file may stand here, or `contents` fails or has another length.
    pub fn file(&mut self, executable: bool, size: u64, mut contents: impl Read) -> Result<(), NarError> {
        self.tree("a file")?;
        self.words(&[b"(", b"type", b"regular"]);
        if executable {
            self.words(&[b"executable", b""]);
        }
        self.word(b"contents");
        self.buffer.extend_from_slice(&size.to_le_bytes());
        let mut left = size;
        while left > 0 {
            if self.buffer.len() == BUFFER {
                self.flush()?;
            }
            // The file's bytes go straight to where they are written from.
            let (start, room) = (self.buffer.len(), BUFFER - self.buffer.len());
            let take = usize::try_from(left).map_or(room, |left| left.min(room));
            self.buffer.resize(start + take, 0);
            let read = read_some(&mut contents, &mut self.buffer[start..])?;
            self.buffer.truncate(start + read);
            if read == 0 {
                return Err(NarError::Changed { said: size });
            }
            left -= read as u64;
        }
        if read_some(&mut contents, &mut [0])? != 0 {
            return Err(NarError::Changed { said: size });
        }
        self.pad(size);
        self.word(b")");
        self.closed()
    }

    /// A symbolic link.
    ///
    /// # Errors
    /// When none may stand here, or its target is none.
    pub fn symlink(&mut self, target: &[u8]) -> Result<(), NarError> {
        check_target(target)?;
        if target.len() > TARGET_LENGTH {
            return Err(NarError::Length { length: target.len() as u64, limit: TARGET_LENGTH });
        }
        self.tree("a link")?;
        self.words(&[b"(", b"type", b"symlink", b"target", target, b")"]);
        self.closed()
    }

    /// A folder: its entries come next, then [`Writer::end`].
    ///
    /// # Errors
    /// When none may stand here.
    pub fn directory(&mut self) -> Result<(), NarError> {
        if self.open.len() == DEPTH {
            return Err(NarError::Depth);
        }
        self.tree("a folder")?;
        self.words(&[b"(", b"type", b"directory"]);
        self.open.push(Vec::new());
        self.next = Next::Entry;
        self.spill()
    }

    /// An entry of the open folder: what it is comes next. Entries come in the order of their names' bytes.
    ///
    /// # Errors
    /// When no folder is open, or the name is none or out of order.
    pub fn entry(&mut self, name: &[u8]) -> Result<(), NarError> {
        let (Next::Entry, Some(before)) = (self.next, self.open.last_mut()) else {
            return Err(NarError::Misplaced { told: "an entry" });
        };
        check_name(name)?;
        if name.len() > NAME_LENGTH {
            return Err(NarError::Length { length: name.len() as u64, limit: NAME_LENGTH });
        }
        check_order(before, name)?;
        before.clear();
        before.extend_from_slice(name);
        self.words(&[b"entry", b"(", b"name", name, b"node"]);
        self.next = Next::Tree;
        Ok(())
    }

    /// The open folder ends.
    ///
    /// # Errors
    /// When none is open.
    pub fn end(&mut self) -> Result<(), NarError> {
        if self.next != Next::Entry || self.open.pop().is_none() {
            return Err(NarError::Misplaced { told: "the end of a folder" });
        }
        self.word(b")");
        self.closed()
    }

    /// Writes what is left, and gives back what was written to.
    ///
    /// # Errors
    /// When the tree is not whole, or the stream fails.
    pub fn finish(mut self) -> Result<W, NarError> {
        if self.next != Next::End {
            return Err(NarError::Misplaced { told: "the end of the archive" });
        }
        self.flush()?;
        self.to.flush()?;
        Ok(self.to)
    }

    fn tree(&self, told: &'static str) -> Result<(), NarError> {
        if self.next == Next::Tree { Ok(()) } else { Err(NarError::Misplaced { told }) }
    }

    /// A tree is whole: so is the entry that it was, if any.
    fn closed(&mut self) -> Result<(), NarError> {
        if self.open.is_empty() {
            self.next = Next::End;
        } else {
            self.word(b")");
            self.next = Next::Entry;
        }
        self.spill()
    }

    fn words(&mut self, words: &[&[u8]]) {
        for word in words {
            self.word(word);
        }
    }

    fn word(&mut self, word: &[u8]) {
        self.buffer.extend_from_slice(&(word.len() as u64).to_le_bytes());
        self.buffer.extend_from_slice(word);
        self.pad(word.len() as u64);
    }

    fn pad(&mut self, length: u64) {
        let missing = (8 - length % 8) % 8;
        self.buffer.extend(std::iter::repeat_n(0, missing as usize));
    }

    fn spill(&mut self) -> Result<(), NarError> {
        if self.buffer.len() >= BUFFER / 2 { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), NarError> {
        self.to.write_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }
}

fn read_some(from: &mut impl Read, into: &mut [u8]) -> Result<usize, NarError> {
    loop {
        match from.read(into) {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            outcome => return outcome.map_err(NarError::Source),
        }
    }
}
