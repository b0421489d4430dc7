//! `fleet diff`: which machines' systems change between two versions of a fleet, and which options made them change.

use super::machines::FlakeArguments;
use super::{Context, check::plural};
use crate::ops::evaluation::compare::{Change, OptionChange, compare};
use crate::report::Reports;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Show which machines change between two versions, and because of which options
///
/// A version is a commit, branch or tag of the flake's repository, or a flake of its own such as `github:me/fleet` or
/// `../other`. Without a second one the first is compared with the work tree as it is.
#[derive(clap::Args)]
pub struct Arguments {
    /// The version before
    #[arg(value_name = "BEFORE", required_unless_present = "since")]
    before: Option<String>,
    /// The version after, in place of what lies in the work tree
    #[arg(value_name = "AFTER")]
    after: Option<String>,
    /// The version before, to be compared with the work tree
    #[arg(long, value_name = "REV", conflicts_with = "before")]
    since: Option<String>,
    /// Show the options that merely follow from others, too
    #[arg(long)]
    all: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    flake: FlakeArguments,
}

/// So much of a value stands on a line.
const LONGEST: usize = 60;
/// An option in which more than this differs is told in a line.
const MOST_LEAVES: usize = 5;

impl Arguments {
    /// Runs it.
    ///
    /// # Errors
    /// When a version or a machine of it can't be evaluated.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Reports> {
        let before = self.before.as_ref().or(self.since.as_ref()).map_or("HEAD", String::as_str);
        let before = self.flake.version(before, context)?;
        let (mut evaluator, old) = self.flake.open_named(&before, context)?;
        let new = match &self.after {
            Some(after) => self.flake.version(after, context)?,
            None => self.flake.name().to_owned(),
        };
        let new = self.flake.add(&mut evaluator, &new, context)?;
        let names: BTreeSet<&String> = old.machines.iter().chain(&new.machines).collect();
        let (mut same, mut failed, mut list, mut text) = (0, false, Vec::new(), String::new());
        for name in names {
            let change = compare(&mut evaluator, &old, &new, name);
            let word = match &change {
                Change::Added => "new",
                Change::Removed => "gone",
                Change::Same => "same",
                Change::Changed(_) => "changed",
                Change::Failed(_) => "failed",
            };
            let options = match &change {
                Change::Changed(options) => options.as_slice(),
                _ => &[],
            };
            match &change {
                Change::Same => same += 1,
                _ => text.push_str(&format!("{name}: {word}\n{}", self.lines(options))),
            }
            if let Change::Failed(error) = &change {
                failed = true;
                let told = self.flake.tell(&evaluator, error);
                context.console.say(format!("machine `{name}` does not evaluate\n{told}"));
            }
            list.push(json!({ "name": name, "change": word, "options": options.iter().map(of_option).collect::<Vec<_>>() }));
        }
        if self.json {
            context.console.answer(format!("{:#}\n", Value::from(list)));
        } else {
            context.console.answer(text);
            context.console.say(match same {
                0 => "no machine stays as it is".to_owned(),
                1 => "1 machine stays as it is".to_owned(),
                same => format!("{same} machines stay as they are"),
            });
        }
        if failed { Err(Reports::told()) } else { Ok(()) }
    }

    fn lines(&self, options: &[OptionChange]) -> String {
        let any = options.iter().any(|change| change.is_cause);
        let shown = |change: &&OptionChange| self.all || change.is_cause || !any;
        let mut lines = String::new();
        for change in options.iter().filter(shown) {
            let mut leaves = Vec::new();
            leaves_of(change.option.clone(), change.before.as_ref(), change.after.as_ref(), &mut leaves);
            if leaves.is_empty() || !self.all && leaves.len() > MOST_LEAVES {
                leaves = vec![format!("{}: defined otherwise", change.option)];
            }
            for leaf in leaves {
                lines.push_str(&format!("  {leaf}\n"));
            }
        }
        let hidden = options.iter().filter(|change| !shown(change)).count();
        if hidden > 0 {
            lines.push_str(&format!("  and {} that follow (`--all` shows them)\n", plural(hidden, "option")));
        }
        lines
    }
}

/// What differs within two values, a line each.
fn leaves_of(path: String, before: Option<&Value>, after: Option<&Value>, leaves: &mut Vec<String>) {
    if before == after {
        return;
    }
    if let (Some(Value::Object(old)), Some(Value::Object(new))) = (before, after) {
        for name in old.keys().chain(new.keys().filter(|name| !old.contains_key(*name))) {
            let is_plain = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "_-'".contains(c));
            let step = if is_plain { name.clone() } else { Value::from(name.as_str()).to_string() };
            leaves_of(format!("{path}.{step}"), old.get(name), new.get(name), leaves);
        }
        return;
    }
    let shown = |value: Option<&Value>| value.map_or("nothing".to_owned(), short);
    let (old, new) = (shown(before), shown(after));
    leaves.push(match old == new {
        true => format!("{path}: {old}, and otherwise in what is left out here"),
        false => format!("{path}: {old} -> {new}"),
    });
}

fn of_option(change: &OptionChange) -> Value {
    json!({ "option": change.option, "before": change.before, "after": change.after, "cause": change.is_cause })
}

/// A value on a line, its middle left out where it is long.
fn short(value: &Value) -> String {
    let text: Vec<char> = value.to_string().chars().collect();
    if text.len() <= LONGEST {
        return text.into_iter().collect();
    }
    let half = LONGEST / 2;
    let (first, last) = (&text[..half], &text[text.len() - half..]);
    first.iter().chain(&['…']).chain(last).collect()
}
