//! The header: the version line, one stanza per reader, and the MAC.
//!
//! ```text
//! age-encryption.org/v1
//! -> ssh-ed25519 MvRULg Bj8ejxtrfmzg5vnj1MNZXQTGPVE8APMBPU1I5VIwnng
//! mqgXoMBexjKCyMVq8GKTyZ6hHcZmkq0nOPNFSCpt1rs
//! --- yfEnNeXOkUSkcvxKWIGJJO1wKFXVWX4VLmzMRwz8OfM
//! ```
//!
//! Read by hand in one pass that copies nothing: a check of a thousand secrets is a thousand headers.

use super::error::SealError;
use super::{NONCE, payload};
use crate::format::SshAlgorithm;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use memchr::memchr;

const MAGIC: &[u8] = b"age-encryption.org/";
const VERSION: &[u8] = b"v1";
const COLUMNS: usize = 64;

/// Who may open a file, as far as its header tells without a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// One per reader, in the file's order; stanzas that stand there only to exercise parsers (`…-grease`) are left out.
    pub stanzas: Vec<Stanza>,
    /// True for an ASCII-armoured file.
    pub armored: bool,
}

/// One reader, as far as the header tells.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stanza {
    /// An ssh key; its tag is a hint and no proof.
    Ssh {
        /// The key's algorithm.
        algorithm: SshAlgorithm,
        /// The first four bytes of the key's SHA-256.
        tag: [u8; 4],
    },
    /// Some `age1…` key: it is not said which.
    X25519,
    /// A passphrase.
    Scrypt,
    /// A plugin's, or one of a later version, by its type.
    Other(String),
}

/// A header whose parts lie in the file's bytes.
pub(super) struct Parsed<'a> {
    raw: Vec<Raw<'a>>,
    pub(super) mac: [u8; 32],
    /// Where the three dashes before the MAC end.
    authenticated: usize,
    /// Where the payload begins.
    end: usize,
}

struct Raw<'a> {
    /// Type and arguments.
    line: &'a str,
    /// Lines of base64.
    body: &'a [u8],
    known: Stanza,
}

impl Parsed<'_> {
    /// What the header says, without the bytes that need a key.
    pub(super) fn public(&self, armored: bool) -> Header {
        let stanzas = self.raw.iter().map(|raw| raw.known.clone()).filter(|stanza| !is_grease(stanza));
        Header { stanzas: stanzas.collect(), armored }
    }

    pub(super) fn is_passphrase(&self) -> bool {
        self.raw.iter().any(|raw| raw.known == Stanza::Scrypt)
    }

    /// The bytes the MAC covers.
    pub(super) fn authenticated<'b>(&self, binary: &'b [u8]) -> &'b [u8] {
        &binary[..self.authenticated]
    }

    /// Nonce and chunks, when their length is one that a plaintext can have.
    pub(super) fn sealed_payload<'b>(&self, binary: &'b [u8]) -> Result<&'b [u8], SealError> {
        let sealed = &binary[self.end..];
        let chunks = sealed.len().checked_sub(NONCE).ok_or(SealError::Truncated)?;
        let length = payload::plaintext_len(chunks).ok_or(SealError::Truncated)?;
        if length > super::LIMIT {
            return Err(SealError::TooLarge { limit: super::LIMIT });
        }
        Ok(sealed)
    }

    /// The stanzas as the crate's identities take them.
    pub(super) fn stanzas(&self) -> Vec<age_core::format::Stanza> {
        let stanza = |raw: &Raw<'_>| {
            let mut words = raw.line.split(' ').map(str::to_owned);
            age_core::format::Stanza {
                tag: words.next().unwrap_or_default(),
                args: words.collect(),
                body: decode_body(raw.body).unwrap_or_default(),
            }
        };
        self.raw.iter().map(stanza).collect()
    }
}

