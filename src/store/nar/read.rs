//! The reader takes an archive from a stream and tells its events; whatever the format does not allow is an error.

use super::{
    DEPTH, Event, MAGIC, NAME_LENGTH, NarError, TARGET_LENGTH, check_name, check_order, check_target, shown,
};
use std::io::{self, Read};

/// The longest word of the format is `executable`; a little more makes a better message.
const WORD: usize = 32;

/// Reads an archive. It takes no byte beyond the archive's end, so that other things may follow in the stream.
#[derive(Debug)]
pub struct Reader<R> {
    from: R,
    /// For each folder that is open, the last name in it.
    open: Vec<Vec<u8>>,
    next: Next,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Start,
    Tree,
    /// The bytes of a file: how many are left, and how many zeros follow them.
    Contents {
        left: u64,
        padding: usize,
    },
    Entry,
    End,
}

impl<R: Read> Reader<R> {
    /// Reads an archive from a stream, which should be buffered: words are read one by one.
    pub fn new(from: R) -> Self {
        Reader { from, open: Vec::new(), next: Next::Start }
    }

    /// The next event; none at the archive's end. Bytes of a file that were not read are skipped.
    ///
    /// # Errors
    /// When the stream fails or is no archive; then there is nothing more to be had from it.
    #[allow(clippy::should_implement_trait, reason = "it lends its contents between two events")]
    pub fn next(&mut self) -> Result<Option<Event>, NarError> {
        if self.next == Next::Start {
            if self.text_of(MAGIC.len()).is_ok_and(|magic| magic == MAGIC) {
                self.next = Next::Tree;
            } else {
                return Err(NarError::NoArchive);
            }
        }
        if let Next::Contents { .. } = self.next {
            io::copy(&mut self.contents(), &mut io::sink()).map_err(from_io)?;
            self.close_file()?;
        }
        match self.next {
            Next::Tree => self.tree().map(Some),
            Next::Entry => self.entry().map(Some),
            _ => Ok(None),
        }
    }

