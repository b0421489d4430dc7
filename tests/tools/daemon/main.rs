//! Asks a Nix daemon one thing after the other over one connection: `daemon SOCKET`, `daemon -- COMMAND…`, or
//! `daemon --first LINE -- COMMAND…` with a line that the command waits for.
//!
//! Questions come on standard input, one a line; `_` stands for the path that was printed last. Answers go to standard
//! output.
#![allow(clippy::print_stdout, clippy::print_stderr, clippy::unwrap_used, reason = "a tool of the tests")]

mod session;

use fleet::daemon::Connection;
use fleet::os::Process;
use fleet::report::Report;
use fleet::store::StoreDir;
use std::io;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(report) => {
            eprintln!("{}", report.render(false));
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<(), Report> {
    let dir = StoreDir::default();
    let mut daemon = match arguments {
        [separator, program, arguments @ ..] if separator == "--" => {
            Connection::run(Process::new(program).args(arguments), b"", dir)?
        }
        [flag, line, separator, program, arguments @ ..] if flag == "--first" && separator == "--" => {
            Connection::run(Process::new(program).args(arguments), format!("{line}\n").as_bytes(), dir)?
        }
        [socket] => Connection::open(Path::new(socket), dir)?,
        _ => return Err(Report::usage("say `daemon SOCKET` or `daemon -- COMMAND…`")),
    };
    session::hold(&mut daemon, io::stdin().lock(), &mut io::stdout())?;
    Ok(())
}
