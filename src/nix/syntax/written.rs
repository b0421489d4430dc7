//! Where an attribute path is written in a file, for people: `services.nginx.enable` may stand there as it is, in sets within
//! sets, or inside of what is given to `mkIf` and `mkMerge`.

use super::ast::{Ast, BindingValue, Expr, ExprId, Set};
use super::lines::Lines;
use super::parse;
use crate::nix::symbols::{Symbol, Symbols};

/// How deep expressions are looked into: what is deeper nobody wrote by hand.
const DEEPEST: usize = 100;

/// The line on which a path is written, or the longest beginning of it. None where not even its first part is.
pub fn line_of(text: &[u8], steps: &[String]) -> Option<u32> {
    let mut symbols = Symbols::default();
    let ast = parse(text, &mut symbols).ok()?;
    let steps: Vec<Symbol> = steps.iter().map(|step| symbols.intern(step.as_bytes())).collect();
    let mut best: Option<(usize, u32)> = None;
    // Outer sets come after those within them: of two that have as much of the path, the outer one is meant.
    for expr in ast.exprs.iter().rev() {
        if let Expr::Attrs(set) = expr
            && let Some(found) = in_set(&ast, ast.sets[*set as usize], &steps, 0)
            && best.is_none_or(|(length, _)| found.0 > length)
        {
            best = Some(found);
        }
    }
    best.map(|(_, offset)| Lines::new(text).position(offset).line)
}

/// How many steps a set has, and where the last of them is written.
fn in_set(ast: &Ast, set: Set, steps: &[Symbol], depth: usize) -> Option<(usize, u32)> {
    let (first, rest) = steps.split_first()?;
    let binding = ast.bindings(set).iter().find(|binding| binding.name == *first)?;
    let further = match binding.value {
        BindingValue::Expr(id) if !rest.is_empty() => in_value(ast, id, rest, depth + 1),
        _ => None,
    };
    Some(further.map_or((1, binding.offset), |(length, offset)| (length + 1, offset)))
}

/// The same for the sets that a value may be made of.
fn in_value(ast: &Ast, id: ExprId, steps: &[Symbol], depth: usize) -> Option<(usize, u32)> {
    if depth > DEEPEST {
        return None;
    }
    let one = |id: ExprId| in_value(ast, id, steps, depth + 1);
    let parts: Vec<ExprId> = match ast.expr(id) {
        Expr::Attrs(set) => return in_set(ast, ast.sets[set as usize], steps, depth + 1),
        Expr::Apply { arguments, .. } => ast.ids(arguments).to_vec(),
        Expr::List(items) => ast.ids(items).to_vec(),
        Expr::Let { body, .. } | Expr::With { body, .. } | Expr::Assert { body, .. } => vec![body],
        Expr::If { yes, no, .. } => vec![yes, no],
        Expr::Binary(_, left, right) => vec![left, right],
        _ => Vec::new(),
    };
    parts.into_iter().filter_map(one).max_by_key(|(length, _)| *length)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_path_is_found_however_it_is_written() {
        let text = br#"{ config, lib, ... }:
{
  services.nginx.enable = true;
  services = {
    prometheus.port = 1;
    extra = lib.mkMerge [ { a = 1; } {
      b = 2; } ];
  };
  users.users = import ./users.nix;
  config = lib.mkIf config.x {
    boot = lib.mkForce {
      loader = 1; };
  };
}"#;
        let line = |path: &str| {
            let steps: Vec<String> = path.split('.').map(str::to_owned).collect();
            super::line_of(text, &steps)
        };
        assert_eq!(line("services.nginx.enable"), Some(3));
        assert_eq!(line("services.prometheus.port"), Some(5));
        assert_eq!(line("services.extra.b"), Some(7));
        assert_eq!(line("boot.loader"), Some(12));
        assert_eq!(line("users.users.anna.shell"), Some(9), "as much as is written");
        assert_eq!(line("nothing"), None);
        assert_eq!(super::line_of(b"{", &["a".into()]), None);
    }
}
