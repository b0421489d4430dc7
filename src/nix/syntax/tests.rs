//! Rules that are hard to see from outside: places, limits, and time.

use super::ast::{Ast, BindingValue, Expr, ExprId};
use super::show::{Folders, show};
use super::*;
use proptest::prelude::*;
use std::time::{Duration, Instant};

const FOLDERS: Folders<'_> = Folders { base: b"/base", home: b"/home/me" };

fn tree(source: &str) -> (Ast, Symbols) {
    let mut symbols = Symbols::new();
    let ast = parse(source.as_bytes(), &mut symbols).unwrap_or_else(|error| panic!("{source}: {error}"));
    (ast, symbols)
}

fn shown(source: &str) -> String {
    let (ast, symbols) = tree(source);
    String::from_utf8(show(&ast, &symbols, FOLDERS)).unwrap()
}

fn error(source: &[u8]) -> ParseError {
    parse(source, &mut Symbols::new()).expect_err("this is no Nix")
}

/// The offsets of the expressions that `wanted` picks, in the order they end.
fn offsets(source: &str, wanted: impl Fn(Expr) -> bool) -> Vec<u32> {
    let (ast, _) = tree(source);
    let picked = ast.exprs.iter().zip(&ast.offsets).filter(|(expr, _)| wanted(**expr));
    picked.map(|(_, offset)| *offset).collect()
}

#[test]
fn expressions_are_where_nix_says_they_are() {
    let binary = |expr| matches!(expr, Expr::Binary(..));
    assert_eq!(offsets("a + b * c", binary), [6, 2]);
    assert_eq!(offsets("(a: a) b", |expr| matches!(expr, Expr::Lambda(_))), [1]);
    assert_eq!(offsets("(a: a) b", |expr| matches!(expr, Expr::Apply { .. })), [0]);
    // A call that is called again is one call, and begins where it did.
    assert_eq!(offsets("  ((f a) b) c", |expr| matches!(expr, Expr::Apply { .. })).last(), Some(&4));
    assert_eq!(offsets("(a).b", |expr| matches!(expr, Expr::Select { .. })), [0]);
    assert_eq!(offsets(" rec { }", |expr| matches!(expr, Expr::Attrs(_))), [1]);
    // The place of a string with interpolations is that of its first part.
    assert_eq!(offsets(" \"a${b}\"", |expr| matches!(expr, Expr::Interpolation(_))), [2]);
    assert_eq!(offsets(" ''a${b}''", |expr| matches!(expr, Expr::Interpolation(_))), [1]);
    assert_eq!(offsets("a ? b", |expr| matches!(expr, Expr::HasAttr { .. })), [2]);
}

#[test]
fn the_beginning_of_an_operand_counts_its_parentheses() {
    for (source, start) in [
        ("a + b", 0),
        ("((a)) + b", 0),
        ("  (a + b) * c - d", 2),
        ("  \"x${a}\" + b", 2),
        ("  ''x${a}'' + b", 2),
        ("  (f) x + b", 2),
        (" (a) ? b", 1),
    ] {
        let (ast, _) = tree(source);
        assert_eq!(ast.start(ast.root.unwrap()), start, "{source}");
    }
    let (ast, _) = tree("1 + (  2)");
    let Expr::Binary(_, _, right) = ast.expr(ast.root.unwrap()) else { panic!() };
    assert_eq!((ast.start(right), ast.offsets[right.0 as usize]), (4, 7));
}

#[test]
fn every_part_of_a_string_has_its_place() {
    let (ast, _) = tree("\"ab${c}d${ e }\"");
    let Expr::Interpolation(parts) = ast.expr(ast.root.unwrap()) else { panic!() };
    assert_eq!(ast.part_offsets(parts).collect::<Vec<_>>(), [1, 3, 7, 8]);
    assert_eq!(ast.ids(parts).len(), 4);
    let (ast, _) = tree("./a/${b}/c");
    let Expr::PathInterpolation(parts) = ast.expr(ast.root.unwrap()) else { panic!() };
    assert_eq!(ast.part_offsets(parts).collect::<Vec<_>>(), [0, 4, 8]);
}

/// The names of the outermost set, with the places where they are written.
fn names(source: &str) -> Vec<(String, u32)> {
    let (ast, symbols) = tree(source);
    let (Expr::Attrs(set) | Expr::Let { set, .. }) = ast.expr(ast.root.unwrap()) else { panic!() };
    let name = |binding: &ast::Binding| {
        (String::from_utf8_lossy(symbols.text(binding.name)).into_owned(), binding.offset)
    };
    ast.bindings(ast.sets[set as usize]).iter().map(name).collect()
}

