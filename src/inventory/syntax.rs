//! What is wrong with a fleet.toml as TOML: the parser's words made ours, with what to do.
//!
//! The parser recovers and goes on, which tells several errors in one run but also invents some: after a list that
//! is not closed, every line is wrong. So what only follows from an error is left out.

use super::cursor::shorten;
use super::error::Error;
use super::problem::Problems;
use std::collections::BTreeMap;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Notes git's conflict markers, which would otherwise be a dozen puzzling errors.
pub(super) fn merge_conflict(source: &str, problems: &Problems) -> bool {
    let mut spans = Vec::new();
    let mut at = 0;
    for line in source.split_inclusive('\n') {
        let text = line.trim_end();
        if text.starts_with("<<<<<<< ") || text.starts_with(">>>>>>> ") {
            spans.push(at..at + text.len());
        }
        at += line.len();
    }
    let found = spans.len() > 1;
    if found {
        problems.add_all(spans, Error::MergeConflict);
    }
    found
}

struct Fault<'a> {
    span: Range<usize>,
    message: &'a str,
}

/// Adds the errors of the TOML parser, and takes away the problems that only follow from them.
pub(super) fn add_errors(
    errors: &[toml::de::Error],
    document: &DeTable<'_>,
    source: &str,
    problems: &Problems,
) {
    let mut faults: Vec<Fault<'_>> = errors
        .iter()
        .map(|error| {
            let span = error.span().unwrap_or(0..0);
            let start = floor(source, span.start);
            Fault { span: start..floor(source, span.end).max(start), message: error.message() }
        })
        .collect();
    if errors.iter().any(|error| error.span().is_some()) {
        // A fault without a place follows one that has it.
        let mut placed = errors.iter().map(|error| error.span().is_some());
        faults.retain(|_| placed.next().unwrap_or(true));
    }
    faults.sort_by_key(|fault| fault.span.start);
    let open = first_open(&faults, document, source);
    let lost = open.as_ref().map_or(source.len() + 1, |(span, _)| span.start);
    // One wrong character makes several errors; the first one of a line says it.
    let mut lines: BTreeMap<usize, usize> = BTreeMap::new();
    let on_told_line = |lines: &BTreeMap<usize, usize>, at: usize| {
        lines.range(..=at).next_back().is_some_and(|(_, &end)| at <= end)
    };
    faults.retain(|fault| {
        let at = fault.span.start;
        let told = at < lost && !on_told_line(&lines, at);
        if told {
            let line = line_of(source, at);
            lines.insert(line.start, line.end);
        }
        told
    });
    problems.retain(|error, span| {
        let follows = matches!(error, Error::Missing { .. } | Error::Unknown { .. });
        !follows && *span != (0..0) && span.start < lost && !on_told_line(&lines, span.start)
    });
    if let Some((span, what)) = open {
        let hint = Some(format!("write {} where it ends", what.closing()));
        problems.add(span, Error::Syntax { message: format!("{} is not closed", what.name()), hint });
    }
    for fault in faults {
        if fault.message == "duplicate key" {
            add_duplicate(fault.span, document, source, problems);
        } else {
            let (span, message, hint) = in_our_words(&fault, source);
            problems.add(span, Error::Syntax { message, hint });
        }
    }
}

/// Something that goes on over several lines until it is closed.
#[derive(Clone, Copy, PartialEq)]
enum Open {
    List,
    InlineTable,
    Text,
    LongText,
}

impl Open {
    fn name(self) -> &'static str {
        match self {
            Open::List => "this list",
            Open::InlineTable => "this table",
            Open::Text | Open::LongText => "this text",
        }
    }

    fn closing(self) -> &'static str {
        match self {
            Open::List => "`]`",
            Open::InlineTable => "`}`",
            Open::Text => "a quote",
            Open::LongText => "three quotes",
        }
    }

    fn of(value: &DeValue<'_>) -> Option<Open> {
        match value {
            DeValue::Array(_) => Some(Open::List),
            DeValue::Table(_) => Some(Open::InlineTable),
            DeValue::String(_) => Some(Open::LongText),
            _ => None,
        }
    }
}

