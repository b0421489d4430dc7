//! A program that is talked to: we write to its standard input and read its standard output, until either of us ends.

use super::Process;
use super::patience::{Patience, Patient};
use super::process::ProcessError;
use std::io::Read;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How much of what it says on standard error is kept: the last of it.
const KEPT: usize = 4096;

/// How long a program may take to end after its input did.
const FAREWELL: Duration = Duration::from_secs(2);

/// A program that runs and is talked to. Dropped behind its streams, it has two seconds to end, then it is killed.
#[derive(Debug)]
pub struct Conversation {
    child: Child,
    said: Arc<Mutex<Vec<u8>>>,
    listener: Option<JoinHandle<()>>,
}

/// Where a program is written to and read from.
pub type Streams = (Patient<ChildStdout>, Patient<ChildStdin>);

impl Process {
    /// Starts it to be talked to. What it says on standard error is kept for [`Conversation::said`].
    ///
    /// # Errors
    /// When it can't be started.
    pub fn converse(self, patience: &Patience) -> Result<(Conversation, Streams), ProcessError> {
        let (program, mut child) = self.spawn_piped()?;
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let mut conversation = Conversation { child, said: Arc::default(), listener: None };
        let streams = || {
            let reader = Patient::new(stdout.expect("it was piped"), patience.clone())?;
            let writer = Patient::new(stdin.expect("it was piped"), patience.clone())?;
            Ok((reader, writer))
        };
        let streams = streams().map_err(|source| ProcessError::Start { program, source })?;
        conversation.listen(stderr.expect("it was piped"));
        Ok((conversation, streams))
    }
}

impl Conversation {
    fn listen(&mut self, mut stderr: ChildStderr) {
        let said = self.said.clone();
        self.listener = Some(std::thread::spawn(move || {
            let mut piece = [0; 1024];
            while let Ok(read @ 1..) = stderr.read(&mut piece) {
                let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
                said.extend_from_slice(&piece[..read]);
                let excess = said.len().saturating_sub(KEPT);
                said.drain(..excess);
            }
        }));
    }

    /// The last of what it said on standard error: all of it when it has ended or ends within a moment.
    pub fn said(&mut self) -> String {
        self.ends_within(Duration::from_millis(300));
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&said).trim().to_owned()
    }

    fn ends_within(&mut self, time: Duration) -> bool {
        let start = Instant::now();
        loop {
            let listened = self.listener.as_ref().is_none_or(JoinHandle::is_finished);
            if listened && !matches!(self.child.try_wait(), Ok(None)) {
                return true;
            }
            if start.elapsed() > time {
                return false;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Conversation {
    fn drop(&mut self) {
        if !self.ends_within(FAREWELL) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}
