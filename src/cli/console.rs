//! The console: the one place that writes to the terminal. Tests and `fleet demo` put a buffer in its place.

#[cfg(feature = "operator")]
use super::prompt::Terminal;
#[cfg(feature = "operator")]
use crate::format::Sensitive;
#[cfg(feature = "operator")]
use crate::keys::{NoPrompt, Prompt};
#[cfg(feature = "operator")]
use crate::os::private::read_wiped;
use crate::report::{Report, Reports};
use std::io::{IsTerminal as _, Write};
#[cfg(feature = "operator")]
use std::sync::Arc;

/// stdout for answers, stderr for conversation.
pub struct Console {
    out: Box<dyn Write + Send>,
    err: Box<dyn Write + Send>,
    /// In place of the process's standard input.
    input: Option<Vec<u8>>,
    colour: bool,
    /// What is shown for the moment can be written over.
    #[cfg(feature = "operator")]
    live: bool,
    /// True when a person can answer a question: stdin and stderr are terminals.
    pub interactive: bool,
}

impl Console {
    /// The process's own streams; colour only on a terminal and without NO_COLOR.
    pub fn standard() -> Self {
        let terminal = std::io::stderr().is_terminal();
        Console {
            out: Box::new(std::io::stdout()),
            err: Box::new(std::io::stderr()),
            input: None,
            #[cfg(feature = "operator")]
            live: terminal,
            colour: terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
            interactive: terminal && std::io::stdin().is_terminal(),
        }
    }

    /// Streams of the caller's; never interactive, no colour.
    pub fn to(out: impl Write + Send + 'static, err: impl Write + Send + 'static) -> Self {
        Console {
            out: Box::new(out),
            err: Box::new(err),
            input: Some(Vec::new()),
            colour: false,
            #[cfg(feature = "operator")]
            live: false,
            interactive: false,
        }
    }

    /// The person to ask for passphrases and confirmations; nobody where no terminal is.
    #[cfg(feature = "operator")]
    pub fn prompt(&self) -> Arc<dyn Prompt> {
        if self.interactive { Arc::new(Terminal) } else { Arc::new(NoPrompt) }
    }

    /// What commands read in place of standard input.
    pub fn with_input(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.input = Some(bytes.into());
        self
    }

    /// True when reading the input would wait for somebody to type.
    pub fn input_is_terminal(&self) -> bool {
        self.input.is_none() && std::io::stdin().is_terminal()
    }

    /// Reads the input to its end, into memory that is wiped; no more than `limit` bytes.
    ///
    /// # Errors
    /// When it can't be read, or there is more.
    #[cfg(feature = "operator")]
    pub fn read_input(&mut self, limit: usize) -> std::io::Result<Sensitive> {
        let bytes = match self.input.take() {
            Some(bytes) => read_wiped(bytes.as_slice(), limit)?,
            None => read_wiped(std::io::stdin().lock(), limit)?,
        };
        Ok(Sensitive::from(bytes))
    }

    /// Writes to stdout what the user asked for, as it is.
    ///
    /// A closed pipe (`fleet … | head`) ends the answer quietly.
    pub fn answer(&mut self, text: impl AsRef<[u8]>) {
        let _ = self.out.write_all(text.as_ref()).and_then(|()| self.out.flush());
    }

    /// Says one line on stderr.
    pub fn say(&mut self, text: impl AsRef<str>) {
        let _ = writeln!(self.err, "{}", text.as_ref());
    }

    /// Shows how far something is, on a terminal only, until the next line; nothing takes it away.
    #[cfg(feature = "operator")]
    pub fn status(&mut self, text: &str) {
        if self.live {
            let _ = write!(self.err, "\r\x1b[K{text}").and_then(|()| self.err.flush());
        }
    }

    /// Shows one report on stderr.
    pub fn report(&mut self, report: &Report) {
        let _ = self.err.write_all(report.render(self.colour).as_bytes());
    }

    /// Shows reports on stderr, an empty line between them.
    pub fn reports(&mut self, reports: &Reports) {
        for (index, report) in reports.0.iter().enumerate() {
            if index > 0 {
                let _ = writeln!(self.err);
            }
            self.report(report);
        }
    }
}
