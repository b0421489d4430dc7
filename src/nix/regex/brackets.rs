//! Sets of bytes, and bracket expressions, which describe them.

use super::Fault;
use super::scan::{Scanner, Token};

/// A set of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct ByteSet([u64; 4]);

impl ByteSet {
    /// Every byte.
    pub(super) const ALL: ByteSet = ByteSet([u64::MAX; 4]);

    pub(super) fn of(belongs: impl Fn(u8) -> bool) -> ByteSet {
        let mut set = ByteSet::default();
        for byte in (0..=u8::MAX).filter(|byte| belongs(*byte)) {
            set.add(byte);
        }
        set
    }

    pub(super) fn one(byte: u8) -> ByteSet {
        let mut set = ByteSet::default();
        set.add(byte);
        set
    }

    /// The byte of a set of one.
    pub(super) fn single(&self) -> Option<u8> {
        let mut bytes = (0..=u8::MAX).filter(|byte| self.has(*byte));
        bytes.next().filter(|_| self.0.iter().map(|word| word.count_ones()).sum::<u32>() == 1)
    }

    pub(super) fn add(&mut self, byte: u8) {
        self.0[usize::from(byte >> 6)] |= 1 << (byte & 63);
    }

    pub(super) fn add_all(&mut self, other: &ByteSet) {
        for (word, other) in self.0.iter_mut().zip(other.0) {
            *word |= other;
        }
    }

    #[inline]
    pub(super) fn has(&self, byte: u8) -> bool {
        self.0[usize::from(byte >> 6)] >> (byte & 63) & 1 != 0
    }

    fn negated(self) -> ByteSet {
        ByteSet(self.0.map(|word| !word))
    }
}

/// What stood before in a bracket, as far as a dash after it asks.
enum Last {
    Nothing,
    Byte(u8),
    Class,
}

/// The rest of a bracket expression, after its `[` or `[^`.
pub(super) fn bracket(scanner: &mut Scanner<'_>, negated: bool) -> Result<ByteSet, Fault> {
    let mut set = ByteSet::default();
    let mut last = Last::Nothing;
    if scanner.takes(Token::Dash)? {
        last = Last::Byte(b'-');
    }
    loop {
        let mut next = match scanner.take()? {
            Token::BracketEnd => break,
            Token::Byte(byte) => Last::Byte(byte),
            Token::Collating(name) => Last::Byte(collating(name)?),
            Token::Class(name) => {
                set.add_all(&class(name)?);
                Last::Class
            }
            Token::Equivalence(name) => {
                // Equal but for case.
                let byte = collating(name)?;
                set.add(byte.to_ascii_lowercase());
                set.add(byte.to_ascii_uppercase());
                Last::Class
            }
            Token::Dash if scanner.takes(Token::BracketEnd)? => {
                set.add(b'-');
                break;
            }
            Token::Dash => {
                let Last::Byte(low) = last else { return Err(Fault::Invalid) };
                let high = match scanner.take()? {
                    Token::Byte(byte) => byte,
                    Token::Dash => b'-',
                    _ => return Err(Fault::Invalid),
                };
                let (low, high) = (low as i8, high as i8);
                if low > high {
                    return Err(Fault::Invalid);
                }
                set.add_all(&ByteSet::of(|byte| (low..=high).contains(&(byte as i8))));
                last = Last::Nothing;
                continue;
            }
            _ => return Err(Fault::Invalid),
        };
        std::mem::swap(&mut last, &mut next);
        if let Last::Byte(byte) = next {
            set.add(byte);
        }
    }
    if let Last::Byte(byte) = last {
        set.add(byte);
    }
    Ok(if negated { set.negated() } else { set })
}

