//! Operators and builtins, by the type of what they give.

use super::generate::{Generator, NAMES, Type};
use super::text;

fn list(item: Type) -> Type {
    Type::List(Box::new(item))
}

fn map(value: Type) -> Type {
    Type::Map(Box::new(value))
}

fn function(from: Type, to: Type) -> Type {
    Type::Function(Box::new(from), Box::new(to))
}

/// What an entry of a table asks for: `i` an integer, `f` a float, `n` any number, `b` a Boolean, `s` a string, `p` a path,
/// `l` a list of strings, `j` one of integers, `m` a set of integers, `t` one of strings, `?` anything, `k` a name in quotes,
/// `r` a regular expression, `R` a wilder one, `v` a version, `o` a small number, `J` and `T` JSON and TOML as strings, `N` a
/// file below `files`, `B` a file's name, `Y` a file's type, `H` a hash's algorithm, `F` its form, `h` an output's hash mode.
/// What follows `%` is replaced; the rest is text.
pub fn fill(generator: &mut Generator, form: &str, depth: u32) -> String {
    let mut text = String::new();
    let mut characters = form.chars();
    while let Some(character) = characters.next() {
        if character != '%' {
            text.push(character);
            continue;
        }
        text += &match characters.next().expect("a letter follows a percent sign") {
            'i' => generator.atom(&Type::Int, depth),
            'f' => generator.atom(&Type::Float, depth),
            'n' if generator.rng.one_in(3) => generator.atom(&Type::Float, depth),
            'n' => generator.atom(&Type::Int, depth),
            'b' => generator.atom(&Type::Bool, depth),
            's' => generator.atom(&Type::Text, depth),
            'p' => generator.atom(&Type::Path, depth),
            'l' => generator.atom(&list(Type::Text), depth),
            'j' => generator.atom(&list(Type::Int), depth),
            'm' => generator.atom(&map(Type::Int), depth),
            't' => generator.atom(&map(Type::Text), depth),
            '?' => {
                let kind = generator.any_type(2);
                generator.atom(&kind, depth)
            }
            'k' => {
                let name: &str = generator.rng.pick::<&str>(&NAMES);
                text::quoted(name)
            }
            'r' => text::quoted(&text::regex(generator, 2)),
            'v' => version(generator),
            'R' => text::quoted(&text::wild_regex(generator, 3).replace("${", "\\${")),
            'J' => text::json(generator, 3),
            'T' => text::toml(generator),
            'N' => text::quoted(&format!("/{}", generator.rng.pick(&text::FILES))),
            'B' => {
                let file = *generator.rng.pick(&text::FILES);
                text::quoted(file.rsplit('/').next().unwrap_or(file))
            }
            'Y' => text::quoted(generator.rng.pick::<&str>(&["regular", "directory", "symlink"])),
            'H' => text::quoted(generator.rng.pick::<&str>(&["md5", "sha1", "sha256", "sha512", "sha3", ""])),
            'F' => {
                text::quoted(generator.rng.pick::<&str>(&["base16", "base32", "nix32", "base64", "sri", "x"]))
            }
            'h' => text::quoted(generator.rng.pick::<&str>(&["flat", "recursive", "nar", "text", "bad"])),
            'o' => generator.rng.below(5).to_string(),
            other => unreachable!("no such letter: {other}"),
        };
    }
    text
}

fn version(generator: &mut Generator) -> String {
    let mut text = String::from("\"");
    for _ in 0..1 + generator.rng.below(5) {
        text += *generator.rng.pick(&["1", "2", "10", ".", "-", "pre", "a", "foo", "0", ".."]);
    }
    text + "\""
}

