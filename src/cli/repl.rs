//! `fleet repl`: expressions typed one after the other, with history and completion on a terminal.

use super::Context;
use super::evaluation::{self, Settings};
use crate::nix::error::Result as NixResult;
use crate::nix::session::Session;
use crate::nix::{Evaluator, paths};
use crate::os::state;
use crate::report::{Report, Reports};
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::Validator;
use rustyline::{Editor, Helper};
use std::cell::RefCell;

/// Evaluate Nix expressions one after the other
#[derive(clap::Args)]
pub struct Arguments {
    /// Files whose attributes become names
    #[arg(value_name = "FILE")]
    files: Vec<String>,
    /// Where `<name>` is looked up, before NIX_PATH
    #[arg(short = 'I', long = "include", value_name = "[NAME=]PATH")]
    include: Vec<String>,
    /// The store, in place of NIX_REMOTE or this machine's
    #[arg(long, value_name = "STORE")]
    store: Option<String>,
    /// Show how an error was reached
    #[arg(long)]
    show_trace: bool,
}

const HELP: &str = "\
<expr>       evaluate and print
<x> = <expr> give it a name
:a <expr>    give all attributes of a set as names
:b <expr>    build a derivation and print its outputs
:bl <expr>   the same, with links repl-result-… to them that keep them from garbage collection
:doc <expr>  what a builtin is for
:l <path>    give all attributes of a file as names
:p <expr>    evaluate and print with everything in it
:q           quit
:r           load the files again
:t <expr>    the type of a value
:te          show how errors were reached, or do not
:?           this help";

struct Repl {
    evaluator: Evaluator,
    session: Session,
    settings: Settings,
    folder: String,
}

/// What a line said.
enum Said {
    Nothing,
    Answer(Vec<u8>),
    Note(String),
    Quit,
}

impl Arguments {
    /// Runs it.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Reports> {
        let settings = Settings {
            search_path: self.include,
            show_trace: self.show_trace,
            store: self.store,
            // `:b` may come.
            write: true,
            ..Settings::default()
        };
        let evaluator = evaluation::evaluator(&settings, &context.folder)?;
        let folder = evaluation::text_of(&context.folder).map_err(|error| Report::error(error.message()))?;
        let repl = RefCell::new(Repl { evaluator, session: Session::default(), settings, folder });
        for file in &self.files {
            say(context, repl.borrow_mut().line(&format!(":l {file}")));
        }
        if context.console.input_is_terminal() {
            return on_terminal(context, &repl);
        }
        // Sixteen MiB of typing are a mistake.
        let input = context
            .console
            .read_input(16 << 20)
            .map_err(|error| Report::error("can't read standard input").because(error))?;
        let text = String::from_utf8_lossy(input.expose()).into_owned();
        for line in text.lines() {
            let said = repl.borrow_mut().line(line);
            if say(context, said) {
                break;
            }
        }
        Ok(())
    }
}

fn on_terminal(context: &mut Context<'_>, repl: &RefCell<Repl>) -> Result<(), Reports> {
    let failed = |error: ReadlineError| Report::error("the terminal can't be used").because(error);
    let mut editor: Editor<Completion<'_>, FileHistory> = Editor::new().map_err(failed)?;
    editor.set_helper(Some(Completion { repl }));
    let history = state::folder("repl").ok().map(|folder| folder.join("history"));
    if let Some(history) = &history {
        let _ = editor.load_history(history);
    }
    context.console.say("Type :? for help.");
    loop {
        match editor.readline("nix> ") {
            Ok(line) => {
                let _ = editor.add_history_entry(&line);
                let said = repl.borrow_mut().line(&line);
                if say(context, said) {
                    break;
                }
            }
            Err(ReadlineError::Interrupted) => {}
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(failed(error).into()),
        }
    }
    if let Some(history) = &history {
        let _ = editor.save_history(history);
    }
    Ok(())
}

/// Prints what a line said; true to end.
fn say(context: &mut Context<'_>, said: Said) -> bool {
    match said {
        Said::Nothing => {}
        Said::Answer(mut text) => {
            text.push(b'\n');
            context.console.answer(text);
        }
        Said::Note(text) => context.console.say(text),
        Said::Quit => return true,
    }
    false
}

impl Repl {
    fn line(&mut self, line: &str) -> Said {
        let line = line.trim();
        let Repl { evaluator, session, settings, folder } = self;
        match evaluator.enter(|evaluator| run(evaluator, session, settings, folder, line)) {
            Ok(said) => said,
            Err(error) => {
                Said::Note(evaluation::render(evaluator, &error, settings.show_trace).trim_end().to_owned())
            }
        }
    }
}

