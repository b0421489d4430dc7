//! The words of the protocol: numbers of eight bytes, and texts with their length before them and zeros behind.
//!
//! What one answer may take of our memory is bounded: a length that is only claimed reserves nothing.

use super::DaemonError;
use crate::store::{StoreDir, StorePath};
use std::io::{self, Read, Write};

/// How much one answer may hold in all, with 64 bytes for each thing in it.
pub(super) const ANSWER: usize = 64 << 20;

const BUFFER: usize = 64 * 1024;

/// What the daemon sends.
pub(super) struct Source {
    from: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    at: usize,
    left: usize,
}

impl Source {
    pub(super) fn new(from: Box<dyn Read + Send>) -> Self {
        Source { from, buffer: Vec::new(), at: 0, left: ANSWER }
    }

    /// A new answer begins: it may take as much as any.
    pub(super) fn begin(&mut self) {
        self.left = ANSWER;
    }

    pub(super) fn number(&mut self) -> Result<u64, DaemonError> {
        let mut bytes = [0; 8];
        self.exact(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    pub(super) fn flag(&mut self, what: &'static str) -> Result<bool, DaemonError> {
        match self.number()? {
            0 => Ok(false),
            1 => Ok(true),
            number => Err(DaemonError::protocol(format!("{what} is {number}, neither 0 nor 1"))),
        }
    }

    pub(super) fn bytes(&mut self) -> Result<Vec<u8>, DaemonError> {
        let length = self.number()?;
        let length = usize::try_from(length)
            .ok()
            .filter(|length| *length <= self.left)
            .ok_or_else(|| DaemonError::protocol(format!("a text of {length} bytes is too long")))?;
        self.charge(length)?;
        let mut bytes = Vec::with_capacity(length.min(BUFFER));
        while bytes.len() < length {
            let piece = self.fill()?;
            let take = piece.len().min(length - bytes.len());
            bytes.extend_from_slice(&piece[..take]);
            self.at += take;
        }
        let mut padding = [0; 8];
        self.exact(&mut padding[..(8 - length % 8) % 8])?;
        if padding != [0; 8] {
            return Err(DaemonError::protocol("a text is not followed by zeros"));
        }
        Ok(bytes)
    }

    /// A text that is UTF-8 or is made so.
    pub(super) fn text(&mut self) -> Result<String, DaemonError> {
        let bytes = self.bytes()?;
        Ok(String::from_utf8(bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
    }

    pub(super) fn path(&mut self, dir: &StoreDir) -> Result<StorePath, DaemonError> {
        let text = self.bytes()?;
        dir.parse_path(text).map_err(|error| DaemonError::protocol(error.to_string()))
    }

    /// A path, or an empty text for none.
    pub(super) fn maybe_path(&mut self, dir: &StoreDir) -> Result<Option<StorePath>, DaemonError> {
        match &self.bytes()?[..] {
            [] => Ok(None),
            text => dir.parse_path(text).map(Some).map_err(|error| DaemonError::protocol(error.to_string())),
        }
    }

    /// A list: its length, then its items.
    pub(super) fn list<T>(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Result<T, DaemonError>,
    ) -> Result<Vec<T>, DaemonError> {
        let mut items = Vec::new();
        for _ in 0..self.number()? {
            self.charge(64)?;
            items.push(item(self)?);
        }
        Ok(items)
    }

    pub(super) fn paths(&mut self, dir: &StoreDir) -> Result<Vec<StorePath>, DaemonError> {
        self.list(|source| source.path(dir))
    }

    /// What has arrived already or arrives next, for a message about it.
    pub(super) fn glance(&mut self) -> Vec<u8> {
        let piece = self.fill().unwrap_or_default();
        piece[..piece.len().min(200)].to_vec()
    }

    fn charge(&mut self, bytes: usize) -> Result<(), DaemonError> {
        match self.left.checked_sub(bytes) {
            Some(left) => self.left = left,
            None => return Err(DaemonError::protocol(format!("an answer is longer than {ANSWER} bytes"))),
        }
        Ok(())
    }

    fn exact(&mut self, mut into: &mut [u8]) -> Result<(), DaemonError> {
        while !into.is_empty() {
            let piece = self.fill()?;
            let take = piece.len().min(into.len());
            into[..take].copy_from_slice(&piece[..take]);
            into = &mut into[take..];
            self.at += take;
        }
        Ok(())
    }

    /// What is there, at least one byte.
    fn fill(&mut self) -> Result<&[u8], DaemonError> {
        if self.at == self.buffer.len() {
            self.buffer.resize(BUFFER, 0);
            self.at = 0;
            let read = self.more();
            self.buffer.truncate(*read.as_ref().unwrap_or(&0));
            if read? == 0 {
                return Err(DaemonError::Closed { said: String::new() });
            }
        }
        Ok(&self.buffer[self.at..])
    }

    fn more(&mut self) -> Result<usize, DaemonError> {
        loop {
            match self.from.read(&mut self.buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                outcome => return outcome.map_err(DaemonError::reading),
            }
        }
    }
}

/// An archive is read as it comes.
impl Read for Source {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let piece = match self.fill() {
            Ok(piece) => piece,
            Err(DaemonError::Closed { .. }) => return Ok(0),
            Err(DaemonError::Io { source, .. }) => return Err(source),
            Err(error) => return Err(io::Error::other(error.to_string())),
        };
        let take = piece.len().min(into.len());
        into[..take].copy_from_slice(&piece[..take]);
        self.at += take;
        Ok(take)
    }
}

/// What we send, gathered until it is flushed.
pub(super) struct Sink {
    to: Box<dyn Write + Send>,
    buffer: Vec<u8>,
}

impl Sink {
    pub(super) fn new(to: Box<dyn Write + Send>) -> Self {
        Sink { to, buffer: Vec::new() }
    }

    pub(super) fn number(&mut self, number: u64) -> &mut Self {
        self.buffer.extend_from_slice(&number.to_le_bytes());
        self
    }

    pub(super) fn flag(&mut self, flag: bool) -> &mut Self {
        self.number(flag.into())
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.number(bytes.len() as u64);
        self.buffer.extend_from_slice(bytes);
        self.buffer.extend(std::iter::repeat_n(0, (8 - bytes.len() % 8) % 8));
        self
    }

    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        self.bytes(text.as_bytes())
    }

    pub(super) fn path(&mut self, dir: &StoreDir, path: &StorePath) -> &mut Self {
        self.text(&dir.print(path))
    }

    pub(super) fn paths(&mut self, dir: &StoreDir, paths: &[StorePath]) -> &mut Self {
        self.number(paths.len() as u64);
        for path in paths {
            self.path(dir, path);
        }
        self
    }

    /// A piece of a stream that knows its own length: it is not padded.
    pub(super) fn frame(&mut self, bytes: &[u8]) -> &mut Self {
        self.number(bytes.len() as u64);
        self.buffer.extend_from_slice(bytes);
        self
    }

    /// Sends what is gathered once that is enough to be worth it.
    pub(super) fn spill(&mut self) -> Result<(), DaemonError> {
        if self.buffer.len() >= BUFFER { self.send() } else { Ok(()) }
    }

    pub(super) fn flush(&mut self) -> Result<(), DaemonError> {
        self.send()?;
        self.to.flush().map_err(DaemonError::writing)
    }

    fn send(&mut self) -> Result<(), DaemonError> {
        let outcome = self.to.write_all(&self.buffer);
        self.buffer.clear();
        outcome.map_err(DaemonError::writing)
    }
}
