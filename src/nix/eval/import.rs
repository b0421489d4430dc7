//! Files: read, parsed, compiled and evaluated once each.

use super::Evaluator;
use crate::nix::compile::{self, Surroundings};
use crate::nix::error::{Error, Kind, Result};
use crate::nix::symbols::Symbol;
use crate::nix::syntax;
use crate::nix::value::Word;
use crate::nix::world::{FileType, WorldError};
use crate::nix::{code, paths};
use std::rc::Rc;

impl Evaluator {
    /// The value of a file; of a folder, that of its `default.nix`. A second time it is the same value.
    pub fn import(&mut self, path: &str) -> Result<Word> {
        // Functions that are called often import the same path each time: it is looked at once.
        if let Some(slot) = self.imported.get(path) {
            return self.force_slot(*slot);
        }
        // Links are followed at the end of the path only, so that a file sees its neighbours by the name it was asked for.
        let (file, text) = self.file_of(path)?;
        if let Some(slot) = self.imported.get(&file) {
            let slot = *slot;
            self.imported.insert(path.to_owned(), slot);
            return self.force_slot(slot);
        }
        let node = self.load(&file, text, &[])?;
        let slot = self.heap.alloc(1);
        self.heap.set(slot, Word::new(crate::nix::value::Tag::Thunk, node, 0));
        self.imported.insert(file.clone(), slot);
        if path != file {
            self.imported.insert(path.to_owned(), slot);
        }
        self.force_slot(slot).map_err(|error| error.while_(0, format!("while evaluating the file '{file}'")))
    }

    /// The value of a file with more names around it, never shared.
    pub(in crate::nix) fn import_with(&mut self, path: &str, around: &[(Symbol, Word)]) -> Result<Word> {
        let (file, text) = self.file_of(path)?;
        let names: Vec<Symbol> = around.iter().map(|(name, _)| *name).collect();
        let node = self.load(&file, text, &names)?;
        let frame = self.frame_of(around);
        self.eval(node, frame).map_err(|error| error.while_(0, format!("while evaluating the file '{file}'")))
    }

    fn frame_of(&mut self, around: &[(Symbol, Word)]) -> u32 {
        if around.is_empty() {
            return 0;
        }
        let frame = self.new_frame(0, around.len() as u32);
        for (slot, (_, word)) in (frame + 1..).zip(around) {
            self.heap.set(slot, *word);
        }
        frame
    }

    /// The value of an expression that stands in no file; relative paths begin in `folder`.
    pub fn eval_text(
        &mut self,
        text: &[u8],
        name: &str,
        folder: &str,
        around: &[(Symbol, Word)],
    ) -> Result<Word> {
        let names: Vec<Symbol> = around.iter().map(|(name, _)| *name).collect();
        let node = self.compile(text.into(), name, false, folder, &names)?;
        let frame = self.frame_of(around);
        self.eval(node, frame)
    }

    /// Finds out whether a text is a file of Nix, without evaluating it.
    pub(in crate::nix) fn compile_only(&mut self, text: &[u8], folder: &str) -> Result<()> {
        self.compile(text.into(), "«string»", false, folder, &[]).map(|_| ())
    }

    /// As [`Evaluator::eval_text`], evaluated when it is needed.
    pub(in crate::nix) fn delayed_text(
        &mut self,
        text: &[u8],
        name: &str,
        folder: &str,
        around: &[(Symbol, Word)],
    ) -> Result<Word> {
        let names: Vec<Symbol> = around.iter().map(|(name, _)| *name).collect();
        let node = self.compile(text.into(), name, false, folder, &names)?;
        let frame = self.frame_of(around);
        Ok(self.in_slot(Word::new(crate::nix::value::Tag::Thunk, node, frame)))
    }

    /// The names that every file sees.
    pub(in crate::nix) fn global_names(&self) -> Vec<String> {
        let known = self.globals.iter().enumerate().filter(|(_, word)| **word != Word::EMPTY);
        known.map(|(symbol, _)| self.name(Symbol(symbol as u32))).collect()
    }

    fn load(&mut self, file: &str, text: Option<Rc<[u8]>>, around: &[Symbol]) -> Result<code::NodeId> {
        if file == FETCHURL_PATH {
            return self.compile(FETCHURL.as_bytes().into(), file, true, "/", around);
        }
        let text = match text {
            Some(text) => text,
            None => {
                let begun = self.world.clock();
                let text = self.world.read(file).map_err(world_error)?;
                self.counts.reading += self.world.clock().saturating_sub(begun);
                text
            }
        };
        self.compile(text, file, true, paths::parent(file), around)
    }

    /// Links at the end of a path followed, and `default.nix` added to a folder. The text, too, if it was read on the way.
    fn file_of(&mut self, path: &str) -> Result<(String, Option<Rc<[u8]>>)> {
        let mut path = paths::tidy(path);
        if path == FETCHURL_PATH {
            return Ok((path, None));
        }
        // Most are files: those are opened without asking first what they are.
        if path.ends_with(".nix") && !self.imported.contains_key(&path) {
            let begun = self.world.clock();
            if let Some(text) = self.world.read_plain(&path) {
                self.counts.reading += self.world.clock().saturating_sub(begun);
                return Ok((path, Some(text)));
            }
        }
        for _ in 0..1024 {
            match self.world.file_type(&path).map_err(world_error)? {
                Some(FileType::Symlink) => {
                    let target = self.world.read_link(&path).map_err(world_error)?;
                    let target = String::from_utf8(target).map_err(|_| {
                        Error::new(Kind::World, format!("the link {path} does not point to UTF-8"))
                    })?;
                    path = paths::absolute(paths::parent(&path), &target);
                }
                Some(FileType::Directory) => {
                    path = paths::absolute(&path, "default.nix");
                    if self.world.file_type(&path).map_err(world_error)?.is_none() {
                        return Err(world_error(self.world.missing(&path)));
                    }
                }
                Some(_) => return Ok((path, None)),
                None => return Err(world_error(self.world.missing(&path))),
            }
        }
        Err(Error::new(Kind::World, format!("too many symbolic links at '{path}'")))
    }

