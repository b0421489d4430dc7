//! A cursor walks the TOML of a fleet.toml and asks for types: what is not as asked becomes a problem with its
//! place, and the walk goes on, so that one run tells everything that is wrong.

use super::error::Error;
use super::problem::Problems;
use crate::report::{Diagnose, nearest};
use std::collections::BTreeSet;
use std::fmt;
use std::ops::{Range, RangeInclusive};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The way from the top to a value. It lies on the stack and costs nothing until someone prints it.
#[derive(Clone, Copy)]
pub(super) enum Path<'a> {
    Top,
    Key(&'a Path<'a>, &'a str),
    Item(&'a Path<'a>, usize),
}

impl<'a> Path<'a> {
    /// The last key of the way.
    fn last(&self) -> &'a str {
        match self {
            Path::Top => "",
            Path::Key(_, key) => key,
            Path::Item(above, _) => above.last(),
        }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bare = |key: &str| {
            !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        };
        match self {
            Path::Top => Ok(()),
            Path::Key(above, key) => {
                if !matches!(above, Path::Top) {
                    write!(f, "{above}.")?;
                }
                if bare(key) { f.write_str(key) } else { write!(f, "{key:?}") }
            }
            Path::Item(above, index) => write!(f, "{above}[{index}]"),
        }
    }
}

/// One value and where it is.
#[derive(Clone, Copy)]
pub(super) struct Value<'a> {
    item: &'a Spanned<DeValue<'a>>,
    path: Path<'a>,
    problems: &'a Problems,
}

/// A table whose keys fleet knows.
#[derive(Clone, Copy)]
pub(super) struct Table<'a> {
    items: &'a DeTable<'a>,
    span: (usize, usize),
    path: Path<'a>,
    problems: &'a Problems,
}

/// What a table may hold, and how it is called in "unknown key `x` in a machine".
pub(super) struct Known {
    pub(super) place: &'static str,
    pub(super) keys: &'static [&'static str],
    /// Words that people write instead, and what they mean.
    pub(super) instead: &'static [(&'static str, &'static str)],
    /// Words under which people put what must never stand in the file. Where there are any, no report shows the
    /// value of an unknown key.
    pub(super) private: &'static [&'static str],
}

/// One entry of a table whose keys are names.
pub(super) struct Entry<'a> {
    pub(super) name: &'a str,
    pub(super) key_span: Range<usize>,
    pub(super) value: Value<'a>,
}

impl<'a> Table<'a> {
    /// The whole document.
    pub(super) fn top(items: &'a DeTable<'a>, problems: &'a Problems, known: &Known) -> Self {
        let table = Table { items, span: (0, 0), path: Path::Top, problems };
        table.refuse_unknown(known);
        table
    }

    pub(super) fn span(&self) -> Range<usize> {
        self.span.0..self.span.1
    }

    pub(super) fn problem(&self, error: impl Into<Error>) {
        self.problems.add(self.span(), error);
    }

    /// The value under this key.
    pub(super) fn get<'t>(&'t self, key: &'t str) -> Option<Value<'t>> {
        let item = self.items.get(key)?;
        Some(Value { item, path: Path::Key(&self.path, key), problems: self.problems })
    }

    /// The value under this key, which must be there.
    pub(super) fn require<'t>(
        &'t self,
        key: &'static str,
        kind: &'static str,
        what: impl FnOnce() -> String,
        hint: &'static str,
    ) -> Option<Value<'t>> {
        let value = self.get(key);
        if value.is_none() {
            self.problem(Error::Missing { what: what(), kind, key, hint });
        }
        value
    }

    /// Every entry, for tables whose keys are names.
    pub(super) fn entries<'t>(&'t self) -> impl Iterator<Item = Entry<'t>> {
        self.items.iter().map(|(key, item)| {
            let name = key.get_ref().as_ref();
            let value = Value { item, path: Path::Key(&self.path, name), problems: self.problems };
            Entry { name, key_span: key.span(), value }
        })
    }

    fn refuse_unknown(&self, known: &Known) {
        for (key, item) in self.items.iter() {
            let word = key.get_ref().as_ref();
            if known.keys.contains(&word) {
                continue;
            }
            if !known.private.is_empty() {
                self.problems.hide(item.span());
            }
            if known.private.contains(&word) {
                self.problems.add(key.span(), Error::SecretValue { secret: self.path.last().to_owned() });
                continue;
            }
            let instead = known.instead.iter().find(|(other, _)| *other == word).map(|(_, meant)| *meant);
            let hint = match instead.or_else(|| nearest(word, known.keys.iter().copied())) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("known here: {}", list(known.keys)),
            };
            // A table's own span is its header, which shows more than its last word.
            let span = match item.get_ref() {
                DeValue::Table(_) if item.span().start < key.span().start => item.span(),
                _ => key.span(),
            };
            self.problems.add(span, Error::UnknownKey { key: word.to_owned(), place: known.place, hint });
        }
    }
}

