//! Streams inside the protocol: frames with their lengths, and an empty one at the end.
//!
//! The daemon may speak while it is sent something: a warning, or that it wants no more. So a thread writes while this
//! one reads; otherwise both sides could wait for the other to read first.

use super::event::{Listener, drain};
use super::wire::{Sink, Source};
use super::{Connection, DaemonError};
use crate::store::StoreDir;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

/// How much goes into one frame.
const FRAME: usize = 64 * 1024;

/// Where a stream is written to.
pub struct Frames<'s> {
    sink: &'s mut Sink,
    buffer: Vec<u8>,
    /// Set when the daemon has answered before everything was sent.
    refused: &'s AtomicBool,
    /// The stream was told that.
    cut: bool,
    failed: Option<DaemonError>,
}

/// How writing a stream went.
struct Streamed<E> {
    /// What the stream itself says.
    outcome: Result<(), E>,
    /// It failed because the daemon wanted no more of it.
    cut: bool,
    /// Whether the daemon got all that was written, and the end behind it.
    sent: Result<(), DaemonError>,
}

impl<'s> Frames<'s> {
    fn write_all_of<E>(
        sink: &'s mut Sink,
        refused: &'s AtomicBool,
        stream: impl FnOnce(&mut Self) -> Result<(), E>,
    ) -> Streamed<E> {
        let mut frames =
            Frames { sink, buffer: Vec::with_capacity(FRAME), refused, cut: false, failed: None };
        let outcome = stream(&mut frames);
        let _ = frames.send();
        // Whole or not, the stream has an end, so that what follows on the connection is understood.
        let sent = match frames.failed {
            Some(error) => Err(error),
            None => frames.sink.number(0).flush(),
        };
        Streamed { outcome, cut: frames.cut, sent }
    }

    fn send(&mut self) -> io::Result<()> {
        if self.refused.load(Ordering::Relaxed) {
            self.cut = true;
        }
        if self.cut || self.failed.is_some() {
            return Err(io::Error::new(io::ErrorKind::BrokenPipe, "the daemon wants no more of it"));
        }
        if !self.buffer.is_empty() {
            self.sink.frame(&self.buffer);
            self.buffer.clear();
            if let Err(error) = self.sink.spill() {
                self.failed = Some(error);
                return Err(io::ErrorKind::BrokenPipe.into());
            }
        }
        Ok(())
    }
}

impl Write for Frames<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.buffer.len() == FRAME {
            self.send()?;
        }
        let take = bytes.len().min(FRAME - self.buffer.len());
        self.buffer.extend_from_slice(&bytes[..take]);
        Ok(take)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.send()
    }
}

impl Connection {
    /// Asks many things without waiting for an answer in between: `write` sends the questions while `read` takes the
    /// answers, which must leave the connection where the last of them ends unless it is lost.
    pub(super) fn at_once(
        &mut self,
        write: impl FnOnce(&mut Sink, &StoreDir) -> Result<(), DaemonError> + Send,
        read: impl FnOnce(&mut Source, &StoreDir) -> Result<(), DaemonError>,
    ) -> Result<(), DaemonError> {
        self.guard(|connection| {
            let patience = connection.patience();
            let Connection { source, sink, dir, .. } = connection;
            let dir = &*dir;
            std::thread::scope(|scope| {
                let writer = scope.spawn(move || write(sink, dir).and_then(|()| sink.flush()));
                let read = read(source, dir);
                if read.as_ref().is_err_and(|error| !error.is_refusal()) {
                    patience.give_up();
                }
                let written = writer.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
                // Where both fail, the daemon went first: its last words are the better reason.
                read.and(written)
            })
        })
    }

    /// Sends a question and a stream behind it, tells the events, reads the answer.
    pub(super) fn ask_with_stream<T, E: From<DaemonError> + Send>(
        &mut self,
        listener: Listener<'_>,
        question: impl FnOnce(&mut Sink, &StoreDir),
        stream: impl FnOnce(&mut Frames<'_>) -> Result<(), E> + Send,
        answer: impl FnOnce(&mut Source, &StoreDir) -> Result<T, DaemonError>,
    ) -> Result<T, E> {
        // What the caller's own stream failed with is what the caller is told.
        let mut own = None;
        let outcome = self.guard(|connection| {
            let patience = connection.patience();
            let Connection { source, sink, dir, .. } = connection;
            question(sink, dir);
            let refused = AtomicBool::new(false);
            let (drained, streamed) = std::thread::scope(|scope| {
                let writer = scope.spawn(|| Frames::write_all_of(sink, &refused, stream));
                let drained = drain(source, listener);
                if let Err(error) = &drained {
                    refused.store(true, Ordering::Relaxed);
                    if !error.is_refusal() {
                        // Nobody reads any more what is being written: the writer must not wait for that.
                        patience.give_up();
                    }
                }
                (drained, writer.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            });
            match drained {
                Err(error) if !error.is_refusal() => return Err(error),
                Err(refusal) => {
                    if let (Err(error), false) = (streamed.outcome, streamed.cut) {
                        own = Some(error);
                    }
                    streamed.sent?;
                    return Err(refusal);
                }
                Ok(()) => streamed.sent?,
            }
            // A stream that failed may have been taken for a whole one: its answer comes all the same.
            own = streamed.outcome.err();
            answer(source, dir)
        });
        match own {
            Some(error) => Err(error),
            None => outcome.map_err(E::from),
        }
    }
}
