//! Derivations as text: ATerm, with five escapes in strings and none in names, paths and the platform.
//!
//! A derivation is hashed up to three times: with its outputs masked, with its inputs masked, and as it is. The three
//! differ in the beginning and in the outputs' variables alone, so the long rest is printed once, with its holes marked.

use super::{Derivation, DerivationError, Input, Output, OutputName};
use crate::store::hash::{Hasher, hex_of};
use crate::store::{Form, StoreDir};

/// Whether the outputs have their paths, or nothing in their place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mask {
    /// As it is.
    None,
    /// Paths and variables of the outputs are empty.
    Outputs,
}

/// An input as it is hashed: what its derivation comes down to, and one of its outputs.
pub(super) type MaskedInput<'a> = (&'a [u8; 32], &'a OutputName);

impl Derivation<'_> {
    /// The text, as it lies in the store.
    ///
    /// # Errors
    /// When a fixed output can't have a path.
    pub fn print(&self, dir: &StoreDir) -> Result<Vec<u8>, DerivationError> {
        let mut text = Vec::with_capacity(4096);
        self.print_outputs(dir, Mask::None, &mut text)?;
        self.print_inputs(dir, &mut text);
        let mut rest = Rest::default();
        rest.print(self, dir);
        rest.fill(self, Mask::None, |piece| text.extend_from_slice(piece));
        Ok(text)
    }

    /// The beginning: the format and the outputs.
    pub(super) fn print_outputs(
        &self,
        dir: &StoreDir,
        mask: Mask,
        to: &mut Vec<u8>,
    ) -> Result<(), DerivationError> {
        let dynamic = self.input_derivations.iter().any(|(_, input)| !input.dynamic.is_empty());
        // The older form wherever it can say what there is to say, as Nix does: each has one hash.
        to.extend_from_slice(if dynamic { b"DrvWithVersion(\"xp-dyn-drv\",[" } else { b"Derive([" });
        for (at, (name, output)) in self.outputs.iter().enumerate() {
            to.extend_from_slice(if at == 0 { b"(" } else { b",(" });
            quote(to, name.as_str());
            to.push(b',');
            let path = match mask {
                Mask::Outputs => None,
                Mask::None => output.path(dir, &self.name, name.as_str())?,
            };
            to.push(b'"');
            if let Some(path) = path {
                push_path(to, dir, path.as_str());
            }
            to.extend_from_slice(b"\",");
            let (method, hash) = match output {
                Output::InputAddressed(_) | Output::Deferred => (String::new(), String::new()),
                Output::Fixed(address) => (address.method_algorithm(), address.hash.print(Form::Base16)),
                Output::Floating { method, algorithm } => {
                    (format!("{}{algorithm}", method.prefix()), String::new())
                }
                Output::Impure { method, algorithm } => {
                    (format!("{}{algorithm}", method.prefix()), "impure".into())
                }
            };
            quote(to, &method);
            to.push(b',');
            quote(to, &hash);
            to.push(b')');
        }
        to.extend_from_slice(b"],[");
        Ok(())
    }

    /// The inputs by their paths.
    pub(super) fn print_inputs(&self, dir: &StoreDir, to: &mut Vec<u8>) {
        for (at, (path, input)) in self.input_derivations.iter().enumerate() {
            to.extend_from_slice(if at == 0 { b"(\"" } else { b",(\"" });
            push_path(to, dir, path.as_str());
            to.extend_from_slice(b"\",");
            print_input(to, input);
            to.push(b')');
        }
    }
}

/// The inputs by what they come down to. `inputs` is sorted and each is there once.
pub(super) fn print_masked_inputs(inputs: &[MaskedInput<'_>], to: &mut Vec<u8>) {
    let mut hex = [0; 128];
    for (at, same) in inputs.chunk_by(|a, b| a.0 == b.0).enumerate() {
        to.extend_from_slice(if at == 0 { b"(" } else { b",(" });
        quote(to, hex_of(same[0].0, &mut hex));
        to.push(b',');
        print_names(to, same.iter().map(|(_, name)| *name));
        to.push(b')');
    }
}

fn print_input(to: &mut Vec<u8>, input: &Input) {
    if input.dynamic.is_empty() {
        return print_names(to, input.outputs.iter());
    }
    to.push(b'(');
    print_names(to, input.outputs.iter());
    to.extend_from_slice(b",[");
    for (at, (name, input)) in input.dynamic.iter().enumerate() {
        to.extend_from_slice(if at == 0 { b"(" } else { b",(" });
        quote(to, name.as_str());
        to.push(b',');
        print_input(to, input);
        to.push(b')');
    }
    to.extend_from_slice(b"])");
}

fn print_names<'n>(to: &mut Vec<u8>, names: impl Iterator<Item = &'n OutputName>) {
    to.push(b'[');
    for (at, name) in names.enumerate() {
        if at > 0 {
            to.push(b',');
        }
        quote(to, name.as_str());
    }
    to.push(b']');
}