fn run(
    evaluator: &mut Evaluator,
    session: &mut Session,
    settings: &mut Settings,
    folder: &str,
    line: &str,
) -> NixResult<Said> {
    let (command, rest) = match line.split_once(char::is_whitespace) {
        Some((command, rest)) if command.starts_with(':') => (command, rest.trim()),
        _ if line.starts_with(':') => (line, ""),
        _ => ("", line),
    };
    let note = |text: String| Ok(Said::Note(text));
    match command {
        "" if rest.is_empty() || rest.starts_with('#') => Ok(Said::Nothing),
        "" => match binding(rest) {
            Some((name, text)) => {
                session.bind(evaluator, name, text, folder)?;
                Ok(Said::Nothing)
            }
            None => {
                let value = session.value(evaluator, rest, folder)?;
                Ok(Said::Answer(evaluator.show_outside(value)?))
            }
        },
        ":p" | ":print" => {
            let value = session.value(evaluator, rest, folder)?;
            Ok(Said::Answer(evaluator.show_forced(value)?))
        }
        ":t" | ":type" => {
            let value = session.value(evaluator, rest, folder)?;
            Ok(Said::Answer(evaluator.type_of(value).into_bytes()))
        }
        ":doc" => {
            let value = session.value(evaluator, rest, folder)?;
            match evaluator.documentation(value) {
                Some(text) => Ok(Said::Answer(text.into_bytes())),
                None => note("there is no documentation of this value".into()),
            }
        }
        ":a" | ":add" => {
            let value = session.value(evaluator, rest, folder)?;
            let count = session.add(evaluator, value)?;
            note(format!("added {count} names"))
        }
        ":l" | ":load" => {
            let count = session.load(evaluator, &paths::absolute(folder, rest))?;
            note(format!("added {count} names"))
        }
        ":r" | ":reload" => {
            let files = session.loaded().to_vec();
            evaluator.forget_files();
            let mut count = 0;
            for file in files {
                count += session.load(evaluator, &file)?;
            }
            note(format!("added {count} names"))
        }
        ":b" | ":build" | ":bl" => {
            let value = session.value(evaluator, rest, folder)?;
            let found = evaluator.derivation_of(value)?;
            let mut lines = Vec::new();
            for (name, path) in evaluator.build(&found)? {
                lines.push(format!("{name} {path}"));
                if command == ":bl" {
                    let link = paths::absolute(folder, &format!("repl-result-{name}"));
                    evaluator.add_root(&path, &link)?;
                }
            }
            Ok(Said::Answer(lines.join("\n").into_bytes()))
        }
        ":te" | ":trace-enable" => {
            settings.show_trace = !settings.show_trace;
            note(format!("traces are {}", if settings.show_trace { "shown" } else { "not shown" }))
        }
        ":q" | ":quit" => Ok(Said::Quit),
        ":?" | ":help" => Ok(Said::Answer(HELP.as_bytes().to_vec())),
        unknown => note(format!("there is no command `{unknown}`; :? lists them")),
    }
}

/// `name = expr`, but not `a == b`.
fn binding(line: &str) -> Option<(&str, &str)> {
    let (name, text) = line.split_once('=')?;
    let name = name.trim();
    if text.starts_with('=') || !crate::nix::show::is_identifier(name.as_bytes()) {
        return None;
    }
    Some((name, text.trim().trim_end_matches(';')))
}

struct Completion<'r> {
    repl: &'r RefCell<Repl>,
}

impl Completer for Completion<'_> {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        at: usize,
        _: &rustyline::Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        let is_part = |c: char| c.is_alphanumeric() || "_'-.\"".contains(c);
        let start = line[..at]
            .rfind(|c| !is_part(c))
            .map_or(0, |at| at + line[at..].chars().next().map_or(1, char::len_utf8));
        let mut repl = self.repl.borrow_mut();
        let Repl { evaluator, session, folder, .. } = &mut *repl;
        let word = &line[start..at];
        let found = evaluator.enter(|evaluator| Ok(session.completions(evaluator, word, folder)));
        Ok((start, found.unwrap_or_default()))
    }
}

impl Hinter for Completion<'_> {
    type Hint = String;
}
impl Highlighter for Completion<'_> {}
impl Validator for Completion<'_> {}
impl Helper for Completion<'_> {}

#[cfg(test)]
mod tests {
    use super::binding;

    #[test]
    fn a_binding_is_told_from_a_comparison() {
        assert_eq!(binding("x = 1;"), Some(("x", "1")));
        assert_eq!(binding("x == 1"), None);
        assert_eq!(binding("{ a = 1; }"), None);
        assert_eq!(binding("let"), None);
    }
}