const INTEGERS: [&str; 33] = [
    "%i + %i",
    "%i - %i",
    "%i * %i",
    "%i / %i",
    "-%i",
    "builtins.add %i %i",
    "builtins.sub %i %i",
    "builtins.mul %i %i",
    "builtins.div %i %i",
    "builtins.length %j",
    "builtins.length %l",
    "builtins.stringLength %s",
    "builtins.bitAnd %i %i",
    "builtins.bitOr %i %i",
    "builtins.bitXor %i %i",
    "builtins.floor %f",
    "builtins.ceil %f",
    "builtins.foldl' (p: q: p + q) %i %j",
    "builtins.foldl' (p: q: p * 2 - q) 0 %j",
    "builtins.compareVersions %v %v",
    "builtins.head %j",
    "builtins.elemAt %j %o",
    "builtins.fromJSON (builtins.toJSON %i)",
    "builtins.length (builtins.attrNames %m)",
    "builtins.foldl' (p: n: p + builtins.stringLength n) 0 (builtins.attrNames %t)",
    "builtins.getAttr %k %m",
    "(%m).${%k} or %i",
    "(builtins.functionArgs ({ p, q ? %i }: p)).q or %i",
    "(x: y: x - y) %i %i",
    "builtins.length (builtins.split %r %s)",
    "builtins.length (builtins.genericClosure { startSet = map (key: { inherit key; }) %j; operator = i: if i.key > 3 || i.key < 0 then [ ] else [ { key = i.key + 1; } ]; })",
    "builtins.length (builtins.splitVersion %v)",
    "if builtins.isNull %? then %i else %i",
];

const FLOATS: [&str; 10] = [
    "%f + %n",
    "%n - %f",
    "%f * %n",
    "%n / %f",
    "-%f",
    "builtins.add %n %f",
    "builtins.mul %f %n",
    "builtins.fromJSON (builtins.toJSON %f)",
    "%i + %f",
    "builtins.foldl' builtins.add 0.5 %j",
];

const BOOLEANS: [&str; 44] = [
    "%n == %n",
    "%n < %n",
    "%n <= %n",
    "%n > %n",
    "%n >= %n",
    "%n != %n",
    "%s == %s",
    "%s < %s",
    "%s >= %s",
    "%p == %p",
    "%p < %p",
    "%? == %?",
    "%? != %?",
    "(x: x == x) %?",
    "%j == %j",
    "%j < %j",
    "%l < %l",
    "%l == %l",
    "%m == %m",
    "%b && %b",
    "%b || %b",
    "%b -> %b",
    "!%b",
    "%m ? a",
    "%t ? ${%k}",
    "%? ? foo.bar",
    "builtins.hasAttr %k %m",
    "builtins.elem %i %j",
    "builtins.elem %? [ %? %? ]",
    "builtins.any (p: p > %i) %j",
    "builtins.all (p: p > %i) %j",
    "builtins.isInt %?",
    "builtins.isString %?",
    "builtins.isAttrs %?",
    "builtins.isList %?",
    "builtins.isFunction %?",
    "builtins.isFloat %n",
    "builtins.isBool %?",
    "builtins.isPath %p",
    "builtins.lessThan %n %n",
    "builtins.hasContext %s",
    "builtins.match %r %s == null",
    "(builtins.tryEval %?).success",
    "(builtins.tryEval (builtins.deepSeq %? 1)).success",
];