/// Reads the header at the start of a file without armour.
pub(super) fn parse(binary: &[u8]) -> Result<Parsed<'_>, SealError> {
    let Some(after_magic) = binary.strip_prefix(MAGIC) else {
        let cut = !binary.is_empty() && MAGIC.starts_with(binary);
        return Err(if cut { SealError::Truncated } else { SealError::NotSealed });
    };
    let mut lines = Lines { binary, at: 0, number: 0 };
    if &lines.take()?[MAGIC.len()..] != VERSION {
        let version = after_magic.iter().take(20).take_while(|byte| byte.is_ascii_graphic());
        let version: String = version.map(|byte| char::from(*byte)).collect();
        if version.is_empty() || version.as_bytes() == VERSION {
            return Err(lines.damaged("the version is not as it should be"));
        }
        return Err(SealError::Version { version });
    }
    let mut raw = Vec::new();
    loop {
        let start = lines.at;
        let line = lines.take()?;
        if let Some(line) = line.strip_prefix(b"-> ") {
            raw.push(parse_stanza(line, &mut lines)?);
        } else if let Some(rest) = line.strip_prefix(b"---") {
            let mac = rest.strip_prefix(b" ").and_then(decode_exact);
            let mac = mac.ok_or_else(|| lines.damaged("the MAC is not as it should be"))?;
            if raw.is_empty() {
                return Err(lines.damaged("it has no reader"));
            }
            if raw.len() > 1 && raw.iter().any(|raw: &Raw<'_>| raw.known == Stanza::Scrypt) {
                return Err(lines.damaged("a passphrase stands beside other readers"));
            }
            return Ok(Parsed { raw, mac, authenticated: start + 3, end: lines.at });
        } else {
            return Err(lines.damaged("neither a reader nor the MAC begins here"));
        }
    }
}

/// Reads a stanza whose first line, without its arrow, was just taken.
fn parse_stanza<'a>(line: &'a [u8], lines: &mut Lines<'a>) -> Result<Raw<'a>, SealError> {
    let is_word = |word: &[u8]| !word.is_empty() && word.iter().all(u8::is_ascii_graphic);
    if !line.split(|byte| *byte == b' ').all(is_word) {
        return Err(lines.damaged("a reader's line is not as it should be"));
    }
    let line = str::from_utf8(line).expect("graphic ASCII and spaces are UTF-8");
    let start = lines.at;
    // A body ends with a line that is not full. Early versions of rage left that line out when it was empty, and their
    // files still have to open.
    while !lines.rest().starts_with(b"-> ") && !lines.rest().starts_with(b"---") {
        let body = lines.take()?;
        if body.len() > COLUMNS || !body.iter().all(|byte| is_base64(*byte)) || !is_canonical(body) {
            return Err(lines.damaged("a reader's wrapped key is no canonical base64 in lines of 64"));
        }
        if body.len() < COLUMNS {
            break;
        }
    }
    let body = &lines.binary[start..lines.at];
    let known = known(line, body).ok_or_else(|| lines.damaged("a reader's wrapped key is damaged"))?;
    Ok(Raw { line, body, known })
}

/// The stanza's meaning; `None` when a stanza of a type we know has another shape than that type has.
fn known(line: &str, body: &[u8]) -> Option<Stanza> {
    let mut words = line.split(' ');
    let kind = words.next()?;
    let (first, second, third) = (words.next(), words.next(), words.next());
    let is_32 = |text: &[u8]| text.len() == 43 && text.iter().all(|b| is_base64(*b)) && is_canonical(text);
    let wraps_file_key = body.strip_suffix(b"\n").is_some_and(is_32);
    let tag = || decode_exact(first?.as_bytes());
    match (kind, first, second, third) {
        ("X25519", Some(share), None, None) if wraps_file_key && is_32(share.as_bytes()) => {
            Some(Stanza::X25519)
        }
        ("ssh-ed25519", Some(_), Some(share), None) if wraps_file_key && is_32(share.as_bytes()) => {
            Some(Stanza::Ssh { algorithm: SshAlgorithm::Ed25519, tag: tag()? })
        }
        ("ssh-rsa", Some(_), None, None) if !body.trim_ascii().is_empty() => {
            Some(Stanza::Ssh { algorithm: SshAlgorithm::Rsa, tag: tag()? })
        }
        ("X25519" | "ssh-ed25519" | "ssh-rsa", ..) => None,
        ("scrypt", ..) => Some(Stanza::Scrypt),
        (other, ..) => Some(Stanza::Other(other.to_owned())),
    }
}

