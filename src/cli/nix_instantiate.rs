//! `fleet nix-instantiate`: the arguments and the output of `nix-instantiate`, also when the program is called so.

use super::Context;
use super::evaluation::{self, Settings};
use crate::nix::error::Result as NixResult;
use crate::nix::symbols::Symbol;
use crate::nix::value::Word;
use crate::nix::{Evaluator, Lint};
use crate::report::{Report, Reports};
use std::ffi::OsString;

/// Evaluate Nix expressions with the arguments of `nix-instantiate`
///
/// `-E` and file names say what is evaluated, `-A` what is selected of it. Without `--eval` the paths of the
/// derivations are printed.
#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub struct Arguments {
    /// As `nix-instantiate` takes them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENTS")]
    arguments: Vec<OsString>,
}

const HELP: &str = "\
Evaluate Nix expressions

Usage: nix-instantiate [OPTIONS] [FILE]...   (./default.nix if there is none; - is standard input)

  -E, --expr              what follows are expressions, not files
  -A, --attr PATH         select an attribute, calling functions on the way
      --arg NAME EXPR     an argument for functions that are called on the way
      --argstr NAME TEXT  the same, a string
  -I PATH, -I NAME=PATH   where <name> is looked up, before NIX_PATH
      --eval              print the value, not the derivations it stands for
      --strict            evaluate everything in it before
      --json, --xml, --raw  print it in this form
      --parse             print the syntax tree
      --find-file         print where <name> is found
      --readonly-mode     add nothing to a store; this is the default, but for what import from derivation needs
      --read-write-mode   add the derivations and all they need to the store; with --eval, all that got a store path
      --add-root PATH     add them, and make links to them that keep them from garbage collection
      --store STORE       the store, in place of NIX_REMOTE or this machine's: unix:///SOCKET, ssh-ng://HOST, local,
                          /FOLDER, or command:PROGRAM… that ends in nix-daemon --stdio
      --show-trace        show how an error was reached
      --stats             say what the evaluation cost
      --option NAME VALUE set one of Nix's options; those of an evaluation are pure-eval, restrict-eval,
                          allowed-uris, max-call-depth, allow- and trace-import-from-derivation, tarball-ttl,
                          connect-timeout, stalled-download-timeout, download-attempts and ssl-cert-file
      --pure-eval         see nothing but what is locked
      --restrict-eval     see only the search path, the store, and what --allowed-uris opens
      --allowed-uris LIST prefixes of addresses that restricted evaluation may fetch from
      --refresh           ask servers again, also for what was fetched within the hour";

#[derive(PartialEq)]
enum Mode {
    Instantiate,
    Eval,
    Parse,
    FindFile,
}

#[derive(PartialEq)]
enum Form {
    Nix,
    Json,
    Xml,
    Raw,
}

struct Wanted {
    mode: Mode,
    form: Form,
    strict: bool,
    /// No places in XML.
    no_location: bool,
    expressions: bool,
    what: Vec<String>,
    attributes: Vec<String>,
    /// Name, text, and whether the text is an expression.
    arguments: Vec<(String, String, bool)>,
    settings: Settings,
    /// Where links to the derivations go that keep them.
    root: Option<String>,
    help: bool,
    version: bool,
}

impl Arguments {
    /// Runs it.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Reports> {
        run(self.arguments, context)
    }
}

/// The program under the name `nix-instantiate`.
pub fn run(arguments: Vec<OsString>, context: &mut Context<'_>) -> Result<(), Reports> {
    let mut words = Vec::with_capacity(arguments.len());
    for word in arguments {
        words.push(word.into_string().map_err(|word| {
            Report::usage(format!("the argument `{}` is not UTF-8", word.to_string_lossy()))
        })?);
    }
    let wanted = parse(words)?;
    if wanted.help {
        context.console.answer(format!("{HELP}\n"));
        return Ok(());
    }
    if wanted.version {
        context.console.answer(concat!("nix-instantiate (fleet) ", env!("CARGO_PKG_VERSION"), "\n"));
        return Ok(());
    }
    let folder = context.folder.clone();
    let show_trace = wanted.settings.show_trace;
    let stats = wanted.settings.stats;
    let mut evaluator = evaluation::evaluator(&wanted.settings, &folder)?;
    let mut answers = Vec::new();
    let result = evaluator.enter(|evaluator| evaluate(evaluator, &wanted, &folder, &mut answers));
    for mut answer in answers {
        if matches!(wanted.form, Form::Nix | Form::Json) {
            answer.push(b'\n');
        }
        context.console.answer(&answer);
    }
    if stats {
        context.console.say(evaluation::stats(&evaluator));
    }
    result.map_err(|error| {
        context.console.say(evaluation::render(&evaluator, &error, show_trace).trim_end());
        Reports::told()
    })
}

