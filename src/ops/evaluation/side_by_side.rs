//! Machines side by side: what they share is evaluated once, then copies of this process go on, each with other machines.
//!
//! The first machine is evaluated before the copies are made, and the package set of each channel: so the copies begin with
//! the parsed files, the flake's outputs and the package sets of all, which costs neither time nor memory again.

use super::{Answers, Failure, FleetFlake, Tell};
use crate::nix::Evaluator;
use crate::nix::query::Found;
use crate::os::workers::{self, Answer, resident};
use serde_json::Value;
use std::collections::BTreeSet;

/// How much of this machine evaluation may use.
#[derive(Debug, Clone, Copy)]
pub struct Share {
    /// How many machines are evaluated at a time.
    pub jobs: usize,
    /// How many bytes of memory all of that may take, about: a process that has its part of it is replaced.
    pub max_memory: Option<u64>,
    /// Whether the derivation that is answered is added to the store, by the process that knows what belongs to it.
    pub write: bool,
}

/// Fewer machines than these are not worth a copy.
const WORTH_A_COPY: usize = 3;

/// Forces what the copies will share of a machine.
const SHARED: &str = "builtins.seq (machine.pkgs or machine._module.args.pkgs or null) null";

/// Asks machines something; the answers are in the order of their names. `progress` hears how many are done.
pub fn ask_all(
    flake: &FleetFlake,
    evaluator: &mut Evaluator,
    names: &[String],
    question: &str,
    share: Share,
    tell: Tell<'_>,
    progress: &mut dyn FnMut(usize),
) -> Vec<Answers> {
    let mut all: Vec<Option<Answers>> = names.iter().map(|_| None).collect();
    let mut count = 0;
    if share.jobs > 1 && names.len() >= WORTH_A_COPY {
        all[0] = Some(ask(flake, evaluator, &names[0], question, share, tell));
        count = 1;
        progress(count);
        share_packages(flake, evaluator, names);
        let part = share.max_memory.map(|bytes| bytes / share.jobs as u64);
        let mut is_copy = false;
        let mut work = |task: usize| {
            if !is_copy {
                is_copy = true;
                evaluator.world().is_copy();
            }
            let answers = ask(flake, evaluator, &names[task + 1], question, share, tell);
            let bytes = serde_json::to_vec(&answers).unwrap_or_default();
            Answer { bytes, is_last: part.is_some_and(|part| resident() > part) }
        };
        let mut done = |task: usize, answer: Result<Vec<u8>, String>| {
            let answers = answer.and_then(|bytes| {
                serde_json::from_slice::<Answers>(&bytes)
                    .map_err(|error| format!("its answer can't be read: {error}"))
            });
            count += 1;
            progress(count);
            all[task + 1] = Some(answers.unwrap_or_else(|why| {
                Answers::from([(
                    "machine".to_owned(),
                    Err(Failure { told: format!("error: {why}"), message: why }),
                )])
            }));
        };
        // Without copies it goes on here, one after the other.
        let _ = workers::run(names.len() - 1, share.jobs.min(names.len() - 1), &mut work, &mut done);
    }
    names
        .iter()
        .zip(all)
        .map(|(name, answers)| {
            answers.unwrap_or_else(|| {
                let answers = ask(flake, evaluator, name, question, share, tell);
                count += 1;
                progress(count);
                answers
            })
        })
        .collect()
}

/// What one machine answers, its derivation added to the store where that is wished.
fn ask(
    flake: &FleetFlake,
    evaluator: &mut Evaluator,
    name: &str,
    question: &str,
    share: Share,
    tell: Tell<'_>,
) -> Answers {
    let mut answers = flake.ask(evaluator, name, question, tell);
    if share.write
        && let Some(Ok(Value::String(derivation))) = answers.get("derivation")
    {
        let found = Found { derivation: derivation.clone(), output: "out".into() };
        if let Err(error) = evaluator.write(Some(&[found])) {
            let failure = Failure { message: error.message().to_owned(), told: tell(evaluator, &error) };
            answers.insert("derivation".into(), Err(failure));
        }
    }
    answers
}

/// Evaluates the package set of one machine of each channel and system.
fn share_packages(flake: &FleetFlake, evaluator: &mut Evaluator, names: &[String]) {
    let mut seen = BTreeSet::new();
    for name in names {
        let of = flake.facts(name).map(|facts| (facts["channel"].to_string(), facts["system"].to_string()));
        if seen.insert(of) {
            // What fails here is told of the machine itself.
            let _ = evaluator.enter(|evaluator| flake.asked(evaluator, name, SHARED, &[]));
        }
    }
}