/// All that stands behind the inputs. The values of the outputs' variables are left out.
#[derive(Debug, Default)]
pub(super) struct Rest {
    text: Vec<u8>,
    /// Where a value is left out, and the variable's place in the environment.
    holes: Vec<(usize, usize)>,
}

impl Rest {
    /// Prints it anew.
    pub(super) fn print(&mut self, derivation: &Derivation<'_>, dir: &StoreDir) {
        self.holes.clear();
        let to = &mut self.text;
        to.clear();
        to.extend_from_slice(b"],[");
        for (at, path) in derivation.input_sources.iter().enumerate() {
            to.extend_from_slice(if at == 0 { b"\"" } else { b",\"" });
            push_path(to, dir, path.as_str());
            to.push(b'"');
        }
        to.extend_from_slice(b"],\"");
        // Nix escapes nothing in a platform.
        to.extend_from_slice(&derivation.platform);
        to.extend_from_slice(b"\",\"");
        escape(to, &derivation.builder);
        to.extend_from_slice(b"\",[");
        for (at, argument) in derivation.args.iter().enumerate() {
            to.extend_from_slice(if at == 0 { b"\"" } else { b",\"" });
            escape(to, argument);
            to.push(b'"');
        }
        to.extend_from_slice(b"],[");
        let mut outputs = derivation.outputs.iter().map(|(name, _)| name.as_str().as_bytes()).peekable();
        for (at, (key, value)) in derivation.env.iter().enumerate() {
            to.extend_from_slice(if at == 0 { b"(\"" } else { b",(\"" });
            escape(to, key);
            to.extend_from_slice(b"\",\"");
            // Both lists are sorted, so one walk finds the variables that are named after outputs.
            while outputs.next_if(|name| *name < &key[..]).is_some() {}
            if outputs.next_if(|name| *name == &key[..]).is_some() {
                self.holes.push((to.len(), at));
            } else {
                escape(to, value);
            }
            to.extend_from_slice(b"\")");
        }
        to.extend_from_slice(b"])");
    }

    /// Tells it piece by piece, with the outputs' variables as they are now, or empty.
    pub(super) fn fill(&self, derivation: &Derivation<'_>, mask: Mask, mut tell: impl FnMut(&[u8])) {
        if mask == Mask::Outputs {
            // Empty holes: what is around them is all there is.
            return tell(&self.text);
        }
        let mut from = 0;
        let mut escaped = Vec::new();
        for (at, variable) in &self.holes {
            tell(&self.text[from..*at]);
            escaped.clear();
            escape(&mut escaped, &derivation.env[*variable].1);
            tell(&escaped);
            from = *at;
        }
        tell(&self.text[from..]);
    }

    /// How long it is without what is left out.
    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    /// Hashes it behind some beginning.
    pub(super) fn hash(&self, derivation: &Derivation<'_>, mask: Mask, hasher: &mut Hasher) {
        self.fill(derivation, mask, |piece| hasher.update(piece));
    }
}

fn push_path(to: &mut Vec<u8>, dir: &StoreDir, path: &str) {
    to.extend_from_slice(dir.as_str().as_bytes());
    to.push(b'/');
    to.extend_from_slice(path.as_bytes());
}

fn quote(to: &mut Vec<u8>, text: &str) {
    to.push(b'"');
    to.extend_from_slice(text.as_bytes());
    to.push(b'"');
}

/// What a byte is written as behind a backslash; 0 for one that stands for itself.
const ESCAPES: [u8; 256] = {
    let mut escapes = [0; 256];
    escapes[b'"' as usize] = b'"';
    escapes[b'\\' as usize] = b'\\';
    escapes[b'\n' as usize] = b'n';
    escapes[b'\r' as usize] = b'r';
    escapes[b'\t' as usize] = b't';
    escapes
};

fn escape(to: &mut Vec<u8>, text: &[u8]) {
    let mut from = 0;
    while let Some(length) = escaped_after(&text[from..]) {
        let at = from + length;
        to.extend_from_slice(&text[from..at]);
        to.extend_from_slice(&[b'\\', ESCAPES[usize::from(text[at])]]);
        from = at + 1;
    }
    to.extend_from_slice(&text[from..]);
}

/// Where the next byte stands that a string can't hold as it is.
pub(super) fn escaped_after(text: &[u8]) -> Option<usize> {
    // Compared without branches, a block at a time: the compiler makes vector instructions of it.
    let is_escaped =
        |byte: u8| (byte == b'"') | (byte == b'\\') | (byte == b'\n') | (byte == b'\r') | (byte == b'\t');
    let (blocks, rest) = text.as_chunks::<16>();
    let block = blocks.iter().position(|block| block.iter().fold(false, |any, byte| any | is_escaped(*byte)));
    let (start, search) = match block {
        Some(block) => (block * 16, &blocks[block][..]),
        None => (blocks.len() * 16, rest),
    };
    search.iter().position(|byte| is_escaped(*byte)).map(|at| start + at)
}
