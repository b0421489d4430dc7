//! What every command that evaluates Nix has in common: its settings, its world, how its errors look.

use crate::daemon;
use crate::nix::error::{Error, Kind, Result as NixResult};
use crate::nix::value::Word;
use crate::nix::{Evaluator, Features, Lints, Options, paths};
use crate::report::{Place, Report};
use crate::world::store::Address;
use crate::world::{Downloads, RealWorld, Sight};
use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

/// How to evaluate.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// `-I`, in order.
    pub search_path: Vec<String>,
    /// See nothing but what is locked.
    pub pure: bool,
    /// See only the search path, the store, and addresses that are allowed.
    pub restricted: bool,
    /// Prefixes of addresses that restricted evaluation may fetch from.
    pub allowed_uris: Vec<String>,
    /// How many seconds an answer of a server counts, where it is not Nix's own number.
    pub tarball_ttl: Option<u64>,
    /// How downloads are made.
    pub downloads: Downloads,
    /// Show how an error was reached.
    pub show_trace: bool,
    /// Say what it cost.
    pub stats: bool,
    /// Nix's experimental features.
    pub features: Features,
    /// What is not evaluated will be shown as such.
    pub shows_thunks: bool,
    /// `builtins.warn` is an error; NIX_ABORT_ON_WARN says so, too.
    pub abort_on_warn: bool,
    /// What is said of literals.
    pub lints: Lints,
    /// The store, where it is not NIX_REMOTE's or this machine's.
    pub store: Option<String>,
    /// The store will be written to.
    pub write: bool,
    /// Settings for builds, by the names they have in nix.conf.
    pub build_options: Vec<(String, String)>,
    /// Nothing is added to the store, not even for what an expression reads.
    pub read_only: bool,
    /// Nothing is built because an expression reads it.
    pub no_import_from_derivation: bool,
    /// Each build because an expression reads it is told of.
    pub trace_import_from_derivation: bool,
    /// How many calls may be inside each other, where it is not Nix's own number.
    pub max_call_depth: Option<u32>,
}

impl Settings {
    /// Sets one of Nix's options; those that are not about an evaluation are for whoever builds.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), Report> {
        let words = || value.split_ascii_whitespace().map(str::to_owned);
        match name {
            "pure-eval" => self.pure = value == "true",
            "restrict-eval" => self.restricted = value == "true",
            "allowed-uris" => self.allowed_uris = words().collect(),
            "extra-allowed-uris" => self.allowed_uris.extend(words()),
            "tarball-ttl" => self.tarball_ttl = Some(number(value)?),
            // These are the daemon's too, where it downloads.
            "stalled-download-timeout" | "connect-timeout" | "download-attempts" => {
                match name {
                    "stalled-download-timeout" => self.downloads.stalled = seconds(value)?,
                    "connect-timeout" => self.downloads.connect = seconds(value)?,
                    _ => self.downloads.attempts = u32::try_from(number(value)?).unwrap_or(u32::MAX),
                }
                self.build_options.push((name.to_owned(), value.to_owned()));
            }
            "ssl-cert-file" => self.downloads.certificates = Some(value.into()),
            "max-call-depth" => {
                self.max_call_depth = Some(u32::try_from(number(value)?).unwrap_or(u32::MAX));
            }
            "allow-import-from-derivation" => self.no_import_from_derivation = value != "true",
            "trace-import-from-derivation" => self.trace_import_from_derivation = value == "true",
            "store" => self.store = Some(value.to_owned()),
            "abort-on-warn" => self.abort_on_warn = value == "true",
            "experimental-features" | "extra-experimental-features" => {
                self.features.enable(value);
            }
            // The other options of Nix are about building.
            _ => self.build_options.push((name.to_owned(), value.to_owned())),
        }
        Ok(())
    }
}

fn number(text: &str) -> Result<u64, Report> {
    text.parse().map_err(|_| Report::usage(format!("`{text}` is no number")))
}

/// Some time, of which 0 is for ever to Nix.
fn seconds(text: &str) -> Result<Duration, Report> {
    let seconds = number(text)?;
    Ok(Duration::from_secs(if seconds == 0 { FOR_EVER } else { seconds.min(FOR_EVER) }))
}

