//! A token is a word of the language. Its number is chosen so that "can begin an operand" and "is an operator" are
//! comparisons.

/// Kinds of tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Token {
    // What an operand begins with.
    Identifier,
    Quote,
    LeftParen,
    LeftBrace,
    LeftBracket,
    IndentedQuote,
    Path,
    HomePath,
    SearchPath,
    Uri,
    Integer,
    Float,
    Rec,
    /// Begins an operand in the old `let { … }` alone.
    Let,

    // Binary operators, in the order of the table in operators.rs.
    Implies,
    OrOr,
    AndAnd,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Update,
    Plus,
    Minus,
    Times,
    Divide,
    Concat,
    Question,

    // The rest.
    Not,
    PipeInto,
    PipeFrom,
    If,
    Then,
    Else,
    Assert,
    With,
    In,
    Inherit,
    /// The word `or`.
    Or,
    Dot,
    Ellipsis,
    Comma,
    Semicolon,
    Colon,
    At,
    Assign,
    DollarBrace,
    RightParen,
    RightBrace,
    RightBracket,
    /// The end of the file.
    End,
    /// A byte that no token begins with, or one that begins what never ends.
    Invalid,
}

impl Token {
    /// Whether an operand begins here, an argument or a list's element for example.
    #[inline]
    pub fn begins_operand(self) -> bool {
        self <= Token::Let
    }

    /// The place in the table of binary operators.
    #[inline]
    pub fn operator(self) -> Option<usize> {
        (self >= Token::Implies && self <= Token::Question).then(|| self as usize - Token::Implies as usize)
    }

    /// How messages name it.
    pub fn name(self) -> &'static str {
        match self {
            Token::Identifier => "an identifier",
            Token::Quote => "`\"`",
            Token::LeftParen => "`(`",
            Token::LeftBrace => "`{`",
            Token::LeftBracket => "`[`",
            Token::IndentedQuote => "`''`",
            Token::Path | Token::HomePath => "a path",
            Token::SearchPath => "a search path",
            Token::Uri => "a URI",
            Token::Integer => "an integer",
            Token::Float => "a floating-point number",
            Token::Rec => "`rec`",
            Token::Let => "`let`",
            Token::Implies => "`->`",
            Token::OrOr => "`||`",
            Token::AndAnd => "`&&`",
            Token::Equal => "`==`",
            Token::NotEqual => "`!=`",
            Token::Less => "`<`",
            Token::LessOrEqual => "`<=`",
            Token::Greater => "`>`",
            Token::GreaterOrEqual => "`>=`",
            Token::Update => "`//`",
            Token::Plus => "`+`",
            Token::Minus => "`-`",
            Token::Times => "`*`",
            Token::Divide => "`/`",
            Token::Concat => "`++`",
            Token::Question => "`?`",
            Token::Not => "`!`",
            Token::PipeInto => "`|>`",
            Token::PipeFrom => "`<|`",
            Token::If => "`if`",
            Token::Then => "`then`",
            Token::Else => "`else`",
            Token::Assert => "`assert`",
            Token::With => "`with`",
            Token::In => "`in`",
            Token::Inherit => "`inherit`",
            Token::Or => "`or`",
            Token::Dot => "`.`",
            Token::Ellipsis => "`...`",
            Token::Comma => "`,`",
            Token::Semicolon => "`;`",
            Token::Colon => "`:`",
            Token::At => "`@`",
            Token::Assign => "`=`",
            Token::DollarBrace => "`${`",
            Token::RightParen => "`)`",
            Token::RightBrace => "`}`",
            Token::RightBracket => "`]`",
            Token::End => "the end of the file",
            Token::Invalid => "a character that means nothing in Nix",
        }
    }
}

/// The token of a word: a keyword or an identifier.
#[inline]
pub fn word(text: &[u8]) -> Token {
    // Most identifiers are told from a keyword by their length or first byte.
    if text.len() > 7 || !matches!(text[0], b'i' | b't' | b'e' | b'a' | b'w' | b'l' | b'r' | b'o') {
        return Token::Identifier;
    }
    match text {
        b"if" => Token::If,
        b"then" => Token::Then,
        b"else" => Token::Else,
        b"assert" => Token::Assert,
        b"with" => Token::With,
        b"let" => Token::Let,
        b"in" => Token::In,
        b"rec" => Token::Rec,
        b"inherit" => Token::Inherit,
        b"or" => Token::Or,
        _ => Token::Identifier,
    }
}
