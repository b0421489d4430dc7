//! Which machines a command line means: names, `@tag`, and patterns with `*` and `?`.

use super::FleetFlake;
use crate::report::{Report, did_you_mean};

/// The machines that some words name, in the fleet's order; all without words.
///
/// # Errors
/// When a word names none.
pub fn choose(flake: &FleetFlake, words: &[String]) -> Result<Vec<String>, Report> {
    let mut chosen = Vec::new();
    for word in words {
        let found: Vec<&str> = match word.strip_prefix('@') {
            Some(tag) => flake.tagged(tag),
            None => flake.machines.iter().map(String::as_str).filter(|name| matches(word, name)).collect(),
        };
        if found.is_empty() {
            let report = Report::error(match word.strip_prefix('@') {
                Some(tag) => format!("no machine of the flake has the tag `{tag}`"),
                None => format!("the flake has no machine `{word}`"),
            });
            let guess = did_you_mean(word, flake.machines.iter().map(String::as_str));
            return Err(report.hint(guess.unwrap_or_else(|| "`fleet show` lists them".into())));
        }
        chosen.extend(found);
    }
    let wanted = |name: &&String| words.is_empty() || chosen.contains(&name.as_str());
    Ok(flake.machines.iter().filter(wanted).cloned().collect())
}

/// Whether a name fits a pattern: `*` is any text, `?` one character.
fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    // Where the last `*` stood, and how much of the name it took: the only place to come back to.
    let (mut at, mut from, mut star) = (0, 0, None);
    while from < name.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, from));
                at += 1;
            }
            Some(c) if *c == '?' || *c == name[from] => (at, from) = (at + 1, from + 1),
            _ => match star {
                Some((place, taken)) => {
                    star = Some((place, taken + 1));
                    (at, from) = (place + 1, taken + 1);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns_fit_whole_names() {
        for (pattern, name, fits) in [
            ("web1", "web1", true),
            ("web", "web1", false),
            ("web*", "web1", true),
            ("*1", "web1", true),
            ("w?b?", "web1", true),
            ("*-*-zero", "a-b-c-zero", true),
            ("**", "", true),
            ("?", "", false),
            ("a*b*c", "axxbxx", false),
        ] {
            assert_eq!(matches(pattern, name), fits, "{pattern} {name}");
        }
    }
}
