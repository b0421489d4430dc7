//! A daemon that is hostile, broken or none at all.

use super::*;
use crate::report::Diagnose as _;
use crate::store::{Algorithm, Method, StoreDir, StorePath, nar::NarError};
use std::io::{self, Cursor, Read, Write};
use std::os::unix::net::UnixListener;
use std::time::{Duration, Instant};

const LAST: u64 = 0x616c_7473;

/// A daemon's words.
#[derive(Clone)]
struct Words(Vec<u8>);

impl Words {
    /// Its greeting in protocol 1.37.
    fn greeting() -> Self {
        Words(Vec::new()).number(0x6478_696f).number(1 << 8 | 37).text(b"2.24.0").number(1).number(LAST)
    }

    fn number(mut self, number: u64) -> Self {
        self.0.extend_from_slice(&number.to_le_bytes());
        self
    }

    fn text(mut self, text: &[u8]) -> Self {
        self = self.number(text.len() as u64);
        self.0.extend_from_slice(text);
        self.0.resize(self.0.len().next_multiple_of(8), 0);
        self
    }
}

fn dir() -> StoreDir {
    StoreDir::default()
}

fn path() -> StorePath {
    StorePath::parse("00000000000000000000000000000000-x").unwrap()
}

fn greeted(words: Words) -> Result<Connection, DaemonError> {
    Connection::over(Cursor::new(words.0), io::sink(), dir())
}

fn begin() -> Words {
    Words::greeting()
}

fn info_of(words: Words) -> Result<Option<PathInfo>, DaemonError> {
    greeted(words).unwrap().path_info(&path())
}

fn said<T: std::fmt::Debug>(outcome: Result<T, DaemonError>) -> String {
    outcome.unwrap_err().to_string()
}

#[test]
fn what_is_no_daemon_or_another_version_is_refused() {
    assert!(
        said(greeted(Words(b"Welcome to this machine\n".to_vec()))).contains("began with `Welcome to this")
    );
    assert!(matches!(greeted(Words(Vec::new())), Err(DaemonError::Closed { .. })));
    let version = |version| greeted(Words(Vec::new()).number(0x6478_696f).number(version));
    assert_eq!(
        said(version(1 << 8 | 33)),
        "the Nix daemon speaks version 1.33 of its protocol, and fleet knows 1.34 and later"
    );
    assert!(said(version(2 << 8)).contains("version 2.0"));
    // A newer one is spoken to in the newest protocol that we know.
    let newer = Words(Vec::new()).number(0x6478_696f).number(1 << 8 | 99).number(1).text(b"some-feature");
    let newer = greeted(newer.text(b"9.0").number(2).number(LAST)).unwrap();
    assert_eq!(newer.version(), Version::NEWEST);
    assert_eq!((newer.nix_version(), newer.trust()), ("9.0", Trust::NotTrusted));
    let untold = Words(Vec::new()).number(0x6478_696f).number(1 << 8 | 37).text(b"2.24.0").number(7);
    assert_eq!(said(greeted(untold)), "the Nix daemon broke its protocol: trust is 7");
}

#[test]
fn words_that_the_protocol_does_not_have_are_refused() {
    for (words, wanted) in [
        (begin().number(0x1234), "no message begins with 0x1234"),
        (begin().number(0x6461_7461), "it asks for data that was never offered"),
        (begin().number(LAST).number(2), "whether a path is known is 2, neither 0 nor 1"),
        (begin().number(LAST).number(1).text(b"/tmp/x"), "path '/tmp/x' is not in the Nix store"),
        (begin().number(LAST).number(1).text(b"").text(b"zzz"), "hash 'zzz' has wrong length"),
        (begin().number(0x6378_7470).text(b"Warning"), "an error is of type `Warning`"),
        (
            begin().number(0x6378_7470).text(b"Error").number(0).text(b"").text(b"no").number(1),
            "an error has a position",
        ),
        (
            begin().number(0x5253_4c54).number(1).number(1).number(1).number(2),
            "a field of an event is of kind 2",
        ),
    ] {
        let message = said(info_of(words));
        assert!(message.contains(wanted), "{message}");
    }
    let mut unpadded = begin().number(LAST).number(1).text(b"x");
    *unpadded.0.last_mut().unwrap() = 1;
    assert!(said(info_of(unpadded)).contains("not followed by zeros"));
}

#[test]
fn a_length_that_lies_takes_no_memory() {
    for length in [u64::MAX, 1 << 40, 50 << 20] {
        let error = info_of(begin().number(LAST).number(1).number(length)).unwrap_err();
        assert!(matches!(error, DaemonError::Protocol { .. } | DaemonError::Closed { .. }), "{error}");
    }
    // A list of nothing that never ends, from a stream that never ends.
    let words = begin().number(LAST).number(u64::MAX);
    let endless = Cursor::new(words.0).chain(io::repeat(0));
    let mut daemon = Connection::over(endless, io::sink(), dir()).unwrap();
    assert!(said(daemon.outputs(&path())).contains("an answer is longer than"));
}

