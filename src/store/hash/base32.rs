//! Nix's base32: an alphabet without e, o, t and u, so that no bad words arise, and the bits taken from the end.

/// In the order of ASCII, so that texts sort as the numbers they stand for.
const ALPHABET: &[u8; 32] = b"0123456789abcdfghijklmnpqrsvwxyz";

const NONE: u8 = 0xff;

const DIGITS: [u8; 256] = {
    let mut digits = [NONE; 256];
    let mut at = 0;
    while at < 32 {
        digits[ALPHABET[at] as usize] = at as u8;
        at += 1;
    }
    digits
};

/// True for a character of the alphabet.
pub(in crate::store) fn is_digit(byte: u8) -> bool {
    DIGITS[usize::from(byte)] != NONE
}

/// How many characters so many bytes take.
pub(super) fn encoded_length(bytes: usize) -> usize {
    (bytes * 8).div_ceil(5)
}

/// Writes bytes as characters.
pub(super) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(encoded_length(bytes.len()));
    push(&mut text, bytes);
    text
}

/// Appends bytes as characters.
pub(in crate::store) fn push(text: &mut String, bytes: &[u8]) {
    for at in (0..encoded_length(bytes.len())).rev() {
        let (byte, bit) = (at * 5 / 8, at * 5 % 8);
        let high = bytes.get(byte + 1).copied().unwrap_or(0);
        let pair = u16::from(bytes[byte]) | u16::from(high) << 8;
        text.push(ALPHABET[usize::from(pair >> bit & 0x1f)].into());
    }
}

/// Reads characters; the first that is none of the alphabet is the error.
///
/// Bits beyond the last whole byte lengthen the result when one is set, as in Nix: the caller sees the wrong length.
pub(super) fn decode(text: &[u8]) -> Result<Vec<u8>, u8> {
    let size = text.len() * 5 / 8;
    let mut bytes = vec![0; size + 2];
    for (at, character) in text.iter().rev().enumerate() {
        let digit = DIGITS[usize::from(*character)];
        if digit == NONE {
            return Err(*character);
        }
        let (byte, bit) = (at * 5 / 8, at * 5 % 8);
        let pair = u16::from(digit) << bit;
        bytes[byte] |= pair as u8;
        bytes[byte + 1] |= (pair >> 8) as u8;
    }
    let excess = bytes[size..].iter().rposition(|byte| *byte != 0).map_or(0, |at| at + 1);
    bytes.truncate(size + excess);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_bits_come_first() {
        assert_eq!(encode(b""), "");
        assert_eq!(encode(&[1]), "01");
        assert_eq!(encode(&[0xff]), "7z");
        assert_eq!(encode(&[0x1f, 0]), "000z");
    }

    #[test]
    fn bits_that_belong_to_no_byte_are_seen() {
        assert_eq!(decode(b"7z"), Ok(vec![0xff]));
        assert_eq!(decode(b"8z"), Ok(vec![0x1f, 1]));
        assert_eq!(decode(b"e0"), Err(b'e'));
    }

    #[test]
    fn every_length_comes_back() {
        for length in 0..70usize {
            let bytes: Vec<u8> = (0..length).map(|at| (at * 37 + length) as u8).collect();
            let text = encode(&bytes);
            assert_eq!(text.len(), encoded_length(length));
            assert_eq!(decode(text.as_bytes()), Ok(bytes));
        }
    }
}