const TEXTS: [&str; 53] = [
    "%s + %s",
    "%s + %s + %s",
    "%s + toString %i",
    "toString %n",
    "toString %b",
    "toString %l",
    "toString %j",
    "toString %p",
    "toString [ %s %l %i null %b ]",
    "builtins.substring %o %o %s",
    "builtins.substring %o (-1) %s",
    "builtins.concatStringsSep %s %l",
    "builtins.replaceStrings %l %l %s",
    "builtins.replaceStrings [ \"a\" \"foo\" ] [ %s %s ] %s",
    "builtins.replaceStrings [ \"\" ] [ %s ] %s",
    "builtins.toJSON %?",
    "builtins.toJSON %f",
    "builtins.toJSON %t",
    "builtins.toXML %?",
    "builtins.toXML %m",
    "builtins.typeOf %?",
    "builtins.baseNameOf %s",
    "builtins.baseNameOf %p",
    "builtins.dirOf %s",
    "builtins.head %l",
    "builtins.elemAt %l %o",
    "builtins.hashString \"sha256\" %s",
    "builtins.hashString \"md5\" %s",
    "builtins.unsafeDiscardStringContext %s",
    "builtins.concatStringsSep \",\" (builtins.attrNames %m)",
    "builtins.concatStringsSep \" \" (map toString %j)",
    "builtins.concatStringsSep \"/\" (builtins.splitVersion %v)",
    "(builtins.parseDrvName %v).name",
    "(builtins.parseDrvName %v).version",
    "builtins.placeholder \"out\"",
    "builtins.toFile \"f\" %s",
    "builtins.appendContext %s { \"/nix/store/ybf7by4xvcgjhwilsg87rqz9di79bify-greeting\" = { path = true; }; }",
    "(derivation { name = \"d\"; system = \"s\"; builder = \"b\"; v = %s; }).outPath",
    "(derivation { name = \"d\"; system = \"s\"; builder = \"b\"; v = %?; }).outPath",
    "(derivation { name = \"d\"; system = \"s\"; builder = \"b\"; args = %l; outputs = [ \"out\" \"dev\" ]; }).dev.outPath",
    "(derivation { name = \"d\"; system = \"s\"; builder = \"b\"; __structuredAttrs = true; v = %?; }).drvPath",
    "builtins.unsafeDiscardStringContext (derivation { name = \"d\"; system = \"s\"; builder = \"b\"; v = %t; }).drvPath",
    "(%t).${%k} or %s",
    "builtins.getAttr %k %t",
    "builtins.fromJSON (builtins.toJSON %s)",
    "(x: \"${x}${x}\") %s",
    "builtins.foldl' (p: q: p + q) \"\" %l",
    "builtins.concatStringsSep \"|\" (builtins.filter builtins.isString (builtins.split %r %s))",
    "builtins.toJSON (builtins.split %r %s)",
    "builtins.toJSON (builtins.match %r %s)",
    "builtins.toJSON (builtins.getContext %s)",
    "builtins.convertHash { hash = builtins.hashString \"sha256\" %s; hashAlgo = \"sha256\"; toHashFormat = \"nix32\"; }",
    "builtins.toJSON (builtins.fromTOML ''x = 1.5\ny = [ 1, 2 ]'' // %m)",
];

const STRINGS: [&str; 15] = [
    "%l ++ %l",
    "map (p: p + %s) %l",
    "map toString %j",
    "builtins.attrNames %m",
    "builtins.attrNames %t",
    "builtins.attrValues %t",
    "builtins.filter (p: p != %s) %l",
    "builtins.tail %l",
    "builtins.sort builtins.lessThan %l",
    "builtins.sort (p: q: builtins.stringLength p < builtins.stringLength q) %l",
    "builtins.concatMap (p: [ p %s ]) %l",
    "builtins.splitVersion %v",
    "builtins.genList (n: %s + toString n) %o",
    "builtins.concatLists [ %l %l ]",
    "builtins.catAttrs %k [ %t %t ]",
];

const NUMBERS: [&str; 17] = [
    "%j ++ %j",
    "map (p: p + %i) %j",
    "map builtins.stringLength %l",
    "builtins.genList (n: n * %i) %o",
    "builtins.sort builtins.lessThan %j",
    "builtins.sort (p: q: p > q) %j",
    "builtins.filter (p: p > %i) %j",
    "builtins.attrValues %m",
    "builtins.tail %j",
    "builtins.concatLists [ %j %j ]",
    "builtins.concatMap (p: if p > %i then [ p ] else [ ]) %j",
    "builtins.catAttrs %k [ %m %m { } ]",
    "(builtins.partition (p: p > %i) %j).right",
    "(builtins.partition (p: p > %i) %j).wrong",
    "map (p: p.key) (builtins.genericClosure { startSet = [ { key = %i; } ]; operator = { key }: if key > 5 || key < 0 then [ ] else [ { key = key + 1; } ]; })",
    "builtins.foldl' (p: q: [ q ] ++ p) [ ] %j",
    "builtins.fromJSON (builtins.toJSON %j)",
];

