//! What is wrong with a fleet.toml, collected on the way and told at the end, in the order of the file.
//!
//! The same mistake in many places is one report: an operator who removed a machine that thirty services name
//! reads its name once, and thirty line numbers.

use super::error::Error;
use crate::report::{Place, Report, Reports, Spot};
use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;

/// So many reports are told in one run; who has more mends these first.
const REPORTS: usize = 50;
/// So many places of one report are shown with their line.
const PLACES: usize = 3;
/// So many more are named by their number.
const LINES: usize = 20;

/// One thing that is wrong, and where: byte ranges, the first is the place to mend.
struct Problem {
    error: Error,
    spans: Vec<Range<usize>>,
}

/// The list that grows while fleet.toml is read. Shared by every cursor, hence the cells.
#[derive(Default)]
pub(super) struct Problems {
    list: RefCell<Vec<Problem>>,
    private: RefCell<Vec<Range<usize>>>,
}

impl Problems {
    /// Something is wrong at `span`.
    pub(super) fn add(&self, span: Range<usize>, error: impl Into<Error>) {
        self.add_all(vec![span], error);
    }

    /// Something is wrong at the first of `spans`, and the others have to do with it.
    pub(super) fn add_all(&self, spans: Vec<Range<usize>>, error: impl Into<Error>) {
        self.list.borrow_mut().push(Problem { error: error.into(), spans });
    }

    /// These bytes may be the value of a secret: no report shows them.
    pub(super) fn hide(&self, span: Range<usize>) {
        self.private.borrow_mut().push(span);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.borrow().is_empty()
    }

    /// Forgets the problems that only follow from others.
    pub(super) fn retain(&self, keep: impl Fn(&Error, &Range<usize>) -> bool) {
        let whole = 0..0;
        self.list
            .borrow_mut()
            .retain(|problem| keep(&problem.error, problem.spans.first().unwrap_or(&whole)));
    }

    /// Tells all of them, in the order of the file.
    pub(super) fn into_reports(self, file: &str, source: &str) -> Reports {
        let mut problems = self.list.into_inner();
        problems.sort_by_key(|problem| problem.spans.first().map_or(0, |span| span.start));
        let mut groups: Vec<(Error, usize, Vec<Range<usize>>)> = Vec::new();
        let mut known: HashMap<Error, usize> = HashMap::new();
        let mut untold = 0;
        for Problem { error, spans } in problems {
            let general = error.general();
            match known.get(&general) {
                Some(&index) => {
                    groups[index].1 += 1;
                    groups[index].2.extend(spans);
                }
                None if groups.len() == REPORTS => untold += 1,
                None => {
                    known.insert(general, groups.len());
                    groups.push((error, 1, spans));
                }
            }
        }
        let shown = Shown { file, source, private: self.private.into_inner() };
        let mut told: Vec<Report> = groups
            .into_iter()
            .map(|(error, count, spans)| shown.report(if count > 1 { error.general() } else { error }, spans))
            .collect();
        if untold > 0 {
            told.push(
                Report::note(format!("{untold} more errors are not shown"))
                    .at(Place::file(file))
                    .hint("mend these first: many of the others may follow from them"),
            );
        }
        Reports(told)
    }
}

struct Shown<'a> {
    file: &'a str,
    source: &'a str,
    private: Vec<Range<usize>>,
}

impl Shown<'_> {
    fn report(&self, error: Error, spans: Vec<Range<usize>>) -> Report {
        let mut report = Report::from(error);
        report.places.extend(spans.iter().take(PLACES).map(|span| self.place(span)));
        let lines: Vec<String> = spans.iter().skip(PLACES).take(LINES).map(|span| self.line(span)).collect();
        let more = spans.len().saturating_sub(PLACES + LINES);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        match lines.len() {
            0 => report,
            1 => report.hint(format!("the same is so in line {}", lines[0])),
            _ => report.hint(format!("the same is so in lines {}{more}", lines.join(", "))),
        }
    }

    fn place(&self, span: &Range<usize>) -> Place {
        if span.end == 0 {
            // An empty file has no line to show.
            return Place::file(self.file);
        }
        let mut place = Place::in_source(self.file, self.source, span.clone());
        if let Some(spot) = &mut place.spot {
            let start = span.start.min(self.source.len());
            let start =
                self.source.as_bytes()[..start].iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
            for private in &self.private {
                hide(spot, private, start);
            }
        }
        place
    }

    fn line(&self, span: &Range<usize>) -> String {
        let before = &self.source.as_bytes()[..span.start.min(self.source.len())];
        (before.iter().filter(|b| **b == b'\n').count() + 1).to_string()
    }
}

/// Cuts a line that begins at byte `start` where the private bytes begin: not even their number is shown.
fn hide(spot: &mut Spot, private: &Range<usize>, start: usize) {
    let end = start + spot.text.len();
    if private.start < end && private.end > start {
        let from = private.start.saturating_sub(start);
        if spot.text.is_char_boundary(from) {
            spot.text.truncate(from);
            spot.text.push('…');
        }
    }
}
