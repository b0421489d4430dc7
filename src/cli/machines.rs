//! What every command that evaluates the fleet's machines has in common: which flake it is, which machines are meant, and
//! how it is told what failed.

use super::Context;
use super::evaluation::{self, Settings};
use super::flake::{self, LockArguments};
use crate::flake::Named;
use crate::nix::Evaluator;
use crate::nix::error::{Error as NixError, Result as NixResult};
use crate::nix::input::git_url;
use crate::ops::evaluation::side_by_side::{Share, ask_all};
use crate::ops::evaluation::{Answers, FleetFlake};
use crate::os::git;
use crate::report::{Report, Reports};
use clap::Args;
use std::cell::RefCell;

/// Which flake, and how it is evaluated.
#[derive(Args)]
pub struct FlakeArguments {
    /// The flake whose `nixosConfigurations` the machines are
    #[arg(long, value_name = "FLAKE", default_value = ".")]
    flake: String,
    #[command(flatten)]
    lock: LockArguments,
    /// See environment, time and every path
    #[arg(long)]
    impure: bool,
    /// Show how an error was reached
    #[arg(long)]
    pub show_trace: bool,
    /// The store, in place of NIX_REMOTE or this machine's
    #[arg(long, value_name = "STORE")]
    store: Option<String>,
    /// Where the flakes' trees are in the store, which nobody wants to read before every file's name.
    #[arg(skip)]
    tops: RefCell<Vec<String>>,
}

/// How much of this machine evaluation may use.
#[derive(Args)]
pub struct ShareArguments {
    /// Evaluate so many machines at a time, in place of one for each core
    #[arg(short, long, value_name = "COUNT")]
    jobs: Option<usize>,
    /// The memory that evaluation may take, about, such as `2G`; a process that has its part of it is replaced
    #[arg(long, value_name = "SIZE", value_parser = size)]
    max_memory: Option<u64>,
}

impl ShareArguments {
    /// Asks machines something, side by side; the answers are in the order of their names. With `write` the derivation that
    /// each answers is added to the store.
    #[allow(clippy::too_many_arguments, reason = "who asks whom, what, and how")]
    pub fn ask(
        &self,
        flake: &FleetFlake,
        evaluator: &mut Evaluator,
        names: &[String],
        question: &str,
        write: bool,
        arguments: &FlakeArguments,
        context: &mut Context<'_>,
    ) -> Vec<Answers> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let share = Share { jobs: self.jobs.unwrap_or(cores).max(1), max_memory: self.max_memory, write };
        let tell = |evaluator: &Evaluator, error: &NixError| arguments.tell(evaluator, error);
        let mut progress = |done: usize| {
            context.console.status(&match done == names.len() {
                true => String::new(),
                false => format!("{done} of {} machines evaluated", names.len()),
            });
        };
        ask_all(flake, evaluator, names, question, share, &tell, &mut progress)
    }
}

/// A size such as `512M` or `2G`, in bytes.
fn size(text: &str) -> Result<u64, String> {
    let bad = || format!("`{text}` is no size; write for example `512M` or `2G`");
    let (number, unit) = match text.strip_suffix(['K', 'M', 'G']) {
        Some(number) => (number, text.chars().last()),
        None => (text, None),
    };
    let factor: u64 = match unit {
        Some('K') => 1 << 10,
        Some('M') => 1 << 20,
        Some(_) => 1 << 30,
        None => 1,
    };
    number.parse::<u64>().ok().and_then(|number| number.checked_mul(factor)).ok_or_else(bad)
}

impl FlakeArguments {
    /// How machines are evaluated: as `nix build` would, and nothing is written unless that is asked for.
    pub fn settings(&self) -> Settings {
        Settings { pure: !self.impure, store: self.store.clone(), ..Settings::default() }
    }

    /// An evaluator with the flake in it, as far as its machines' names.
    ///
    /// # Errors
    /// When there is no such flake, or its outputs can't be evaluated.
    pub fn open(
        &self,
        settings: &Settings,
        context: &mut Context<'_>,
    ) -> Result<(Evaluator, FleetFlake), Reports> {
        let mut evaluator = evaluation::evaluator(settings, &context.folder)?;
        let flake = self.add(&mut evaluator, &self.flake, context)?;
        Ok((evaluator, flake))
    }

