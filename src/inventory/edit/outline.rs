//! An outline of a TOML text: every header, key and value with the bytes where it stands.
//!
//! Changes are made to those bytes alone. So all else stays as a person wrote it: comments, order, quotes, the ends
//! of lines.

use std::borrow::Cow;
use std::ops::Range;
use toml_parser::Source;
use toml_parser::decoder::ScalarKind;
use toml_parser::parser::{Event, EventKind, RecursionGuard, parse_document};

/// Values nested deeper than this are no fleet.toml; the reader in `toml` draws the same line.
const DEPTH: u32 = 80;

/// What stands in a TOML text, in its order.
pub(super) struct Outline {
    pub(super) statements: Vec<Statement>,
}

/// One part of a dotted key.
#[derive(Clone)]
pub(super) struct Key {
    pub(super) name: String,
    pub(super) span: Range<usize>,
}

pub(super) enum Statement {
    /// `[a.b]`, with its brackets.
    Header { keys: Vec<Key>, span: Range<usize> },
    /// `a.b = value`
    Pair(Pair),
}

pub(super) struct Pair {
    pub(super) keys: Vec<Key>,
    pub(super) value: Node,
}

pub(super) struct Node {
    pub(super) span: Range<usize>,
    pub(super) kind: Kind,
}

pub(super) enum Kind {
    Text(String),
    List(Vec<Node>),
    Inline(Vec<Pair>),
    Other,
}

impl Statement {
    pub(super) fn span(&self) -> Range<usize> {
        match self {
            Statement::Header { span, .. } => span.clone(),
            Statement::Pair(pair) => pair.span(),
        }
    }
}

impl Pair {
    pub(super) fn span(&self) -> Range<usize> {
        self.keys.first().map_or(self.value.span.start, |key| key.span.start)..self.value.span.end
    }
}

impl Outline {
    /// The outline of a text; nothing when it is no TOML.
    pub(super) fn new(source: &str) -> Option<Self> {
        let text = Source::new(source);
        let tokens = text.lex().into_vec();
        let mut events: Vec<Event> = Vec::with_capacity(tokens.len());
        let mut error = None;
        let mut receiver = |event: Event| {
            if !matches!(event.kind(), EventKind::Whitespace | EventKind::Comment | EventKind::Newline) {
                events.push(event);
            }
        };
        parse_document(&tokens, &mut RecursionGuard::new(&mut receiver, DEPTH), &mut error);
        if error.is_some() {
            return None;
        }
        let mut walk = Walk { text, events: events.into_iter().peekable() };
        let mut statements = Vec::new();
        while let Some(statement) = walk.statement()? {
            statements.push(statement);
        }
        Some(Outline { statements })
    }
}

struct Walk<'s> {
    text: Source<'s>,
    events: std::iter::Peekable<std::vec::IntoIter<Event>>,
}

/// `None` when the events are not those of a TOML text.
type Step<T> = Option<T>;

impl Walk<'_> {
    fn statement(&mut self) -> Step<Option<Statement>> {
        let Some(event) = self.events.peek() else { return Some(None) };
        let start = event.span().start();
        Some(Some(match event.kind() {
            EventKind::StdTableOpen | EventKind::ArrayTableOpen => {
                self.events.next();
                let keys = self.keys()?;
                let close = self.events.next()?;
                matches!(close.kind(), EventKind::StdTableClose | EventKind::ArrayTableClose).then_some(())?;
                Statement::Header { keys, span: start..close.span().end() }
            }
            _ => Statement::Pair(self.pair()?),
        }))
    }

    fn pair(&mut self) -> Step<Pair> {
        let keys = self.keys()?;
        (self.events.next()?.kind() == EventKind::KeyValSep).then_some(())?;
        Some(Pair { keys, value: self.value()? })
    }

    fn keys(&mut self) -> Step<Vec<Key>> {
        let mut keys = Vec::new();
        loop {
            let event = self.events.next()?;
            (event.kind() == EventKind::SimpleKey).then_some(())?;
            let mut name = Cow::Borrowed("");
            self.text.get(event)?.decode_key(&mut name, &mut ());
            keys.push(Key { name: name.into_owned(), span: range(&event) });
            if self.events.next_if(|event| event.kind() == EventKind::KeySep).is_none() {
                return Some(keys);
            }
        }
    }

    // As deep as the events are, which the guard bounds.
    fn value(&mut self) -> Step<Node> {
        let event = self.events.next()?;
        let start = event.span().start();
        match event.kind() {
            EventKind::Scalar => {
                let mut text = Cow::Borrowed("");
                let kind = match self.text.get(event)?.decode_scalar(&mut text, &mut ()) {
                    ScalarKind::String => Kind::Text(text.into_owned()),
                    _ => Kind::Other,
                };
                Some(Node { span: range(&event), kind })
            }
            EventKind::ArrayOpen => {
                let mut items = Vec::new();
                loop {
                    if let Some(end) = self.close(EventKind::ArrayClose) {
                        return Some(Node { span: start..end, kind: Kind::List(items) });
                    }
                    items.push(self.value()?);
                }
            }
            EventKind::InlineTableOpen => {
                let mut pairs = Vec::new();
                loop {
                    if let Some(end) = self.close(EventKind::InlineTableClose) {
                        return Some(Node { span: start..end, kind: Kind::Inline(pairs) });
                    }
                    pairs.push(self.pair()?);
                }
            }
            _ => None,
        }
    }

    /// Passes a comma, and answers where the list or table ends if it ends here.
    fn close(&mut self, kind: EventKind) -> Option<usize> {
        self.events.next_if(|event| event.kind() == EventKind::ValueSep);
        self.events.next_if(|event| event.kind() == kind).map(|event| event.span().end())
    }
}

