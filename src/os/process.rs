//! Programs we start: the name and the arguments are given apart, never through a shell, and what is secret goes
//! through standard input.
#![allow(clippy::disallowed_methods, reason = "this is the one place that starts programs")]

use crate::report::{Diagnose, Fault};
use rustix::process::{Pid, Signal, kill_process};
use std::ffi::{OsStr, OsString};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

/// Why a program did not do what it was started for.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// There is no such program.
    #[error("the program `{program}` is not installed")]
    Missing {
        /// Its name.
        program: String,
    },
    /// It could not be started or talked to.
    #[error("can't run `{program}`")]
    Start {
        /// Its name.
        program: String,
        /// What the system answered.
        #[source]
        source: io::Error,
    },
    /// It ended with failure.
    #[error("`{program}` failed with {status}")]
    Failed {
        /// Its name.
        program: String,
        /// `exit status: 1` or `signal: 9`.
        status: String,
        /// What it said on standard error, the last of it.
        said: String,
    },
}

impl Diagnose for ProcessError {
    fn hints(&self) -> Vec<String> {
        match self {
            ProcessError::Missing { program } => vec![format!("install `{program}`, or put it on PATH")],
            ProcessError::Failed { said, .. } if !said.is_empty() => vec![format!("it said: {said}")],
            _ => Vec::new(),
        }
    }

    fn fault(&self) -> Fault {
        Fault::Fleet
    }
}

/// What a program answered.
pub struct Output {
    /// True when it exited with 0.
    pub success: bool,
    /// How it ended, in words.
    pub status: String,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error, as text.
    pub stderr: String,
}

impl Output {
    /// Standard output as text, damaged bytes replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }
}

/// A program about to be started.
pub struct Process {
    program: String,
    command: Command,
    input: Vec<u8>,
}

impl Process {
    /// Names the program; PATH is searched when the name has no slash.
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        let program = program.as_ref();
        Process {
            program: program.to_string_lossy().into_owned(),
            command: Command::new(program),
            input: Vec::new(),
        }
    }

    /// Names a program of the system, which a unit's short PATH may lack: then NixOS's profile of all users is looked in.
    pub fn of_system(program: &str) -> Self {
        let known = |folder: PathBuf| folder.join(program).is_file();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let profile = Path::new("/run/current-system/sw/bin");
        match std::env::split_paths(&path).any(known) || !profile.join(program).is_file() {
            true => Process::new(program),
            false => Process::new(profile.join(program)),
        }
    }

    /// Adds one argument. Never a secret: every user of the machine can read it.
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    /// Adds arguments.
    pub fn args<S: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        self.command.args(arguments);
        self
    }

    /// Runs in this folder.
    pub fn folder(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Sets one variable of its environment. Never a secret.
    pub fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.command.env(name, value.into());
        self
    }

    /// Takes one variable out of its environment.
    pub fn without_env(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// What it reads on standard input.
    pub fn input(mut self, bytes: &[u8]) -> Self {
        self.input = bytes.to_vec();
        self
    }

    /// Runs it to its end and returns what it answered, whatever its exit code.
    ///
    /// # Errors
    /// When it can't be started.
    pub fn output(mut self) -> Result<Output, ProcessError> {
        self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().map_err(|error| start_error(&self.program, error))?;
        let input = std::mem::take(&mut self.input);
        let pipe = child.stdin.take();
        // A thread feeds it: a program that answers before it has read everything would wait for us for ever.
        let feeder = std::thread::spawn(move || {
            if let Some(mut pipe) = pipe {
                // A program may end without reading its input; that is its own affair.
                let _ = pipe.write_all(&input);
            }
        });
        let output = child.wait_with_output().map_err(|error| start_error(&self.program, error))?;
        let _ = feeder.join();
        Ok(Output {
            success: output.status.success(),
            status: output.status.to_string(),
            stdout: output.stdout,
            stderr: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        })
    }

    /// Runs it to its end; any exit code but 0 is an error.
    ///
    /// # Errors
    /// When it can't be started or fails.
    pub fn run(self) -> Result<Output, ProcessError> {
        let program = self.program.clone();
        let output = self.output()?;
        if output.success {
            return Ok(output);
        }
        let lines: Vec<&str> = output.stderr.lines().collect();
        let said = lines[lines.len().saturating_sub(8)..].join("\n");
        Err(ProcessError::Failed { program, status: output.status, said })
    }

    /// Runs it on the user's own terminal, as an editor wants it; answers whether it exited with 0.
    ///
    /// # Errors
    /// When it can't be started.
    pub fn interactive(mut self) -> Result<bool, ProcessError> {
        let status = self.command.status().map_err(|error| start_error(&self.program, error))?;
        Ok(status.success())
    }

    /// Starts it with all three streams piped; gives its name too, for messages.
    pub(super) fn spawn_piped(mut self) -> Result<(String, Child), ProcessError> {
        self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = self.command.spawn().map_err(|error| start_error(&self.program, error))?;
        Ok((self.program, child))
    }

    /// Starts it on the user's own terminal and does not wait.
    ///
    /// # Errors
    /// When it can't be started.
    pub fn start(mut self) -> Result<Running, ProcessError> {
        let child = self.command.spawn().map_err(|error| start_error(&self.program, error))?;
        Ok(Running { program: self.program, child })
    }
}

/// A program that runs on the user's own terminal.
pub struct Running {
    program: String,
    child: Child,
}

/// How a program came to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// It exited with 0.
    Success,
    /// It failed, or was killed: `exit status: 1`, `signal: 9`.
    Failure(String),
    /// We were told to end by this signal, and ended it.
    Interrupted(i32),
}

impl Running {
    /// Whether it has ended.
    ///
    /// # Errors
    /// When the system can't tell.
    pub fn ended(&mut self) -> Result<Option<Ended>, ProcessError> {
        let status = self.child.try_wait().map_err(|error| start_error(&self.program, error))?;
        Ok(status.map(ended))
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// When the system can't tell.
    pub fn wait(&mut self) -> Result<Ended, ProcessError> {
        self.child.wait().map(ended).map_err(|error| start_error(&self.program, error))
    }

    /// Ends it: politely, and after two seconds not.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn end(&mut self) -> Result<(), ProcessError> {
        let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
        for _ in 0..100 {
            if self.ended()?.is_some() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        self.wait().map(|_| ())
    }
}

fn ended(status: ExitStatus) -> Ended {
    if status.success() { Ended::Success } else { Ended::Failure(status.to_string()) }
}

fn start_error(program: &str, source: io::Error) -> ProcessError {
    match source.kind() {
        io::ErrorKind::NotFound => ProcessError::Missing { program: program.to_owned() },
        _ => ProcessError::Start { program: program.to_owned(), source },
    }
}
