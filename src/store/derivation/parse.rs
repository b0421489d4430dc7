//! Reading derivations: only what Nix would write is taken, byte for byte, so that printing gives the text back.

use super::print::escaped_after;
use super::{Derivation, DerivationError, Input, Output, OutputName, Text};
use crate::store::{Algorithm, ContentAddress, Hash, Method, StoreDir, StorePath};
use std::borrow::Cow;

/// How deep outputs of outputs may be nested: nobody goes beyond three.
const DEPTH: usize = 100;

impl<'a> Derivation<'a> {
    /// Reads a derivation. `name` is that of its path without `.drv`: a text does not hold it. What has no escapes is
    /// borrowed from the text.
    ///
    /// # Errors
    /// When it is not exactly as Nix would write it.
    pub fn parse(
        dir: &StoreDir,
        name: impl Into<Cow<'a, str>>,
        text: &'a [u8],
    ) -> Result<Self, DerivationError> {
        let mut derivation = Derivation::new(name);
        let mut cursor = Cursor { dir, text, at: 0, dynamic: false };
        cursor.derivation(&mut derivation)?;
        let has_dynamic = derivation.input_derivations.iter().any(|(_, input)| !input.dynamic.is_empty());
        if cursor.dynamic && !has_dynamic {
            return Err(DerivationError::Malformed { at: 0, expected: "the form without a version".into() });
        }
        Ok(derivation)
    }
}

struct Cursor<'a, 'd> {
    dir: &'d StoreDir,
    text: &'a [u8],
    at: usize,
    /// Whether it is the form that can hold dynamic inputs.
    dynamic: bool,
}

