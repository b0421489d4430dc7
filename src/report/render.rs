//! How a report looks on a terminal and in a log: the same text, with colour only where it is wanted.

use super::{Report, Severity, Spot};
use std::fmt::{self, Write as _};

/// A longer line is shown in part.
const LONGEST_LINE: usize = 160;

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
            let (line, before, length) = excerpt(spot);
            let _ = writeln!(out, "{pad} {arrow}|{off}");
            let _ = writeln!(out, "{number} {arrow}|{off} {line}");
            let marks = "^".repeat(length);
            let _ = writeln!(out, "{pad} {arrow}|{off} {}{}{marks}{off}", " ".repeat(before), paint(code));
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

/// The line as it is shown, how many characters of it stand before the marked ones, and how many those are.
///
/// Tabs become one space, so that the marks stand under the right characters; of a very long line the part around
/// them is shown.
fn excerpt(spot: &Spot) -> (String, usize, usize) {
    let column = spot.column.saturating_sub(1);
    let (from, until) = match spot.text.chars().count() {
        0..=LONGEST_LINE => (0, LONGEST_LINE),
        _ => {
            let from = column.saturating_sub(LONGEST_LINE / 3);
            (from, from + LONGEST_LINE)
        }
    };
    let (mut line, mut before, mut marked) = (String::new(), 0, 0);
    if from > 0 {
        line.push('…');
        before += 1;
    }
    for (index, c) in spot.text.chars().enumerate().skip(from) {
        if index == until {
            line.push('…');
            break;
        }
        let shown = if c == '\t' { " ".to_owned() } else { printable(c.encode_utf8(&mut [0; 4])) };
        let width = shown.chars().count();
        if index < column {
            before += width;
        } else if index < column + spot.length {
            marked += width;
        }
        line.push_str(&shown);
    }
    (line, before, marked.max(1))
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
    fn a_long_line_is_shown_around_the_spot() {
        let source = format!("{}wrong{}", "a".repeat(900), "b".repeat(900));
        let text = Report::error("x").at(Place::in_source("f", &source, 900..905)).render(false);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[1], "  --> f:1:901");
        let at = lines[3].find("wrong").unwrap();
        assert!(lines[3].chars().count() < 180 && lines[3].ends_with("b…"), "{text}");
        // `…` is three bytes and one column.
        assert_eq!(lines[4].find("^^^^^"), Some(at - 2), "{text}");
    }

    #[test]
    fn control_characters_of_a_file_never_reach_the_terminal() {
        assert!(!Report::error("a\x1b]0;owned\x07b").render(false).contains('\x1b'));
    }
}
