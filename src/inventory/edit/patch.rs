//! Changes to a text as byte ranges and what takes their place; all else is copied.

use super::outline::{Key, Kind, Node, Outline, Pair, Statement};
use std::ops::Range;

/// The changes to one text.
pub(super) struct Patches<'s> {
    source: &'s str,
    newline: &'static str,
    list: Vec<(Range<usize>, String)>,
}

impl<'s> Patches<'s> {
    pub(super) fn new(source: &'s str) -> Self {
        let first = source.find('\n').unwrap_or(0);
        let newline = if source[..first].ends_with('\r') { "\r\n" } else { "\n" };
        Patches { source, newline, list: Vec::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Puts `text`, whose lines end in `\n`, in the place of `range`.
    pub(super) fn replace(&mut self, range: Range<usize>, text: &str) {
        self.list.push((range, text.replace('\n', self.newline)));
    }

    /// Puts another text into a key or string, keeping its quotes.
    pub(super) fn replace_word(&mut self, span: Range<usize>, word: &str) {
        let old = &self.source[span.clone()];
        let text = match old.chars().next() {
            Some('\'') if !old.starts_with("'''") => format!("'{word}'"),
            Some('"' | '\'') => format!("\"{word}\""),
            _ => word.to_owned(),
        };
        self.list.push((span, text));
    }

    /// The text with every change made.
    pub(super) fn apply(self) -> String {
        let Patches { source, mut list, .. } = self;
        list.sort_by_key(|(range, _)| (range.start, range.end));
        let mut out =
            String::with_capacity(source.len() + list.iter().map(|(_, text)| text.len()).sum::<usize>());
        let mut at = 0;
        for (range, text) in list {
            // Removals may overlap: a table and something in it.
            if range.start > at {
                out.push_str(&source[at..range.start]);
            }
            out.push_str(&text);
            at = at.max(range.end);
        }
        out.push_str(&source[at..]);
        out
    }

    /// Takes out everything whose way begins with `path`: tables with their comments, lines, entries of inline tables.
    pub(super) fn remove_path(&mut self, outline: &Outline, path: &[&str]) {
        let mut header: &[Key] = &[];
        let mut index = 0;
        let mut removed: Vec<Range<usize>> = Vec::new();
        while index < outline.statements.len() {
            match &outline.statements[index] {
                Statement::Header { keys, .. } => {
                    header = keys;
                    if begins_with(&[keys], path) {
                        let end = section_end(outline, index);
                        removed.push(self.lines_of(outline, index, end));
                        index = end;
                        continue;
                    }
                }
                Statement::Pair(pair) if begins_with(&[header, &pair.keys], path) => {
                    removed.push(self.lines_of(outline, index, index + 1));
                }
                Statement::Pair(pair) => {
                    if let Some(rest) = rest_of(&[header, &pair.keys], path) {
                        self.remove_inside(&pair.value, rest);
                    }
                }
            }
            index += 1;
        }
        for range in removed {
            let range = self.with_blank_line(range);
            self.replace(range, "");
        }
    }

    fn remove_inside(&mut self, node: &Node, path: &[&str]) {
        let Kind::Inline(pairs) = &node.kind else { return };
        let spans: Vec<Range<usize>> = pairs.iter().map(Pair::span).collect();
        let gone: Vec<bool> = pairs.iter().map(|pair| begins_with(&[&pair.keys], path)).collect();
        self.remove_elements(&spans, &gone);
        for pair in pairs {
            if let Some(rest) = rest_of(&[&pair.keys], path) {
                self.remove_inside(&pair.value, rest);
            }
        }
    }

    /// Takes elements out of a list or inline table, each with one comma, and with its line when it has one of its own.
    pub(super) fn remove_elements(&mut self, spans: &[Range<usize>], gone: &[bool]) {
        let last_kept = gone.iter().rposition(|gone| !gone);
        for (index, span) in spans.iter().enumerate().filter(|(index, _)| gone[*index]) {
            let comma = self.comma_after(span.end);
            if let Some(line) = self.own_line(span) {
                // Where commas begin the lines, that of the next line goes too.
                if let Some(comma) = comma.filter(|comma| *comma >= line.end) {
                    self.replace(comma..comma + 1 + spaces(&self.source[comma + 1..]), "");
                }
                self.replace(line, "");
                continue;
            }
            let previous = index.checked_sub(1).map(|index| spans[index].end);
            let on_one_line = |range: Range<usize>| !self.source[range].contains('\n');
            match (comma, previous) {
                // After the last kept one, the comma before goes, so that none is left at the end.
                (_, Some(before))
                    if last_kept.is_none_or(|last| last < index) && on_one_line(before..span.end) =>
                {
                    let end = comma.filter(|_| index + 1 == spans.len()).map_or(span.end, |comma| comma + 1);
                    self.replace(before..end, "");
                }
                (Some(comma), _) => {
                    let end = comma + 1 + spaces(&self.source[comma + 1..]);
                    if self.source[span.end..comma].trim().is_empty() {
                        self.replace(span.start..end, "");
                    } else {
                        self.replace(span.clone(), "");
                        self.replace(comma..end, "");
                    }
                }
                (None, _) => self.replace(span.clone(), ""),
            }
        }
    }

    /// Where the comma after an element is, past space and comments.
    fn comma_after(&self, end: usize) -> Option<usize> {
        let mut at = end;
        loop {
            let rest = &self.source[at..];
            let trimmed = rest.trim_start();
            at += rest.len() - trimmed.len();
            match trimmed.chars().next()? {
                ',' => return Some(at),
                '#' => at += trimmed.find('\n')?,
                _ => return None,
            }
        }
    }

    /// The lines of an element that shares them with nothing but its comma and a comment.
    fn own_line(&self, span: &Range<usize>) -> Option<Range<usize>> {
        let start = line_start(self.source, span.start);
        let end = line_end(self.source, span.end);
        let after = self.source[span.end..end].trim();
        let after = after.strip_prefix(',').unwrap_or(after).trim_start();
        let alone =
            self.source[start..span.start].trim().is_empty() && (after.is_empty() || after.starts_with('#'));
        (alone && start > 0).then_some(start..end)
    }

    /// The lines of some statements, with the comment that belongs to them: the one directly above, and the one that
    /// directly follows and is not above something else.
    fn lines_of(&self, outline: &Outline, first: usize, end: usize) -> Range<usize> {
        let source = self.source;
        let floor = match first {
            0 => 0,
            _ => line_end(source, outline.statements[first - 1].span().end),
        };
        let mut start = line_start(source, outline.statements[first].span().start);
        while start > floor {
            let above = line_start(source, start - 1);
            let line = source[above..start].trim();
            if above < floor || !line.starts_with('#') || is_banner(line) {
                break;
            }
            start = above;
        }
        start..self.end_of_section(outline, end)
    }

    /// Where the lines before statement `end` stop to belong to the statement before it.
    fn end_of_section(&self, outline: &Outline, end: usize) -> usize {
        let source = self.source;
        let last = end.checked_sub(1).map_or(0, |last| line_end(source, outline.statements[last].span().end));
        let next =
            outline.statements.get(end).map_or(source.len(), |next| line_start(source, next.span().start));
        let mut stop = last;
        while stop < next && source[stop..line_end(source, stop)].trim().starts_with('#') {
            stop = line_end(source, stop);
        }
        // Comments that reach down to the next statement are its own.
        if stop >= next && end < outline.statements.len() { last } else { stop }
    }

    /// Takes one empty line along, where a removed part stands between two or at an end of the file.
    fn with_blank_line(&self, range: Range<usize>) -> Range<usize> {
        let Range { mut start, mut end } = range;
        let blank_after = self.source[end..line_end(self.source, end)].trim().is_empty();
        if start == 0 {
            while end < self.source.len() && self.source[end..line_end(self.source, end)].trim().is_empty() {
                end = line_end(self.source, end);
            }
        } else if blank_after && ends_blank(&self.source[..start]) {
            start = line_start(self.source, start - 1);
        }
        start..end
    }

    /// Adds `block`, whole lines, behind statement `index` and its section, or at the end of the file.
    pub(super) fn insert_after(&mut self, outline: &Outline, index: Option<usize>, block: &str, gap: bool) {
        let at = match index {
            Some(index) => self.end_of_section(outline, index + 1),
            None => self.source.len(),
        };
        let before = &self.source[..at];
        let mut text = String::new();
        if !before.is_empty() && !before.ends_with('\n') {
            text.push('\n');
        }
        // A file without empty lines between its tables gets none here either.
        let rest = &self.source[at..];
        let airy = rest.is_empty() || self.source[at..line_end(self.source, at)].trim().is_empty();
        if gap && airy && !ends_blank(before) {
            text.push('\n');
        }
        text.push_str(block);
        self.replace(at..at, &text);
    }

    /// Adds a line directly below statement `index`.
    pub(super) fn insert_line(&mut self, outline: &Outline, index: usize, line: &str) {
        let at = line_end(self.source, outline.statements[index].span().end);
        let before = if self.source[..at].ends_with('\n') { "" } else { "\n" };
        self.replace(at..at, &format!("{before}{line}\n"));
    }

    /// Adds whole lines in front of statement `index` and its comment, and an empty line.
    pub(super) fn insert_before(&mut self, outline: &Outline, index: usize, block: &str) {
        let at = self.lines_of(outline, index, index + 1).start;
        let gap = if ends_blank(&self.source[..at]) { "" } else { "\n" };
        self.replace(at..at, &format!("{gap}{block}\n"));
    }

    /// Adds an entry at the end of an inline table.
    pub(super) fn insert_inline(&mut self, node: &Node, entry: &str) {
        let Kind::Inline(pairs) = &node.kind else { return };
        match pairs.last() {
            Some(last) => {
                let end = last.span().end;
                self.replace(end..end, &format!(", {entry}"));
            }
            None => self.replace(node.span.clone(), &format!("{{ {entry} }}")),
        }
    }
}

/// The index behind the last statement under the header at `index`.
pub(super) fn section_end(outline: &Outline, index: usize) -> usize {
    let rest = &outline.statements[index + 1..];
    let pairs = rest.iter().take_while(|statement| matches!(statement, Statement::Pair(_))).count();
    index + 1 + pairs
}

/// True when the keys, one after another, begin with `path`.
pub(super) fn begins_with(keys: &[&[Key]], path: &[&str]) -> bool {
    let mut keys = keys.iter().flat_map(|keys| keys.iter());
    path.iter().all(|name| keys.next().is_some_and(|key| key.name == *name))
}

/// What is left of `path` behind the keys, when it goes on behind them.
fn rest_of<'p>(keys: &[&[Key]], path: &'p [&'p str]) -> Option<&'p [&'p str]> {
    let mut rest = path;
    for key in keys.iter().flat_map(|keys| keys.iter()) {
        let (name, behind) = rest.split_first()?;
        if key.name != *name {
            return None;
        }
        rest = behind;
    }
    (!rest.is_empty()).then_some(rest)
}

/// A line such as `# ---- servers ----` heads more than what directly follows.
fn is_banner(comment: &str) -> bool {
    ["---", "===", "***", "###", "~~~", "___", "+++"].iter().any(|rule| comment[1..].contains(rule))
}

/// True for nothing, and for whole lines of which the last is empty.
fn ends_blank(text: &str) -> bool {
    let Some(line) = text.strip_suffix('\n') else { return text.is_empty() };
    line[line_start(line, line.len())..].trim().is_empty()
}

fn spaces(text: &str) -> usize {
    text.len() - text.trim_start_matches([' ', '\t']).len()
}

pub(super) fn line_start(source: &str, at: usize) -> usize {
    source[..at].rfind('\n').map_or(0, |at| at + 1)
}

/// Behind the end of the line.
pub(super) fn line_end(source: &str, at: usize) -> usize {
    source[at..].find('\n').map_or(source.len(), |end| at + end + 1)
}