#[test]
fn names_are_where_unsafe_get_attr_pos_says() {
    let expected = [("a".to_owned(), 2), ("b c".to_owned(), 10), ("d".to_owned(), 29), ("e".to_owned(), 31)];
    assert_eq!(names("{ a = 1; \"b c\".x = 2; inherit d e; }")[0], expected[0]);
    assert_eq!(names("{ a = 1;  \"b c\".x = 2; inherit d e; }")[1], expected[1]);
    assert_eq!(names("{ a = 1;  \"b c\".x = 2; inherit d e; }")[2].1, 31);
    // The first place counts where a later path adds to a set, and every name of a path is where the path begins.
    let (ast, _) = tree("{ a.b = 1; a.c = 2; }");
    let Expr::Attrs(outer) = ast.expr(ast.root.unwrap()) else { panic!() };
    let [a] = ast.bindings(ast.sets[outer as usize]) else { panic!() };
    let BindingValue::Expr(inner) = a.value else { panic!() };
    let Expr::Attrs(inner) = ast.expr(inner) else { panic!() };
    let inner = ast.bindings(ast.sets[inner as usize]);
    assert_eq!((a.offset, inner[0].offset, inner[1].offset), (2, 2, 11));
}

#[test]
fn a_large_set_finds_what_is_defined_twice() {
    let many: String = (0..5000).map(|n| format!("a{n} = 1; s.b{n} = 2; ")).collect();
    let (ast, _) = tree(&format!("{{ {many} }}"));
    assert!(ast.sets.iter().any(|set| set.bindings.len == 5001));
    assert!(ast.sets.iter().any(|set| set.bindings.len == 5000));
    for twice in ["a0", "a4999", "s.b0", "s.b4999", "s"] {
        let source = format!("{{ {many} {twice} = 3; }}");
        let wrong = error(source.as_bytes());
        assert_eq!(wrong.message, format!("attribute `{twice}` is defined twice"));
        let second = wrong.second.unwrap();
        assert_eq!(second.offset as usize, source.find(&format!(" {twice}")).unwrap() + 1, "{twice}");
    }
    let formals: String = (0..5000).map(|n| format!("a{n}, ")).collect();
    tree(&format!("{{ {formals} ... }}: 1"));
    assert_eq!(
        error(format!("{{ {formals} b, a77 }}: 1").as_bytes()).message,
        "argument `a77` is named twice"
    );
}

#[test]
fn merging_keeps_every_source_of_inherited_names() {
    let merged =
        "{ x = { inherit (p) a; }; x = { inherit (q) b c; inherit (r) d; }; x.e = 1; x = { ${f} = 2; }; }";
    assert_eq!(
        shown(merged),
        "{ x = { inherit (p) a; inherit (q) b c; inherit (r) d; e = 1; \"${f}\" = 2; }; }"
    );
}

#[test]
fn what_one_file_left_behind_is_not_seen_by_the_next() {
    let many: String = (0..40).map(|n| format!("a{n} = 1; ")).collect();
    let broken = [
        format!("{{ {many} b.c = {{ {many} d = [ 1 (f 2 \"x${{''y${{"),
        "{ a, b ? [ 1 { c.d = ".to_owned(),
        format!("{{ {many} a0 = 1; }}"),
    ];
    let right = format!("{{ a, b }}: {{ {many} b.c = [ a \"x${{b}}\" ]; b.d = ''${{a}} ''; }}");
    let mut scratch = Scratch::default();
    for source in broken {
        let mut symbols = Symbols::new();
        let options = ParseOptions::default();
        parse_reusing(source.as_bytes(), &mut symbols, options, &mut scratch).unwrap_err();
        let ast = parse_reusing(right.as_bytes(), &mut symbols, options, &mut scratch).unwrap();
        assert_eq!(String::from_utf8(show(&ast, &symbols, FOLDERS)).unwrap(), shown(&right));
    }
}