    /// The same with another flake than the one that was named.
    ///
    /// # Errors
    /// As [`FlakeArguments::open`].
    pub fn open_named(
        &self,
        name: &str,
        context: &mut Context<'_>,
    ) -> Result<(Evaluator, FleetFlake), Reports> {
        let mut evaluator = evaluation::evaluator(&self.settings(), &context.folder)?;
        let flake = self.add(&mut evaluator, name, context)?;
        Ok((evaluator, flake))
    }

    /// The flake as it was named.
    pub fn name(&self) -> &str {
        &self.flake
    }

    /// The flake that a version's name stands for: a commit of the flake's repository, or one that is named in full.
    ///
    /// # Errors
    /// When it is neither.
    pub fn version(&self, name: &str, context: &Context<'_>) -> Result<String, Report> {
        if name.contains(':') || name.starts_with(['.', '/']) {
            return Ok(name.to_owned());
        }
        let here = evaluation::text_of(&context.folder).map_err(|error| Report::error(error.message()))?;
        let named = Named::parse(&self.flake, &here)?;
        let no_repository = || {
            Report::error(format!(
                "`{}` lies in no git repository, so `{name}` is no version of it",
                self.flake
            ))
            .hint("name a flake in full, such as `../other` or `github:me/fleet`")
        };
        let folder = named.folder.ok_or_else(no_repository)?;
        let ask = |words: &[&str]| -> Option<String> {
            let answer = git::run(&folder, words.iter().copied()).ok()?;
            Some(String::from_utf8(answer).ok()?.trim_end_matches('\n').to_owned())
        };
        let top = ask(&["rev-parse", "--show-toplevel"]).ok_or_else(no_repository)?;
        let commit = format!("{name}^{{commit}}");
        let rev =
            ask(&["rev-parse", "--verify", "--quiet", "--end-of-options", &commit]).ok_or_else(|| {
                Report::error(format!("the repository `{top}` has no version `{name}`"))
                    .hint("name a commit, a branch or a tag; `git log --oneline` lists commits")
            })?;
        let rev = rev.lines().last().unwrap_or_default();
        let mut url = git_url(&top).map_err(|error| Report::error(error.0))?;
        url.set("rev", rev);
        let inside = ask(&["rev-parse", "--show-prefix"]).unwrap_or_default();
        if !inside.is_empty() {
            url.set("dir", inside.trim_end_matches('/'));
        }
        let url = url.to_string();
        Ok(if url.starts_with("git+") { url } else { format!("git+{url}") })
    }

    /// One more flake in the same evaluator.
    ///
    /// # Errors
    /// As [`FlakeArguments::open`].
    pub fn add(
        &self,
        evaluator: &mut Evaluator,
        name: &str,
        context: &mut Context<'_>,
    ) -> Result<FleetFlake, Reports> {
        let (_, resolved) =
            flake::resolve(evaluator, name, &self.lock, |_| Ok(()), self.show_trace, context)?;
        self.tops.borrow_mut().push(evaluator.tree_path(&resolved.flake.tree, ""));
        self.told(evaluator, context, |evaluator| FleetFlake::open(evaluator, &resolved))
    }

    /// What some evaluation gives; its failure is told.
    ///
    /// # Errors
    /// When it failed.
    pub fn told<T>(
        &self,
        evaluator: &mut Evaluator,
        context: &mut Context<'_>,
        work: impl FnOnce(&mut Evaluator) -> NixResult<T>,
    ) -> Result<T, Reports> {
        evaluator.enter(work).map_err(|error| {
            context.console.say(self.tell(evaluator, &error));
            Reports::told()
        })
    }

    /// An error with its place, the way there, and what to do.
    pub fn tell(&self, evaluator: &Evaluator, error: &NixError) -> String {
        let mut told = evaluation::render(evaluator, error, self.show_trace);
        for top in self.tops.borrow().iter() {
            told = told.replace(&format!("{top}/"), "");
        }
        told.trim_end().to_owned()
    }
}
