//! A hash is an algorithm and its digest; Nix writes one down in four forms, and means the same by each.
//!
//! Messages are Nix's own, since the evaluator shows them to people who know Nix.

pub(in crate::store) mod base32;
mod base64;
mod text;

pub use text::Form;
pub(in crate::store) use text::hex_of;

use sha2::digest::Digest;
use std::fmt;
use std::io;

/// How a digest is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// RFC 1321: broken, and still in old expressions.
    Md5,
    /// FIPS 180-4: broken, and still what git names commits with.
    Sha1,
    /// FIPS 180-4: what store paths are made with.
    Sha256,
    /// FIPS 180-4.
    Sha512,
}

impl Algorithm {
    /// Every one, in the order of their names.
    pub const ALL: [Algorithm; 4] = [Algorithm::Md5, Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512];

    /// Its name, such as `sha256`.
    pub fn name(self) -> &'static str {
        match self {
            Algorithm::Md5 => "md5",
            Algorithm::Sha1 => "sha1",
            Algorithm::Sha256 => "sha256",
            Algorithm::Sha512 => "sha512",
        }
    }

    /// The algorithm of a name.
    ///
    /// # Errors
    /// When there is none of this name.
    pub fn parse(name: &[u8]) -> Result<Self, HashError> {
        match Algorithm::ALL.into_iter().find(|algorithm| algorithm.name().as_bytes() == name) {
            Some(algorithm) => Ok(algorithm),
            None if name == b"blake3" => Err(HashError::Blake3),
            None => Err(HashError::Algorithm { name: lossy(name) }),
        }
    }

    /// How many bytes a digest has: 16, 20, 32 or 64.
    pub fn size(self) -> usize {
        match self {
            Algorithm::Md5 => 16,
            Algorithm::Sha1 => 20,
            Algorithm::Sha256 => 32,
            Algorithm::Sha512 => 64,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// An algorithm and the digest it made. Printed with `{}` it is in SRI form, which is what people write.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash {
    algorithm: Algorithm,
    // Zero behind the digest, so that comparing all of it compares digests.
    bytes: [u8; 64],
}

impl Hash {
    /// The hash of some bytes.
    pub fn of(algorithm: Algorithm, bytes: &[u8]) -> Self {
        let mut hasher = Hasher::new(algorithm);
        hasher.update(bytes);
        hasher.finish()
    }

    /// The hash of some bytes in the algorithm that store paths are made with.
    pub fn sha256(bytes: &[u8]) -> Self {
        Hash::of(Algorithm::Sha256, bytes)
    }

    /// A digest that was made elsewhere; none when it has not the algorithm's size.
    pub fn from_digest(algorithm: Algorithm, digest: &[u8]) -> Option<Self> {
        let mut bytes = [0; 64];
        if digest.len() != algorithm.size() {
            return None;
        }
        bytes[..digest.len()].copy_from_slice(digest);
        Some(Hash { algorithm, bytes })
    }

    /// The hash that stands for "not known yet": all zeros. Nix takes an empty hash for this one.
    pub fn zero(algorithm: Algorithm) -> Self {
        Hash { algorithm, bytes: [0; 64] }
    }

    /// How it was made.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The digest.
    pub fn digest(&self) -> &[u8] {
        &self.bytes[..self.algorithm.size()]
    }

    /// The digest of a sha256 hash, whose size is known.
    pub fn as_sha256(&self) -> Option<&[u8; 32]> {
        match self.algorithm {
            Algorithm::Sha256 => self.bytes.first_chunk(),
            _ => None,
        }
    }
}

/// Folds a digest to 20 bytes by XOR, as the hash part of a store path is made.
pub fn compress_hash(digest: &[u8]) -> [u8; 20] {
    let mut folded = [0; 20];
    for (at, byte) in digest.iter().enumerate() {
        folded[at % 20] ^= byte;
    }
    folded
}

/// The Nix base32 form of any bytes: the letters e, o, t and u are left out, the last bits come first.
pub fn nix32(bytes: &[u8]) -> String {
    base32::encode(bytes)
}

/// Hashes what comes piece by piece. It is an [`io::Write`] too, so that archives stream into it.
#[derive(Clone)]
pub struct Hasher {
    state: State,
    length: u64,
}

#[derive(Clone)]
enum State {
    Md5(md5::Md5),
    Sha1(sha1::Sha1),
    Sha256(sha2::Sha256),
    Sha512(sha2::Sha512),
}

impl Hasher {
    /// Begins a hash.
    pub fn new(algorithm: Algorithm) -> Self {
        let state = match algorithm {
            Algorithm::Md5 => State::Md5(md5::Md5::new()),
            Algorithm::Sha1 => State::Sha1(sha1::Sha1::new()),
            Algorithm::Sha256 => State::Sha256(sha2::Sha256::new()),
            Algorithm::Sha512 => State::Sha512(sha2::Sha512::new()),
        };
        Hasher { state, length: 0 }
    }

    /// Takes the next piece.
    pub fn update(&mut self, bytes: &[u8]) {
        self.length += bytes.len() as u64;
        match &mut self.state {
            State::Md5(state) => state.update(bytes),
            State::Sha1(state) => state.update(bytes),
            State::Sha256(state) => state.update(bytes),
            State::Sha512(state) => state.update(bytes),
        }
    }

    /// How many bytes it took.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The hash of all pieces.
    pub fn finish(self) -> Hash {
        fn hash(algorithm: Algorithm, digest: &[u8]) -> Hash {
            Hash::from_digest(algorithm, digest).expect("a digest has the size of its algorithm")
        }
        match self.state {
            State::Md5(state) => hash(Algorithm::Md5, &state.finalize()),
            State::Sha1(state) => hash(Algorithm::Sha1, &state.finalize()),
            State::Sha256(state) => hash(Algorithm::Sha256, &state.finalize()),
            State::Sha512(state) => hash(Algorithm::Sha512, &state.finalize()),
        }
    }
}

impl io::Write for Hasher {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Why a text is no hash, in Nix's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// No such algorithm.
    #[error("unknown hash algorithm '{name}', expect 'blake3', 'md5', 'sha1', 'sha256', or 'sha512'")]
    Algorithm {
        /// What was said instead.
        name: String,
    },
    /// An algorithm that Nix itself only knows as an experiment.
    #[error(
        "experimental Nix feature 'blake3-hashes' is disabled; add '--extra-experimental-features blake3-hashes' to enable it"
    )]
    Blake3,
    /// No such form.
    #[error("unknown hash format '{name}', expect 'base16', 'base32', 'base64', or 'sri'")]
    Form {
        /// What was said instead.
        name: String,
    },
    /// Neither the text nor who reads it knows the algorithm.
    #[error("hash '{text}' does not include a type, nor is the type otherwise known from context")]
    NoAlgorithm {
        /// The text.
        text: String,
    },
    /// The text has to name its algorithm, and does not.
    #[error("hash '{text}' does not include a type")]
    NotPrefixed {
        /// The text.
        text: String,
    },
    /// The text has to be in SRI form, and is not.
    #[error("hash '{text}' is not SRI")]
    NotSri {
        /// The text.
        text: String,
    },
    /// The text names another algorithm than was wanted.
    #[error("hash '{text}' should have type '{wanted}'")]
    OtherAlgorithm {
        /// The text.
        text: String,
        /// What was wanted.
        wanted: Algorithm,
    },
    /// No form of this algorithm has this length.
    #[error("hash '{text}' has wrong length for hash algorithm '{algorithm}'")]
    Length {
        /// The text, without a prefix.
        text: String,
        /// The algorithm.
        algorithm: Algorithm,
    },
    /// It decodes to too few bytes, or too many.
    #[error("invalid {form} hash '{text}', length {length} != expected length {expected}")]
    Size {
        /// The form it was read in.
        form: &'static str,
        /// The text, without a prefix.
        text: String,
        /// How many bytes it holds.
        length: usize,
        /// How many it should hold.
        expected: usize,
    },
    /// A character that the form does not have.
    #[error("invalid character in {form} string: '{}'", char::from(*.byte).escape_default())]
    Character {
        /// The form it was read in.
        form: &'static str,
        /// The character.
        byte: u8,
    },
}

impl crate::report::Diagnose for HashError {
    fn hints(&self) -> Vec<String> {
        let hint = match self {
            HashError::NoAlgorithm { .. } | HashError::NotPrefixed { .. } | HashError::NotSri { .. } => {
                "write it in SRI form, such as `sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=`"
            }
            HashError::Length { .. } | HashError::Size { .. } => {
                "a sha256 hash has 64 characters in base16, 52 in Nix base32, 44 in base64"
            }
            _ => return Vec::new(),
        };
        vec![hint.into()]
    }
}

/// What a message shows of bytes that came from outside.
fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
