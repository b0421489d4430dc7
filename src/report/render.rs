//! How a report looks on a terminal and in a log: the same text, with colour only where it is wanted.

use super::{Report, Severity};
use std::fmt::{self, Write as _};

const BOLD: &str = "\x1b[1m";
const RED: &str = "\x1b[1;31m";
const YELLOW: &str = "\x1b[1;33m";
const BLUE: &str = "\x1b[1;34m";
const OFF: &str = "\x1b[0m";

impl Report {
    /// The text of this report, each line ending in a newline.
    pub fn render(&self, colour: bool) -> String {
        let paint = |code: &'static str| if colour { code } else { "" };
        let off = paint(OFF);
        let (word, code) = match self.severity {
            Severity::Error => ("error", RED),
            Severity::Warning => ("warning", YELLOW),
            Severity::Note => ("note", BLUE),
        };
        let mut out = String::new();
        let _ = writeln!(out, "{}{word}{off}{}: {}{off}", paint(code), paint(BOLD), printable(&self.message));
        for place in &self.places {
            let arrow = paint(BLUE);
            let Some(spot) = &place.spot else {
                let _ = writeln!(out, "  {arrow}-->{off} {}", printable(&place.file));
                continue;
            };
            let number = spot.line.to_string();
            let pad = " ".repeat(number.len());
            let _ = writeln!(
                out,
                "{pad} {arrow}-->{off} {}:{}:{}",
                printable(&place.file),
                spot.line,
                spot.column
            );
            // Tabs are shown as one space, so that the marks below stand under the right characters.
            let line = printable(&spot.text.replace('\t', " "));
            let _ = writeln!(out, "{pad} {arrow}|{off}");
            let _ = writeln!(out, "{number} {arrow}|{off} {line}");
            let marks = "^".repeat(spot.length);
            let _ = writeln!(
                out,
                "{pad} {arrow}|{off} {}{}{marks}{off}",
                " ".repeat(spot.column - 1),
                paint(code)
            );
        }
        for cause in &self.causes {
            let _ = writeln!(out, "{}because{off}: {}", paint(BOLD), printable(cause));
        }
        for hint in &self.hints {
            let _ = writeln!(out, "{}hint{off}: {}", paint(BOLD), printable(hint));
        }
        out
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

/// Text from files and hosts must not steer the user's terminal: control characters are shown, not sent.
fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push('\n'),
            c if c.is_control() => out.extend(c.escape_default()),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use crate::report::{Place, Report};

    #[test]
    fn a_report_shows_the_line_and_marks_the_spot() {
        let source = "[mesh.wireg0]\nsubnet = \"10.0.0.0/33\"\n";
        let report = Report::error("`10.0.0.0/33` is no subnet")
            .at(Place::in_source("fleet.toml", source, 23..36))
            .hint("write an address and a prefix length, such as 10.88.127.0/24");
        assert_eq!(
            report.render(false),
            "error: `10.0.0.0/33` is no subnet\n  --> fleet.toml:2:10\n  |\n2 | subnet = \"10.0.0.0/33\"\n  |          ^^^^^^^^^^^^^\nhint: write an address and a prefix length, such as 10.88.127.0/24\n"
        );
    }

    #[test]
    fn control_characters_of_a_file_never_reach_the_terminal() {
        assert!(!Report::error("a\x1b]0;owned\x07b").render(false).contains('\x1b'));
    }
}
