//! What a change did, told the same way by every command that makes one.

use super::Console;
use crate::ops::change::Outcome;
use crate::os::transaction::{Done, Marked};
use crate::report::Report;

/// Tells which files were written, changed and removed, and what git was told.
pub fn files(console: &mut Console, done: &Done) {
    for (word, files) in [("wrote", &done.created), ("changed", &done.changed), ("removed", &done.removed)] {
        for file in files {
            console.say(format!("{word} {file}"));
        }
    }
    match &done.marked {
        Marked::Not => {}
        Marked::Yes => console.say("git knows of the new files: `git add --intent-to-add`"),
        Marked::Refused(why) => console.report(
            &Report::warning("git does not know of the new files, so a flake will not see them")
                .because(why)
                .hint("add them yourself with `git add`, or say `--no-git`"),
        ),
    }
}

/// Tells everything a change did.
pub fn outcome(console: &mut Console, outcome: &Outcome) {
    files(console, &outcome.done);
    if !outcome.rekeyed.is_empty() {
        console.say(format!("sealed again for their readers of now: {}", names(&outcome.rekeyed)));
    }
    console.reports(&outcome.reports);
    if !outcome.waiting.is_empty() {
        let (waits, its) = if outcome.waiting.len() == 1 { ("waits", "its") } else { ("wait", "their") };
        console.say(format!("{} {waits} to be sealed for {its} readers of now", names(&outcome.waiting)));
    }
    console.reports(&outcome.not_rekeyed);
    if !outcome.waiting.is_empty() || !outcome.not_rekeyed.0.is_empty() {
        // Without `--all` a file with the right number of readers is left alone.
        let all = if outcome.look_right { " --all" } else { "" };
        console.say(format!("next: `fleet secret rekey{all}`, with the private key of a master"));
    }
    if !outcome.to_rotate.is_empty() {
        console.say("the key that left could read these values, and can for ever: change each at its source, then `fleet secret edit`");
        for name in &outcome.to_rotate {
            console.say(format!("  {name}"));
        }
    }
}

fn names<T: ToString>(names: impl IntoIterator<Item = T>) -> String {
    names.into_iter().map(|name| name.to_string()).collect::<Vec<_>>().join(", ")
}