const INTEGER_SETS: [&str; 14] = [
    "%m // %m",
    "builtins.mapAttrs (n: v: v + %i) %m",
    "builtins.mapAttrs (n: v: builtins.stringLength n) %t",
    "builtins.removeAttrs %m %l",
    "builtins.removeAttrs %m [ %k %k ]",
    "builtins.intersectAttrs %m %m",
    "builtins.intersectAttrs %t %m",
    "builtins.listToAttrs (map (p: { name = p; value = %i; }) %l)",
    "builtins.listToAttrs [ { name = %k; value = %i; } { name = %k; value = %i; } ]",
    "builtins.zipAttrsWith (n: vs: builtins.length vs) [ %m %t %m ]",
    "builtins.mapAttrs (n: v: builtins.length v) (builtins.groupBy (p: p) %l)",
    "builtins.fromJSON (builtins.toJSON %m)",
    "{ ${%k} = %i; ${%s} = %i; }",
    "{ inherit (%m) a b; }",
];

const STRING_SETS: [&str; 6] = [
    "%t // %t",
    "builtins.mapAttrs (n: v: n + v) %t",
    "builtins.removeAttrs %t [ %k ]",
    "builtins.intersectAttrs %m %t",
    "builtins.parseDrvName %v",
    "builtins.mapAttrs (n: v: toString v) %m",
];

const PATHS: [&str; 5] = [
    "%p + %s",
    "%p + \"/\" + %s",
    "builtins.dirOf %p",
    "%p + %p",
    "/. + builtins.unsafeDiscardStringContext %s",
];

/// A call of something that gives the type; none if nothing does.
pub fn call(generator: &mut Generator, wanted: &Type, depth: u32) -> Option<String> {
    let table: &[&str] = match wanted {
        Type::Int => &INTEGERS,
        Type::Float => &FLOATS,
        Type::Bool => &BOOLEANS,
        Type::Text => &TEXTS,
        Type::Path => &PATHS,
        Type::List(item) if **item == Type::Text => &STRINGS,
        Type::List(item) if **item == Type::Int => &NUMBERS,
        Type::List(item) => {
            let wanted = wanted.clone();
            let item = (**item).clone();
            let from = generator.any_type(1);
            return Some(match generator.rng.below(5) {
                0 => format!("{} ++ {}", generator.atom(&wanted, depth), generator.atom(&wanted, depth)),
                1 => {
                    let mapped = generator.atom(&function(from.clone(), item), depth);
                    format!("map {mapped} {}", generator.atom(&list(from), depth))
                }
                2 => format!("builtins.attrValues {}", generator.atom(&map(item), depth)),
                3 => {
                    let made = generator.atom(&function(Type::Int, item), depth);
                    format!("builtins.genList {made} {}", generator.rng.below(4))
                }
                _ => {
                    let test = generator.atom(&function(item, Type::Bool), depth);
                    format!("builtins.filter {test} {}", generator.atom(&wanted, depth))
                }
            });
        }
        Type::Map(value) if **value == Type::Int => &INTEGER_SETS,
        Type::Map(value) if **value == Type::Text => &STRING_SETS,
        Type::Map(value) => {
            let value = (**value).clone();
            return Some(match generator.rng.below(3) {
                0 => {
                    let (left, right) = (generator.atom(wanted, depth), generator.atom(wanted, depth));
                    format!("{left} // {right}")
                }
                1 => {
                    let made = generator.atom(&function(Type::Text, value), depth);
                    format!("builtins.mapAttrs (n: v: {made} n) {}", generator.atom(&map(Type::Int), depth))
                }
                _ => {
                    format!("builtins.zipAttrsWith (n: builtins.head) [ {} ]", generator.atom(wanted, depth))
                }
            });
        }
        Type::Set(_) => {
            let (left, right) = (generator.atom(&map(Type::Int), depth), generator.atom(wanted, depth));
            return Some(format!("{left} // {right}"));
        }
        Type::Function(from, to) if **from == Type::Int && **to == Type::Int => {
            return Some(fill(generator, "builtins.add %i", depth));
        }
        Type::Null | Type::Function(..) => return None,
    };
    let form = *generator.rng.pick(table);
    Some(fill(generator, form, depth))
}
