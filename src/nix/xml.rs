//! XML: values as `builtins.toXML` and `nix-instantiate --xml` print them. NixOS's manual is made from it.

use super::attrs;
use super::code::Lambda;
use super::error::Result;
use super::eval::{Evaluator, Text};
use super::names;
use super::number;
use super::symbols::Symbol;
use super::value::{Tag, Word};
use std::collections::HashSet;

/// A document that is being written.
struct Document {
    text: Text,
    depth: usize,
    /// Evaluate what is in a value.
    strict: bool,
    /// Say where attributes and functions are written.
    places: bool,
    /// Derivations that were shown in full.
    seen: HashSet<Vec<u8>>,
}

/// Elements nest no deeper than this: Nix runs out of stack somewhere behind it.
const DEEPEST: usize = 20_000;

/// Which bytes can't stand in a value between double quotes.
const ESCAPED: [bool; 256] = {
    let mut table = [false; 256];
    let mut all: &[u8] = b"\"<>&\n";
    while let [byte, rest @ ..] = all {
        table[*byte as usize] = true;
        all = rest;
    }
    table
};

/// The XML attributes of an element, sorted by name.
type Facts<'f> = &'f [(&'f str, &'f [u8])];

impl Document {
    /// A new line's spaces.
    fn indent(&mut self) {
        self.text.bytes.resize(self.text.bytes.len() + self.depth * 2, b' ');
    }

    fn begin(&mut self, name: &str, facts: Facts<'_>, end: &str) {
        self.indent();
        let bytes = &mut self.text.bytes;
        bytes.push(b'<');
        bytes.extend_from_slice(name.as_bytes());
        for (name, value) in facts {
            bytes.push(b' ');
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(b"=\"");
            let mut rest = *value;
            while let Some(at) = rest.iter().position(|byte| ESCAPED[usize::from(*byte)]) {
                bytes.extend_from_slice(&rest[..at]);
                bytes.extend_from_slice(match rest[at] {
                    b'"' => b"&quot;",
                    b'<' => b"&lt;",
                    b'>' => b"&gt;",
                    b'&' => b"&amp;",
                    // A line break in an attribute would be read as a space.
                    _ => b"&#xA;",
                });
                rest = &rest[at + 1..];
            }
            bytes.extend_from_slice(rest);
            bytes.push(b'"');
        }
        bytes.extend_from_slice(end.as_bytes());
    }

    fn empty(&mut self, name: &str, facts: Facts<'_>) {
        self.begin(name, facts, " />\n");
    }

    fn open(&mut self, name: &str, facts: Facts<'_>) {
        self.begin(name, facts, ">\n");
        self.depth += 1;
    }

    fn close(&mut self, name: &str) {
        self.depth -= 1;
        self.indent();
        self.text.bytes.extend_from_slice(b"</");
        self.text.bytes.extend_from_slice(name.as_bytes());
        self.text.bytes.extend_from_slice(b">\n");
    }
}

impl Evaluator {
    /// A value as XML; without `strict`, what is not evaluated yet says so.
    pub fn xml(&mut self, value: Word, strict: bool, places: bool) -> Result<Vec<u8>> {
        Ok(self.xml_text(value, strict, places)?.bytes)
    }

    /// A value as XML, with what it depends on.
    pub(super) fn xml_text(&mut self, value: Word, strict: bool, places: bool) -> Result<Text> {
        let mut document = Document { text: Text::default(), depth: 0, strict, places, seen: HashSet::new() };
        document.text.bytes.extend_from_slice(b"<?xml version='1.0' encoding='utf-8'?>\n");
        document.open("expr", &[]);
        self.write_xml(value, &mut document)?;
        document.close("expr");
        Ok(document.text)
    }