/// The bytes of `[:name:]`.
fn class(name: &[u8]) -> Result<ByteSet, Fault> {
    let blank = |byte| byte == b' ' || byte == b'\t';
    let space = |byte: u8| byte == b' ' || (b'\t'..=b'\r').contains(&byte);
    Ok(match name.to_ascii_lowercase().as_slice() {
        b"alnum" => ByteSet::of(|byte| byte.is_ascii_alphanumeric()),
        b"alpha" => ByteSet::of(|byte| byte.is_ascii_alphabetic()),
        b"blank" => ByteSet::of(blank),
        b"cntrl" => ByteSet::of(|byte| byte.is_ascii_control()),
        b"d" | b"digit" => ByteSet::of(|byte| byte.is_ascii_digit()),
        b"graph" => ByteSet::of(|byte| byte.is_ascii_graphic()),
        b"lower" => ByteSet::of(|byte| byte.is_ascii_lowercase()),
        b"print" => ByteSet::of(|byte| byte == b' ' || byte.is_ascii_graphic()),
        b"punct" => ByteSet::of(|byte| byte.is_ascii_punctuation()),
        b"s" | b"space" => ByteSet::of(space),
        b"upper" => ByteSet::of(|byte| byte.is_ascii_uppercase()),
        b"w" => ByteSet::of(|byte| byte == b'_' || byte.is_ascii_alphanumeric()),
        b"xdigit" => ByteSet::of(|byte| byte.is_ascii_hexdigit()),
        _ => return Err(Fault::Invalid),
    })
}

/// The byte of `[.name.]`: its name in the POSIX locale (IEEE 1003.1, section 6.1). A letter is its own name, other
/// bytes are not.
fn collating(name: &[u8]) -> Result<u8, Fault> {
    if let [letter] = name
        && letter.is_ascii_alphabetic()
    {
        return Ok(*letter);
    }
    let control = CONTROLS.iter().position(|known| known.as_bytes() == name).map(|at| at as u8);
    let other = PUNCTUATION.iter().find(|(known, _)| known.as_bytes() == name).map(|(_, byte)| *byte);
    control.or(other).ok_or(Fault::Invalid)
}

const CONTROLS: [&str; 33] = [
    "NUL",
    "SOH",
    "STX",
    "ETX",
    "EOT",
    "ENQ",
    "ACK",
    "alert",
    "backspace",
    "tab",
    "newline",
    "vertical-tab",
    "form-feed",
    "carriage-return",
    "SO",
    "SI",
    "DLE",
    "DC1",
    "DC2",
    "DC3",
    "DC4",
    "NAK",
    "SYN",
    "ETB",
    "CAN",
    "EM",
    "SUB",
    "ESC",
    "IS4",
    "IS3",
    "IS2",
    "IS1",
    "space",
];

const PUNCTUATION: [(&str, u8); 43] = [
    ("exclamation-mark", b'!'),
    ("quotation-mark", b'"'),
    ("number-sign", b'#'),
    ("dollar-sign", b'$'),
    ("percent-sign", b'%'),
    ("ampersand", b'&'),
    ("apostrophe", b'\''),
    ("left-parenthesis", b'('),
    ("right-parenthesis", b')'),
    ("asterisk", b'*'),
    ("plus-sign", b'+'),
    ("comma", b','),
    ("hyphen", b'-'),
    ("period", b'.'),
    ("slash", b'/'),
    ("zero", b'0'),
    ("one", b'1'),
    ("two", b'2'),
    ("three", b'3'),
    ("four", b'4'),
    ("five", b'5'),
    ("six", b'6'),
    ("seven", b'7'),
    ("eight", b'8'),
    ("nine", b'9'),
    ("colon", b':'),
    ("semicolon", b';'),
    ("less-than-sign", b'<'),
    ("equals-sign", b'='),
    ("greater-than-sign", b'>'),
    ("question-mark", b'?'),
    ("commercial-at", b'@'),
    ("left-square-bracket", b'['),
    ("backslash", b'\\'),
    ("right-square-bracket", b']'),
    ("circumflex", b'^'),
    ("underscore", b'_'),
    ("grave-accent", b'`'),
    ("left-curly-bracket", b'{'),
    ("vertical-line", b'|'),
    ("right-curly-bracket", b'}'),
    ("tilde", b'~'),
    ("DEL", 0x7f),
];
