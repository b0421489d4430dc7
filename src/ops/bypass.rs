//! References that go around a channel: `inputs.nixpkgs_unstable.legacyPackages.x86_64-linux.hello` in a module.
//!
//! A module that takes a package from an input takes it from another package set than the fleet's: another instance that costs
//! memory and time, without the channel's `allow_unfree` and overlays. The argument with the channel's name is what
//! was meant: `unstable.hello`.
//!
//! Modules are read as words, not evaluated: comments and texts are skipped, but not what a text evaluates between `${` and `}`. That
//! finds the reference as people write it; one that is put together from variables is not found.

use super::fleet::Fleet;
use crate::format::ChannelName;
use crate::os::FileError;
use crate::os::files::{self, Kind};
use crate::report::{Place, Report};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

/// Where a fleet has its modules.
const FOLDERS: [&str; 2] = ["machines", "modules"];

/// A module is a page of text; what is larger is something else.
const LIMIT: u64 = 1 << 20;

/// Warns of each such reference in the modules of the fleet.
///
/// # Errors
/// When a folder or module that is there can't be read.
pub(super) fn bypasses(fleet: &Fleet) -> Result<Vec<Report>, FileError> {
    let channels = &fleet.inventory.channels;
    let inputs: BTreeMap<&str, &ChannelName> =
        channels.iter().map(|(name, channel)| (channel.input.as_str(), name)).collect();
    let mut reports = Vec::new();
    if !inputs.is_empty() {
        for folder in FOLDERS {
            look_into(fleet.root.path(), folder, &inputs, &mut reports)?;
        }
    }
    Ok(reports)
}

fn look_into(
    root: &Path,
    folder: &str,
    inputs: &BTreeMap<&str, &ChannelName>,
    reports: &mut Vec<Report>,
) -> Result<(), FileError> {
    for (name, kind) in files::entries(root.join(folder))? {
        let path = format!("{folder}/{name}");
        match kind {
            Kind::Folder => look_into(root, &path, inputs, reports)?,
            Kind::File if name.ends_with(".nix") => {
                let bytes = files::read_at_most(root.join(&path), LIMIT)?;
                // Nix reads bytes; what is no text here has no reference in it.
                let Ok(source) = String::from_utf8(bytes) else { continue };
                reports
                    .extend(found(&source, inputs).into_iter().map(|found| report(&path, &source, &found)));
            }
            _ => {}
        }
    }
    Ok(())
}

/// One reference in a text.
#[derive(Debug, PartialEq)]
struct Found<'a> {
    span: Range<usize>,
    channel: &'a ChannelName,
    /// What is taken from the package set, when the words say it.
    package: Option<String>,
}

fn report(file: &str, source: &str, found: &Found<'_>) -> Report {
    let Found { channel, package, .. } = found;
    let text = &source[found.span.clone()];
    let instead = package.as_ref().map_or_else(|| channel.to_string(), |name| format!("{channel}.{name}"));
    Report::warning(format!("`{text}` goes around the channel `{channel}`"))
        .at(Place::in_source(file, source, found.span.clone()))
        .hint(format!(
            "take the argument `{channel}` and write `{instead}`: it is the package set that the fleet shares"
        ))
}

/// `INPUT.legacyPackages`, with what stands before and after it.
fn found<'a>(source: &str, inputs: &BTreeMap<&str, &'a ChannelName>) -> Vec<Found<'a>> {
    // Most modules name no package set: then nothing is taken apart.
    if !source.contains("legacyPackages") {
        return Vec::new();
    }
    let words = words(source);
    let text = |at: usize| words.get(at).map_or("", |word: &Range<usize>| &source[word.clone()]);
    let mut found = Vec::new();
    for at in 2..words.len() {
        let (true, ".", Some(channel)) =
            (text(at) == "legacyPackages", text(at - 1), inputs.get(text(at - 2)))
        else {
            continue;
        };
        // `self.inputs.INPUT`: back over all that is joined by dots.
        let mut start = at - 2;
        while start >= 2 && text(start - 1) == "." {
            start -= 2;
        }
        // `.SYSTEM.PACKAGE`, where the system may be `${…}`, whose words are taken as one.
        let mut end = at;
        let mut parts = Vec::new();
        while text(end + 1) == "." && parts.len() < 2 {
            end += 2;
            if text(end) == "${" {
                while end + 1 < words.len() && text(end) != "}" {
                    end += 1;
                }
            }
            parts.push(text(end).to_owned());
        }
        let package = parts.get(1).filter(|name| name.starts_with(|c: char| c.is_alphabetic())).cloned();
        found.push(Found { span: words[start].start..words[end.min(words.len() - 1)].end, channel, package });
    }
    found
}

