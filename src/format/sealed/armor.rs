//! The armour: strict PEM (RFC 7468, section 3) with the label `AGE ENCRYPTED FILE`, as age-encryption.org/v1 has it.
//!
//! Lines of exactly 64 columns but for the last, LF or CRLF, canonical base64, space allowed only outside the markers.

use super::error::SealError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use memchr::memchr;
use std::borrow::Cow;

const BEGIN: &[u8] = b"-----BEGIN AGE ENCRYPTED FILE-----";
const END: &[u8] = b"-----END AGE ENCRYPTED FILE-----";
const COLUMNS: usize = 64;
const LINE_BYTES: usize = COLUMNS / 4 * 3;

/// Space that may stand around the markers of the largest file.
pub(super) const SLACK: usize = 4096;

/// An age file without its armour.
pub(super) struct Binary<'a> {
    pub(super) bytes: Cow<'a, [u8]>,
    pub(super) armored: bool,
}

/// How long `length` bytes are when armoured, with line ends of `line_end` bytes.
pub(super) const fn encoded_len(length: usize, line_end: usize) -> usize {
    BEGIN.len() + END.len() + 2 * line_end + length.div_ceil(3) * 4 + length.div_ceil(LINE_BYTES) * line_end
}

/// Takes the armour off; a file without one is returned as it is.
pub(super) fn decode(bytes: &[u8]) -> Result<Binary<'_>, SealError> {
    if bytes.len() > super::SEALED_LIMIT {
        return Err(SealError::TooLarge { limit: super::SEALED_LIMIT });
    }
    let text = bytes.trim_ascii_start();
    if !text.starts_with(BEGIN) {
        // A begin marker that was damaged still looks like one, and the user should read of a line, not of bytes.
        if text.starts_with(b"-----") {
            return Err(SealError::Armor { line: 1, problem: "the begin marker is not as it should be" });
        }
        return Ok(Binary { bytes: Cow::Borrowed(bytes), armored: false });
    }
    let mut line = bytes[..bytes.len() - text.len()].iter().filter(|byte| **byte == b'\n').count();
    let mut rest = text;
    let mut binary = Vec::with_capacity(rest.len() / 4 * 3);
    let mut buffer = [0; LINE_BYTES];
    let mut last = false;
    let (begin, _) = take_line(&mut rest);
    line += 1;
    let damaged = |line, problem| SealError::Armor { line, problem };
    if begin != BEGIN {
        return Err(damaged(line, "something stands after the begin marker"));
    }
    loop {
        let (content, ended) = take_line(&mut rest);
        line += 1;
        if content == END {
            if !rest.trim_ascii().is_empty() {
                return Err(damaged(line + 1, "something stands after the end marker"));
            }
            return Ok(Binary { bytes: Cow::Owned(binary), armored: true });
        }
        if !ended {
            return Err(if content.is_empty() || (content.len() <= COLUMNS && is_base64(content)) {
                SealError::Truncated
            } else {
                damaged(line, "it is neither base64 nor the end marker")
            });
        }
        if last {
            return Err(damaged(line, "the end marker should stand here"));
        }
        if content.is_empty() || content.len() > COLUMNS || content.len() % 4 != 0 {
            return Err(damaged(line, "its length is not what it should be"));
        }
        let written = STANDARD
            .decode_slice(content, &mut buffer)
            .map_err(|_| damaged(line, "it is no canonical base64"))?;
        binary.extend_from_slice(&buffer[..written]);
        // A short line and a padded one end the base64.
        last = written < LINE_BYTES;
    }
}

/// Puts the armour on.
pub(super) fn encode(binary: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(encoded_len(binary.len(), 1));
    text.extend_from_slice(BEGIN);
    text.push(b'\n');
    let mut line = [0; COLUMNS];
    for chunk in binary.chunks(LINE_BYTES) {
        let written = STANDARD.encode_slice(chunk, &mut line).expect("48 bytes are 64 columns");
        text.extend_from_slice(&line[..written]);
        text.push(b'\n');
    }
    text.extend_from_slice(END);
    text.push(b'\n');
    text
}

/// Takes one line off; the second answer is whether it had a line end. One CR before the LF belongs to the line end.
fn take_line<'a>(rest: &mut &'a [u8]) -> (&'a [u8], bool) {
    match memchr(b'\n', rest) {
        Some(at) => {
            let line = &rest[..at];
            *rest = &rest[at + 1..];
            (line.strip_suffix(b"\r").unwrap_or(line), true)
        }
        None => (std::mem::take(rest), false),
    }
}

fn is_base64(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='))
}
