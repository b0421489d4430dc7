//! Operators, from the loosest to the tightest, by precedence climbing.
//!
//! | level | operators | |
//! | --- | --- | --- |
//! | | `\|>`, `<\|` | left, right; never mixed, see [`Parser::pipe`] |
//! | 1 | `->` | right |
//! | 2 | `\|\|` | left |
//! | 3 | `&&` | left |
//! | 4 | `==` `!=` | not associative |
//! | 5 | `<` `<=` `>` `>=` | not associative |
//! | 6 | `//` | right |
//! | 7 | `!` | prefix |
//! | 8 | `+` `-` | left |
//! | 9 | `*` `/` | left |
//! | 10 | `++` | right |
//! | 11 | `?` | not associative |
//! | 12 | `-` | prefix |

use super::ast::{Expr, ExprId, Operator};
use super::error::Parsed;
use super::parser::Parser;
use super::token::Token;

/// The loosest level, and those of the prefixes.
const LOOSEST: u8 = 1;
const NOT: u8 = 7;
const NEGATE: u8 = 12;

#[derive(Clone, Copy, PartialEq)]
enum Associates {
    Left,
    Right,
    Never,
}

/// Level, associativity and meaning; `?` alone has no [`Operator`].
type Row = (u8, Associates, Option<Operator>);

/// In the order of [`Token`].
const TABLE: [Row; 16] = {
    use Associates::{Left, Never, Right};
    [
        (1, Right, Some(Operator::Implies)),
        (2, Left, Some(Operator::Or)),
        (3, Left, Some(Operator::And)),
        (4, Never, Some(Operator::Equal)),
        (4, Never, Some(Operator::NotEqual)),
        (5, Never, Some(Operator::Less)),
        (5, Never, Some(Operator::LessOrEqual)),
        (5, Never, Some(Operator::Greater)),
        (5, Never, Some(Operator::GreaterOrEqual)),
        (6, Right, Some(Operator::Update)),
        (8, Left, Some(Operator::Add)),
        (8, Left, Some(Operator::Subtract)),
        (9, Left, Some(Operator::Multiply)),
        (9, Left, Some(Operator::Divide)),
        (10, Right, Some(Operator::Concat)),
        (11, Never, None),
    ]
};

impl Parser<'_> {
    /// `x |> f |> g` and `g <| f <| x`: applications written as operators, looser than all of those.
    pub(super) fn pipe(&mut self) -> Parsed<ExprId> {
        let left = self.operators(LOOSEST)?;
        match self.lexer.token {
            Token::PipeInto => self.pipe_into(left),
            Token::PipeFrom => self.pipe_from(left),
            _ => Ok(left),
        }
    }

    /// The rest of `x |> f |> g` behind `x`.
    fn pipe_into(&mut self, mut left: ExprId) -> Parsed<ExprId> {
        while self.lexer.token == Token::PipeInto {
            let operator = self.pipe_operator()?;
            let function = self.operators(LOOSEST)?;
            let base = self.scratch.row.len();
            self.scratch.row.push(left);
            left = self.apply(function, base, operator);
            self.height += 1;
        }
        Ok(left)
    }

    /// The rest of `g <| f <| x` behind `g`.
    fn pipe_from(&mut self, function: ExprId) -> Parsed<ExprId> {
        let operator = self.pipe_operator()?;
        let mut argument = self.operators(LOOSEST)?;
        if self.lexer.token == Token::PipeFrom {
            argument = self.deeper(|parser| parser.pipe_from(argument))?;
        }
        let base = self.scratch.row.len();
        self.scratch.row.push(argument);
        Ok(self.apply(function, base, operator))
    }

    /// Past a pipe operator, if there are any.
    fn pipe_operator(&mut self) -> Parsed<usize> {
        if !self.options.pipe_operators {
            return Err(self.no_pipes());
        }
        let operator = self.lexer.start;
        self.lexer.advance();
        Ok(operator)
    }

    /// Operands with operators between them that bind as tight as `loosest` or tighter.
    #[inline(never)]
    fn operators(&mut self, loosest: u8) -> Parsed<ExprId> {
        let mut left = self.prefix()?;
        while let Some(at) = self.lexer.token.operator() {
            let (level, associates, operator) = TABLE[at];
            if level < loosest {
                break;
            }
            let offset = self.lexer.start;
            self.lexer.advance();
            left = match operator {
                Some(operator) => {
                    let tighter = if associates == Associates::Right { level } else { level + 1 };
                    let right = self.deeper(|parser| parser.operators(tighter))?;
                    self.add(Expr::Binary(operator, left, right), offset)
                }
                None => {
                    let path = self.attribute_path()?;
                    self.add(Expr::HasAttr { subject: left, path }, offset)
                }
            };
            // An operand to the left sinks by one with every operator to its right.
            self.height += 1;
            if associates == Associates::Never
                && self.lexer.token.operator().is_some_and(|next| TABLE[next].0 == level)
            {
                return Err(self.not_associative(offset));
            }
        }
        Ok(left)
    }

    /// An application with any number of `!` and `-` before it.
    fn prefix(&mut self) -> Parsed<ExprId> {
        let offset = self.lexer.start;
        match self.lexer.token {
            Token::Not => {
                self.lexer.advance();
                let operand = self.deeper(|parser| parser.operators(NOT))?;
                Ok(self.add(Expr::Not(operand), offset))
            }
            Token::Minus => {
                self.lexer.advance();
                let operand = self.deeper(|parser| parser.operators(NEGATE))?;
                Ok(self.add(Expr::Negate(operand), offset))
            }
            _ => self.application(),
        }
    }
}