impl<'a> Cursor<'a, '_> {
    // derivation = begin list(output) "," list(input) "," list(path) "," plain "," string "," list(string) ","
    //              list(variable) ")"
    fn derivation(&mut self, derivation: &mut Derivation<'a>) -> Result<(), DerivationError> {
        self.begin()?;
        self.list(|cursor| {
            let (name, output) = cursor.output(&derivation.name)?;
            cursor.sorted(derivation.outputs.last().map(|last| &last.0), &name)?;
            derivation.outputs.push((name, output));
            Ok(())
        })?;
        self.expect(",")?;
        self.list(|cursor| {
            let (path, input) = cursor.input()?;
            cursor.sorted(derivation.input_derivations.last().map(|last| &last.0), &path)?;
            derivation.input_derivations.push((path, input));
            Ok(())
        })?;
        self.expect(",")?;
        self.list(|cursor| {
            let path = cursor.path()?;
            cursor.sorted(derivation.input_sources.last(), &path)?;
            derivation.input_sources.push(path);
            Ok(())
        })?;
        self.expect(",")?;
        derivation.platform = Cow::Borrowed(self.plain()?);
        self.expect(",")?;
        derivation.builder = self.string()?;
        self.expect(",")?;
        self.list(|cursor| {
            derivation.args.push(cursor.string()?);
            Ok(())
        })?;
        self.expect(",")?;
        self.list(|cursor| {
            cursor.expect("(")?;
            let key = cursor.string()?;
            cursor.sorted(derivation.env.last().map(|last| &last.0), &key)?;
            cursor.expect(",")?;
            derivation.env.push((key, cursor.string()?));
            cursor.expect(")")
        })?;
        self.expect(")")?;
        if self.at == self.text.len() { Ok(()) } else { Err(self.wrong("its end")) }
    }

    // begin = "Derive(" | "DrvWithVersion(" version ","
    fn begin(&mut self) -> Result<(), DerivationError> {
        if self.take(b"Derive(") {
            return Ok(());
        }
        if !self.take(b"DrvWithVersion(") {
            return Err(DerivationError::NoDerivation);
        }
        match self.plain()? {
            b"xp-dyn-drv" => self.dynamic = true,
            version => {
                let version = String::from_utf8_lossy(&version[..version.len().min(40)]).into_owned();
                return Err(DerivationError::Version { version });
            }
        }
        self.expect(",")
    }

    // output = "(" name "," path-or-nothing "," method-and-algorithm "," hash ")"
    fn output(&mut self, derivation: &str) -> Result<(OutputName, Output), DerivationError> {
        self.expect("(")?;
        let name = self.output_name()?;
        self.expect(",")?;
        let at = self.at;
        let path = match self.plain()? {
            b"" => None,
            path => Some(self.dir.parse_path(path)?),
        };
        self.expect(",")?;
        let (method, algorithm) = Method::split_prefix(self.plain()?);
        self.expect(",")?;
        let hash_at = self.at;
        let hash = self.plain()?;
        self.expect(")")?;
        let output = match (algorithm, hash, path) {
            (b"", b"", None) if method == Method::Flat => Output::Deferred,
            (b"", b"", Some(path)) if method == Method::Flat => Output::InputAddressed(path),
            (b"", _, _) => return Err(self.wrong_at(hash_at, "a hash algorithm before it")),
            (algorithm, b"", None) => Output::Floating { method, algorithm: Algorithm::parse(algorithm)? },
            (algorithm, b"impure", None) => {
                Output::Impure { method, algorithm: Algorithm::parse(algorithm)? }
            }
            (_, b"" | b"impure", Some(_)) => {
                return Err(self.wrong_at(at, "no path, since it is known only after the build"));
            }
            (algorithm, digest, path) => {
                let algorithm = Algorithm::parse(algorithm)?;
                let hash = Hash::parse_digest(digest, algorithm)?;
                if hash.print(crate::store::Form::Base16).as_bytes() != digest {
                    return Err(self.wrong_at(hash_at, "a hash in lower-case base16"));
                }
                let output = Output::Fixed(ContentAddress { method, hash });
                let wanted = output.path(self.dir, derivation, name.as_str())?;
                if path != wanted {
                    let print =
                        |path: Option<&StorePath>| path.map_or(String::new(), |path| self.dir.print(path));
                    return Err(DerivationError::OutputPath {
                        found: print(path.as_ref()),
                        wanted: print(wanted.as_ref()),
                    });
                }
                output
            }
        };
        Ok((name, output))
    }

    // input = "(" path "," names ")"
    fn input(&mut self) -> Result<(StorePath, Input), DerivationError> {
        self.expect("(")?;
        let path = self.path()?;
        self.expect(",")?;
        let input = self.outputs_of_input(0)?;
        self.expect(")")?;
        Ok((path, input))
    }

    // names = list(name) | "(" list(name) "," list("(" name "," names ")") ")"
    fn outputs_of_input(&mut self, depth: usize) -> Result<Input, DerivationError> {
        let mut input = Input::default();
        let nested = self.dynamic && self.take(b"(");
        self.list(|cursor| {
            let name = cursor.output_name()?;
            cursor.sorted(input.outputs.last(), &name)?;
            input.outputs.push(name);
            Ok(())
        })?;
        if !nested {
            return Ok(input);
        }
        if depth == DEPTH {
            return Err(self.wrong("fewer outputs of outputs"));
        }
        self.expect(",")?;
        self.list(|cursor| {
            cursor.expect("(")?;
            let name = cursor.output_name()?;
            cursor.sorted(input.dynamic.last().map(|last| &last.0), &name)?;
            cursor.expect(",")?;
            let inner = cursor.outputs_of_input(depth + 1)?;
            input.dynamic.push((name, inner));
            cursor.expect(")")
        })?;
        if input.dynamic.is_empty() {
            return Err(self.wrong("an output of an output"));
        }
        self.expect(")")?;
        Ok(input)
    }

    // list(item) = "[" [ item { "," item } ] "]"
    fn list(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Result<(), DerivationError>,
    ) -> Result<(), DerivationError> {
        self.expect("[")?;
        if self.take(b"]") {
            return Ok(());
        }
        loop {
            item(self)?;
            if !self.take(b",") {
                return self.expect("]");
            }
        }
    }

    fn output_name(&mut self) -> Result<OutputName, DerivationError> {
        OutputName::parse(self.plain()?)
    }

    fn path(&mut self) -> Result<StorePath, DerivationError> {
        let path = self.plain()?;
        Ok(self.dir.parse_path(path)?)
    }

    /// A string in which nothing is escaped: names, paths, hashes, the platform.
    fn plain(&mut self) -> Result<&'a [u8], DerivationError> {
        self.expect("\"")?;
        let rest = &self.text[self.at..];
        match rest.iter().position(|byte| matches!(byte, b'"' | b'\\')) {
            Some(end) if rest[end] == b'"' => {
                self.at += end + 1;
                Ok(&rest[..end])
            }
            Some(end) => Err(self.wrong_at(self.at + end, "a text without escapes")),
            None => Err(self.wrong_at(self.text.len(), "the end of a string")),
        }
    }

    /// A string with its escapes.
    fn string(&mut self) -> Result<Text<'a>, DerivationError> {
        self.expect("\"")?;
        let start = self.at;
        let mut owned = Vec::new();
        let mut from = start;
        loop {
            let rest = &self.text[self.at..];
            let Some(end) = escaped_after(rest) else {
                return Err(self.wrong_at(self.text.len(), "the end of a string"));
            };
            self.at += end;
            match rest[end] {
                b'"' if owned.is_empty() && from == start => {
                    self.at += 1;
                    return Ok(Cow::Borrowed(&self.text[start..self.at - 1]));
                }
                b'"' => {
                    owned.extend_from_slice(&self.text[from..self.at]);
                    self.at += 1;
                    return Ok(Cow::Owned(owned));
                }
                b'\\' => {
                    owned.extend_from_slice(&self.text[from..self.at]);
                    owned.push(match rest.get(end + 1) {
                        Some(b'n') => b'\n',
                        Some(b'r') => b'\r',
                        Some(b't') => b'\t',
                        Some(byte @ (b'"' | b'\\')) => *byte,
                        _ => return Err(self.wrong("one of the escapes \\n, \\r, \\t, \\\" and \\\\")),
                    });
                    self.at += 2;
                    from = self.at;
                }
                _ => return Err(self.wrong("an escape in place of a line end or tab")),
            }
        }
    }

    /// Lists are in order, without duplicates.
    fn sorted<T: Ord>(&self, last: Option<&T>, next: &T) -> Result<(), DerivationError> {
        match last {
            Some(last) if last >= next => Err(self.wrong("a sorted list before this")),
            _ => Ok(()),
        }
    }

    fn take(&mut self, word: &[u8]) -> bool {
        let found = self.text[self.at..].starts_with(word);
        if found {
            self.at += word.len();
        }
        found
    }

    fn expect(&mut self, word: &str) -> Result<(), DerivationError> {
        if self.take(word.as_bytes()) { Ok(()) } else { Err(self.wrong(&format!("string '{word}'"))) }
    }

    fn wrong(&self, expected: &str) -> DerivationError {
        self.wrong_at(self.at, expected)
    }

    fn wrong_at(&self, at: usize, expected: &str) -> DerivationError {
        DerivationError::Malformed { at, expected: expected.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"Derive([("out","","","")],[("/nix/store/w9vv4yrzz92xdbhbi94sn3d8g53brssx-simple.drv",["dev","out"])],["/nix/store/5nfjhql2p2cvh7d7sz3cxy0wzgr2k6nf-greeting"],"x86_64-linux","/bin/sh",["-c","a\n\t\r\"\\"],[("name","x"),("out","")])"#;

    fn parse(text: &str) -> Result<Derivation<'_>, DerivationError> {
        Derivation::parse(&StoreDir::default(), "x", text.as_bytes())
    }

    fn said(from: &str, to: &str) -> String {
        assert!(WHOLE.contains(from));
        parse(&WHOLE.replacen(from, to, 1)).unwrap_err().to_string()
    }

    #[test]
    fn what_has_no_escapes_is_borrowed() {
        let derivation = parse(WHOLE).unwrap();
        assert_eq!(derivation.print(&StoreDir::default()).unwrap(), WHOLE.as_bytes());
        assert!(matches!(derivation.args[0], Cow::Borrowed(b"-c")));
        assert!(matches!(&derivation.args[1], Cow::Owned(text) if text == b"a\n\t\r\"\\"));
    }

    #[test]
    fn only_what_nix_would_write_is_taken() {
        for (from, to, wanted) in [
            ("Derive", "derive", "derivation does not start with 'Derive' or 'DrvWithVersion'"),
            ("Derive(", "DrvWithVersion(\"xp-dyn-drv\",", "at byte 0: expected the form without a version"),
            ("Derive(", "DrvWithVersion(\"2\",", "unknown derivation ATerm format version '2'"),
            ("\\n", "\n", "expected an escape in place of a line end or tab"),
            ("\\t", "\\x", "expected one of the escapes"),
            ("x86_64", "x86\\n64", "expected a text without escapes"),
            ("[\"dev\",\"out\"]", "[\"out\",\"dev\"]", "expected a sorted list"),
            ("[\"dev\",\"out\"]", "[\"out\",\"out\"]", "expected a sorted list"),
            ("[\"dev\",\"out\"]", "[\"dev\"\"out\"]", "expected string ']'"),
            ("[\"dev\",\"out\"]", "[,\"out\"]", "expected string '\"'"),
            ("[\"dev\",\"out\"]", "([\"dev\",\"out\"],[])", "expected string '['"),
            ("(\"name\",\"x\"),(\"out\",\"\")", "(\"out\",\"\"),(\"name\",\"x\")", "expected a sorted list"),
            ("/nix/store/5", "/nix/stor/5", "is not in the Nix store"),
            ("(\"out\",\"\",\"\",\"\")", "(\"out\",\"\",\"r:\",\"\")", "expected a hash algorithm before it"),
            ("(\"out\",\"\",\"\",\"\")", "(\"out\",\"\",\"\",\"00\")", "expected a hash algorithm before it"),
            ("(\"out\",\"\",\"\",\"\")", "(\"out\",\"\",\"sha\",\"\")", "unknown hash algorithm 'sha'"),
            ("(\"out\",\"\",\"\",\"\")", "(\"out\",\"\",\"sha256\",\"00\")", "has wrong length"),
            (
                "(\"out\",\"\",\"\",\"\")",
                "(\"out\",\"\",\"md5\",\"d41d8cd98f00b204e9800998ecf8427e\")",
                "derivation has incorrect output '', should be '/nix/store/",
            ),
            (
                "(\"out\",\"\",\"\",\"\")",
                "(\"out\",\"\",\"md5\",\"D41D8CD98F00B204E9800998ECF8427E\")",
                "expected a hash in lower-case base16",
            ),
            (
                "(\"out\",\"\",",
                "(\"out\",\"/nix/store/5nfjhql2p2cvh7d7sz3cxy0wzgr2k6nf-greeting\",\"md5",
                "expected string",
            ),
            (")])", ")]", "expected string ')'"),
            (")])", ")])\n", "expected its end"),
        ] {
            let message = said(from, to);
            assert!(message.contains(wanted), "{to}: {message}");
        }
    }

    #[test]
    fn a_text_that_is_cut_anywhere_is_refused() {
        for end in 0..WHOLE.len() {
            assert!(parse(&WHOLE[..end]).is_err(), "{end}");
        }
    }

    #[test]
    fn outputs_of_outputs_have_an_end() {
        let open = "([],[(\"out\",".repeat(100_000);
        let text = format!(
            "DrvWithVersion(\"xp-dyn-drv\",[],[(\"/nix/store/w9vv4yrzz92xdbhbi94sn3d8g53brssx-simple.drv\",{open}"
        );
        assert!(parse(&text).unwrap_err().to_string().contains("expected fewer outputs of outputs"));
    }
}
