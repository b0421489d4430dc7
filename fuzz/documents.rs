//! The laws of documents, which `builtins.fromJSON` and `builtins.fromTOML` read: what is read is written down as text of the
//! same format, and that text reads as the same.

use fleet::nix::Error;
use fleet::nix::document::{self, Maker};
use fleet::nix::json::write_string;
use fleet::store::json_float;
use std::collections::BTreeMap;

/// A value as text, and how many lists and sets lie around its innermost value.
type Written = (String, usize);

/// What a value looks like in JSON, or in TOML.
struct Writer {
    toml: bool,
}

impl Writer {
    fn quoted(text: &[u8]) -> String {
        let mut bytes = Vec::new();
        write_string(text, &mut bytes).expect("a document's text is UTF-8");
        // TOML wants an escape for this one too.
        String::from_utf8(bytes).unwrap().replace('\x7f', "\\u007f")
    }

    fn around(open: char, items: Vec<Written>, close: char) -> Written {
        let depth = items.iter().map(|item| item.1).max().unwrap_or(0) + 1;
        let items: Vec<String> = items.into_iter().map(|item| item.0).collect();
        (format!("{open}{}{close}", items.join(",")), depth)
    }
}

impl Maker for Writer {
    type Value = Written;
    type Name = String;

    fn null(&mut self) -> Written {
        assert!(!self.toml);
        ("null".into(), 0)
    }

    fn bool(&mut self, value: bool) -> Written {
        (value.to_string(), 0)
    }

    fn int(&mut self, value: i64) -> Written {
        (value.to_string(), 0)
    }

    fn float(&mut self, value: f64) -> Written {
        let text = match value {
            _ if self.toml && value.is_nan() => "nan".into(),
            _ if self.toml => format!("{value:?}"),
            // A JSON `-0` is the integer 0 for Nix and a float for serde_json, so a zero is a zero here.
            0.0 => "0".into(),
            _ => json_float(value),
        };
        (text, 0)
    }

    fn string(&mut self, text: &[u8]) -> Written {
        assert!(!text.contains(&0));
        (Self::quoted(text), 0)
    }

    fn name(&mut self, text: &[u8]) -> String {
        assert!(!text.contains(&0));
        Self::quoted(text)
    }

    fn list(&mut self, items: Vec<Written>) -> Written {
        Self::around('[', items, ']')
    }

    fn set(&mut self, entries: Vec<(String, Written)>) -> Written {
        let is = if self.toml { '=' } else { ':' };
        let count = entries.len();
        let entries: BTreeMap<_, _> = entries.into_iter().collect();
        assert!(!self.toml || entries.len() == count, "TOML knows no name twice");
        let entries = entries.into_iter().map(|(name, value)| (format!("{name}{is}{}", value.0), value.1));
        Self::around('{', entries.collect(), '}')
    }

    fn deeper(&mut self) -> Result<(), Error> {
        Ok(())
    }
}

/// JSON is read or refused as serde_json does, but for what Nix has no value for; and what is read is written as text that
/// reads as the same.
pub fn json(data: &[u8]) {
    let writer = &mut Writer { toml: false };
    let theirs =
        serde_json::from_slice::<serde_json::Value>(data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(data));
    match document::json::read(data, writer) {
        Err(error) => {
            let of_nix = ["unsigned json number", "NUL"].iter().any(|word| error.message().contains(word));
            assert!(theirs.is_err() || of_nix, "{error}");
        }
        Ok((text, depth)) => {
            assert_eq!(document::json::read(text.as_bytes(), writer).unwrap(), (text.clone(), depth));
            // Further down serde_json gives up.
            if depth < 127 {
                let theirs = theirs.unwrap().to_string();
                assert_eq!(document::json::read(theirs.as_bytes(), writer).unwrap().0, text);
            }
        }
    }
}

/// What is read of a TOML text is written as TOML that reads as the same.
pub fn toml(data: &[u8]) {
    let writer = &mut Writer { toml: true };
    match document::toml::read(data, true, writer) {
        Err(error) => assert!(error.message().starts_with("while parsing TOML: ")),
        Ok((text, depth)) => {
            match document::toml::read(format!("x={text}").as_bytes(), true, writer) {
                Ok(again) => assert_eq!(again, (format!("{{\"x\"={text}}}"), depth + 1)),
                // The crate that parses counts the brackets in what is written, and dotted names have none.
                Err(error) => assert!(depth > 70, "{error}: {text}"),
            }
            // Without times nothing else changes.
            match document::toml::read(data, false, writer) {
                Ok(without) => assert_eq!(without, (text, depth)),
                Err(error) => assert!(error.message().ends_with("Dates and times are not supported")),
            }
        }
    }
}
