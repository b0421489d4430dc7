# Types that choose between values or types, narrow another type, or turn one value into another; and types that merge.
lib:
let
  inherit (lib) mkOption types;
  of =
    type: definitions:
    (lib.evalModules {
      modules = [ { options.a = mkOption { inherit type; }; } ] ++ map (a: { _file = "def.nix"; inherit a; }) definitions;
    }).config.a;
  one = type: value: of type [ value ];
  takes = type: values: map (value: (builtins.tryEval (builtins.deepSeq (one type value) true)).success) values;
  # An option that two modules declare.
  both =
    left: right: definitions:
    (lib.evalModules {
      modules = [
        { _file = "left.nix"; options.a = mkOption { type = left; }; }
        { _file = "right.nix"; options.a = mkOption { type = right; }; }
      ]
      ++ map (a: { _file = "def.nix"; inherit a; }) definitions;
    });
  number = types.coercedTo types.int toString types.str;
in
{
  null-or = takes (types.nullOr types.int) [ null 1 "a" ];
  null-and-not-null = of (types.nullOr types.int) [ null 1 ];
  null-twice = of (types.nullOr types.int) [ null null ];
  null-or-a-list = of (types.nullOr (types.listOf types.int)) [ [ 1 ] [ 2 ] ];
  null-is-what-nothing-means = of (types.nullOr types.int) [ ];
  enum = takes (types.enum [ "a" 1 null ]) [ "a" 1 null "b" ];
  enum-refuses = one (types.enum [ "red" "green" ]) "blue";
  enums-become-one = (both (types.enum [ "a" "b" ]) (types.enum [ "b" "c" ]) [ "c" ]).options.a.type.description;
  either = map (one (types.either types.int (types.listOf types.int))) [ 1 [ 1 2 ] ];
  either-merges-by-the-type-it-is = of (types.either types.int (types.listOf types.int)) [ [ 1 ] [ 2 ] ];
  either-refuses = one (types.either types.int types.bool) "x";
  one-of = takes (types.oneOf [ types.int types.bool (types.enum [ "auto" ]) ]) [ 1 true "auto" "x" ];
  one-of-none = one (types.oneOf [ ]) 1;
  coerced = of number [ 42 ];
  coerced-or-not = of number [ "as it is" ];
  coerced-each-definition = of (types.coercedTo types.str lib.singleton (types.listOf types.str)) [ "a" [ "b" ] "c" ];
  coerced-refuses = one number [ ];
  coerced-to-something-else = one (types.coercedTo types.str lib.toInt types.ints.u8) "300";
  coerced-inside = of (types.attrsOf number) [ { a = 1; b = "2"; } ];
  unique-once = one (types.uniq types.str) "x";
  unique-twice = of (types.uniq types.str) [ "x" "x" ];
  unique-says-why = of (types.unique { message = "There is but one."; } types.int) [ 1 2 ];
  unique-is-about-the-strongest = of (types.uniq types.str) [ "x" (lib.mkForce "y") ];
  unique-checks-inside = (one (types.uniq (types.attrsOf types.int)) { a = "x"; }).a;
  checked = takes (types.addCheck types.int (n: n / 2 * 2 == n)) [ 2 3 "2" ];
  checked-lists = takes (types.addCheck (types.listOf types.int) (list: list != [ ])) [ [ 1 ] [ ] [ "a" ] ];
  json = takes types.json [ null 1 1.5 "a" { a = [ { b = null; } ]; } (x: x) ];
  toml-has-no-null = takes types.toml [ { a = 1; } null ];

  same-types-merge = (both types.int types.int [ 1 ]).config;
  different-types-do-not = (both types.int types.str [ 1 ]).config;
  lists-merge-if-what-is-inside-does = (both (types.listOf (types.enum [ 1 ])) (types.listOf (types.enum [ 2 ])) [ [ 1 2 ] ]).config;
  lists-of-other-types-do-not-merge = (both (types.listOf types.int) (types.listOf types.str) [ [ ] ]).config;
  either-merges-side-by-side =
    (both (types.either (types.enum [ 1 ]) types.str) (types.either (types.enum [ 2 ]) types.str) [ 2 ]).config;
  separators-have-to-agree = (both types.lines types.commas [ "a" ]).config;
  patterns-have-to-agree = (both (types.strMatching "a") (types.strMatching "b") [ "a" ]).config;
  coerced-never-merges = (both number number [ 1 ]).config;
  lazy-and-not-lazy-do-not-merge = (both (types.attrsOf types.int) (types.lazyAttrsOf types.int) [ { } ]).config;
  functions-merge = ((both (types.functionTo (types.enum [ 1 ])) (types.functionTo (types.enum [ 2 ])) [ (x: x) ]).config.a) 2;
  type-merge-by-hand = [
    ((types.listOf types.int).typeMerge (types.listOf types.int).functor).description
    ((types.listOf types.int).typeMerge (types.attrsOf types.int).functor)
    (types.nullOr types.bool).functor.name
  ];

  a-type-of-one-s-own =
    let
      sum = lib.mkOptionType {
        name = "sum";
        description = "numbers that are added";
        check = builtins.isInt;
        merge = _: definitions: lib.foldl' (all: definition: all + definition.value) 0 definitions;
      };
    in
    [ (of sum [ 1 2 3 ]) sum.description (lib.isOptionType sum) ];
  a-type-that-refuses =
    let
      even = lib.mkOptionType {
        name = "even";
        description = "even number";
        check = n: builtins.isInt n && n / 2 * 2 == n;
      };
    in
    one even 3;
  a-type-that-is-out-of-date =
    (builtins.tryEval (one (types.int // { name = "old"; deprecationMessage = "Use another."; }) 1)).value;
  a-type-may-be-a-value = (of types.optionType [ types.int ]).name;
  types-as-values-merge = (of types.optionType [ (types.enum [ 1 ]) (types.enum [ 2 ]) ]).description;
  an-option-may-be-a-value = (one types.optionDeclaration (mkOption { default = 3; })).default;
  descriptions = map (type: type.description) [
    (types.nullOr types.int)
    (types.nullOr (types.listOf types.int))
    (types.enum [ ])
    (types.enum [ "a" ])
    (types.enum [ "a" 1 true ])
    (types.either types.int types.str)
    (types.either types.ints.positive (types.enum [ "auto" "none" ]))
    (types.either (types.listOf types.int) (types.attrsOf types.int))
    (types.oneOf [ types.int types.bool types.str ])
    (types.nullOr (types.either types.int types.str))
    number
    (types.uniq (types.listOf types.int))
    (types.listOf (types.either types.int types.str))
  ];
}
