//! Base64 as Nix reads it: it stops at the first `=`, skips line ends, and minds neither padding nor spare bits.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// How many characters so many bytes take, with padding.
pub(super) fn encoded_length(bytes: usize) -> usize {
    bytes.div_ceil(3) * 4
}

/// Appends bytes as characters, with padding.
pub(super) fn push(text: &mut String, bytes: &[u8]) {
    STANDARD.encode_string(bytes, text);
}

/// Reads characters; the first that is none of the alphabet is the error.
pub(super) fn decode(text: &[u8]) -> Result<Vec<u8>, u8> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 3);
    let (mut bits, mut count) = (0u32, 0);
    for character in text {
        let digit = match character {
            b'=' => break,
            b'\n' => continue,
            b'A'..=b'Z' => character - b'A',
            b'a'..=b'z' => character - b'a' + 26,
            b'0'..=b'9' => character - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return Err(*character),
        };
        bits = bits << 6 | u32::from(digit);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_what_nix_reads() {
        for text in [&b"Zm9v"[..], b"Zm9v====", b"Z\nm9v", b"Zm9v=!!"] {
            assert_eq!(decode(text), Ok(b"foo".to_vec()), "{text:?}");
        }
        assert_eq!(decode(b"Zm8"), Ok(b"fo".to_vec()));
        assert_eq!(decode(b"Zm9="), Ok(b"fo".to_vec()), "spare bits are dropped");
        assert_eq!(decode(b"Zm-v"), Err(b'-'));
    }
}
