//! A connection: opened, greeted, and then asked one thing after the other.

use super::DaemonError;
use super::event::{Listener, ask, drain};
use super::wire::{Sink, Source};
use crate::os::Process;
use crate::os::conversation::Conversation;
use crate::os::patience::{Patience, Patient};
use crate::store::StoreDir;
use std::fmt;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// What we say first, and what a daemon answers.
const MAGIC: (u64, u64) = (0x6e69_7863, 0x6478_696f);

/// How long a greeting may take: an ssh connection is made meanwhile, and somebody may touch a token for it.
const GREETING: Duration = Duration::from_secs(60);

/// A version of the protocol, such as 1.38.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(u64);

impl Version {
    /// The oldest that is spoken here: Nix 2.8's.
    pub const OLDEST: Version = Version(1 << 8 | 34);
    /// The newest that is spoken here.
    pub const NEWEST: Version = Version(1 << 8 | 38);

    const TRUST_IS_TOLD: Version = Version(1 << 8 | 35);
    /// Build results tell the processor time.
    pub(super) const TIMES: Version = Version(1 << 8 | 37);
    const FEATURES: Version = Version(1 << 8 | 38);
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0 >> 8, self.0 & 0xff)
    }
}

/// Whether the daemon takes our word for what it can't check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// It does: unsigned paths may be added.
    Trusted,
    /// It does not.
    NotTrusted,
    /// It does not say: protocols before 1.35, or a daemon behind another.
    Unknown,
}

/// A connection to a daemon. Temporary roots that were made over it last as long as it does.
pub struct Connection {
    // The streams come first: they are dropped first, so the program at the other end sees its input end.
    pub(super) source: Source,
    pub(super) sink: Sink,
    pub(super) dir: StoreDir,
    pub(super) version: Version,
    /// The other side's answers can't be told apart any more.
    lost: bool,
    patience: Patience,
    program: Option<Conversation>,
    nix_version: String,
    trust: Trust,
}

impl Connection {
    /// Connects to a daemon's socket, mostly /nix/var/nix/daemon-socket/socket.
    ///
    /// # Errors
    /// When there is none, or who listens is no daemon.
    pub fn open(socket: &Path, dir: StoreDir) -> Result<Self, DaemonError> {
        let patience = Patience::default();
        let both = || {
            let stream = UnixStream::connect(socket)?;
            let reader = Patient::new(stream.try_clone()?, patience.clone())?;
            Ok((reader, Patient::new(stream, patience.clone())?))
        };
        let (reader, writer) =
            both().map_err(|source| DaemonError::Socket { socket: socket.display().to_string(), source })?;
        Connection::greet(Box::new(reader), Box::new(writer), dir, patience, None)
    }

    /// Starts a command whose standard streams lead to a daemon, such as `ssh host nix-daemon --stdio`. `first` is
    /// written before the greeting: a password that `sudo -S` waits for, with its line end.
    ///
    /// # Errors
    /// When it can't be started, or what answers is no daemon.
    pub fn run(command: Process, first: &[u8], dir: StoreDir) -> Result<Self, DaemonError> {
        let patience = Patience::default();
        patience.set(Some(GREETING));
        let (program, (reader, mut writer)) = command.converse(&patience)?;
        let written = writer.write_all(first).map_err(DaemonError::writing);
        let mut program = Some(program);
        if let Err(error) = written {
            return Err(with_words(error, &mut program));
        }
        Connection::greet(Box::new(reader), Box::new(writer), dir, patience, program)
    }

    /// Speaks over any two streams. Where they block for ever, so does this.
    ///
    /// # Errors
    /// When what answers is no daemon.
    pub fn over(
        reader: impl Read + Send + 'static,
        writer: impl Write + Send + 'static,
        dir: StoreDir,
    ) -> Result<Self, DaemonError> {
        Connection::greet(Box::new(reader), Box::new(writer), dir, Patience::default(), None)
    }