/// Words and signs of a Nix text, each where it stands. A name, `${` and a sign are one word each; texts are none, and neither
/// are comments.
fn words(source: &str) -> Vec<Range<usize>> {
    let bytes = source.as_bytes();
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'\'');
    let mut words = Vec::new();
    // What the next `}` ends: a set, or what a text of this kind evaluates.
    let mut open: Vec<Option<&str>> = Vec::new();
    let mut inside: Option<&str> = None;
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        if let Some(end) = inside {
            let escape: &[&[u8]] = if end == "\"" {
                &[b"\\\"", b"\\\\", b"\\$", b"$$"]
            } else {
                &[b"'''", b"''$", b"''\\", b"$$"]
            };
            if let Some(escape) = escape.iter().find(|escape| rest.starts_with(escape)) {
                at += escape.len();
            } else if rest.starts_with(b"${") {
                open.push(inside.take());
                at += 2;
            } else if rest.starts_with(end.as_bytes()) {
                at += end.len();
                inside = None;
            } else {
                at += 1;
            }
            continue;
        }
        let length = match rest[0] {
            b'#' => {
                at += rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
                continue;
            }
            b'/' if rest.starts_with(b"/*") => {
                let end = source.get(at + 2..).and_then(|rest| rest.find("*/"));
                at += end.map_or(rest.len(), |end| end + 4);
                continue;
            }
            b'"' => {
                inside = Some("\"");
                at += 1;
                continue;
            }
            b'\'' if rest.starts_with(b"''") => {
                inside = Some("''");
                at += 2;
                continue;
            }
            b'$' if rest.starts_with(b"${") => {
                open.push(None);
                2
            }
            b'{' => {
                open.push(None);
                1
            }
            b'}' => {
                inside = open.pop().flatten();
                if inside.is_some() {
                    at += 1;
                    continue;
                }
                1
            }
            byte if byte.is_ascii_whitespace() => {
                at += 1;
                continue;
            }
            byte if byte.is_ascii_alphabetic() || byte == b'_' => {
                rest.iter().position(|byte| !is_name(*byte)).unwrap_or(rest.len())
            }
            byte if byte.is_ascii() => 1,
            _ => source[at..].chars().next().map_or(1, char::len_utf8),
        };
        words.push(at..at + length);
        at += length;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(source: &str) -> Vec<(String, Option<String>)> {
        let unstable = ChannelName::parse("unstable").unwrap();
        let inputs = BTreeMap::from([("nixpkgs_unstable", &unstable)]);
        let found = found(source, &inputs);
        found.into_iter().map(|found| (source[found.span].to_owned(), found.package)).collect()
    }

    #[test]
    fn a_reference_is_found_as_people_write_it() {
        for (source, span, package) in [
            (
                "[ inputs.nixpkgs_unstable.legacyPackages.x86_64-linux.hello ]",
                "inputs.nixpkgs_unstable.legacyPackages.x86_64-linux.hello",
                Some("hello"),
            ),
            (
                "self.inputs.nixpkgs_unstable.legacyPackages.${pkgs.system}.opencode",
                "self.inputs.nixpkgs_unstable.legacyPackages.${pkgs.system}.opencode",
                Some("opencode"),
            ),
            ("x = nixpkgs_unstable . legacyPackages;", "nixpkgs_unstable . legacyPackages", None),
            (
                "\"${inputs.nixpkgs_unstable.legacyPackages.${system}.hello}/bin\"",
                "inputs.nixpkgs_unstable.legacyPackages.${system}.hello",
                Some("hello"),
            ),
            (
                "''\n  # no comment ''${no} ${ inputs.nixpkgs_unstable.legacyPackages.a.b } \"\n''",
                "inputs.nixpkgs_unstable.legacyPackages.a.b",
                Some("b"),
            ),
        ] {
            assert_eq!(told(source), [(span.to_owned(), package.map(str::to_owned))], "{source}");
        }
    }

    #[test]
    fn what_is_no_such_reference_is_left_alone() {
        for source in [
            "# inputs.nixpkgs_unstable.legacyPackages.x.hello",
            "/* inputs.nixpkgs_unstable.legacyPackages.x.hello */ 1",
            "\"inputs.nixpkgs_unstable.legacyPackages.x.hello \\${inputs.nixpkgs_unstable.legacyPackages.x}\"",
            "'' inputs.nixpkgs_unstable.legacyPackages.x.hello ''${inputs.nixpkgs_unstable.legacyPackages.x} ''",
            "inputs.other.legacyPackages.x86_64-linux.hello",
            "unstable.hello",
            "nixpkgs_unstable.lib.legacyPackages",
            "{ legacyPackages = nixpkgs_unstable; }",
        ] {
            assert_eq!(told(source), [], "{source}");
        }
    }

    #[test]
    fn no_text_panics() {
        for source in [
            "legacyPackages",
            "x.legacyPackages.${",
            "legacyPackages \"${",
            "legacyPackages ''",
            "legacyPackages /*",
            "ü.legacyPackages.ß",
            "nixpkgs_unstable.legacyPackages.",
            "nixpkgs_unstable.legacyPackages.${ü",
            "}}}legacyPackages",
        ] {
            let _ = told(source);
        }
    }
}
