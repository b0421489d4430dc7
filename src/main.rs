//! The `fleet` program: everything is in the library, so that tests and the program run the same code.

use std::process::ExitCode;

fn main() -> ExitCode {
    fleet::cli::main(std::env::args_os().collect())
}
