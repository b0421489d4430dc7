//! Where in fleet.toml a thing was said, asked for only when something is wrong with it.
//!
//! The parser needs no spans once it is done, and most runs have nothing to complain of: so nothing is remembered
//! but the text, and the first question reads it again.

use crate::report::Place;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::OnceLock;
use toml::de::{DeTable, DeValue};

/// Places in a fleet.toml by dotted path, such as `machine.web1.mesh.wireg0.postfix`.
#[derive(Debug, Clone, Default)]
pub struct Places {
    file: String,
    source: String,
    spans: OnceLock<HashMap<String, Range<usize>>>,
}

impl PartialEq for Places {
    fn eq(&self, other: &Self) -> bool {
        self.file == other.file && self.source == other.source
    }
}

impl Places {
    /// The places of this text, which the user knows under the name `file`.
    pub fn new(file: impl Into<String>, source: impl Into<String>) -> Self {
        Places { file: file.into(), source: source.into(), spans: OnceLock::new() }
    }

    /// The file's name as the user knows it.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The file's text.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The place of this path, or of the nearest path above it, or the file as a whole.
    ///
    /// Names stand in the path as they are, without quotes; an element of a list is its number from 0:
    /// `mesh.wireg0.hubs.0`. A table's place is its header.
    pub fn at(&self, path: &str) -> Place {
        let spans = self.spans.get_or_init(|| {
            let mut spans = HashMap::new();
            let (document, _) = DeTable::parse_recoverable(&self.source);
            note_table(document.get_ref(), &mut String::new(), &mut spans);
            spans
        });
        let mut path = path;
        loop {
            if let Some(span) = spans.get(path) {
                return Place::in_source(self.file.clone(), &self.source, span.clone());
            }
            match path.rfind('.') {
                Some(dot) => path = &path[..dot],
                None => return Place::file(self.file.clone()),
            }
        }
    }
}

fn note_table(table: &DeTable<'_>, path: &mut String, spans: &mut HashMap<String, Range<usize>>) {
    for (key, value) in table.iter() {
        note(key.get_ref(), value.span(), value.get_ref(), path, spans);
    }
}

// The depth is bounded: the TOML parser refuses values nested more than 80 deep.
fn note(
    step: &str,
    span: Range<usize>,
    value: &DeValue<'_>,
    path: &mut String,
    spans: &mut HashMap<String, Range<usize>>,
) {
    let length = path.len();
    if length > 0 {
        path.push('.');
    }
    path.push_str(step);
    spans.insert(path.clone(), span);
    match value {
        DeValue::Table(table) => note_table(table, path, spans),
        DeValue::Array(list) => {
            for (index, item) in list.iter().enumerate() {
                note(&index.to_string(), item.span(), item.get_ref(), path, spans);
            }
        }
        _ => {}
    }
    path.truncate(length);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_finds_its_value_or_what_is_above_it() {
        let text = "[machine.web1]\nmesh.wireg0 = { postfix = 3 }\n[mesh.wireg0]\nhubs = [\"a\", \"b\"]\n";
        let places = Places::new("fleet.toml", text);
        let at = |path| places.at(path).spot.map(|spot| (spot.line, spot.column, spot.length));
        assert_eq!(at("machine.web1.mesh.wireg0.postfix"), Some((2, 27, 1)));
        assert_eq!(at("machine.web1.ssh_port"), Some((1, 1, 14)));
        assert_eq!(at("mesh.wireg0.hubs.1"), Some((4, 14, 3)));
        assert_eq!(at("service.nginx"), None);
    }
}
