//! A stream that is waited for, but not for ever: each wait has an end, and another thread can end all of them.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How often a waiting stream looks whether it was given up.
const LOOK: Duration = Duration::from_millis(100);

/// How long streams are waited for. Clones are one: what is set on one of them holds for all.
#[derive(Debug, Clone, Default)]
pub struct Patience(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    /// Milliseconds; 0 for ever.
    limit: AtomicU64,
    over: AtomicBool,
}

impl Patience {
    /// Waits this long for the other side to do anything at all, or for ever.
    pub fn set(&self, limit: Option<Duration>) {
        let limit = limit.map_or(0, |limit| u64::try_from(limit.as_millis()).unwrap_or(u64::MAX).max(1));
        self.0.limit.store(limit, Ordering::Relaxed);
    }

    /// How long is waited.
    pub fn limit(&self) -> Option<Duration> {
        match self.0.limit.load(Ordering::Relaxed) {
            0 => None,
            limit => Some(Duration::from_millis(limit)),
        }
    }

    /// Ends every wait, now and later: reading and writing fail.
    pub fn give_up(&self) {
        self.0.over.store(true, Ordering::Relaxed);
    }
}

/// A stream with its patience.
#[derive(Debug)]
pub struct Patient<F> {
    stream: F,
    patience: Patience,
}

impl<F: AsFd> Patient<F> {
    /// Takes over a stream that nobody else uses: it no longer blocks.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn new(stream: F, patience: Patience) -> io::Result<Self> {
        let flags = fcntl_getfl(&stream)?;
        fcntl_setfl(&stream, flags | OFlags::NONBLOCK)?;
        Ok(Patient { stream, patience })
    }

    /// Tries until it works, fails, or nothing happened for too long.
    fn wait<T>(
        &mut self,
        for_what: PollFlags,
        mut attempt: impl FnMut(&mut F) -> io::Result<T>,
    ) -> io::Result<T> {
        let start = Instant::now();
        loop {
            if self.patience.0.over.load(Ordering::Relaxed) {
                return Err(io::Error::new(io::ErrorKind::ConnectionAborted, "the connection was given up"));
            }
            match attempt(&mut self.stream) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                outcome => return outcome,
            }
            let left = match self.patience.limit() {
                None => LOOK,
                Some(limit) => match limit.checked_sub(start.elapsed()) {
                    None => return Err(io::ErrorKind::TimedOut.into()),
                    Some(left) => left.min(LOOK),
                },
            };
            let timeout = Timespec { tv_sec: 0, tv_nsec: left.as_nanos().min(999_999_999) as _ };
            match poll(&mut [PollFd::new(&self.stream, for_what)], Some(&timeout)) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl<F: AsFd + Read> Read for Patient<F> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.wait(PollFlags::IN, |stream| stream.read(into))
    }
}

impl<F: AsFd + Write> Write for Patient<F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.wait(PollFlags::OUT, |stream| stream.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.wait(PollFlags::OUT, F::flush)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixStream;

    #[test]
    fn a_silent_stream_is_left() {
        let (ours, _theirs) = UnixStream::pair().unwrap();
        let patience = Patience::default();
        patience.set(Some(Duration::from_millis(30)));
        let mut ours = Patient::new(ours, patience).unwrap();
        let start = Instant::now();
        assert_eq!(ours.read(&mut [0]).unwrap_err().kind(), io::ErrorKind::TimedOut);
        let full = [0; 1 << 16];
        let error = std::iter::repeat_with(|| ours.write_all(&full)).find_map(Result::err).unwrap();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(start.elapsed() >= Duration::from_millis(60));
    }

    #[test]
    fn a_wait_ends_when_it_is_given_up_elsewhere() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let patience = Patience::default();
        let mut ours = Patient::new(ours, patience.clone()).unwrap();
        let waiting = std::thread::spawn(move || ours.read(&mut [0]).unwrap_err().kind());
        patience.give_up();
        assert_eq!(waiting.join().unwrap(), io::ErrorKind::ConnectionAborted);
        drop(theirs);
    }

    #[test]
    fn what_is_said_meanwhile_is_heard() {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let mut ours = Patient::new(ours, Patience::default()).unwrap();
        let saying = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(20));
            theirs.write_all(b"word").unwrap();
        });
        let mut word = Vec::new();
        ours.read_to_end(&mut word).unwrap();
        assert_eq!(word, b"word");
        saying.join().unwrap();
    }
}