/// A hundred years.
const FOR_EVER: u64 = 100 * 365 * 24 * 3_600;

/// An evaluator in the real world.
pub fn evaluator(settings: &Settings, folder: &Path) -> Result<Evaluator, Report> {
    let folder = text_of(folder).map_err(|error| Report::error(error.message()))?;
    let address = Address::find(settings.store.as_deref())?;
    let mut world = RealWorld::new(&settings.search_path, &folder, settings.pure, address, say);
    if settings.restricted && !settings.pure {
        world.sight = Sight::Restricted { addresses: settings.allowed_uris.clone() };
    }
    if let Some(seconds) = settings.tarball_ttl {
        world.fetcher.ttl = seconds;
    }
    world.fetcher.set_downloads(settings.downloads.clone());
    world.store.may_build = !settings.no_import_from_derivation;
    world.store.tells_builds = settings.trace_import_from_derivation;
    world.store.read_only = settings.read_only;
    world.store.options = build_options(&settings.build_options)?;
    if settings.write {
        world.store.keep_derivations();
    }
    let mut options = Options {
        pure: settings.pure,
        features: settings.features,
        shows_thunks: settings.shows_thunks,
        ..Options::default()
    };
    options.lints = settings.lints;
    options.abort_on_warn = settings.abort_on_warn
        || std::env::var("NIX_ABORT_ON_WARN").is_ok_and(|word| matches!(word.as_str(), "1" | "yes" | "true"));
    if let Some(depth) = settings.max_call_depth {
        options.max_call_depth = depth;
    }
    Ok(Evaluator::new(Box::new(world), options))
}

/// What the daemon is told of builds: nothing, and it goes by its own settings, unless something was said here.
fn build_options(given: &[(String, String)]) -> Result<Option<daemon::Options>, Report> {
    if given.is_empty() {
        return Ok(None);
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    let mut options = daemon::Options { max_jobs: cores, ..daemon::Options::default() };
    for (name, value) in given {
        let number = || {
            value
                .parse()
                .map_err(|_| Report::usage(format!("the option `{name}` wants a number, not `{value}`")))
        };
        match name.as_str() {
            "keep-failed" => options.keep_failed = value == "true",
            "keep-going" => options.keep_going = value == "true",
            "fallback" => options.fallback = value == "true",
            "substitute" => options.substitute = value == "true",
            "max-jobs" if value == "auto" => {}
            "max-jobs" => options.max_jobs = number()?,
            "cores" => options.build_cores = number()?,
            "max-silent-time" => options.max_silent_time = number()?,
            _ => options.others.push((name.clone(), value.clone())),
        }
    }
    Ok(Some(options))
}

/// What an expression says in passing goes out at once, not with the answer.
fn say(text: &str) {
    let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("{text}\n").as_bytes());
}

/// A folder as text, absolute.
pub fn text_of(folder: &Path) -> NixResult<String> {
    let absolute = std::path::absolute(folder)
        .map_err(|error| Error::new(Kind::World, format!("{}: {error}", folder.display())))?;
    match absolute.to_str() {
        Some(text) => Ok(paths::tidy(text)),
        None => Err(Error::new(Kind::World, format!("{} is not UTF-8", folder.display()))),
    }
}

/// The bytes of an expression, a file, or standard input.
pub fn source(evaluator: &Evaluator, what: &str, is_expression: bool, here: &str) -> NixResult<Vec<u8>> {
    if is_expression {
        return Ok(what.as_bytes().to_vec());
    }
    if what == "-" {
        let mut text = Vec::new();
        std::io::Read::read_to_end(&mut std::io::stdin(), &mut text)
            .map_err(|error| Error::new(Kind::World, format!("standard input: {error}")))?;
        return Ok(text);
    }
    let path = paths::absolute(here, what);
    let read = evaluator.world().read(&path).map_err(|error| Error::new(Kind::World, error.to_string()))?;
    Ok(read.to_vec())
}

