//! A place is a spot in a file: the file alone, or with line, column and the text of the line.

use std::ops::Range;

/// Where something is so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file as the user would name it, usually relative to the fleet's folder.
    pub file: String,
    /// The spot inside it, when known.
    pub spot: Option<Spot>,
}

/// Line, column and the line's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// How many characters are meant, at least 1.
    pub length: usize,
    /// The whole line without its end.
    pub text: String,
}

impl Place {
    /// A file as a whole.
    pub fn file(file: impl Into<String>) -> Self {
        Place { file: file.into(), spot: None }
    }

    /// The bytes `span` of `source`, the text of `file`. A span outside the text is moved to its end.
    pub fn in_source(file: impl Into<String>, source: &str, span: Range<usize>) -> Self {
        let start = floor_char(source, span.start);
        let end = floor_char(source, span.end.max(span.start));
        let line_start = source[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = source[start..].find('\n').map_or(source.len(), |at| start + at);
        let text = source[line_start..line_end].trim_end_matches('\r');
        let spot = Spot {
            line: source[..line_start].matches('\n').count() + 1,
            column: source[line_start..start].chars().count() + 1,
            length: source[start..end.clamp(start, line_end.max(start))].chars().count().max(1),
            text: text.to_owned(),
        };
        Place { file: file.into(), spot: Some(spot) }
    }
}

impl<S: Into<String>> From<S> for Place {
    fn from(file: S) -> Self {
        Place::file(file)
    }
}

fn floor_char(source: &str, mut at: usize) -> usize {
    at = at.min(source.len());
    while !source.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_becomes_line_and_column_in_characters() {
        let place = Place::in_source("f", "a = 1\nü = 2\n", 11..12);
        let spot = place.spot.unwrap();
        assert_eq!((spot.line, spot.column, spot.text.as_str()), (2, 5, "ü = 2"));
    }

    #[test]
    fn spans_outside_the_text_do_not_panic() {
        for span in [0..0, 5..900, 900..901, 7..7] {
            let _ = Place::in_source("f", "ä\r\nü", span);
        }
    }
}
