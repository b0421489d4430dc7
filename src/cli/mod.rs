//! The command line: parses, calls one function, prints. The only module that prints.
//!
//! stdout is the answer, stderr is the conversation. Every command is a file here that holds its arguments, its
//! help and its `run`; `run` gets a [`Context`] and answers with reports, whose gravest sets the exit code.

mod activate;
#[cfg(feature = "operator")]
mod build;
#[cfg(feature = "operator")]
mod check;
#[cfg(feature = "operator")]
mod common;
#[cfg(feature = "operator")]
mod completions;
mod console;
#[cfg(feature = "operator")]
mod demo;
#[cfg(feature = "operator")]
mod diff;
#[cfg(feature = "operator")]
mod eval;
#[cfg(feature = "operator")]
mod evaluation;
#[cfg(feature = "operator")]
mod flake;
#[cfg(feature = "operator")]
mod init;
#[cfg(feature = "operator")]
mod key;
#[cfg(feature = "operator")]
mod machine;
#[cfg(feature = "operator")]
mod machines;
#[cfg(feature = "operator")]
mod nix_instantiate;
#[cfg(feature = "operator")]
mod option;
#[cfg(feature = "operator")]
mod prompt;
#[cfg(feature = "operator")]
mod repl;
#[cfg(feature = "operator")]
mod secret;
#[cfg(feature = "operator")]
mod show;
#[cfg(feature = "operator")]
mod table;
#[cfg(feature = "operator")]
mod tell;
#[cfg(feature = "operator")]
mod wg;

pub use console::Console;
#[cfg(feature = "operator")]
pub(crate) use table::table;

use clap::{Parser, Subcommand};
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

/// The control plane for fleets of NixOS machines
#[derive(Parser)]
#[command(name = "fleet", version, propagate_version = true, max_term_width = 100)]
pub struct Arguments {
    /// Work on the fleet in this folder
    #[arg(short = 'C', long = "fleet", global = true, value_name = "DIR", default_value = ".")]
    fleet: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    #[cfg(feature = "operator")]
    Demo(demo::Arguments),
    #[cfg(feature = "operator")]
    Init(init::Arguments),
    #[cfg(feature = "operator")]
    Check(check::Arguments),
    #[cfg(feature = "operator")]
    Machine(machine::Arguments),
    #[cfg(feature = "operator")]
    Key(key::Arguments),
    #[cfg(feature = "operator")]
    Secret(secret::Arguments),
    #[cfg(feature = "operator")]
    Wg(wg::Arguments),
    #[cfg(feature = "operator")]
    Show(show::Arguments),
    #[cfg(feature = "operator")]
    Option(option::Arguments),
    #[cfg(feature = "operator")]
    Diff(diff::Arguments),
    #[cfg(feature = "operator")]
    Build(build::Arguments),
    #[cfg(feature = "operator")]
    Eval(eval::Arguments),
    #[cfg(feature = "operator")]
    Flake(flake::Arguments),
    #[cfg(feature = "operator")]
    Repl(repl::Arguments),
    #[cfg(feature = "operator")]
    NixInstantiate(nix_instantiate::Arguments),
    Activate(activate::Arguments),
    #[cfg(feature = "operator")]
    Completions(completions::Completions),
    #[cfg(feature = "operator")]
    Man(completions::Man),
}

/// What every command's `run` gets.
pub struct Context<'a> {
    /// The folder given with `-C`, else the current one.
    pub folder: PathBuf,
    /// Where answers and conversation go.
    pub console: &'a mut Console,
    /// The command as the user typed it, for locks and messages.
    pub command_line: String,
}

#[cfg(feature = "operator")]
impl Context<'_> {
    /// Opens the fleet to change it; what a plugin asks meanwhile is asked on this console.
    fn lock(&mut self) -> Result<(crate::ops::fleet::Guard, crate::ops::Fleet), crate::report::Reports> {
        let console = &mut *self.console;
        let (guard, fleet) =
            crate::ops::Fleet::lock(&self.folder, &self.command_line, |line| console.say(line))?;
        Ok((guard.asking(self.console.prompt()), fleet))
    }
}

/// Runs one command; `args` begins with the program's name.
pub fn main(args: Vec<OsString>) -> ExitCode {
    let mut console = Console::standard();
    ExitCode::from(run(args, &mut console))
}

/// Runs one command on this console and answers its exit code: 0 done, 1 the fleet is wrong, 2 the command line is.
pub fn run(args: Vec<OsString>, console: &mut Console) -> u8 {
    let words: Vec<String> = args.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    #[cfg(feature = "operator")]
    if called_as(&args, "nix-instantiate") {
        let mut context = Context { folder: PathBuf::from("."), console, command_line: words.join(" ") };
        return finish(nix_instantiate::run(args.into_iter().skip(1).collect(), &mut context), &mut context);
    }
    let arguments = match Arguments::try_parse_from(args) {
        Ok(arguments) => arguments,
        Err(error) => {
            if error.use_stderr() {
                console.say(error.render().to_string().trim_end());
            } else {
                console.answer(error.render().to_string());
            }
            return u8::try_from(error.exit_code()).unwrap_or(2);
        }
    };
    let mut context = Context { folder: arguments.fleet, console, command_line: words.join(" ") };
    let result = match arguments.command {
        #[cfg(feature = "operator")]
        Command::Demo(command) => command.run(&mut context),
        #[cfg(feature = "operator")]
        Command::Init(command) => command.run(&mut context),
        #[cfg(feature = "operator")]
        Command::Check(command) => command.run(&mut context),
        #[cfg(feature = "operator")]
        Command::Machine(command) => command.run(&mut context),
        #[cfg(feature = "operator")]
        Command::Key(command) => command.run(&mut context),
        #[cfg(feature = "operator")]
        Command::Secret(command) => command.run(&mut context),
        #[cfg(feature = "operator")]
        Command::Wg(command) => command.run(&mut context),
        #[cfg(feature = "operator")]
        Command::Show(command) => command.run(&mut context),
        #[cfg(feature = "operator")]
        Command::Option(command) => command.run(&mut context),
        #[cfg(feature = "operator")]
        Command::Diff(command) => command.run(&mut context),
        #[cfg(feature = "operator")]
        Command::Build(command) => command.run(&mut context),
        #[cfg(feature = "operator")]
        Command::Eval(command) => command.run(&mut context),
        #[cfg(feature = "operator")]
        Command::Flake(command) => command.run(&mut context),
        #[cfg(feature = "operator")]
        Command::Repl(command) => command.run(&mut context),
        #[cfg(feature = "operator")]
        Command::NixInstantiate(command) => command.run(&mut context),
        Command::Activate(command) => command.run(&mut context),
        #[cfg(feature = "operator")]
        Command::Completions(command) => command.run(&mut context),
        #[cfg(feature = "operator")]
        Command::Man(command) => command.run(&mut context),
    };
    finish(result, &mut context)
}

/// Whether the program was called by this name, as through a link.
#[cfg(feature = "operator")]
fn called_as(args: &[OsString], name: &str) -> bool {
    args.first().is_some_and(|program| std::path::Path::new(program).file_name() == Some(name.as_ref()))
}

fn finish(result: Result<(), crate::report::Reports>, context: &mut Context<'_>) -> u8 {
    match result {
        Ok(()) => 0,
        Err(reports) => {
            context.console.reports(&reports);
            // A failure that was told already has no report left.
            reports.exit_code().max(1)
        }
    }
}