/// The first thing that is opened and never closed, at its opening: the parser swallows what follows.
fn first_open(faults: &[Fault<'_>], document: &DeTable<'_>, source: &str) -> Option<(Range<usize>, Open)> {
    const FOLLOWING: [&str; 7] = [
        "missing comma",
        "extra comma",
        "unexpected `=`",
        "missing key for inline",
        "invalid inline table",
        "extra `=`",
        "extra assignment",
    ];
    let mut run: Vec<usize> = Vec::new();
    for fault in faults {
        let at = fault.span.start;
        if FOLLOWING.iter().any(|word| fault.message.starts_with(word)) {
            run.push(at);
        } else if fault.message.starts_with("unclosed array") || fault.message.starts_with("unclosed inline")
        {
            let list = fault.message.starts_with("unclosed array,");
            run.push(at);
            let end = at;
            let found = run.iter().find_map(|at| open_around(document, *at, end, source));
            let first = run[0];
            let (span, what) =
                found.unwrap_or((first..first, if list { Open::List } else { Open::InlineTable }));
            // A text that swallowed the closing character is the cause.
            let line = line_of(source, span.start);
            let text = faults.iter().find(|fault| {
                line.contains(&fault.span.start.saturating_sub(1)) && is_open_text(fault.message)
            });
            return Some(text.map_or((span, what), |text| (text.span.clone(), Open::Text)));
        } else if fault.message.starts_with("invalid multi-line") {
            return Some(open_around(document, at, at, source).unwrap_or((at..at, Open::LongText)));
        } else if !fault.message.starts_with("string values must") && !fault.message.starts_with("duplicate")
        {
            run.clear();
        }
    }
    None
}

fn is_open_text(message: &str) -> bool {
    message.starts_with("invalid basic string") || message.starts_with("invalid literal string")
}

/// The innermost value around `at` that has no closing character before `end`, as the span of its opening one.
fn open_around(table: &DeTable<'_>, at: usize, end: usize, source: &str) -> Option<(Range<usize>, Open)> {
    table.values().find_map(|value| open_in(value, at, end, source))
}

fn open_in(
    value: &Spanned<DeValue<'_>>,
    at: usize,
    end: usize,
    source: &str,
) -> Option<(Range<usize>, Open)> {
    let span = value.span();
    let inner = match value.get_ref() {
        DeValue::Table(table) => open_around(table, at, end, source),
        DeValue::Array(items) => items.iter().find_map(|item| open_in(item, at, end, source)),
        _ => None,
    };
    inner.or_else(|| {
        let what = Open::of(value.get_ref())?;
        let text = source.get(span.clone())?;
        let (open, closed, length) = match what {
            Open::List => (text.starts_with('[') && !text.starts_with("[["), text.ends_with(']'), 1),
            Open::InlineTable => (text.starts_with('{'), text.ends_with('}'), 1),
            _ => (text.starts_with("\"\"\"") || text.starts_with("'''"), false, 3),
        };
        // What reaches to the end of the file ends in somebody else's closing character.
        let closed = closed && !source.get(span.end..end).is_none_or(|rest| rest.trim().is_empty());
        (open && !closed && span.contains(&at.min(span.end.saturating_sub(1))) && span.start <= at)
            .then(|| (span.start..span.start + length, what))
    })
}

fn add_duplicate(span: Range<usize>, document: &DeTable<'_>, source: &str, problems: &Problems) {
    let line = line_of(source, span.start);
    let text = source[line.clone()].trim();
    if text.starts_with('[') {
        let header = text.split('#').next().unwrap_or(text).trim();
        let start = line.start + source[line].find('[').unwrap_or(0);
        let here = Some(start..start + header.len());
        let spans = [here, header_before(source, header, start)].into_iter().flatten().collect();
        problems.add_all(spans, Error::Duplicate { name: format!("`{}`", shorten(header)), table: true });
        return;
    }
    let key = &source[span.clone()];
    let mut first = None;
    find_key(document, key.trim_matches(['"', '\'']), span.start, &mut first);
    let name = format!("`{}`", shorten(key));
    let spans = [Some(span), first].into_iter().flatten().collect();
    problems.add_all(spans, Error::Duplicate { name, table: false });
}

/// The same header on an earlier line.
fn header_before(source: &str, header: &str, before: usize) -> Option<Range<usize>> {
    let mut at = 0;
    for line in source[..before].split_inclusive('\n') {
        let text = line.split('#').next().unwrap_or(line).trim();
        if text == header {
            let start = at + line.find('[').unwrap_or(0);
            return Some(start..start + header.len());
        }
        at += line.len();
    }
    None
}

/// The last key of this name before `before`: the parser keeps the first of two, in the same table.
fn find_key(table: &DeTable<'_>, name: &str, before: usize, found: &mut Option<Range<usize>>) {
    for (key, value) in table.iter() {
        let start = key.span().start;
        if key.get_ref() == name && start < before && found.as_ref().is_none_or(|found| found.start < start) {
            *found = Some(key.span());
        }
        if let DeValue::Table(table) = value.get_ref() {
            find_key(table, name, before, found);
        }
    }
}

/// The place, what is so, and what to do.
fn in_our_words(fault: &Fault<'_>, source: &str) -> (Range<usize>, String, Option<String>) {
    let Fault { span, message } = fault;
    let same = |message: String, hint: Option<String>| (span.clone(), message, hint);
    let starts = |words: &[&str]| words.iter().any(|word| message.starts_with(word));
    if starts(&["string values must", "missing value", "invalid boolean", "invalid value"]) && span.is_empty()
    {
        return same("a value is missing".into(), Some("write it after the `=`".into()));
    }
    if starts(&[
        "string values must",
        "invalid boolean",
        "invalid float",
        "invalid integer",
        "unexpected leading zero",
        "invalid date",
        "invalid time",
        "invalid offset",
        "invalid year",
        "invalid month",
        "invalid day",
        "invalid value",
        "redundant",
        "radix",
        "unexpected sign",
        "integers with",
    ]) {
        let span = token_around(source, span);
        let word = &source[span.clone()];
        let hint = match word.to_ascii_lowercase().as_str() {
            "yes" | "on" | "true" => "write true, in lower case and without quotes".into(),
            "no" | "off" | "false" => "write false, in lower case and without quotes".into(),
            digits
                if digits.len() > 1
                    && digits.starts_with('0')
                    && digits.bytes().all(|b| b.is_ascii_digit()) =>
            {
                format!("a number begins with no 0; file permissions stand in quotes: \"{digits}\"")
            }
            _ => format!("a text stands in quotes: \"{}\"", shorten(word).replace(['"', '\\'], "")),
        };
        let message = format!("`{}` is no value", shorten(word));
        return (span, message, Some(hint));
    }
    let control = source[span.start..].chars().next().filter(|c| c.is_control() && !matches!(c, '\n' | '\r'));
    let (words, hint): (&str, &str) = if is_open_text(message) && control.is_some() {
        (
            "a control character stands in a text",
            "write it as an escape in a text with double quotes: \"\\u0000\"",
        )
    } else if starts(&["key with no value"]) {
        ("a key has no value", "write `key = value`; a table's header stands in brackets")
    } else if starts(&["unclosed table", "unclosed array table"]) {
        ("this header is not closed", "write `]` at its end")
    } else if starts(&["unexpected key or value", "unexpected content"]) {
        ("something follows where the line should end", "write one `key = value` on a line")
    } else if starts(&["invalid unquoted key"]) {
        (
            "a name holds a character that wants quotes",
            "put the name in quotes, as in `[service.\"getty@tty1\"]`",
        )
    } else if starts(&["unquoted keys cannot be empty"]) {
        ("a name is missing", "write a name before the `=`, or between the dots of a header")
    } else if starts(&["missing comma"]) {
        ("a comma is missing", "write `,` between two elements")
    } else if starts(&["invalid basic string", "invalid literal string"]) {
        ("this text is not closed", "write a quote at its end, on the same line")
    } else if starts(&["missing escaped value", "too few unicode", "invalid escape"]) {
        (
            "no character is written like this after `\\`",
            "write `\\\\` for one backslash, or take single quotes",
        )
    } else if starts(&["carriage return"]) {
        ("a carriage return stands alone", "end lines with a line feed")
    } else if starts(&["cannot recurse"]) || *message == "recursion limit" {
        ("this is nested too deeply", "fleet.toml needs no more than five levels")
    } else if starts(&["invalid comment character"]) {
        ("a control character stands in a comment", "remove it")
    } else {
        return same(message.split(", expected").next().unwrap_or(message).to_owned(), None);
    };
    same(words.to_owned(), Some(hint.to_owned()))
}

/// The whole word that a fault lies in.
fn token_around(source: &str, span: &Range<usize>) -> Range<usize> {
    let line = line_of(source, span.start);
    let ends = |c: char| c.is_whitespace() || matches!(c, ',' | '[' | ']' | '{' | '}' | '=' | '#');
    let start = source[line.start..span.start].rfind(ends).map_or(line.start, |at| {
        line.start + at + source[line.start + at..].chars().next().map_or(1, char::len_utf8)
    });
    let from = span.end.clamp(start, line.end.max(start));
    let end = source[from..line.end.max(from)].find(ends).map_or(line.end.max(from), |at| from + at);
    start..end
}

/// The line around `at`, without its end.
fn line_of(source: &str, at: usize) -> Range<usize> {
    let start = source[..at].rfind('\n').map_or(0, |at| at + 1);
    let end = source[at..].find('\n').map_or(source.len(), |end| at + end);
    start..end
}

fn floor(source: &str, at: usize) -> usize {
    let mut at = at.min(source.len());
    while !source.is_char_boundary(at) {
        at -= 1;
    }
    at
}