    fn greet(
        reader: Box<dyn Read + Send>,
        writer: Box<dyn Write + Send>,
        dir: StoreDir,
        patience: Patience,
        program: Option<Conversation>,
    ) -> Result<Self, DaemonError> {
        let mut connection = Connection {
            source: Source::new(reader),
            sink: Sink::new(writer),
            dir,
            version: Version::NEWEST,
            lost: false,
            patience,
            program,
            nix_version: String::new(),
            trust: Trust::Unknown,
        };
        connection.patience.set(Some(GREETING));
        let outcome = connection.handshake();
        connection.patience.set(None);
        match outcome {
            Ok(()) => Ok(connection),
            Err(error) => Err(with_words(error, &mut connection.program)),
        }
    }

    fn handshake(&mut self) -> Result<(), DaemonError> {
        let Connection { source, sink, version, .. } = self;
        sink.number(MAGIC.0).number(Version::NEWEST.0).flush()?;
        let magic = source.number()?;
        if magic != MAGIC.1 {
            // Mostly a shell's or ssh's words: show them, not their number.
            let mut began = magic.to_le_bytes().to_vec();
            began.extend(source.glance());
            let began = String::from_utf8_lossy(&began).trim().to_owned();
            return Err(DaemonError::NoDaemon { began, said: String::new() });
        }
        let theirs = Version(source.number()?);
        if theirs < Version::OLDEST || theirs.0 >> 8 != 1 {
            return Err(DaemonError::Version { major: theirs.0 >> 8, minor: theirs.0 & 0xff });
        }
        *version = theirs.min(Version::NEWEST);
        if *version >= Version::FEATURES {
            // We know of no feature that a daemon may have.
            sink.number(0).flush()?;
            source.list(Source::bytes)?;
        }
        // Two fields of old: processor affinity, and space to be kept free.
        sink.number(0).number(0).flush()?;
        self.nix_version = source.text()?;
        if *version >= Version::TRUST_IS_TOLD {
            self.trust = match source.number()? {
                0 => Trust::Unknown,
                1 => Trust::Trusted,
                2 => Trust::NotTrusted,
                number => return Err(DaemonError::protocol(format!("trust is {number}"))),
            };
        }
        drain(source, &mut |_| {})
    }

    /// The version of the protocol that is spoken.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The daemon's own version, such as `2.34.8`.
    pub fn nix_version(&self) -> &str {
        &self.nix_version
    }

    /// Whether the daemon takes our word for what it can't check.
    pub fn trust(&self) -> Trust {
        self.trust
    }

    /// The folder of the store.
    pub fn dir(&self) -> &StoreDir {
        &self.dir
    }

    /// How long to wait for the daemon to say anything at all; for ever unless this was called. A build may be silent
    /// for hours.
    pub fn set_patience(&self, limit: Option<Duration>) {
        self.patience.set(limit);
    }

    /// Another thread's way to end whatever this connection waits for.
    pub fn patience(&self) -> Patience {
        self.patience.clone()
    }

    /// Asks one thing: writes it, tells the events, reads the answer.
    pub(super) fn ask<T>(
        &mut self,
        listener: Listener<'_>,
        question: impl FnOnce(&mut Sink, &StoreDir),
        answer: impl FnOnce(&mut Source, &StoreDir) -> Result<T, DaemonError>,
    ) -> Result<T, DaemonError> {
        self.guard(|connection| {
            let Connection { source, sink, dir, .. } = connection;
            question(sink, dir);
            ask(sink, source, listener)?;
            answer(source, dir)
        })
    }

    /// Does something with the connection, which is lost when that fails halfway.
    pub(super) fn guard<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, DaemonError>,
    ) -> Result<T, DaemonError> {
        if self.lost {
            return Err(DaemonError::Lost);
        }
        self.source.begin();
        let outcome = work(self);
        outcome.map_err(|error| {
            self.lost = !error.is_refusal();
            with_words(error, &mut self.program)
        })
    }
}

/// Adds what the command said on standard error, which is mostly the reason.
fn with_words(mut error: DaemonError, program: &mut Option<Conversation>) -> DaemonError {
    if let (DaemonError::Closed { said } | DaemonError::NoDaemon { said, .. }, Some(program)) =
        (&mut error, program)
    {
        *said = program.said();
    }
    error
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("nix", &self.nix_version)
            .field("protocol", &self.version)
            .field("trust", &self.trust)
            .finish_non_exhaustive()
    }
}