/// True for a stanza that stands there only so that parsers meet unknown types (a habit of rage).
fn is_grease(stanza: &Stanza) -> bool {
    matches!(stanza, Stanza::Other(kind) if kind.ends_with("-grease"))
}

/// Writes version, stanzas and the three dashes: all that the MAC covers.
pub(super) fn write(stanzas: &[age_core::format::Stanza], out: &mut Vec<u8>) {
    out.extend_from_slice(MAGIC);
    out.extend_from_slice(VERSION);
    out.push(b'\n');
    for stanza in stanzas {
        out.extend_from_slice(b"->");
        for word in std::iter::once(&stanza.tag).chain(&stanza.args) {
            out.push(b' ');
            out.extend_from_slice(word.as_bytes());
        }
        out.push(b'\n');
        let body = STANDARD_NO_PAD.encode(&stanza.body);
        for line in body.as_bytes().chunks(COLUMNS) {
            out.extend_from_slice(line);
            out.push(b'\n');
        }
        // The line that ends the body is shorter than 64 columns, and empty after a full one.
        if body.len().is_multiple_of(COLUMNS) {
            out.push(b'\n');
        }
    }
    out.extend_from_slice(b"---");
}

/// Writes the MAC after the three dashes.
pub(super) fn write_mac(mac: &[u8], out: &mut Vec<u8>) {
    out.push(b' ');
    out.extend_from_slice(STANDARD_NO_PAD.encode(mac).as_bytes());
    out.push(b'\n');
}

/// The header's lines, one by one.
struct Lines<'a> {
    binary: &'a [u8],
    at: usize,
    number: usize,
}

impl<'a> Lines<'a> {
    fn rest(&self) -> &'a [u8] {
        &self.binary[self.at..]
    }

    /// The next line without its end; a header ends every line.
    fn take(&mut self) -> Result<&'a [u8], SealError> {
        let rest = self.rest();
        let length = memchr(b'\n', rest).ok_or(SealError::Truncated)?;
        self.at += length + 1;
        self.number += 1;
        if self.at > super::HEADER_LIMIT {
            return Err(SealError::TooManyReaders);
        }
        Ok(&rest[..length])
    }

    fn damaged(&self, problem: &'static str) -> SealError {
        SealError::Header { line: self.number, problem }
    }
}

/// Exactly N bytes in canonical base64 without padding.
fn decode_exact<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    // The buffer has no room for more than N bytes, which is an error too.
    let written = STANDARD_NO_PAD.decode_slice(text, &mut bytes).ok()?;
    (written == N).then_some(bytes)
}

/// The bytes of a body whose lines were looked at.
fn decode_body(body: &[u8]) -> Option<Vec<u8>> {
    let text: Vec<u8> = body.iter().copied().filter(|byte| *byte != b'\n').collect();
    STANDARD_NO_PAD.decode(text).ok()
}

/// Every byte of thousands of headers passes here: a table answers with one look.
fn is_base64(byte: u8) -> bool {
    const TABLE: [bool; 256] = {
        let mut table = [false; 256];
        let mut byte = 0;
        while byte < table.len() {
            table[byte] = (byte as u8).is_ascii_alphanumeric() || matches!(byte as u8, b'+' | b'/');
            byte += 1;
        }
        table
    };
    TABLE[usize::from(byte)]
}

/// True when the last character of unpadded base64 has no bits that mean nothing.
fn is_canonical(text: &[u8]) -> bool {
    match (text.len() % 4, text.last()) {
        (0, _) => true,
        (2, Some(last)) => b"AQgw".contains(last),
        (3, Some(last)) => b"AEIMQUYcgkosw048".contains(last),
        _ => false,
    }
}
