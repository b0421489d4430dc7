//! What is wrong with a fleet.toml, collected on the way and told at the end, in the order of the file.
//!
//! The same mistake in many places is one problem: an operator who removed a machine that thirty services name
//! reads one report with its places, not thirty reports.

use super::error::Error;
use crate::report::{Place, Report, Reports};
use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;

/// So many reports are told in one run; who has more mends these first.
const REPORTS: usize = 50;
/// So many places are shown for one problem.
const PLACES: usize = 5;

/// One thing that is wrong, and where: byte ranges, the first is the place to mend.
pub(super) struct Problem {
    error: Error,
    spans: Vec<Range<usize>>,
}

/// The list that grows while fleet.toml is read. Shared by every cursor, hence the cell.
#[derive(Default)]
pub(super) struct Problems(RefCell<Vec<Problem>>);

impl Problems {
    /// Something is wrong at `span`.
    pub(super) fn add(&self, span: Range<usize>, error: impl Into<Error>) {
        self.add_all(vec![span], error);
    }

    /// Something is wrong at the first of `spans`, and the others have to do with it.
    pub(super) fn add_all(&self, spans: Vec<Range<usize>>, error: impl Into<Error>) {
        self.0.borrow_mut().push(Problem { error: error.into(), spans });
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }

    /// Forgets the problems that only follow from others.
    pub(super) fn retain(&self, keep: impl Fn(&Error, &Range<usize>) -> bool) {
        let whole = 0..0;
        self.0.borrow_mut().retain(|problem| keep(&problem.error, problem.spans.first().unwrap_or(&whole)));
    }

    /// Tells all of them, in the order of the file.
    pub(super) fn into_reports(self, file: &str, source: &str) -> Reports {
        let mut problems = self.0.into_inner();
        problems.sort_by_key(|problem| problem.spans.first().map_or(0, |span| span.start));
        let mut reports: Vec<(Report, Vec<Range<usize>>)> = Vec::new();
        let mut known: HashMap<(String, Vec<String>), usize> = HashMap::new();
        let mut untold = 0;
        for problem in problems {
            let report = Report::from(problem.error);
            let key = (report.message.clone(), report.hints.clone());
            match known.get(&key) {
                Some(&index) => reports[index].1.extend(problem.spans),
                None if reports.len() == REPORTS => untold += 1,
                None => {
                    known.insert(key, reports.len());
                    reports.push((report, problem.spans));
                }
            }
        }
        let mut told: Vec<Report> =
            reports.into_iter().map(|(report, spans)| with_places(report, spans, file, source)).collect();
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

fn with_places(mut report: Report, spans: Vec<Range<usize>>, file: &str, source: &str) -> Report {
    let more = spans.len().saturating_sub(PLACES);
    report.places.extend(spans.into_iter().take(PLACES).map(|span| match span {
        // An empty file has no line to show.
        span if span.end == 0 => Place::file(file),
        span => Place::in_source(file, source, span),
    }));
    match more {
        0 => report,
        1 => report.hint("the same is so in 1 more place"),
        more => report.hint(format!("the same is so in {more} more places")),
    }
}