/// The value of an expression, a file, `<name>`, or standard input.
pub fn root(evaluator: &mut Evaluator, what: &str, is_expression: bool, here: &str) -> NixResult<Word> {
    if is_expression || what == "-" {
        let name = if is_expression { "«string»" } else { "«stdin»" };
        let text = source(evaluator, what, is_expression, here)?;
        return evaluator.eval_text(&text, name, here, &[]);
    }
    if what.starts_with('<') && what.ends_with('>') {
        let found = evaluator.eval_text(format!("import {what}").as_bytes(), "«string»", here, &[])?;
        return Ok(found);
    }
    evaluator.import(&paths::absolute(here, what))
}

/// An error as text: what, where, the line, what to do, and the way there.
pub fn render(evaluator: &Evaluator, error: &Error, show_trace: bool) -> String {
    // The message may have lines of its own, which a report would fold into one.
    let mut text = format!("error: {}\n", error.message());
    let place = |text: &mut String, at: u32| {
        let sources = evaluator.sources();
        let Some(position) = sources.position(at) else { return };
        let source = sources.source(position.source);
        let offset = source.offset(at);
        let place = match evaluator.source_text(position.source) {
            Some(content) => {
                let content = String::from_utf8_lossy(&content);
                Place::in_source(source.name.clone(), &content, offset..offset + 1)
            }
            None => Place::file(evaluator.place_text(at)),
        };
        let report = Report::error(String::new()).at(place);
        // Without the report's first line, which is the message.
        let rendered = report.render(false);
        text.push_str(rendered.split_once('\n').map_or("", |(_, rest)| rest));
    };
    if let Some(at) = error.place() {
        place(&mut text, at);
    }
    let trace = error.trace();
    if show_trace {
        for frame in trace {
            let _ = writeln!(text, "… {}", frame.message);
            if let Some(at) = frame.place {
                place(&mut text, at);
            }
        }
    } else if !trace.is_empty() {
        // What the writers of modules say of themselves is worth its line; the rest is for those who ask.
        for frame in trace.iter().filter(|frame| frame.place.is_none()) {
            let _ = writeln!(text, "… {}", frame.message);
        }
        // A step at the place of the error says nothing new.
        let steps = trace.iter().filter(|frame| frame.place != error.place()).count();
        if steps == 1 {
            text.push_str("hint: `--show-trace` shows one more step to it\n");
        } else if steps > 1 {
            let _ = writeln!(text, "hint: `--show-trace` shows the {steps} steps to it");
        }
    }
    for hint in error.hints() {
        let _ = writeln!(text, "hint: {hint}");
    }
    without_escapes(&text)
}

/// Text without the escape sequences that colour it: modules put them into their messages for terminals.
fn without_escapes(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("\x1b[") {
        plain.push_str(&rest[..at]);
        let sequence = &rest[at + 2..];
        // ECMA-48: parameters, then one final byte from `@` to `~`.
        rest = sequence.find(|c: char| ('@'..='~').contains(&c)).map_or("", |end| &sequence[end + 1..]);
    }
    plain.push_str(rest);
    plain
}

/// What an evaluation cost, as JSON.
pub fn stats(evaluator: &Evaluator) -> String {
    let counts = evaluator.counts();
    let (files, bytes) = evaluator.sources().size();
    let seconds = |nanoseconds: u64| nanoseconds as f64 / 1e9;
    let stats = serde_json::json!({
        "thunks": counts.thunks,
        "calls": counts.calls,
        "builtinCalls": counts.builtin_calls,
        "lookups": counts.lookups,
        "updates": counts.updates,
        "updateBytes": counts.update_bytes,
        "heapBytes": evaluator.heap_used(),
        "operations": evaluator.node_count(),
        "files": files,
        "bytesParsed": bytes,
        "seconds": {
            "reading": seconds(counts.reading),
            "parsing": seconds(counts.parsing),
            "compiling": seconds(counts.compiling),
            "all": seconds(evaluator.world().clock()),
        },
    });
    serde_json::to_string_pretty(&stats).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #[test]
    fn colours_are_taken_out() {
        assert_eq!(super::without_escapes("a \x1b[1;35m\"b\"\x1b[0m c"), "a \"b\" c");
        assert_eq!(super::without_escapes("cut \x1b[1;3"), "cut ");
    }
}
