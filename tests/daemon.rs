//! Sessions with real daemons, recorded in tests/daemon: the same questions ask for the same bytes, and their answers read the same.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "tools/daemon/session.rs"]
mod session;

use fleet::daemon::{Connection, DaemonError};
use fleet::store::StoreDir;
use std::io::{self, Cursor, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};

fn recorded(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/daemon").join(name)).unwrap()
}

/// What is written to a daemon that plays a record.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Asks the recorded questions of a daemon that gives these answers.
fn replay(answers: Vec<u8>) -> (Result<(), DaemonError>, String, Vec<u8>) {
    let written = Written::default();
    let mut said = Vec::new();
    let outcome = Connection::over(Cursor::new(answers), written.clone(), StoreDir::default())
        .and_then(|mut daemon| session::hold(&mut daemon, &recorded("questions")[..], &mut said));
    let written = std::mem::take(&mut *written.0.lock().unwrap());
    (outcome, String::from_utf8(said).unwrap(), written)
}

fn is_replayed(version: &str) {
    let (outcome, said, written) = replay(recorded(&format!("nix-{version}.answered")));
    outcome.unwrap();
    assert_eq!(said, String::from_utf8(recorded(&format!("nix-{version}.said"))).unwrap());
    assert!(written == recorded(&format!("nix-{version}.asked")), "other bytes are sent");
}

#[test]
fn the_oldest_protocol_is_spoken_as_it_was_recorded() {
    is_replayed("2.8");
}

#[test]
fn the_newest_protocol_is_spoken_as_it_was_recorded() {
    is_replayed("2.34");
}

#[test]
fn an_answer_that_is_cut_anywhere_is_an_error() {
    for version in ["2.8", "2.34"] {
        let whole = recorded(&format!("nix-{version}.answered"));
        // Every place in the greeting, then every thirteenth.
        for end in (0..200).chain((200..whole.len()).step_by(13)) {
            let (outcome, ..) = replay(whole[..end].to_vec());
            let error = outcome.expect_err("an answer is missing");
            assert!(
                matches!(error, DaemonError::Closed { .. } | DaemonError::Protocol { .. }),
                "{version} cut at {end}: {error}"
            );
        }
    }
}
