//! The lexer finds the next token when the parser asks for it; nothing is stored but that one.
//!
//! The longest match wins, which is what makes Nix's tokens odd: `a/b` is a path and `a / b` a division, `x:x` is a URI
//! and `x: x` a function, `a -b/c` applies `a` to the path `-b/c`. All of these begin with a *run* of path characters,
//! and what follows the run decides, see [`Lexer::longer`]. The texts of strings and of paths with interpolations are
//! no tokens: the parser reads them itself, with `strings.rs`.

use super::bytes::{BEGINS_WORD, DIGIT, LENGTHENS, PATH, URI, WORD, is};
use super::token::{Token, word};

/// A place in a file, with the token found there.
pub struct Lexer<'a> {
    /// The file.
    pub source: &'a [u8],
    /// The current token,
    pub token: Token,
    /// its first byte,
    pub start: usize,
    /// and the byte after its last.
    pub end: usize,
    /// Where the token before it ended.
    pub before: usize,
    /// Where to go on: [`Lexer::end`], or further where the blanks behind it were seen already.
    next: usize,
    /// Where the last run of path characters ended,
    run_end: usize,
    /// and the byte after its last `_`, which no URI has in its scheme.
    run_underscore: usize,
}

impl<'a> Lexer<'a> {
    /// At the beginning, with no token yet.
    pub fn new(source: &'a [u8]) -> Self {
        Lexer {
            source,
            token: Token::End,
            start: 0,
            end: 0,
            before: 0,
            next: 0,
            run_end: 0,
            run_underscore: 0,
        }
    }

    /// A byte; 0 behind the end.
    #[inline(always)]
    pub fn at(&self, at: usize) -> u8 {
        self.source.get(at).copied().unwrap_or(0)
    }

