//! What a flake.nix says of itself has to be written out: whoever reads it learns its inputs without evaluating anything.

use crate::nix::error::{Error, Result};
use crate::nix::eval::Evaluator;
use crate::nix::syntax::ast::{Ast, Binding, BindingValue, Expr, ExprId, Set};
use crate::nix::syntax::lines::Lines;
use crate::nix::syntax::{ParseOptions, parse_with};

/// A value that is computed.
struct Computed {
    /// What should stand there.
    wanted: String,
    /// Where its name is written.
    offset: u32,
}

/// One file that is looked at.
struct Page<'a> {
    evaluator: &'a Evaluator,
    ast: &'a Ast,
    text: &'a [u8],
}

impl Evaluator {
    /// Makes sure that what a flake.nix says is written out. What is no Nix at all is left to whoever evaluates it.
    pub(super) fn check_written(&mut self, file: &str, text: &[u8]) -> Result<()> {
        let options = ParseOptions { pipe_operators: self.options.features.pipe_operators };
        let Ok(ast) = parse_with(text, &mut self.symbols, options) else { return Ok(()) };
        let Some(root) = ast.root else { return Ok(()) };
        let Expr::Attrs(set) = ast.expr(root) else {
            return Err(Error::other(format!("file '{file}' must be an attribute set")).hint(
                "a flake.nix is a set that is written out: `{ inputs = { … }; outputs = { self }: { … }; }`",
            ));
        };
        let page = Page { evaluator: self, ast: &ast, text };
        page.flake(ast.sets[set as usize]).map_err(|Computed { wanted, offset }| {
            let at = Lines::new(text).position(offset);
            Error::other(format!("{wanted} at {file}:{}:{}", at.line, at.column))
                .hint("what a flake.nix says of itself is written out, not computed; only `outputs` computes")
        })
    }
}

impl Page<'_> {
    fn flake(&self, set: Set) -> std::result::Result<(), Computed> {
        for binding in self.ast.bindings(set) {
            match self.name(binding).as_str() {
                "description" => self.literal(binding, "a string")?,
                "outputs" => self.literal(binding, "a function")?,
                "inputs" => self.inputs(binding)?,
                "nixConfig" => {
                    for setting in self.set(binding)? {
                        if self.is_computed(setting) {
                            let wanted =
                                format!("flake configuration setting '{}' is a thunk", self.name(setting));
                            return Err(Computed { wanted, offset: setting.offset });
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn inputs(&self, binding: &Binding) -> std::result::Result<(), Computed> {
        for input in self.set(binding)? {
            for attribute in self.set(input)? {
                match self.name(attribute).as_str() {
                    "inputs" => self.inputs(attribute)?,
                    "url" => self.literal(attribute, "a string or a path")?,
                    "flake" => self.literal(attribute, "a Boolean")?,
                    "follows" => self.literal(attribute, "a string")?,
                    name if self.is_computed(attribute) => {
                        let wanted = format!(
                            "flake input attribute '{name}' is a thunk while a string, Boolean, or integer is expected"
                        );
                        return Err(Computed { wanted, offset: attribute.offset });
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// The bindings of a set; none of what is of another type, which is said when it is evaluated.
    fn set(&self, binding: &Binding) -> std::result::Result<&[Binding], Computed> {
        self.literal(binding, "a set")?;
        Ok(match binding.value {
            BindingValue::Expr(id) => match self.ast.expr(id) {
                Expr::Attrs(set) => self.ast.bindings(self.ast.sets[set as usize]),
                _ => &[],
            },
            _ => &[],
        })
    }

    fn literal(&self, binding: &Binding, wanted: &str) -> std::result::Result<(), Computed> {
        match self.is_computed(binding) {
            true => {
                Err(Computed { wanted: format!("expected {wanted} but got a thunk"), offset: binding.offset })
            }
            false => Ok(()),
        }
    }

    /// Whether a value is none before something is evaluated. A variable is what it stands for.
    fn is_computed(&self, binding: &Binding) -> bool {
        let id: ExprId = match binding.value {
            BindingValue::Expr(id) => id,
            BindingValue::Inherit => return false,
            BindingValue::InheritFrom(_) => return true,
        };
        match self.ast.expr(id) {
            Expr::Int(_)
            | Expr::Float(_)
            | Expr::String(_)
            | Expr::Path(_)
            | Expr::CurPos
            | Expr::Variable(_)
            | Expr::List(_)
            | Expr::Lambda(_) => false,
            Expr::Attrs(set) => self.ast.sets[set as usize].dynamics.len > 0,
            // An indented string of several texts is one all the same.
            Expr::Interpolation(parts) => !self.ast.ids(parts).iter().all(|part| {
                let before = self.text[..self.ast.offsets[part.0 as usize] as usize].trim_ascii_end();
                matches!(self.ast.expr(*part), Expr::String(_)) && !before.ends_with(b"${")
            }),
            _ => true,
        }
    }

    fn name(&self, binding: &Binding) -> String {
        self.evaluator.name(binding.name)
    }
}
