//! What a byte may be part of: one table, so that a run of bytes is skipped with one look per byte.

/// A letter or `_`: begins an identifier.
pub const BEGINS_WORD: u8 = 1;
/// Goes on in an identifier: letters, digits, `_`, `'`, `-`.
pub const WORD: u8 = 2;
/// Goes on in a path: letters, digits, `.`, `_`, `-`, `+`.
pub const PATH: u8 = 4;
/// Goes on in a URI after its colon.
pub const URI: u8 = 8;
/// A decimal digit.
pub const DIGIT: u8 = 16;
/// After an identifier, tells that it may be the beginning of a path or a URI: `.`, `+`, `/`, `:`.
pub const LENGTHENS: u8 = 32;
/// Means something in a `"string"`: `"`, `\`, `$`; a carriage return is normalised, a NUL refused.
pub const STRING: u8 = 64;
/// Means something in an indented string: `'`, `$`; a NUL is refused.
pub const INDENTED: u8 = 128;

/// Whether a byte is of one of the classes.
#[inline(always)]
pub fn is(byte: u8, classes: u8) -> bool {
    TABLE[byte as usize] & classes != 0
}

static TABLE: [u8; 256] = table();

const fn table() -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = classes(byte as u8);
        byte += 1;
    }
    table
}

const fn classes(byte: u8) -> u8 {
    match byte {
        b'a'..=b'z' | b'A'..=b'Z' => BEGINS_WORD | WORD | PATH | URI,
        b'0'..=b'9' => WORD | PATH | URI | DIGIT,
        b'_' => BEGINS_WORD | WORD | PATH | URI,
        b'-' => WORD | PATH | URI,
        b'.' | b'+' => PATH | URI | LENGTHENS,
        b'/' | b':' => URI | LENGTHENS,
        b'\'' => WORD | URI | INDENTED,
        b'$' => URI | STRING | INDENTED,
        b'%' | b'?' | b'@' | b'&' | b'=' | b',' | b'!' | b'~' | b'*' => URI,
        b'"' | b'\\' | b'\r' => STRING,
        b'\0' => STRING | INDENTED,
        _ => 0,
    }
}