fn parse(words: Vec<String>) -> Result<Wanted, Report> {
    let mut wanted = Wanted {
        mode: Mode::Instantiate,
        form: Form::Nix,
        strict: false,
        no_location: false,
        expressions: false,
        what: Vec::new(),
        attributes: Vec::new(),
        arguments: Vec::new(),
        settings: Settings::default(),
        root: None,
        help: false,
        version: false,
    };
    let mut words = words.into_iter();
    let mut only_files = false;
    while let Some(word) = words.next() {
        let mut next = |what: &str| {
            words.next().ok_or_else(|| Report::usage(format!("the option `{word}` wants {what} after it")))
        };
        match word.as_str() {
            word if only_files || !word.starts_with('-') || word == "-" => wanted.what.push(word.to_owned()),
            "--" => only_files = true,
            "-E" | "--expr" => wanted.expressions = true,
            "-A" | "--attr" => wanted.attributes.push(next("an attribute path")?),
            "--arg" => {
                wanted.arguments.push((next("a name and an expression")?, next("an expression")?, true))
            }
            "--argstr" => wanted.arguments.push((next("a name and a text")?, next("a text")?, false)),
            "-I" | "--include" => wanted.settings.search_path.push(next("a path")?),
            "--eval" | "--eval-only" => wanted.mode = Mode::Eval,
            "--parse" | "--parse-only" => wanted.mode = Mode::Parse,
            "--find-file" => wanted.mode = Mode::FindFile,
            "--strict" => wanted.strict = true,
            "--json" => wanted.form = Form::Json,
            "--no-location" => wanted.no_location = true,
            "--xml" => wanted.form = Form::Xml,
            "--raw" => wanted.form = Form::Raw,
            // Store paths are computed either way.
            "--readonly-mode" | "--read-write-mode" => {
                wanted.settings.write = word == "--read-write-mode";
                wanted.settings.read_only = !wanted.settings.write;
            }
            "--store" => wanted.settings.store = Some(next("a store")?),
            "--allow-import-from-derivation" => wanted.settings.no_import_from_derivation = false,
            "--no-allow-import-from-derivation" => wanted.settings.no_import_from_derivation = true,
            "--trace-import-from-derivation" => wanted.settings.trace_import_from_derivation = true,
            "--no-trace-import-from-derivation" => wanted.settings.trace_import_from_derivation = false,
            "--show-trace" => wanted.settings.show_trace = true,
            "--no-show-trace" => wanted.settings.show_trace = false,
            "--stats" => wanted.settings.stats = true,
            "--pure-eval" => wanted.settings.pure = true,
            "--impure" => wanted.settings.pure = false,
            "--restrict-eval" => wanted.settings.restricted = true,
            "--no-restrict-eval" => wanted.settings.restricted = false,
            "--allowed-uris" => wanted.settings.set("allowed-uris", &next("a list of prefixes")?)?,
            "--tarball-ttl" | "--stalled-download-timeout" | "--connect-timeout" | "--download-attempts" => {
                wanted.settings.set(&word[2..], &next("a number")?)?;
            }
            "--ssl-cert-file" => wanted.settings.set("ssl-cert-file", &next("a file")?)?,
            "--refresh" => wanted.settings.tarball_ttl = Some(0),
            "--help" => wanted.help = true,
            "--version" => wanted.version = true,
            "--max-call-depth" => {
                let depth = next("a number")?;
                wanted.settings.max_call_depth = Some(
                    depth.parse().map_err(|_| Report::usage(format!("`{depth}` is no number of calls")))?,
                );
            }
            "--abort-on-warn" => wanted.settings.abort_on_warn = true,
            "--lint-url-literals" => wanted.settings.lints.url_literals = lint(next("what to do")?)?,
            "--lint-short-path-literals" => {
                wanted.settings.lints.short_path_literals = lint(next("what to do")?)?
            }
            "--lint-absolute-path-literals" => {
                wanted.settings.lints.absolute_path_literals = lint(next("what to do")?)?;
            }
            "--option" => {
                let (name, value) = (next("a name and a value")?, next("a value")?);
                wanted.settings.set(&name, &value)?;
            }
            "--experimental-features" | "--extra-experimental-features" => {
                wanted.settings.set("extra-experimental-features", &next("a list of features")?)?;
            }
            "--add-root" => wanted.root = Some(next("a path")?),
            "--log-format" => drop(next("a value")?),
            "-j" | "--max-jobs" | "--cores" | "--timeout" | "--max-silent-time" => {
                let value = next("a number")?;
                let name = if word == "-j" { "max-jobs" } else { &word[2..] };
                wanted.settings.build_options.push((name.to_owned(), value));
            }
            "--keep-failed" | "-K" => {
                wanted.settings.build_options.push(("keep-failed".into(), "true".into()))
            }
            "--keep-going" | "-k" => wanted.settings.build_options.push(("keep-going".into(), "true".into())),
            "--fallback" => wanted.settings.build_options.push(("fallback".into(), "true".into())),
            "--indirect" | "--quiet" | "--verbose" | "--debug" | "--no-add-root" | "--trace-verbose"
            | "--dry-run" => {}
            word if word.len() > 1 && word[1..].chars().all(|c| c == 'v' || c == 'Q') => {}
            word if word.starts_with("-I") => wanted.settings.search_path.push(word[2..].to_owned()),
            _ => {
                return Err(Report::usage(format!("unrecognised option `{word}`"))
                    .hint("`nix-instantiate --help` lists the options"));
            }
        }
    }
    wanted.settings.write |= wanted.root.is_some();
    wanted.settings.shows_thunks =
        wanted.mode == Mode::Eval && !wanted.strict && matches!(wanted.form, Form::Nix | Form::Xml);
    if wanted.what.is_empty() && !wanted.help && !wanted.version {
        wanted.what.push("./default.nix".into());
    }
    Ok(wanted)
}