    /// The bytes of the file that was just told of; nothing at any other place.
    pub fn contents(&mut self) -> Contents<'_, R> {
        Contents { reader: self }
    }

    /// All bytes of the file that was just told of, when they are at most so many.
    ///
    /// # Errors
    /// When there are more, or the stream fails.
    pub fn text(&mut self, limit: usize) -> Result<Vec<u8>, NarError> {
        let size = match self.next {
            Next::Contents { left, .. } => left,
            _ => 0,
        };
        if size > limit as u64 {
            return Err(NarError::TooLarge { size, limit });
        }
        // The stream may be shorter than it says: room is made as bytes come.
        let mut bytes = Vec::with_capacity((size as usize).min(1 << 16));
        self.contents().read_to_end(&mut bytes).map_err(from_io)?;
        Ok(bytes)
    }

    /// The stream behind an archive that was read to its end.
    ///
    /// # Errors
    /// When the archive's end was not reached.
    pub fn into_inner(self) -> Result<R, NarError> {
        if self.next == Next::End { Ok(self.from) } else { Err(NarError::Misplaced { told: "the end" }) }
    }

    /// Makes sure that the stream ends where the archive does.
    ///
    /// # Errors
    /// When the archive was not read to its end, or bytes follow it.
    pub fn finish(self) -> Result<(), NarError> {
        let mut from = self.into_inner()?;
        let mut byte = [0];
        loop {
            match from.read(&mut byte) {
                Ok(0) => return Ok(()),
                Ok(_) => return Err(NarError::Trailing),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(NarError::Io(error)),
            }
        }
    }

    fn tree(&mut self) -> Result<Event, NarError> {
        self.expect("(", "tag '('")?;
        self.expect("type", "tag 'type'")?;
        let kind = self.text_of(WORD)?;
        match &kind[..] {
            b"regular" => {
                let mut tag = self.text_of(WORD)?;
                let executable = tag == b"executable";
                if executable {
                    self.text_of(0)?;
                    tag = self.text_of(WORD)?;
                }
                expected(&tag, b"contents", "tag 'contents'")?;
                let size = self.number()?;
                self.next = Next::Contents { left: size, padding: padding(size) };
                Ok(Event::File { executable, size })
            }
            b"symlink" => {
                self.expect("target", "tag 'target'")?;
                let target = self.text_of(TARGET_LENGTH)?;
                check_target(&target)?;
                self.expect(")", "tag ')'")?;
                self.closed()?;
                Ok(Event::Symlink { target })
            }
            b"directory" => {
                if self.open.len() == DEPTH {
                    return Err(NarError::Depth);
                }
                self.open.push(Vec::new());
                self.next = Next::Entry;
                Ok(Event::Directory)
            }
            _ => Err(NarError::Word { expected: "a file type", got: shown(&kind) }),
        }
    }

    fn entry(&mut self) -> Result<Event, NarError> {
        let tag = self.text_of(WORD)?;
        if tag == b")" {
            self.open.pop();
            self.closed()?;
            return Ok(Event::End);
        }
        expected(&tag, b"entry", "tag 'entry' or ')'")?;
        self.expect("(", "tag '('")?;
        self.expect("name", "tag 'name'")?;
        let name = self.text_of(NAME_LENGTH)?;
        check_name(&name)?;
        let before = self.open.last_mut().expect("an entry is asked for inside a folder");
        check_order(before, &name)?;
        before.clear();
        before.extend_from_slice(&name);
        self.expect("node", "tag 'node'")?;
        self.next = Next::Tree;
        Ok(Event::Entry { name })
    }

    fn close_file(&mut self) -> Result<(), NarError> {
        if let Next::Contents { padding, .. } = self.next {
            self.zeros(padding)?;
        }
        self.expect(")", "tag ')'")?;
        self.closed()
    }

    /// A tree is whole: so is the entry that it was, if any.
    fn closed(&mut self) -> Result<(), NarError> {
        if self.open.is_empty() {
            self.next = Next::End;
        } else {
            self.expect(")", "tag ')'")?;
            self.next = Next::Entry;
        }
        Ok(())
    }

    fn expect(&mut self, word: &'static str, name: &'static str) -> Result<(), NarError> {
        let got = self.text_of(WORD)?;
        expected(&got, word.as_bytes(), name)
    }

    /// A text of at most so many bytes.
    fn text_of(&mut self, limit: usize) -> Result<Vec<u8>, NarError> {
        let length = self.number()?;
        if length > limit as u64 {
            return Err(NarError::Length { length, limit });
        }
        let mut text = vec![0; length as usize];
        self.from.read_exact(&mut text).map_err(from_io)?;
        self.zeros(padding(length))?;
        Ok(text)
    }

    fn number(&mut self) -> Result<u64, NarError> {
        let mut bytes = [0; 8];
        self.from.read_exact(&mut bytes).map_err(from_io)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn zeros(&mut self, count: usize) -> Result<(), NarError> {
        let mut bytes = [0; 8];
        self.from.read_exact(&mut bytes[..count]).map_err(from_io)?;
        if bytes == [0; 8] { Ok(()) } else { Err(NarError::Padding) }
    }
}

/// The bytes of one file in an archive.
#[derive(Debug)]
pub struct Contents<'r, R> {
    reader: &'r mut Reader<R>,
}

impl<R: Read> Read for Contents<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let Next::Contents { left, .. } = &mut self.reader.next else { return Ok(0) };
        let most = usize::try_from(*left).map_or(into.len(), |left| left.min(into.len()));
        if most == 0 {
            return Ok(0);
        }
        let read = self.reader.from.read(&mut into[..most])?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        *left -= read as u64;
        Ok(read)
    }
}

fn padding(length: u64) -> usize {
    ((8 - length % 8) % 8) as usize
}

fn expected(got: &[u8], word: &[u8], name: &'static str) -> Result<(), NarError> {
    if got == word { Ok(()) } else { Err(NarError::Word { expected: name, got: shown(got) }) }
}

fn from_io(error: io::Error) -> NarError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => NarError::Truncated,
        _ => NarError::Io(error),
    }
}
