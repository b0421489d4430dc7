//! A report is what the user reads when something is wrong: what is so, where, why, and what to do next.
//!
//! Every area has its own error enum; [`Diagnose`] turns each into a [`Report`], and only the command line prints
//! one. So a message has one shape everywhere:
//!
//! ```text
//! error: secret `nginx/session-key` is sealed for `db1`, which fleet.toml does not list as a reader
//!   --> secrets/nginx/session-key.age
//! hint: run `fleet secret rekey nginx/session-key` to seal it again without `db1`
//! ```

mod place;
mod render;
mod suggest;

pub use place::{Place, Spot};
pub use suggest::{did_you_mean, nearest};

use std::fmt;

/// How much a [`Report`] weighs: an error fails the command, a warning and a note do not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The command fails.
    Error,
    /// The command goes on; the user should know.
    Warning,
    /// Something worth saying.
    Note,
}

/// Who is at fault, which is also the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The fleet, a file or a host is wrong: exit code 1.
    Fleet,
    /// The command line is wrong: exit code 2.
    Usage,
}

impl Fault {
    /// The exit code this fault ends with.
    pub fn exit_code(self) -> u8 {
        match self {
            Fault::Fleet => 1,
            Fault::Usage => 2,
        }
    }
}

/// One thing said to the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Error, warning or note.
    pub severity: Severity,
    /// Decides the exit code of an error.
    pub fault: Fault,
    /// What is so: lower case, no final full stop, names in backticks.
    pub message: String,
    /// Where: the first is the place to mend.
    pub places: Vec<Place>,
    /// Why, outermost first.
    pub causes: Vec<String>,
    /// What to do next, one sentence each.
    pub hints: Vec<String>,
}

impl Report {
    /// An error about the fleet, its files or its hosts.
    pub fn error(message: impl Into<String>) -> Self {
        Report {
            severity: Severity::Error,
            fault: Fault::Fleet,
            message: message.into(),
            places: Vec::new(),
            causes: Vec::new(),
            hints: Vec::new(),
        }
    }

    /// An error of the command line.
    pub fn usage(message: impl Into<String>) -> Self {
        Report { fault: Fault::Usage, ..Report::error(message) }
    }

    /// A warning: the command goes on.
    pub fn warning(message: impl Into<String>) -> Self {
        Report { severity: Severity::Warning, ..Report::error(message) }
    }

    /// A note: nothing is wrong.
    pub fn note(message: impl Into<String>) -> Self {
        Report { severity: Severity::Note, ..Report::error(message) }
    }

    /// Adds a place.
    pub fn at(mut self, place: impl Into<Place>) -> Self {
        self.places.push(place.into());
        self
    }

    /// Adds a cause below the ones there are.
    pub fn because(mut self, cause: impl fmt::Display) -> Self {
        self.causes.push(cause.to_string());
        self
    }

    /// Adds a hint.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// True for an error, false for warnings and notes.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// An error that can tell its place and what to do; every area's error enum implements it.
///
/// The message is its `Display`, the causes are its `source` chain.
pub trait Diagnose: std::error::Error {
    /// Where it is so.
    fn places(&self) -> Vec<Place> {
        Vec::new()
    }

    /// What to do next.
    fn hints(&self) -> Vec<String> {
        Vec::new()
    }

    /// Whose fault it is.
    fn fault(&self) -> Fault {
        Fault::Fleet
    }
}

impl<E: Diagnose> From<E> for Report {
    fn from(error: E) -> Self {
        let mut report = Report::error(error.to_string());
        report.fault = error.fault();
        report.places = error.places();
        report.hints = error.hints();
        let mut cause = error.source();
        while let Some(error) = cause {
            report.causes.push(error.to_string());
            cause = error.source();
        }
        report
    }
}

/// Several reports of one run: at least one when used as an error.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reports(pub Vec<Report>);

impl Reports {
    /// True when one of them is an error.
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(Report::is_error)
    }

    /// A failure of which everything was told already: nothing more is printed, and the command fails.
    pub fn told() -> Self {
        Reports(Vec::new())
    }

    /// Adds one.
    pub fn push(&mut self, report: impl Into<Report>) {
        self.0.push(report.into());
    }

    /// `Ok(value)` when no error is among them, else all of them.
    ///
    /// # Errors
    /// The reports themselves when one of them is an error.
    pub fn or_ok<T>(self, value: T) -> Result<T, Reports> {
        if self.has_errors() { Err(self) } else { Ok(value) }
    }

    /// The reports themselves, warnings and notes, when no error is among them.
    ///
    /// # Errors
    /// The reports themselves when one of them is an error.
    pub fn or_told(self) -> Result<Reports, Reports> {
        if self.has_errors() { Err(self) } else { Ok(self) }
    }

    /// The exit code of the run: that of the gravest error, 0 without one.
    pub fn exit_code(&self) -> u8 {
        self.0.iter().filter(|r| r.is_error()).map(|r| r.fault.exit_code()).max().unwrap_or(0)
    }
}

impl<R: Into<Report>> From<R> for Reports {
    fn from(report: R) -> Self {
        Reports(vec![report.into()])
    }
}

impl From<Vec<Report>> for Reports {
    fn from(reports: Vec<Report>) -> Self {
        Reports(reports)
    }
}