impl<'a> Value<'a> {
    pub(super) fn span(&self) -> Range<usize> {
        self.item.span()
    }

    pub(super) fn problem(&self, error: impl Into<Error>) {
        self.problems.add(self.span(), error);
    }

    pub(super) fn is_string(&self) -> bool {
        self.item.get_ref().is_str()
    }

    pub(super) fn is_table(&self) -> bool {
        self.item.get_ref().is_table()
    }

    pub(super) fn is_integer(&self) -> bool {
        self.item.get_ref().is_integer()
    }

    /// A text.
    pub(super) fn string(&self) -> Option<&'a str> {
        match self.item.get_ref() {
            DeValue::String(text) => Some(text),
            DeValue::Integer(number) => self.wrong("a text", Some(format!("put it in quotes: \"{number}\""))),
            DeValue::Boolean(word) => self.wrong("a text", Some(format!("put it in quotes: \"{word}\""))),
            DeValue::Array(_) => self.wrong("a text", Some("write one text, without brackets".into())),
            _ => self.wrong("a text", None),
        }
    }

    /// A text with a syntax of its own.
    pub(super) fn parsed<T, E: Into<Error>>(&self, parse: impl FnOnce(&str) -> Result<T, E>) -> Option<T> {
        parse(self.string()?).map_err(|error| self.problem(error)).ok()
    }

    /// `true` or `false`.
    pub(super) fn boolean(&self) -> Option<bool> {
        match self.item.get_ref() {
            DeValue::Boolean(value) => Some(*value),
            DeValue::String(text) if *text == "true" || *text == "false" => {
                self.wrong("true or false", Some(format!("write it without quotes: {text}")))
            }
            _ => self.wrong("true or false", Some("write true or false, without quotes".into())),
        }
    }

    /// A whole number of this range.
    pub(super) fn number<T: TryFrom<u64>>(&self, range: RangeInclusive<u64>) -> Option<T> {
        let integer = match self.item.get_ref() {
            DeValue::Integer(number) => number,
            DeValue::String(text) if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) => {
                return self.wrong("a whole number", Some(format!("write it without quotes: {text}")));
            }
            _ => return self.wrong("a whole number", None),
        };
        let number = u64::from_str_radix(integer.as_str(), integer.radix())
            .ok()
            .filter(|number| range.contains(number));
        let number = number.and_then(|number| T::try_from(number).ok());
        if number.is_none() {
            let found = shorten(&integer.to_string());
            let (low, high) = (*range.start(), *range.end());
            self.problem(Error::Range { path: self.path.to_string(), found, low, high });
        }
        number
    }

    /// The digits of an octal number, `0o400`, as they stand there.
    pub(super) fn octal(&self) -> Option<&'a str> {
        match self.item.get_ref() {
            DeValue::Integer(number) if number.radix() == 8 => Some(number.as_str()),
            _ => None,
        }
    }

    /// A list, each element asked for on its own.
    pub(super) fn list<'t>(&'t self) -> Vec<Value<'t>> {
        match self.item.get_ref() {
            DeValue::Array(items) => items
                .iter()
                .enumerate()
                .map(|(index, item)| Value {
                    item,
                    path: Path::Item(&self.path, index),
                    problems: self.problems,
                })
                .collect(),
            DeValue::String(text) => self
                .wrong("a list", Some(format!("write a list: [\"{}\"]", shorten(text))))
                .unwrap_or_default(),
            _ => self.wrong("a list", None).unwrap_or_default(),
        }
    }

    /// A list of texts with a syntax of their own; the same text twice is a problem.
    pub(super) fn parsed_list<T, E: Into<Error>>(&self, parse: impl Fn(&str) -> Result<T, E>) -> Vec<T> {
        let items = self.list();
        // Most lists are short.
        let (mut few, mut many): (Vec<&str>, BTreeSet<&str>) = (Vec::new(), BTreeSet::new());
        let short = items.len() <= 16;
        let mut is_new = |text| match short {
            true if few.contains(&text) => false,
            true => {
                few.push(text);
                true
            }
            false => many.insert(text),
        };
        items
            .iter()
            .filter_map(|item| {
                let text = item.string()?;
                if !is_new(text) {
                    item.problem(Error::Repeated { name: shorten(text) });
                    return None;
                }
                parse(text).map_err(|error| item.problem(error)).ok()
            })
            .collect()
    }

    /// A table whose keys fleet knows.
    pub(super) fn table(&self, known: &Known) -> Option<Table<'a>> {
        let Some(table) = self.as_table() else {
            let hint = match self.is_table_array() {
                true => format!("write single brackets: `[{}]`", self.path),
                false => format!(
                    "write a table: {} = {{ … }}, with the keys {}",
                    self.path.last(),
                    list(known.keys)
                ),
            };
            return self.wrong("a table", Some(hint));
        };
        table.refuse_unknown(known);
        Some(table)
    }

    /// A table whose keys are names.
    pub(super) fn names(&self) -> Option<Table<'a>> {
        self.as_table().or_else(|| {
            let first = match self.item.get_ref() {
                DeValue::Array(items) => items.iter().find_map(|item| item.get_ref().as_str()),
                other => other.as_str(),
            };
            let hint = match first {
                Some(name) => {
                    format!("write a table for each: {}.{} = {{ … }}", self.path.last(), shorten(name))
                }
                None if self.is_table_array() => {
                    format!("write single brackets, and a name: `[{}.<name>]`", self.path)
                }
                None => format!("write a table for each: {}.<name> = {{ … }}", self.path.last()),
            };
            self.wrong("a table", Some(hint))
        })
    }

    fn as_table(&self) -> Option<Table<'a>> {
        let span = self.span();
        let items = self.item.get_ref().as_table()?;
        Some(Table { items, span: (span.start, span.end), path: self.path, problems: self.problems })
    }

    /// `[[a]]`
    fn is_table_array(&self) -> bool {
        self.item.get_ref().as_array().is_some_and(|items| items.iter().any(|item| item.get_ref().is_table()))
    }

    /// Keeps the value out of every report.
    pub(super) fn hide(&self) {
        self.problems.hide(self.span());
    }

    /// Notes that the value has another type.
    pub(super) fn wrong<T>(&self, expected: &'static str, hint: Option<String>) -> Option<T> {
        let found = match self.item.get_ref() {
            DeValue::String(text) => format!("the text \"{}\"", shorten(text)),
            DeValue::Integer(number) => format!("the number {}", shorten(&number.to_string())),
            DeValue::Float(_) => "a number with a fraction".into(),
            DeValue::Boolean(word) => word.to_string(),
            DeValue::Datetime(_) => "a date".into(),
            DeValue::Array(_) => "a list".into(),
            DeValue::Table(_) => "a table".into(),
        };
        self.problem(Error::Type { path: self.path.to_string(), expected, found, hint });
        None
    }

    /// One of these words.
    pub(super) fn word<T: Copy>(&self, words: &[(&'static str, T)]) -> Option<T> {
        let text = self.string()?;
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
            return Some(*value);
        }
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let hint = match nearest(text, known.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("known here: {}", list(&known)),
        };
        self.problem(Error::Word { path: self.path.to_string(), word: shorten(text), hint });
        None
    }
}

/// `a`, `b` and `c`.
pub(super) fn list(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => String::new(),
    }
}

/// A text for a message: not longer than a line.
pub(super) fn shorten(text: &str) -> String {
    if text.chars().count() <= 60 { text.to_owned() } else { text.chars().take(59).chain(['…']).collect() }
}

/// Parses a name under which something stands, noting at its key what is wrong with it.
impl Entry<'_> {
    pub(super) fn parsed_name<T, E: Diagnose + Into<Error>>(
        &self,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        parse(self.name).map_err(|error| self.problem(error)).ok()
    }

    /// Something is wrong with the name itself.
    pub(super) fn problem(&self, error: impl Into<Error>) {
        self.value.problems.add(self.key_span.clone(), error);
    }
}