#[test]
fn a_refusal_is_told_and_the_connection_goes_on() {
    let refusal = begin()
        .number(0x6378_7470)
        .text(b"Error")
        .number(0)
        .text(b"Error")
        .text(b"\x1b[31;1merror:\x1b[0m path '\x1b[35;1mx\x1b[0m' lacks a signature by a trusted key")
        .number(0)
        .number(1)
        .number(0)
        .text(b"while \x1b[1madding\x1b[0m");
    let mut daemon = greeted(refusal.number(LAST).number(1)).unwrap();
    let error = daemon.is_valid_path(&path()).unwrap_err();
    assert_eq!(error.to_string(), "the Nix daemon refused: path 'x' lacks a signature by a trusted key");
    assert!(error.hints()[0].contains("trusted user"));
    assert!(matches!(&error, DaemonError::Refused { traces, .. } if traces == &["while adding"]));
    assert!(daemon.is_valid_path(&path()).unwrap());
    // There is no more answer; after that, nothing is asked any more.
    assert!(matches!(daemon.is_valid_path(&path()), Err(DaemonError::Closed { .. })));
    assert!(matches!(daemon.is_valid_path(&path()), Err(DaemonError::Lost)));
}

#[test]
fn events_are_told_in_their_order() {
    let words = begin()
        .number(0x6f6c_6d67)
        .text(b"a warning\n")
        .number(0x5354_5254)
        .number(7)
        .number(3)
        .number(105)
        .text(b"building x")
        .number(2)
        .number(1)
        .text(b"/nix/store/x.drv")
        .number(0)
        .number(1)
        .number(0)
        .number(0x5253_4c54)
        .number(7)
        .number(101)
        .number(1)
        .number(1)
        .text(b"a line")
        .number(0x5253_4c54)
        .number(7)
        .number(105)
        .number(2)
        .number(0)
        .number(3)
        .number(0)
        .number(9)
        .number(0x5354_4f50)
        .number(7)
        .number(LAST)
        .number(0);
    let mut events = Vec::new();
    let valid =
        greeted(words).unwrap().valid_paths(&[path()], false, &mut |event| events.push(event)).unwrap();
    assert!(valid.is_empty());
    assert_eq!(events[0], Event::Line(b"a warning".to_vec()));
    assert_eq!(events[1].build(), Some(&b"/nix/store/x.drv"[..]));
    assert_eq!(events[2].log_line(), Some(&b"a line"[..]));
    assert_eq!(events[3].progress(), Some((3, 9)));
    assert_eq!(events[4], Event::Stop { id: 7 });
}

/// A daemon behind a socket that answers as `behave` does, and a connection to it.
fn behind_a_socket(
    behave: impl FnOnce(std::os::unix::net::UnixStream) + Send + 'static,
) -> (Connection, Folder) {
    static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let count = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("fleet-daemon-{}-{count}", std::process::id()));
    std::fs::create_dir(&folder).unwrap();
    let folder = Folder(folder);
    let socket = folder.0.join("socket");
    let listener = UnixListener::bind(&socket).unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(&Words::greeting().0).unwrap();
        // Magic, version and two numbers of old.
        stream.read_exact(&mut [0; 32]).unwrap();
        behave(stream);
    });
    (Connection::open(&socket, dir()).unwrap(), folder)
}

struct Folder(std::path::PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn add_much(daemon: &mut Connection) -> Result<(StorePath, PathInfo), DaemonError> {
    let much = |to: &mut Frames<'_>| {
        io::copy(&mut io::repeat(1).take(1 << 30), to).map(drop).map_err(|error| NarError::Io(error).into())
    };
    daemon.add("much", Method::Flat, Algorithm::Sha256, &[], much, &mut |_| {})
}

#[test]
fn a_daemon_that_answers_nonsense_and_reads_nothing_is_left() {
    let (mut daemon, _folder) = behind_a_socket(|mut stream| {
        stream.write_all(&0x1234u64.to_le_bytes()).unwrap();
        std::thread::sleep(Duration::from_secs(20));
    });
    let start = Instant::now();
    assert!(said(add_much(&mut daemon)).contains("no message begins with 0x1234"));
    assert!(start.elapsed() < Duration::from_secs(10), "it waited for a daemon that reads nothing");
}

#[test]
fn a_daemon_that_wants_no_more_is_sent_no_more() {
    let (mut daemon, _folder) = behind_a_socket(|mut stream| {
        stream.read_exact(&mut [0; 1000]).unwrap();
        let no = Words(Vec::new())
            .number(0x6378_7470)
            .text(b"Error")
            .number(0)
            .text(b"Error")
            .text(b"the disk is full");
        stream.write_all(&no.number(0).number(0).0).unwrap();
        // As a daemon does: the rest of the stream is read and thrown away.
        let mut zeros = 0;
        let mut byte = [1];
        let mut stream = io::BufReader::new(stream);
        while zeros < 8 {
            stream.read_exact(&mut byte).unwrap();
            zeros = if byte == [0] { zeros + 1 } else { 0 };
        }
        let mut stream = stream.into_inner();
        stream.write_all(&Words(Vec::new()).number(LAST).number(1).0).unwrap();
        std::thread::sleep(Duration::from_secs(1));
    });
    assert_eq!(said(add_much(&mut daemon)), "the Nix daemon refused: the disk is full");
    assert!(daemon.is_valid_path(&path()).unwrap());
}

#[test]
fn a_daemon_that_is_silent_is_left_when_patience_ends() {
    let (mut daemon, _folder) = behind_a_socket(|_stream| std::thread::sleep(Duration::from_secs(20)));
    daemon.set_patience(Some(Duration::from_millis(50)));
    assert!(matches!(daemon.is_valid_path(&path()), Err(DaemonError::Silent)));
}

#[test]
fn another_thread_can_end_the_wait() {
    let (mut daemon, _folder) = behind_a_socket(|_stream| std::thread::sleep(Duration::from_secs(20)));
    let patience = daemon.patience();
    let waiting = std::thread::spawn(move || daemon.is_valid_path(&path()).unwrap_err());
    patience.give_up();
    assert!(matches!(waiting.join().unwrap(), DaemonError::Io { .. }));
}
