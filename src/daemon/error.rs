//! Why the daemon could not be asked, did not answer in its protocol, or answered no.

use crate::os::process::ProcessError;
use crate::report::Diagnose;
use crate::store::nar::NarError;
use std::io;

/// Why the daemon did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// Its socket can't be opened.
    #[error("can't reach the Nix daemon at {socket}")]
    Socket {
        /// The socket's path.
        socket: String,
        /// What the system answered.
        #[source]
        source: io::Error,
    },
    /// Only names of a store were wanted, so there is none.
    #[error("`dummy://` is no store that anything can be added to")]
    NoStore,
    /// The command that leads to it can't be started.
    #[error("can't reach the Nix daemon")]
    Command(#[from] ProcessError),
    /// What answered is no daemon.
    #[error("there is no Nix daemon at the other end: it began with `{began}`")]
    NoDaemon {
        /// Its first words.
        began: String,
        /// What the command said on standard error.
        said: String,
    },
    /// Too old or too new.
    #[error("the Nix daemon speaks version {major}.{minor} of its protocol, and fleet knows 1.34 and later")]
    Version {
        /// Before the dot.
        major: u64,
        /// After it.
        minor: u64,
    },
    /// The connection ended.
    #[error("the Nix daemon ended the connection")]
    Closed {
        /// What the command said on standard error.
        said: String,
    },
    /// The connection failed.
    #[error("{doing} the Nix daemon failed")]
    Io {
        /// Reading from it or writing to it.
        doing: &'static str,
        /// What the system answered.
        #[source]
        source: io::Error,
    },
    /// Nothing came for as long as was waited.
    #[error("the Nix daemon did not answer in time")]
    Silent,
    /// It sent what the protocol does not allow.
    #[error("the Nix daemon broke its protocol: {problem}")]
    Protocol {
        /// What was wrong.
        problem: String,
    },
    /// An earlier error left the connection in the middle of something.
    #[error("the connection to the Nix daemon was lost before")]
    Lost,
    /// It answered no, in its own words.
    #[error("the Nix daemon refused: {message}")]
    Refused {
        /// Its message, without colours.
        message: String,
        /// What it was doing meanwhile, innermost first.
        traces: Vec<String>,
    },
    /// A tree could not be read, or is too much of one.
    #[error("a tree failed on its way to or from the Nix store")]
    Archive(#[from] NarError),
    /// It gave a path that is not the one we had computed.
    #[error("the Nix daemon stored `{found}` where `{wanted}` was expected")]
    OtherPath {
        /// The path that was expected.
        wanted: String,
        /// The path it gave.
        found: String,
    },
}

impl DaemonError {
    pub(super) fn protocol(problem: impl Into<String>) -> Self {
        DaemonError::Protocol { problem: problem.into() }
    }

    pub(super) fn reading(source: io::Error) -> Self {
        DaemonError::from_io("reading from", source)
    }

    pub(super) fn writing(source: io::Error) -> Self {
        DaemonError::from_io("writing to", source)
    }

    fn from_io(doing: &'static str, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::TimedOut => DaemonError::Silent,
            io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset | io::ErrorKind::UnexpectedEof => {
                DaemonError::Closed { said: String::new() }
            }
            _ => DaemonError::Io { doing, source },
        }
    }

    /// True when the connection can be used on: the daemon said no, and waits for the next question.
    pub fn is_refusal(&self) -> bool {
        matches!(self, DaemonError::Refused { .. } | DaemonError::OtherPath { .. } | DaemonError::Archive(_))
    }
}

impl Diagnose for DaemonError {
    fn hints(&self) -> Vec<String> {
        let said = |said: &str| if said.is_empty() { Vec::new() } else { vec![format!("it said: {said}")] };
        match self {
            DaemonError::Socket { .. } => {
                vec!["start it with `systemctl start nix-daemon.socket`, or install Nix".into()]
            }
            DaemonError::Command(error) => error.hints(),
            DaemonError::NoDaemon { said: words, .. } | DaemonError::Closed { said: words } => said(words),
            DaemonError::Version { .. } => vec!["Nix 2.8 is the oldest that works; update Nix there".into()],
            DaemonError::Refused { message, .. }
                if message.contains("lacks a") && message.contains("signature") =>
            {
                vec![
                    "enter as a trusted user: `sudo nix-daemon --stdio`, or `trusted-users` in nix.conf"
                        .into(),
                ]
            }
            DaemonError::Refused { message, .. } if message.contains("trusted") => {
                vec!["the daemon does this for users in `trusted-users` of its nix.conf only".into()]
            }
            _ => Vec::new(),
        }
    }
}

/// A daemon's words without the colours it puts in.
pub(super) fn without_colours(text: &str) -> String {
    without_escapes(text).trim().to_owned()
}

/// Text that does nothing to a terminal: CSI sequences (ECMA-48, section 5.4) are left out, and control characters but
/// for tabs and the ends of lines. What a build prints is nobody's we trust.
pub fn without_escapes(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("\x1b[") {
        plain.push_str(&rest[..at]);
        let inside = &rest[at + 2..];
        let end = inside.find(|c: char| ('\x40'..='\x7e').contains(&c));
        rest = end.map_or("", |end| &inside[end + 1..]);
    }
    plain.push_str(rest);
    plain.retain(|c| !c.is_control() || matches!(c, '\n' | '\t'));
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_left_out() {
        assert_eq!(without_colours("\x1b[31;1merror:\x1b[0m no \x1b[35;1mpath\x1b[0m\n"), "error: no path");
        assert_eq!(without_colours("cut \x1b[31"), "cut");
        assert_eq!(without_colours("none"), "none");
        assert_eq!(without_escapes("  \x1b]0;title\x07a\tb\r"), "  ]0;titlea\tb");
    }
}