    /// The text of the current token.
    #[inline]
    pub fn text(&self) -> &'a [u8] {
        &self.source[self.start..self.end]
    }

    /// The first byte at or after `at` that is not of the classes.
    #[inline]
    pub fn skip(&self, at: usize, classes: u8) -> usize {
        self.first(at, |byte| !is(byte, classes))
    }

    /// The first byte at or after `at` that is of the classes.
    #[inline]
    pub fn until(&self, at: usize, classes: u8) -> usize {
        self.first(at, |byte| is(byte, classes))
    }

    /// The first byte at or after `at` that is wanted, or the end. Eight bytes are looked at without asking whether the
    /// file has ended.
    #[inline(always)]
    fn first(&self, mut at: usize, wanted: impl Fn(u8) -> bool) -> usize {
        while let Some(eight) = self.source.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
            for (index, byte) in eight.iter().enumerate() {
                if wanted(*byte) {
                    return at + index;
                }
            }
            at += 8;
        }
        while self.source.get(at).is_some_and(|byte| !wanted(*byte)) {
            at += 1;
        }
        at
    }

    /// To the next token.
    #[inline]
    pub fn advance(&mut self) {
        self.before = self.end;
        self.start = self.blanks(self.next);
        (self.token, self.end) = self.find(self.start);
        self.next = self.end;
    }

    /// To the token at or after `at`.
    #[inline]
    pub fn advance_from(&mut self, at: usize) {
        self.end = at;
        self.next = at;
        self.advance();
    }

    /// The first byte of the next token, without going there.
    #[inline]
    pub fn peek(&mut self) -> u8 {
        self.next = self.blanks(self.next);
        self.at(self.next)
    }

    /// Where blanks and comments end that begin at `at`. A comment that never ends is none.
    #[inline]
    pub fn blanks(&self, at: usize) -> usize {
        // Between most tokens there is nothing, or one space.
        let token = |byte| byte > b' ' && byte != b'#' && byte != b'/';
        match self.at(at) {
            byte if token(byte) => at,
            b' ' if token(self.at(at + 1)) => at + 1,
            _ => self.all_blanks(at),
        }
    }

    #[inline(never)]
    fn all_blanks(&self, mut at: usize) -> usize {
        loop {
            match self.at(at) {
                b' ' | b'\t' | b'\r' => at += 1,
                b'\n' => at = self.spaces(at + 1),
                b'#' => at = self.line_end(at),
                b'/' if self.at(at + 1) == b'*' => match self.comment_end(at) {
                    Some(end) => at = end,
                    None => return at,
                },
                _ => return at,
            }
        }
    }

    /// The end of a line's indentation, eight spaces at a time.
    #[inline]
    fn spaces(&self, mut at: usize) -> usize {
        while let Some(eight) = self.source.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
            let spaces = (u64::from_le_bytes(*eight) ^ 0x2020_2020_2020_2020).trailing_zeros() / 8;
            at += spaces as usize;
            if spaces < 8 {
                break;
            }
        }
        at
    }

    fn line_end(&self, at: usize) -> usize {
        let rest = &self.source[at..];
        at + memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len())
    }

    fn comment_end(&self, start: usize) -> Option<usize> {
        let mut at = start + 2;
        loop {
            at += memchr::memchr(b'/', self.source.get(at..)?)?;
            if at > start + 2 && self.at(at - 1) == b'*' {
                return Some(at + 1);
            }
            at += 1;
        }
    }

    /// The token that begins at `at`, which is no blank, and its end.
    #[inline]
    fn find(&mut self, at: usize) -> (Token, usize) {
        let one = |token| (token, at + 1);
        let two = |token| (token, at + 2);
        match self.at(at) {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => self.word(at),
            b'0'..=b'9' => self.number(at),
            b'.' => self.dot(at),
            b'-' => match self.longer(at) {
                Some(path) => path,
                None if self.at(at + 1) == b'>' => two(Token::Implies),
                None => one(Token::Minus),
            },
            b'+' => match self.longer(at) {
                Some(path) => path,
                None if self.at(at + 1) == b'+' => two(Token::Concat),
                None => one(Token::Plus),
            },
            b'/' => match self.path_end(at) {
                Some(end) => (Token::Path, end),
                None if self.at(at + 1) == b'/' => two(Token::Update),
                // A comment that never ends: `/` and `*` beside each other mean nothing else.
                None if self.at(at + 1) == b'*' => (Token::Invalid, self.source.len()),
                None => one(Token::Divide),
            },
            b'~' => match self.at(at + 1) == b'/' {
                true => self.path_end(at + 1).map_or(one(Token::Invalid), |end| (Token::HomePath, end)),
                false => one(Token::Invalid),
            },
            b'<' => match (self.search_path(at), self.at(at + 1)) {
                (Some(end), _) => (Token::SearchPath, end),
                (None, b'=') => two(Token::LessOrEqual),
                (None, b'|') => two(Token::PipeFrom),
                (None, _) => one(Token::Less),
            },
            b'=' if self.at(at + 1) == b'=' => two(Token::Equal),
            b'=' => one(Token::Assign),
            b';' => one(Token::Semicolon),
            b'"' => one(Token::Quote),
            b'\'' if self.at(at + 1) == b'\'' => two(Token::IndentedQuote),
            b'{' => one(Token::LeftBrace),
            b'}' => one(Token::RightBrace),
            b'(' => one(Token::LeftParen),
            b')' => one(Token::RightParen),
            b'[' => one(Token::LeftBracket),
            b']' => one(Token::RightBracket),
            b':' => one(Token::Colon),
            b',' => one(Token::Comma),
            b'?' => one(Token::Question),
            b'@' => one(Token::At),
            b'!' if self.at(at + 1) == b'=' => two(Token::NotEqual),
            b'!' => one(Token::Not),
            b'>' if self.at(at + 1) == b'=' => two(Token::GreaterOrEqual),
            b'>' => one(Token::Greater),
            b'&' if self.at(at + 1) == b'&' => two(Token::AndAnd),
            b'|' if self.at(at + 1) == b'|' => two(Token::OrOr),
            b'|' if self.at(at + 1) == b'>' => two(Token::PipeInto),
            b'*' => one(Token::Times),
            b'$' if self.at(at + 1) == b'{' => two(Token::DollarBrace),
            // Behind the end, too. Nix stops at a NUL as if the file ended there.
            0 => (Token::End, at),
            _ => one(Token::Invalid),
        }
    }

    /// An identifier or keyword, unless a path or URI begins here.
    #[inline]
    fn word(&mut self, at: usize) -> (Token, usize) {
        let end = self.skip(at + 1, WORD);
        if is(self.at(end), LENGTHENS)
            && let Some(longer) = self.longer(at)
        {
            return longer;
        }
        (word(&self.source[at..end]), end)
    }

    /// `12`, `1.5`, `1.`, `.5`, `1.5e3`. Only `0` itself may be a zero before the point, and only numbers with a point
    /// have an exponent: `00.5` is `00 .5` and `1e3` is `1 e3`.
    fn number(&mut self, at: usize) -> (Token, usize) {
        if let Some(longer) = self.longer(at) {
            return longer;
        }
        let end = self.skip(at, DIGIT);
        let point = self.at(end) == b'.';
        let float = match self.at(at) {
            b'0' => end == at + 1 && point && is(self.at(end + 1), DIGIT),
            _ => point,
        };
        if float { self.fraction(end) } else { (Token::Integer, end) }
    }

    /// The rest of a floating-point number, from its point on.
    fn fraction(&self, point: usize) -> (Token, usize) {
        let end = self.skip(point + 1, DIGIT);
        if !matches!(self.at(end), b'e' | b'E') {
            return (Token::Float, end);
        }
        let exponent = if matches!(self.at(end + 1), b'+' | b'-') { end + 2 } else { end + 1 };
        match self.skip(exponent, DIGIT) {
            none if none == exponent => (Token::Float, end),
            end => (Token::Float, end),
        }
    }

    #[inline]
    fn dot(&mut self, at: usize) -> (Token, usize) {
        // In `a.b` the run was looked at for `a` already.
        if let Some(longer) = self.longer(at) {
            return longer;
        }
        match (self.at(at + 1), self.at(at + 2)) {
            (b'0'..=b'9', _) => self.fraction(at),
            (b'.', b'.') => (Token::Ellipsis, at + 3),
            _ => (Token::Dot, at + 1),
        }
    }

    /// A path or URI that begins with the run of path characters at `at`: a run, then a slash and more of a path, or a
    /// colon and more of a URI.
    #[inline]
    fn longer(&mut self, at: usize) -> Option<(Token, usize)> {
        let end = self.run(at);
        match self.at(end) {
            b'/' => self.path_end(end).map(|end| (Token::Path, end)),
            b':' if is(self.at(end + 1), URI)
                && is(self.at(at), BEGINS_WORD)
                && self.run_underscore <= at =>
            {
                Some((Token::Uri, self.skip(end + 2, URI)))
            }
            _ => None,
        }
    }

    /// Where the run of path characters at `at` ends. Every identifier of `a.b.c.d` asks, so the answer is kept: else
    /// a long row of them would take time quadratic in its length.
    #[inline]
    fn run(&mut self, at: usize) -> usize {
        if at < self.run_end {
            return self.run_end;
        }
        let mut end = at;
        while is(self.at(end), PATH) {
            end += 1;
            if self.at(end - 1) == b'_' {
                self.run_underscore = end;
            }
        }
        self.run_end = end;
        end
    }

    /// The end of the path whose first slash is at `slash`: `/segment` as often as there is one, then perhaps a last
    /// slash; or just the slash if an interpolation follows.
    pub fn path_end(&self, slash: usize) -> Option<usize> {
        let mut at = slash;
        while self.at(at) == b'/' && is(self.at(at + 1), PATH) {
            at = self.skip(at + 2, PATH);
        }
        let more = self.at(at) == b'/';
        if at > slash {
            return Some(at + usize::from(more));
        }
        (more && self.at(at + 1) == b'$' && self.at(at + 2) == b'{').then_some(at + 1)
    }

    /// The end of `<nixpkgs/lib>`.
    fn search_path(&self, at: usize) -> Option<usize> {
        let mut end = self.skip(at + 1, PATH);
        while end > at + 1 && self.at(end) == b'/' && is(self.at(end + 1), PATH) {
            end = self.skip(end + 2, PATH);
        }
        (end > at + 1 && self.at(end) == b'>').then_some(end + 1)
    }
}