    fn write_xml(&mut self, word: Word, document: &mut Document) -> Result<()> {
        self.check_stack()?;
        // An endless value would first fill the memory with the spaces before its lines.
        if document.depth > DEEPEST {
            return Err(super::eval::too_deep());
        }
        let value = if document.strict {
            self.force(word)?
        } else {
            match self.end_of_references(word) {
                word if word.tag() == Tag::Ref => self.heap.get(word.at()),
                word => word,
            }
        };
        match value.tag() {
            Tag::Simple if value == Word::NULL => document.empty("null", &[]),
            Tag::Simple => {
                let text: &[u8] = if value == Word::TRUE { b"true" } else { b"false" };
                document.empty("bool", &[("value", text)]);
            }
            Tag::Int | Tag::BigInt => {
                let text = self.as_int(value).expect("its tag says so").to_string();
                document.empty("int", &[("value", text.as_bytes())]);
            }
            Tag::Float => {
                let text = number::general(self.as_float(value).expect("its tag says so"));
                document.empty("float", &[("value", text.as_bytes())]);
            }
            Tag::String => {
                document.text.context = self.contexts.union(document.text.context, self.context(value));
                document.empty("string", &[("value", self.bytes(value))]);
            }
            Tag::Path => document.empty("path", &[("value", self.bytes(value))]),
            Tag::List => {
                document.open("list", &[]);
                for at in 0..value.aux() {
                    self.write_xml(Word::reference(value.at() + at), document)?;
                }
                document.close("list");
            }
            Tag::Attrs if self.is_derivation(value)? => self.write_xml_derivation(value, document)?,
            Tag::Attrs => {
                document.open("attrs", &[]);
                self.write_xml_attributes(value, document)?;
                document.close("attrs");
            }
            Tag::Lambda => {
                let lambda = self.code.lambdas[value.aux() as usize];
                self.write_xml_function(&lambda, 0, document);
            }
            Tag::Partial if self.heap.get(value.at()).tag() == Tag::Lambda => {
                let lambda = self.code.lambdas[self.heap.get(value.at()).aux() as usize];
                self.write_xml_function(&lambda, value.aux(), document);
            }
            _ => document.empty("unevaluated", &[]),
        }
        Ok(())
    }

    fn write_xml_attributes(&mut self, set: Word, document: &mut Document) -> Result<()> {
        for entry in attrs::by_text(self.heap, &self.symbols, set) {
            self.open_at(document, "attr", entry.place, Some(self.symbols.text(entry.name)));
            self.write_xml(Word::reference(entry.slot), document)?;
            document.close("attr");
        }
        Ok(())
    }

    /// Opens an element that may say where it is written.
    fn open_at(&self, document: &mut Document, element: &str, place: u32, name: Option<&[u8]>) {
        let position = if document.places && place != 0 { self.sources.position(place) } else { None };
        let Some(position) = position else {
            return match name {
                Some(name) => document.open(element, &[("name", name)]),
                None => document.open(element, &[]),
            };
        };
        let source = self.sources.source(position.source);
        let (column, line) = (position.column.to_string(), position.line.to_string());
        let mut facts = vec![("column", column.as_bytes()), ("line", line.as_bytes())];
        facts.extend(name.map(|name| ("name", name)));
        if source.is_file {
            facts.push(("path", source.name.as_bytes()));
        }
        document.open(element, &facts);
    }

    fn write_xml_derivation(&mut self, set: Word, document: &mut Document) -> Result<()> {
        let mut path = |name: Symbol| -> Result<Option<&'static [u8]>> {
            let Some(found) = attrs::find(self.heap, set, name) else { return Ok(None) };
            let value = if document.strict { self.force_slot(found.slot)? } else { self.share(found.slot) };
            Ok((value.tag() == Tag::String).then(|| self.bytes(value)))
        };
        let (derivation, out) = (path(names::DRV_PATH)?, path(names::OUT_PATH)?);
        let mut facts = Vec::new();
        facts.extend(derivation.map(|path| ("drvPath", path)));
        facts.extend(out.map(|path| ("outPath", path)));
        document.open("derivation", &facts);
        match derivation {
            Some(path) if !path.is_empty() && document.seen.insert(path.to_vec()) => {
                self.write_xml_attributes(set, document)?
            }
            _ => document.empty("repeated", &[]),
        }
        document.close("derivation");
        Ok(())
    }

    /// A function; `given` of its arguments it has already.
    fn write_xml_function(&self, lambda: &Lambda, given: u32, document: &mut Document) {
        self.open_at(document, "function", lambda.place, None);
        if lambda.takes_set {
            let mut facts: Vec<(&str, &[u8])> = Vec::new();
            if lambda.ellipsis {
                facts.push(("ellipsis", b"1"));
            }
            if lambda.named {
                facts.push(("name", self.symbols.text(Symbol(self.code.id(lambda.parameters, 0)))));
            }
            document.open("attrspat", &facts);
            let range = lambda.formals.start as usize..(lambda.formals.start + lambda.formals.len) as usize;
            let mut formals: Vec<&[u8]> =
                self.code.formals[range].iter().map(|formal| self.symbols.text(formal.name)).collect();
            formals.sort_unstable();
            for name in formals {
                document.empty("attr", &[("name", name)]);
            }
            document.close("attrspat");
        } else {
            let name = self.symbols.text(Symbol(self.code.id(lambda.parameters, given)));
            document.empty("varpat", &[("name", name)]);
        }
        document.close("function");
    }
}