    fn compile(
        &mut self,
        text: Rc<[u8]>,
        name: &str,
        is_file: bool,
        folder: &str,
        around: &[Symbol],
    ) -> Result<code::NodeId> {
        // A file of ours lies nowhere.
        let keep = !is_file || name == FETCHURL_PATH;
        let base = self
            .sources
            .add(name.to_owned(), is_file, &text, keep)
            .ok_or_else(|| Error::new(Kind::World, "more than 4 GiB of Nix were read"))?;
        let options = syntax::ParseOptions { pipe_operators: self.options.features.pipe_operators };
        let begun = self.world.clock();
        let parsed = syntax::parse_reusing(&text, &mut self.symbols, options, &mut self.scratch);
        let parsed_at = self.world.clock();
        self.counts.parsing += parsed_at.saturating_sub(begun);
        let ast = parsed.map_err(|error| {
            let mut syntax_error = Error::new(Kind::Syntax, error.message.clone());
            match &error.second {
                // Where it began tells more than the end of the file.
                Some(second) if error.offset as usize == text.len() => {
                    syntax_error = syntax_error.at(base + second.offset);
                }
                Some(second) => {
                    let there = format!("at {}", self.place_text(base + second.offset));
                    let hint = second.message.replace("here", &there);
                    syntax_error = syntax_error.at(base + error.offset).hint(hint);
                }
                None => syntax_error = syntax_error.at(base + error.offset),
            }
            match &error.hint {
                Some(hint) => syntax_error.hint(hint.clone()),
                None => syntax_error,
            }
        })?;
        self.lint(&ast, &text, base)?;
        let home = self.world.home();
        let shows_thunks = self.options.shows_thunks;
        let surroundings = Surroundings {
            folder,
            home: home.as_deref(),
            base,
            globals: &self.globals,
            around,
            shows_thunks,
        };
        let compiled =
            compile::compile(&ast, &self.symbols, &surroundings, self.heap, &mut self.code, &mut self.scopes);
        self.counts.compiling += self.world.clock().saturating_sub(parsed_at);
        compiled.map_err(|error| {
            let undefined = Error::new(Kind::UndefinedVariable, error.message).at(error.place);
            match error.hint {
                Some(hint) => undefined.hint(hint),
                None => undefined,
            }
        })
    }
}

/// What the world said, as an error of the evaluation.
#[cold]
pub(in crate::nix) fn world_error(error: WorldError) -> Error {
    match error {
        WorldError::Forbidden(message) => Error::new(Kind::Restricted, message),
        WorldError::NotFound(message) | WorldError::Other(message) => Error::new(Kind::World, message),
        WorldError::Advised { message, hints } => {
            hints.into_iter().fold(Error::new(Kind::World, message), Error::hint)
        }
    }
}

impl Evaluator {
    /// An expression of ours as a global: compiled now, evaluated when it is asked for.
    pub(in crate::nix) fn late_text(&mut self, text: &str) -> Word {
        let node = self
            .compile(text.as_bytes().into(), "«derivation»", false, "/", &[])
            .expect("our own text compiles");
        self.in_slot(Word::new(crate::nix::value::Tag::Thunk, node, 0))
    }

    /// What every file sees by a name.
    pub(in crate::nix) fn set_global(&mut self, name: &str, word: Word) {
        let symbol = self.symbols.intern(name.as_bytes()).0 as usize;
        if self.globals.len() <= symbol {
            self.globals.resize(symbol + 1, Word::EMPTY);
        }
        self.globals[symbol] = word;
    }
}

/// Where `<nix/fetchurl.nix>` is, which lies in no file system.
pub(in crate::nix) const FETCHURL_PATH: &str = "/«nix»/fetchurl.nix";

/// `<nix/fetchurl.nix>`: a download by the daemon itself, for what is needed before there is a shell.
const FETCHURL: &str = r#"
{
  system ? "",
  url,
  hash ? "",
  md5 ? "",
  sha1 ? "",
  sha256 ? "",
  sha512 ? "",
  outputHash ? if hash != "" then hash else if sha512 != "" then sha512 else if sha1 != "" then sha1 else if md5 != "" then md5 else sha256,
  outputHashAlgo ? if hash != "" then "" else if sha512 != "" then "sha512" else if sha1 != "" then "sha1" else if md5 != "" then "md5" else "sha256",
  executable ? false,
  unpack ? false,
  name ? baseNameOf (toString url),
  impure ? false,
}:
derivation ({
  inherit name url executable unpack;
  builder = "builtin:fetchurl";
  system = "builtin";
  outputHashMode = if unpack || executable then "recursive" else "flat";
  preferLocalBuild = true;
  impureEnvVars = [ "http_proxy" "https_proxy" "ftp_proxy" "all_proxy" "no_proxy" ];
  urls = [ url ];
} // (if impure then { __impure = true; } else { inherit outputHash outputHashAlgo; }))
"#;