#[test]
fn pipes_are_calls_where_they_are_enabled() {
    let options = ParseOptions { pipe_operators: true };
    for (source, expected) in [
        ("a |> b |> c", "(c (b a))"),
        ("a <| b <| c", "(a (b c))"),
        ("a |> f x", "(f x a)"),
        ("f x <| a + b", "(f x (a + b))"),
        ("a -> b |> c", "(c (a -> b))"),
    ] {
        let mut symbols = Symbols::new();
        let ast = parse_with(source.as_bytes(), &mut symbols, options).unwrap();
        assert_eq!(String::from_utf8(show(&ast, &symbols, FOLDERS)).unwrap(), expected);
        assert!(error(source.as_bytes()).message.contains("experimental"), "{source}");
    }
    for wrong in ["a |> b <| c", "a <| b |> c", "a |> x: x"] {
        assert!(parse_with(wrong.as_bytes(), &mut Symbols::new(), options).is_err(), "{wrong}");
    }
}

/// Everything that nests: what opens, what is inside, what closes.
const NESTS: &[(&str, &str, &str)] = &[
    ("(", "1", ")"),
    ("[", "", "]"),
    ("{ a = ", "1", "; }"),
    ("rec { a.b = ", "1", "; }"),
    ("let { a = ", "1", "; }"),
    ("let a = ", "1", "; in a"),
    ("let in ", "1", ""),
    ("{ ${", "a", "} = 1; }"),
    ("{ inherit (", "a", ") b; }"),
    ("a: ", "1", ""),
    ("{ }: ", "1", ""),
    ("{ a ? ", "1", " }: a"),
    ("if ", "a", " then b else c"),
    ("if a then b else ", "c", ""),
    ("with ", "a", "; b"),
    ("with a; ", "b", ""),
    ("assert a; ", "b", ""),
    ("a.b or ", "c", ""),
    ("a.${", "b", "}"),
    ("\"${", "a", "}\""),
    ("''${", "a", "}''"),
    ("./${", "a", "}"),
    ("- ", "a", ""),
    ("!", "a", ""),
    ("a ++ ", "b", ""),
    ("a // ", "b", ""),
    ("a -> ", "b", ""),
    ("", "a", " + b"),
    ("", "a", " * b"),
    ("", "a", " && b"),
    ("(", "a", ") ? b"),
    ("", "{ a", ".b = 1; }.b"),
];

#[test]
fn deep_nesting_is_an_error_and_no_overflow() {
    for (open, inside, close) in NESTS.iter().copied().filter(|nest| !nest.1.starts_with('{')) {
        let nested = |depth| format!("{}{inside}{}", open.repeat(depth), close.repeat(depth));
        let deep = nested(3_000);
        let (ast, symbols) = tree(&deep);
        assert!(!show(&ast, &symbols, FOLDERS).is_empty());
        let wrong = error(nested(100_000).as_bytes());
        assert!(wrong.message.contains("nest"), "{open}{inside}{close}: {}", wrong.message);
        // Never closed at all.
        let _ = parse(open.repeat(100_000).as_bytes(), &mut Symbols::new());
    }
    let path = |length: usize| format!("{{ a{} = 1; }}", ".a".repeat(length));
    tree(&path(3_000));
    assert!(error(path(100_000).as_bytes()).message.contains("nest"));
    // Beside each other is not inside each other.
    tree(&format!("{{ {} }}", (0..20_000).map(|n| format!("a{n}.b.c = 1 + 1; ")).collect::<String>()));
    tree(&format!("[ {} ]", "(a + b)".repeat(20_000)));
    tree(&format!("f {}", "(x: x)".repeat(20_000)));
}

#[test]
fn time_is_linear_in_the_length() {
    let repeated = [
        "a.",
        "a+",
        "a-",
        "a:",
        "a/",
        "<a",
        "''$",
        "'",
        "${",
        "\"${a} /*",
        "a.a_",
        "x@{",
        "/*",
        "((a) b) ",
        "#",
    ];
    let slow: Vec<String> = repeated.iter().map(|piece| piece.repeat(300_000)).collect();
    let sets = |body: &str| {
        format!("{{ {} }}", (0..30_000).map(|n| body.replace('#', &n.to_string())).collect::<String>())
    };
    let more = [
        sets("a# = #; "),
        sets("a#.b = #; "),
        sets("a.b# = #; "),
        sets("a = { b# = 1; }; "),
        sets("a = { b#.c = 1; }; a.d#.e = 1; "),
        sets("inherit (x) a#; "),
        sets("${a} = #; "),
        format!("{{ {} }}: 1", (0..60_000).map(|n| format!("a{n}, ")).collect::<String>()),
        format!("{}{}", "(".repeat(9_000), "f) x".repeat(9_000)),
        format!("''{}''", "  ${a}\n".repeat(60_000)),
        format!("''{}''", "''$".repeat(300_000)),
    ];
    for source in slow.iter().chain(&more) {
        let begin = Instant::now();
        let _ = parse(source.as_bytes(), &mut Symbols::new());
        let taken = begin.elapsed();
        // Without optimisation and on a busy machine this takes a tenth of a second; quadratic time takes minutes.
        assert!(taken < Duration::from_secs(10), "{}…: {taken:?}", &source[..30]);
    }
}