fn lint(word: String) -> Result<Lint, Report> {
    match word.as_str() {
        "ignore" => Ok(Lint::Ignore),
        "warn" => Ok(Lint::Warn),
        "fatal" => Ok(Lint::Fatal),
        _ => Err(Report::usage(format!("a lint is `ignore`, `warn` or `fatal`, not `{word}`"))),
    }
}

fn evaluate(
    evaluator: &mut Evaluator,
    wanted: &Wanted,
    folder: &std::path::Path,
    answers: &mut Vec<Vec<u8>>,
) -> NixResult<()> {
    let here = evaluation::text_of(folder)?;
    if wanted.mode == Mode::FindFile {
        for name in &wanted.what {
            let found = evaluator.eval_text(format!("<{name}>").as_bytes(), "«string»", &here, &[])?;
            answers.push(evaluator.show(found)?);
        }
        return Ok(());
    }
    let mut arguments: Vec<(Symbol, Word)> = Vec::new();
    for (name, text, is_expression) in &wanted.arguments {
        let value = if *is_expression {
            evaluator.eval_text(text.as_bytes(), "«string»", &here, &[])?
        } else {
            evaluator.new_string(text.as_bytes())
        };
        arguments.push((evaluator.symbol(name.as_bytes()), value));
    }
    for what in &wanted.what {
        if wanted.mode == Mode::Parse {
            let text = evaluation::source(evaluator, what, wanted.expressions, &here)?;
            answers.push(evaluator.parse_and_show(&text, &here)?);
            continue;
        }
        let root = evaluation::root(evaluator, what, wanted.expressions, &here)?;
        let none = [String::new()];
        let attributes = if wanted.attributes.is_empty() { &none[..] } else { &wanted.attributes[..] };
        for attribute in attributes {
            let value = evaluator.find_along(attribute, &arguments, root)?;
            if wanted.mode == Mode::Instantiate {
                let found = evaluator.derivations_in(value, &arguments)?;
                if wanted.settings.write {
                    evaluator.write(Some(&found))?;
                }
                for found in found {
                    let output =
                        if found.output == "out" { String::new() } else { format!("!{}", found.output) };
                    let shown = match &wanted.root {
                        None => found.derivation,
                        Some(root) => {
                            // The second and every further one has its number.
                            let count = answers.len() + 1;
                            let link = if count == 1 { root.clone() } else { format!("{root}-{count}") };
                            let link = crate::nix::paths::absolute(&here, &link);
                            evaluator.add_root(&found.derivation, &link)?;
                            link
                        }
                    };
                    answers.push(format!("{shown}{output}").into_bytes());
                }
                continue;
            }
            let value = if arguments.is_empty() { value } else { evaluator.auto_call(&arguments, value)? };
            answers.push(shown(evaluator, wanted, value)?);
        }
    }
    if wanted.settings.write && wanted.mode == Mode::Eval {
        evaluator.write(None)?;
    }
    Ok(())
}

fn shown(evaluator: &mut Evaluator, wanted: &Wanted, value: Word) -> NixResult<Vec<u8>> {
    match wanted.form {
        Form::Raw => evaluator.raw(value),
        Form::Json => evaluator.json(value),
        Form::Xml => evaluator.xml(value, wanted.strict, !wanted.no_location),
        Form::Nix => {
            if wanted.strict {
                evaluator.force_all(value)?;
            }
            evaluator.show(value)
        }
    }
}
