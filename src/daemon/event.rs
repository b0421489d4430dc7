//! What the daemon tells while it works: lines of logs, and activities that begin, go on and end.

use super::DaemonError;
use super::error::without_colours;
use super::wire::{Sink, Source};

/// One thing the daemon tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A line for the user.
    Line(Vec<u8>),
    /// Something begins.
    Start {
        /// Its number, by which it is spoken of later.
        id: u64,
        /// How much it matters: 0 error, 1 warning, 3 information, 4 and more ever less.
        level: u64,
        /// What it is: 100 copying a path, 101 a download, 105 a build, 108 a substitution, and more.
        kind: u64,
        /// What it is, in words.
        text: String,
        /// What it is about: for a build its derivation.
        fields: Vec<Field>,
        /// The activity it is part of; 0 for none.
        parent: u64,
    },
    /// An activity has ended.
    Stop {
        /// Its number.
        id: u64,
    },
    /// An activity goes on.
    Result {
        /// The activity's number.
        id: u64,
        /// What this is: 101 a line of a build's log, 104 a build's phase, 105 progress, 106 what is expected, and more.
        kind: u64,
        /// The line, the phase, or the numbers done, expected, running and failed.
        fields: Vec<Field>,
    },
}

/// A word of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Field {
    /// A number.
    Number(u64),
    /// A text.
    Text(Vec<u8>),
}

impl Event {
    /// A build, when this is its begin: the derivation's path.
    pub fn build(&self) -> Option<&[u8]> {
        match self {
            Event::Start { kind: 105, fields, .. } => text(fields),
            _ => None,
        }
    }

    /// A line of a build's log.
    pub fn log_line(&self) -> Option<&[u8]> {
        match self {
            Event::Result { kind: 101 | 107, fields, .. } => text(fields),
            _ => None,
        }
    }

    /// How many parts of an activity are done, and how many there are.
    pub fn progress(&self) -> Option<(u64, u64)> {
        match self {
            Event::Result { kind: 105, fields, .. } => match fields[..] {
                [Field::Number(done), Field::Number(expected), ..] => Some((done, expected)),
                _ => None,
            },
            _ => None,
        }
    }
}

fn text(fields: &[Field]) -> Option<&[u8]> {
    match fields.first() {
        Some(Field::Text(text)) => Some(text),
        _ => None,
    }
}

/// Who is told of events.
pub(super) type Listener<'l> = &'l mut dyn FnMut(Event);

const LAST: u64 = 0x616c_7473;
const ERROR: u64 = 0x6378_7470;
const NEXT: u64 = 0x6f6c_6d67;
const START: u64 = 0x5354_5254;
const STOP: u64 = 0x5354_4f50;
const RESULT: u64 = 0x5253_4c54;
const READ: u64 = 0x6461_7461;
const WRITE: u64 = 0x6461_7416;

/// Tells events until the work is done, or the daemon says no. What it answers comes next.
pub(super) fn drain(source: &mut Source, listener: Listener<'_>) -> Result<(), DaemonError> {
    loop {
        // An event is as large as an answer may be; there may be any number of them.
        source.begin();
        match source.number()? {
            LAST => {
                source.begin();
                return Ok(());
            }
            ERROR => return Err(refusal(source)?),
            NEXT => listener(Event::Line(line(source.bytes()?))),
            START => {
                let (id, level, kind) = (source.number()?, source.number()?, source.number()?);
                let text = source.text()?;
                let fields = source.list(field)?;
                listener(Event::Start { id, level, kind, text, fields, parent: source.number()? });
            }
            STOP => listener(Event::Stop { id: source.number()? }),
            RESULT => {
                let (id, kind) = (source.number()?, source.number()?);
                listener(Event::Result { id, kind, fields: source.list(field)? });
            }
            // Protocols before 1.23 ask for data this way.
            READ | WRITE => return Err(DaemonError::protocol("it asks for data that was never offered")),
            word => return Err(DaemonError::protocol(format!("no message begins with {word:#x}"))),
        }
    }
}

fn field(source: &mut Source) -> Result<Field, DaemonError> {
    match source.number()? {
        0 => source.number().map(Field::Number),
        1 => source.bytes().map(Field::Text),
        kind => Err(DaemonError::protocol(format!("a field of an event is of kind {kind}"))),
    }
}

fn line(mut bytes: Vec<u8>) -> Vec<u8> {
    while bytes.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
        bytes.pop();
    }
    bytes
}

/// An error: its type, level, an obsolete name, the message, whether a position follows (never), and traces.
fn refusal(source: &mut Source) -> Result<DaemonError, DaemonError> {
    let kind = source.text()?;
    if kind != "Error" {
        return Err(DaemonError::protocol(format!("an error is of type `{}`", without_colours(&kind))));
    }
    let _level = source.number()?;
    let _name = source.bytes()?;
    let message = without_colours(&source.text()?);
    no_position(source)?;
    let traces = source.list(|source| {
        no_position(source)?;
        Ok(without_colours(&source.text()?))
    })?;
    let message = message.strip_prefix("error:").map_or(message.as_str(), str::trim).to_owned();
    Ok(DaemonError::Refused { message, traces })
}

fn no_position(source: &mut Source) -> Result<(), DaemonError> {
    match source.number()? {
        0 => Ok(()),
        _ => Err(DaemonError::protocol("an error has a position, which the protocol can't tell")),
    }
}

/// Sends what was gathered, then drains.
pub(super) fn ask(sink: &mut Sink, source: &mut Source, listener: Listener<'_>) -> Result<(), DaemonError> {
    sink.flush()?;
    drain(source, listener)
}