/// Any expression, as text.
fn expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        "[a-z_][a-zA-Z0-9_'-]{0,6}".prop_filter("no keyword", |word| {
            !["if", "then", "else", "assert", "with", "let", "in", "rec", "inherit", "or"]
                .contains(&word.as_str())
        }),
        any::<u32>().prop_map(|n| n.to_string()),
        (0u32..9999, 0u32..99).prop_map(|(whole, part)| format!("{}.{part}", whole + 1)),
        "\"[ a-z$\\\\n'é\\n]{0,6}x\"".prop_map(|text| text.replace("\\", "\\\\")),
        "''\\n[ a-z\\n]{0,12}''",
        Just("./a/b".to_owned()),
        Just("<nixpkgs/lib>".to_owned()),
        Just("http://x.y/z?q=1".to_owned()),
        Just("__curPos".to_owned()),
    ];
    leaf.prop_recursive(5, 60, 4, |inner| {
        let some = || prop::collection::vec(inner.clone(), 1..4);
        let operator = prop::sample::select(vec![
            "+", "-", "*", "/", "++", "//", "==", "!=", "<", "<=", ">", ">=", "&&", "||", "->",
        ]);
        prop_oneof![
            (inner.clone(), operator, inner.clone()).prop_map(|(a, op, b)| format!("({a}) {op} ({b})")),
            some().prop_map(|items| format!("[ ({}) ]", items.join(") ("))),
            some().prop_map(|items| format!("(({}))", items.join(") ("))),
            (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(a, b, c)| format!("(if {a} then {b} else {c})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({{ p, q ? ({a}), ... }}@r: {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("(with {a}; assert {b}; s: s)")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!(
                "rec {{ x.y = {a}; x.z = 1; inherit ({b}) u v; inherit w; \"if\" = 2; }}"
            )),
            (inner.clone(), inner.clone())
                .prop_map(|(a, b)| format!("(let k = {a}; in k.l.\"m n\".${{\"o\"}} or ({b}))")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("[ \"x$${{${{{a}}}\" \"${{{b}}}$y\" ]")),
            (inner.clone(), inner.clone())
                .prop_map(|(a, b)| format!("[ ''\n  x${{{a}}}'' ''\n   ${{{b}}}\n   x\n'' ]")),
            inner.clone().prop_map(|a| format!("(!({a})) ? b.c")),
            inner.prop_map(|a| format!("(-({a}))")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    /// What is shown is Nix again, and means the same: showing its tree gives the same text. (But for computed names
    /// and strings of one or of more than two parts, which Nix shows as what is read in another way.)
    #[test]
    fn what_is_shown_parses_to_the_same_tree(source in expression()) {
        let once = shown(&source);
        prop_assert_eq!(&shown(&once), &once, "{}", source);
    }

    /// Offsets lie in the file, numbers in their tables, and children before their parents.
    #[test]
    fn trees_are_whole(source in expression()) {
        let (ast, _) = tree(&source);
        prop_assert_eq!(ast.exprs.len(), ast.offsets.len());
        prop_assert!(ast.offsets.iter().all(|offset| *offset as usize <= source.len()));
        prop_assert!(ast.parens.windows(2).all(|pair| pair[0].0.0 <= pair[1].0.0));
        for (at, expr) in ast.exprs.iter().enumerate() {
            let before = |id: ExprId| (id.0 as usize) < at;
            match *expr {
                Expr::Binary(_, left, right) => prop_assert!(before(left) && before(right)),
                Expr::Apply { function, arguments } => {
                    prop_assert!(before(function) && ast.ids(arguments).iter().all(|id| before(*id)));
                    prop_assert!(arguments.len > 0);
                }
                Expr::List(row) | Expr::Interpolation(row) => prop_assert!(ast.ids(row).iter().all(|id| before(*id))),
                _ => {}
            }
        }
    }
}
