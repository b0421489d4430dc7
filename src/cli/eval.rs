//! `fleet eval`: the arguments, the defaults and the purity of `nix eval`.

use super::Context;
use super::evaluation::{self, Settings};
use super::flake::{self, LockArguments};
use crate::flake::Named;
use crate::nix::Evaluator;
use crate::nix::error::{Error as NixError, Kind, Result as NixResult};
use crate::nix::flake::{Resolved, Wish};
use crate::nix::input::url::encode;
use crate::nix::symbols::Symbol;
use crate::nix::value::Word;
use crate::report::Reports;

/// Evaluate an output of a flake or a Nix expression and print its value
///
/// `fleet eval .#nixosConfigurations.web1.config.networking.hostName` prints what the flake in this folder says.
///
/// Without `--impure` a flake and an expression see no environment, no time and no file; `--file` implies `--impure`. Nothing is
/// added to a store unless `--read-write` says so, or an expression reads what a derivation makes.
#[derive(clap::Args)]
pub struct Arguments {
    /// A flake with an attribute of it, such as `.#a.b`; beside `--expr` or `--file` the attribute alone, or all without
    #[arg(value_name = "FLAKE#ATTRIBUTE")]
    what: Option<String>,
    /// Evaluate an option of this machine, such as `networking.hostName`, of the flake in this folder
    #[arg(long, value_name = "MACHINE", conflicts_with_all = ["expr", "file"])]
    machine: Option<String>,
    /// Evaluate this expression
    #[arg(long, value_name = "EXPR", conflicts_with = "file")]
    expr: Option<String>,
    /// Evaluate this file; `-` is standard input
    #[arg(short, long, value_name = "FILE")]
    file: Option<String>,
    /// Print the value of this function of it
    #[arg(long, value_name = "EXPR")]
    apply: Option<String>,
    /// Print JSON
    #[arg(long, conflicts_with = "raw")]
    json: bool,
    /// Print a string as it is
    #[arg(long)]
    raw: bool,
    /// Add all that gets a store path to the store, through its daemon
    #[arg(long)]
    read_write: bool,
    /// Add nothing to a store and build nothing, not even because an expression reads it
    #[arg(long, conflicts_with = "read_write")]
    read_only: bool,
    /// The store, in place of NIX_REMOTE or this machine's
    #[arg(long, value_name = "STORE")]
    store: Option<String>,
    /// Build nothing because an expression reads it
    #[arg(long)]
    no_allow_import_from_derivation: bool,
    /// See environment, time and every path
    #[arg(long)]
    impure: bool,
    /// See only the search path, the store, and what `--allowed-uris` opens
    #[arg(long)]
    restrict_eval: bool,
    /// Prefixes of addresses that restricted evaluation may fetch from
    #[arg(long, value_name = "LIST")]
    allowed_uris: Option<String>,
    /// Ask servers again, also for what was fetched within the hour
    #[arg(long)]
    refresh: bool,
    /// Set one of Nix's options, such as `tarball-ttl`
    #[arg(long, num_args = 2, value_names = ["NAME", "VALUE"])]
    option: Vec<String>,
    /// Where `<name>` is looked up, before NIX_PATH
    #[arg(short = 'I', long = "include", value_name = "[NAME=]PATH")]
    include: Vec<String>,
    /// An argument for functions that are called on the way
    #[arg(long, num_args = 2, value_names = ["NAME", "EXPR"])]
    arg: Vec<String>,
    /// The same, a string
    #[arg(long, num_args = 2, value_names = ["NAME", "TEXT"])]
    argstr: Vec<String>,
    #[command(flatten)]
    lock: LockArguments,
    /// Show how an error was reached
    #[arg(long)]
    show_trace: bool,
    /// Say what the evaluation cost
    #[arg(long)]
    stats: bool,
}

