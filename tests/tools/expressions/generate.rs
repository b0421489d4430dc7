//! A generator of Nix expressions: from a seed always the same one, closed, well formed, and mostly well typed.
//!
//! It goes from types to text: asked for an expression of a type, it takes one of the forms that give the type (a literal,
//! a variable in scope, a function's call, `let`, `with`, `if`, a builtin, …) and asks itself for the parts. Now and then a
//! part has another type than it should, or throws, so that errors and `tryEval` are met too. Nothing loops: a function
//! never calls itself, save in forms that count down.

use super::library;
use super::rng::Rng;
use super::text;
use super::wild::wild;

/// What an expression is meant to give.
#[derive(Clone, PartialEq, Debug)]
pub enum Type {
    /// Integer.
    Int,
    /// Floating point.
    Float,
    /// Boolean.
    Bool,
    /// String, perhaps with a context.
    Text,
    /// `null`.
    Null,
    /// A path; nothing lies there.
    Path,
    /// A list of one type.
    List(Box<Type>),
    /// A set with at least these names.
    Set(Vec<(&'static str, Type)>),
    /// A set with any names, and values of one type.
    Map(Box<Type>),
    /// A function.
    Function(Box<Type>, Box<Type>),
}

/// Names of variables and attributes: few, so that they shadow each other.
pub const NAMES: [&str; 12] = ["a", "b", "c", "d", "e", "x", "y", "z", "foo", "bar", "a-b", "x'"];

/// The state of one expression's making.
pub struct Generator {
    pub rng: Rng,
    /// Variables in scope, innermost last.
    pub scope: Vec<(&'static str, Type)>,
    /// How many more expressions may be made, whatever the depth.
    pub fuel: u32,
}

/// Where a list of [`shown`] expressions begins: `show` writes any value as a text without sharing, with the context of
/// every string.
///
/// It goes six levels deep, since some values contain themselves. `files` is the folder of files that expressions read.
pub const SHOW: &str = r#"{ files }: let
  inherit (builtins) attrNames concatStringsSep getContext toJSON tryEval typeOf unsafeDiscardStringContext;
  base = { name = "d"; system = "s"; builder = "b"; };
  drv = derivation (base // { name = "e"; outputs = [ "out" "dev" ]; });
  ctx = "a-${drv}-${drv.dev}-b";
  show = showTo 6;
  showTo = depth: v: let t = typeOf v; in
    if t == "set" && depth == 0 then "{…}"
    else if t == "list" && depth == 0 then "[…]"
    else if t == "set" then "{${concatStringsSep ";" (map (n: "${n}=${showTo (depth - 1) v.${n}}") (attrNames v))}}"
    else if t == "list" then "[${concatStringsSep "," (map (showTo (depth - 1)) v)}]"
    else if t == "lambda" then "<function>"
    else if t == "path" then toString v
    else if t == "string" then
      "'${unsafeDiscardStringContext v}'${if getContext v == { } then "" else toJSON (getContext v)}"
    else toJSON v;
  shown = text: let tried = tryEval text; in
    if tried.success then unsafeDiscardStringContext tried.value else "thrown";
in ["#;

/// The expression of a seed, shown by `show`; or `thrown`, where `tryEval` catches why it has no value.
pub fn shown(seed: u64) -> String {
    format!("(shown (show ({})))", expression(seed))
}

/// The expression of a seed.
pub fn expression(seed: u64) -> String {
    let mut generator = Generator { rng: Rng::new(seed), scope: Vec::new(), fuel: 120 };
    if generator.rng.one_in(2) {
        let depth = generator.rng.below(3);
        return wild(&mut generator, depth);
    }
    let wanted = generator.any_type(2);
    let depth = 3 + generator.rng.below(4);
    generator.expr(&wanted, depth)
}

impl Generator {
    /// Some type.
    pub fn any_type(&mut self, depth: u32) -> Type {
        let kinds = if depth == 0 { 6 } else { 11 };
        match self.rng.below(kinds) {
            0 | 1 => Type::Int,
            2 => Type::Text,
            3 => Type::Bool,
            4 => self.rng.pick(&[Type::Float, Type::Null, Type::Path]).clone(),
            5 => Type::Text,
            6 | 7 => Type::List(Box::new(self.any_type(depth - 1))),
            8 => Type::Map(Box::new(self.any_type(depth - 1))),
            9 => {
                let names = self.distinct_names(3);
                Type::Set(names.into_iter().map(|name| (name, self.any_type(depth - 1))).collect())
            }
            _ => Type::Function(Box::new(self.any_type(depth - 1)), Box::new(self.any_type(depth - 1))),
        }
    }

    /// Up to so many names, at least one, none twice.
    pub fn distinct_names(&mut self, most: u32) -> Vec<&'static str> {
        let mut names: Vec<&'static str> = Vec::new();
        for _ in 0..1 + self.rng.below(most) {
            let name = *self.rng.pick(&NAMES);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// An expression that may stand anywhere, in parentheses if it needs them.
    pub fn atom(&mut self, wanted: &Type, depth: u32) -> String {
        let text = self.expr(wanted, depth);
        let simple = text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if simple { text } else { format!("({text})") }
    }

    /// An expression of a type.
    pub fn expr(&mut self, wanted: &Type, depth: u32) -> String {
        self.fuel = self.fuel.saturating_sub(1);
        if self.rng.one_in(90) {
            return self.fault(depth);
        }
        if depth == 0 || self.fuel == 0 {
            return self.variable(wanted).unwrap_or_else(|| self.literal(wanted, 0));
        }
        let depth = depth - 1;
        match self.rng.below(20) {
            0..=3 => self.literal(wanted, depth),
            4 | 5 => self.variable(wanted).unwrap_or_else(|| self.literal(wanted, depth)),
            6 | 7 => self.let_in(wanted, depth),
            8 => self.with(wanted, depth),
            9 => {
                let condition = self.expr(&Type::Bool, depth);
                let (yes, no) = (self.expr(wanted, depth), self.expr(wanted, depth));
                format!("if {condition} then {yes} else {no}")
            }
            10 | 11 => self.call(wanted, depth),
            12 | 13 => self.selection(wanted, depth),
            14 => self.wrapped(wanted, depth),
            _ => match library::call(self, wanted, depth) {
                Some(text) => text,
                None => self.literal(wanted, depth),
            },
        }
    }

    /// What fails when it is evaluated, or has no particular type.
    fn fault(&mut self, depth: u32) -> String {
        match self.rng.below(7) {
            0 | 1 => format!("throw \"t{}\"", self.rng.below(9)),
            2 => "assert false; 1".into(),
            3 => "{ }.missing".into(),
            4 => "abort \"no\"".into(),
            5 => wild(self, depth.min(1)),
            _ => {
                let other = self.any_type(1);
                self.expr(&other, depth.min(1))
            }
        }
    }

    fn variable(&mut self, wanted: &Type) -> Option<String> {
        let visible: Vec<&'static str> = self
            .scope
            .iter()
            .enumerate()
            .filter(|(at, (name, kind))| {
                kind == wanted && !self.scope[at + 1..].iter().any(|(later, _)| later == name)
            })
            .map(|(_, (name, _))| *name)
            .collect();
        if visible.is_empty() { None } else { Some((*self.rng.pick(&visible)).into()) }
    }

    /// A literal; its parts may be anything.
    pub fn literal(&mut self, wanted: &Type, depth: u32) -> String {
        match wanted {
            Type::Int => match self.rng.below(12) {
                0 => "9223372036854775807".into(),
                1 => "(-9223372036854775807 - 1)".into(),
                2 => format!("(-{})", self.rng.below(20)),
                3 => format!("{}", self.rng.next() >> 1),
                _ => format!("{}", self.rng.below(12)),
            },
            Type::Float => match self.rng.below(6) {
                0 => format!("{}.{}e{}", self.rng.below(10), self.rng.below(1000), self.rng.below(30)),
                1 => format!("{}.{}e-{}", 1 + self.rng.below(9), self.rng.below(1000), self.rng.below(30)),
                2 => format!("(-{}.5)", self.rng.below(100)),
                _ => format!("{}.{}", self.rng.below(100), self.rng.below(1000)),
            },
            Type::Bool => (*self.rng.pick(&["true", "false"])).into(),
            Type::Null => "null".into(),
            Type::Text => text::string(self, depth),
            Type::Path => text::path(self, depth),
            Type::List(item) => {
                let mut text = String::from("[ ");
                for _ in 0..self.rng.below(5) {
                    text += &self.atom(item, depth);
                    text.push(' ');
                }
                text + "]"
            }
            Type::Map(value) => {
                let names = self.distinct_names(4);
                let fields = names.into_iter().map(|name| (name, (**value).clone())).collect::<Vec<_>>();
                let kept = if self.rng.one_in(6) { 0 } else { fields.len() };
                self.set(&fields[..kept], depth, false)
            }
            Type::Set(fields) => {
                let more = self.rng.one_in(3);
                self.set(fields, depth, more)
            }
            Type::Function(from, to) => self.lambda(from, to, depth),
        }
    }

    /// A set with these fields, recursive or not, by names, strings or interpolations.
    fn set(&mut self, fields: &[(&'static str, Type)], depth: u32, more: bool) -> String {
        let mut fields = fields.to_vec();
        if more {
            let name = *self.rng.pick(&NAMES);
            if !fields.iter().any(|(known, _)| *known == name) {
                let kind = self.any_type(0);
                fields.push((name, kind));
            }
        }
        let recursive = self.rng.one_in(3);
        let mark = self.scope.len();
        let mut text = String::from(if recursive { "rec { " } else { "{ " });
        for (name, kind) in fields {
            let inherited = self.scope[..mark].iter().rev().find(|(known, _)| *known == name);
            if inherited.is_some_and(|(_, known)| *known == kind) && self.rng.one_in(2) {
                text += &format!("inherit {name}; ");
            } else if self.rng.one_in(12) {
                let from = self.atom(&Type::Set(vec![(name, kind.clone())]), depth.saturating_sub(1));
                text += &format!("inherit ({}) {name}; ", from);
            } else {
                let value = match &kind {
                    // `a.b = 1; a.c = 2;` instead of `a = { … };`
                    Type::Set(inner) if !inner.is_empty() && self.rng.one_in(3) => {
                        for (field, kind) in inner.clone() {
                            let value = self.expr(&kind, depth.saturating_sub(1));
                            text += &format!("{name}.{field} = {value}; ");
                        }
                        if recursive {
                            self.scope.push((name, kind));
                        }
                        continue;
                    }
                    kind => self.expr(kind, depth),
                };
                let written = match self.rng.below(12) {
                    0 => format!("\"{name}\""),
                    1 => format!("${{\"{name}\"}}"),
                    2 if !recursive => format!("${{\"{name}\" + \"\"}}"),
                    _ => name.into(),
                };
                text += &format!("{written} = {value}; ");
            }
            if recursive {
                self.scope.push((name, kind));
            }
        }
        self.scope.truncate(mark);
        text + "}"
    }

    /// `let … in …`: a binding sees those before it, and the body sees all.
    fn let_in(&mut self, wanted: &Type, depth: u32) -> String {
        let mark = self.scope.len();
        let mut text = String::from("let ");
        let names = self.distinct_names(3);
        let mut bindings = Vec::new();
        // All names are bound at once, so none of them may mean what it meant outside.
        let hidden: Vec<_> = self.scope.clone();
        self.scope.retain(|(name, _)| !names.contains(name));
        for name in names {
            let kind = if self.rng.one_in(3) { wanted.clone() } else { self.any_type(1) };
            let value = self.expr(&kind, depth);
            bindings.push(format!("{name} = {value}; "));
            self.scope.push((name, kind));
        }
        // The order of bindings says nothing.
        if self.rng.one_in(2) {
            bindings.reverse();
        }
        text += &bindings.concat();
        let body = self.expr(wanted, depth);
        self.scope = hidden;
        self.scope.truncate(mark);
        format!("{text}in {body}")
    }

    fn with(&mut self, wanted: &Type, depth: u32) -> String {
        let fields: Vec<_> =
            self.distinct_names(3).into_iter().map(|name| (name, self.any_type(1))).collect();
        let set = self.expr(&Type::Set(fields.clone()), depth);
        let hidden = self.scope.clone();
        // A `with` hides nothing: names that are bound already keep their meaning.
        for (name, kind) in fields {
            if !hidden.iter().any(|(known, _)| *known == name) {
                self.scope.push((name, kind));
            }
        }
        let body = self.expr(wanted, depth);
        self.scope = hidden;
        format!("with {set}; {body}")
    }

    fn call(&mut self, wanted: &Type, depth: u32) -> String {
        let from = self.any_type(1);
        let function = self.atom(&Type::Function(Box::new(from.clone()), Box::new(wanted.clone())), depth);
        let argument = self.atom(&from, depth);
        if self.rng.one_in(15) {
            return format!("{{ __functor = self: {function}; }} {argument}");
        }
        format!("{function} {argument}")
    }

    fn selection(&mut self, wanted: &Type, depth: u32) -> String {
        let name = *self.rng.pick(&NAMES);
        let set = format!("({})", self.expr(&Type::Set(vec![(name, wanted.clone())]), depth));
        match self.rng.below(7) {
            0 => format!("{set}.{name} or {}", self.atom(wanted, depth)),
            1 => {
                let missing = *self.rng.pick(&NAMES);
                format!("{set}.{missing} or {}", self.atom(wanted, depth))
            }
            2 => format!("{set}.\"{name}\""),
            3 => format!("{set}.${{{}}}", text::quoted(name)),
            4 => format!("{{ {name} = {set}; }}.{name}.{name}"),
            _ => format!("{set}.{name}"),
        }
    }

    /// The same value after something else happened.
    fn wrapped(&mut self, wanted: &Type, depth: u32) -> String {
        let inner = self.atom(wanted, depth);
        match self.rng.below(8) {
            0 => format!("assert {}; {inner}", self.expr(&Type::Bool, depth)),
            1 => {
                let other = self.any_type(1);
                format!("builtins.seq {} {inner}", self.atom(&other, depth))
            }
            2 => {
                let other = self.any_type(1);
                format!("builtins.deepSeq {} {inner}", self.atom(&other, depth))
            }
            3 => format!("builtins.head [ {inner} ]"),
            4 | 5 => {
                let instead = self.atom(wanted, depth);
                format!("(t: if t.success then t.value else {instead}) (builtins.tryEval {inner})")
            }
            6 => format!("builtins.elemAt [ {inner} {} ] {}", self.atom(wanted, depth), self.rng.below(2)),
            _ => format!("(let r = n: if n <= 0 then {inner} else r (n - 1); in r) {}", self.rng.below(4)),
        }
    }

    fn lambda(&mut self, from: &Type, to: &Type, depth: u32) -> String {
        let hidden = self.scope.clone();
        let text = match from {
            Type::Set(fields) if self.rng.below(3) > 0 => {
                let mut formals = Vec::new();
                let names: Vec<_> = fields.iter().map(|(name, _)| *name).collect();
                self.scope.retain(|(name, _)| !names.contains(name));
                for (name, kind) in fields {
                    let written = if self.rng.one_in(3) {
                        let default = self.expr(kind, depth.saturating_sub(1));
                        format!("{name} ? {default}")
                    } else {
                        (*name).to_owned()
                    };
                    formals.push(written);
                    self.scope.push((name, kind.clone()));
                }
                if self.rng.one_in(3) {
                    let name = *self.rng.pick(&NAMES);
                    if !names.contains(&name) {
                        let default = self.literal(&Type::Int, 0);
                        formals.push(format!("{name} ? {default}"));
                        self.scope.push((name, Type::Int));
                    }
                }
                // Sets may have more than was asked for.
                if self.rng.below(4) > 0 {
                    formals.push("...".into());
                }
                let formals = formals.join(", ");
                let pattern = match self.rng.below(5) {
                    0 => {
                        self.scope.push(("all", from.clone()));
                        format!("{{ {formals} }}@all")
                    }
                    1 => {
                        self.scope.push(("all", from.clone()));
                        format!("all@{{ {formals} }}")
                    }
                    _ => format!("{{ {formals} }}"),
                };
                format!("{pattern}: {}", self.expr(to, depth))
            }
            from => {
                let name = *self.rng.pick(&NAMES);
                self.scope.push((name, from.clone()));
                format!("{name}: {}", self.expr(to, depth))
            }
        };
        self.scope = hidden;
        text
    }
}