fn range(event: &Event) -> Range<usize> {
    event.span().start()..event.span().end()
}

/// A value with the whole way to it: the keys of its header, its own, and those of the inline tables around it.
pub(super) struct Leaf<'o> {
    pub(super) path: Vec<&'o Key>,
    pub(super) node: &'o Node,
}

impl Leaf<'_> {
    /// True when the path has these names; `*` stands for any one.
    pub(super) fn is(&self, pattern: &[&str]) -> bool {
        self.path.len() == pattern.len()
            && self.path.iter().zip(pattern).all(|(key, wanted)| *wanted == "*" || key.name == *wanted)
    }
}

impl Outline {
    /// Every value that is no inline table, with the way to it.
    pub(super) fn leaves(&self) -> Vec<Leaf<'_>> {
        let mut leaves = Vec::new();
        let mut header: &[Key] = &[];
        for statement in &self.statements {
            match statement {
                Statement::Header { keys, .. } => header = keys,
                Statement::Pair(pair) => add_leaves(pair, &mut header.iter().collect(), &mut leaves),
            }
        }
        leaves
    }
}

impl Outline {
    /// Everywhere the last name of `path` stands as a key: in headers, dotted keys and inline tables.
    pub(super) fn key_spans(&self, path: &[&str]) -> Vec<Range<usize>> {
        let mut spans = Vec::new();
        let mut header: &[Key] = &[];
        for statement in &self.statements {
            match statement {
                Statement::Header { keys, .. } => {
                    header = keys;
                    if let Some(key) = ends_in(&[], keys, path) {
                        spans.push(key.span.clone());
                    }
                }
                Statement::Pair(pair) => add_key_spans(pair, &mut header.iter().collect(), path, &mut spans),
            }
        }
        spans
    }
}

/// The key among `keys` that is the last of `path`, when `above` and the keys follow the path that far.
fn ends_in<'o>(above: &[&'o Key], keys: &'o [Key], path: &[&str]) -> Option<&'o Key> {
    let key = keys.get(path.len().checked_sub(1 + above.len())?)?;
    let mut way = above.iter().copied().chain(keys);
    path.iter().all(|name| way.next().is_some_and(|key| key.name == *name)).then_some(key)
}

fn add_key_spans<'o>(pair: &'o Pair, above: &mut Vec<&'o Key>, path: &[&str], spans: &mut Vec<Range<usize>>) {
    if let Some(key) = ends_in(above, &pair.keys, path) {
        spans.push(key.span.clone());
        return;
    }
    let Kind::Inline(pairs) = &pair.value.kind else { return };
    let length = above.len();
    above.extend(&pair.keys);
    for pair in pairs {
        add_key_spans(pair, above, path, spans);
    }
    above.truncate(length);
}

impl Node {
    /// The node itself, or the elements of the list it is.
    pub(super) fn texts(&self) -> &[Node] {
        match &self.kind {
            Kind::List(items) => items,
            _ => std::slice::from_ref(self),
        }
    }
}

fn add_leaves<'o>(pair: &'o Pair, path: &mut Vec<&'o Key>, leaves: &mut Vec<Leaf<'o>>) {
    let length = path.len();
    path.extend(&pair.keys);
    match &pair.value.kind {
        Kind::Inline(pairs) => {
            for pair in pairs {
                add_leaves(pair, path, leaves);
            }
        }
        _ => leaves.push(Leaf { path: path.clone(), node: &pair.value }),
    }
    path.truncate(length);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_found_with_the_whole_way_to_it() {
        let source = "top.a = 1\n[x.\"y z\"] # c\nb = { c.d = ['1', \"2\",], e = {} }\n";
        let outline = Outline::new(source).unwrap();
        let leaves: Vec<String> = outline
            .leaves()
            .iter()
            .map(|leaf| {
                let path: Vec<&str> = leaf.path.iter().map(|key| key.name.as_str()).collect();
                format!("{} = {}", path.join("/"), &source[leaf.node.span.clone()])
            })
            .collect();
        assert_eq!(leaves, ["top/a = 1", "x/y z/b/c/d = ['1', \"2\",]"]);
    }

    #[test]
    fn what_is_no_toml_has_no_outline() {
        let deep = format!("a = {}", "[".repeat(100_000));
        for source in ["a", "[a", "a = [1", "a = {", deep.as_str()] {
            assert!(Outline::new(source).is_none(), "{}", &source[..source.len().min(20)]);
        }
        assert!(Outline::new("").unwrap().statements.is_empty());
    }
}