impl Arguments {
    /// Runs it.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Reports> {
        let mut settings = Settings {
            search_path: self.include.clone(),
            pure: !self.impure && self.file.is_none(),
            restricted: self.restrict_eval,
            tarball_ttl: self.refresh.then_some(0),
            store: self.store.clone(),
            write: self.read_write,
            read_only: self.read_only,
            no_import_from_derivation: self.no_allow_import_from_derivation,
            ..Settings::default()
        };
        for pair in self.option.chunks_exact(2) {
            settings.set(&pair[0], &pair[1])?;
        }
        if let Some(list) = &self.allowed_uris {
            settings.set("allowed-uris", list)?;
        }
        let folder = context.folder.clone();
        let mut evaluator = evaluation::evaluator(&settings, &folder)?;
        let named = match self.expr.is_none() && self.file.is_none() {
            true => {
                let given = self.what.as_deref();
                let what = match &self.machine {
                    Some(machine) => option_of(machine, given.unwrap_or_default()),
                    None => given.unwrap_or(".").to_owned(),
                };
                let nothing = |_: &mut Wish| Ok(());
                Some(flake::resolve(&mut evaluator, &what, &self.lock, nothing, self.show_trace, context)?)
            }
            false => None,
        };
        let result = evaluator.enter(|evaluator| self.evaluate(evaluator, &folder, named));
        if self.stats {
            context.console.say(evaluation::stats(&evaluator));
        }
        match result {
            Ok(answer) => {
                context.console.answer(answer);
                Ok(())
            }
            Err(error) => {
                context.console.say(evaluation::render(&evaluator, &error, self.show_trace).trim_end());
                Err(Reports::told())
            }
        }
    }

    /// The value at a flake's attribute: of its packages, or of its outputs as they are.
    fn of_flake(evaluator: &mut Evaluator, named: &Named, resolved: &Resolved) -> NixResult<Word> {
        let flake = evaluator.call_flake(resolved)?;
        let outputs = evaluator.find_along("outputs", &[], flake)?;
        let system = crate::world::this_system();
        let attribute = named.fragment.as_str();
        let paths = match (attribute.strip_prefix('.'), attribute) {
            (Some(whole), _) => vec![whole.to_owned()],
            (None, "") => vec![format!("packages.{system}.default"), format!("defaultPackage.{system}")],
            (None, part) => vec![
                format!("packages.{system}.{part}"),
                format!("legacyPackages.{system}.{part}"),
                part.to_owned(),
            ],
        };
        match evaluator.find_first(&paths, outputs)? {
            Some((_, value)) => Ok(value),
            None => {
                let names: Vec<String> = paths.iter().map(|path| format!("'{path}'")).collect();
                let (last, others) = names.split_last().expect("there is at least one");
                let names =
                    if others.is_empty() { last.clone() } else { format!("{} or {last}", others.join(", ")) };
                let message = format!("flake '{}' does not provide attribute {names}", named.reference);
                let error = NixError::new(Kind::MissingAttribute, message);
                let guess = evaluator.guess(paths.last().expect("there is at least one"), outputs);
                Err(guess.into_iter().fold(error, NixError::hint))
            }
        }
    }

    fn evaluate(
        &self,
        evaluator: &mut Evaluator,
        folder: &std::path::Path,
        flake: Option<(Named, Resolved)>,
    ) -> NixResult<Vec<u8>> {
        let here = evaluation::text_of(folder)?;
        let mut arguments: Vec<(Symbol, Word)> = Vec::new();
        for pair in self.arg.chunks_exact(2) {
            let value = evaluator.eval_text(pair[1].as_bytes(), "«string»", &here, &[])?;
            arguments.push((evaluator.symbol(pair[0].as_bytes()), value));
        }
        for pair in self.argstr.chunks_exact(2) {
            let value = evaluator.new_string(pair[1].as_bytes());
            arguments.push((evaluator.symbol(pair[0].as_bytes()), value));
        }
        let mut value = if let Some((named, resolved)) = &flake {
            Self::of_flake(evaluator, named, resolved)?
        } else {
            let what = self.expr.as_ref().or(self.file.as_ref()).map_or("", String::as_str);
            let root = evaluation::root(evaluator, what, self.expr.is_some(), &here)?;
            let value = evaluator.find_along(self.what.as_deref().unwrap_or_default(), &arguments, root)?;
            evaluator.auto_call(&arguments, value)?
        };
        if let Some(function) = &self.apply {
            let function = evaluator.eval_text(function.as_bytes(), "«string»", &here, &[])?;
            value = evaluator.apply_to(function, value)?;
        }
        let mut answer = if self.raw {
            evaluator.raw(value)?
        } else if self.json {
            evaluator.json(value)?
        } else {
            evaluator.show_forced(value)?
        };
        if !self.raw {
            answer.push(b'\n');
        }
        if self.read_write {
            evaluator.write(None)?;
        }
        Ok(answer)
    }
}

/// The value of a machine's option, as an attribute of the flake in this folder.
fn option_of(machine: &str, option: &str) -> String {
    let inside = if option.is_empty() { String::new() } else { format!(".{option}") };
    format!(".#{}", encode(&format!(".nixosConfigurations.\"{machine}\".config{inside}"), ""))
}
