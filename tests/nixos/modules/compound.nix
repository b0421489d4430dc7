# Types that hold values of other types: what merges with what, and how far a place is told in an error.
lib:
let
  inherit (lib) mkForce mkIf mkOption types;
  option =
    type: definitions:
    lib.evalModules {
      modules = [ { options.a = mkOption { inherit type; }; } ] ++ map (a: { _file = "def.nix"; inherit a; }) definitions;
    };
  of = type: definitions: (option type definitions).config.a;
  takes = type: values: map (value: (builtins.tryEval (builtins.deepSeq (of type [ value ]) true)).success) values;
in
{
  lists-are-joined = of (types.listOf types.int) [ [ 1 2 ] [ 3 ] ];
  a-list-s-elements-are-checked = of (types.listOf types.int) [ [ 1 ] [ 2 "x" ] ];
  a-list-s-elements-may-be-conditional = of (types.listOf types.int) [ [ (mkIf false 1) (mkIf true 2) 3 ] ];
  a-set-is-no-list = of (types.listOf types.int) [ { a = 1; } ];
  non-empty-list = takes (types.nonEmptyListOf types.int) [ [ ] [ 1 ] ];
  list-of-lists = of (types.listOf (types.listOf types.str)) [ [ [ "a" ] [ "b" ] ] ];
  sets-are-merged = of (types.attrsOf types.int) [ { a = 1; } { b = 2; } ];
  a-set-s-attributes-are-checked = of (types.attrsOf types.int) [ { a = 1; b = "x"; } ];
  a-set-s-attributes-merge-by-their-type = of (types.attrsOf (types.listOf types.int)) [ { a = [ 1 ]; } { a = [ 2 ]; b = [ ]; } ];
  a-set-s-attributes-can-conflict = of (types.attrsOf types.int) [ { a = 1; } { a = 2; } ];
  sets-of-sets = of (types.attrsOf (types.attrsOf types.int)) [ { a.x = 1; } { a.y = 2; } { b.z = mkForce 3; } { b.z = 4; } ];
  a-lazy-set-knows-its-names = builtins.attrNames (of (types.lazyAttrsOf types.int) [ { a = throw "not evaluated"; b = mkIf false 1; } ]);
  a-lazy-set-may-refer-to-itself =
    (lib.evalModules {
      modules = [
        ({ config, ... }: {
          options.a = mkOption { type = types.lazyAttrsOf types.int; };
          config.a = { x = 1; y = config.a.x + 1; };
        })
      ];
    }).config.a;
  a-lazy-set-gives-empty-values = of (types.lazyAttrsOf (types.listOf types.int)) [ { a = mkIf false [ 1 ]; } ];
  functions-are-merged = (of (types.functionTo (types.listOf types.int)) [ (x: [ x ]) (x: [ (x * 2) ]) ]) 3;
  functions-results-are-checked = (of (types.functionTo types.int) [ (x: "no") ]) 3;
  functions-keep-their-arguments = lib.functionArgs (of (types.functionTo types.int) [ ({ a, b ? 1 }: a) ]);

  anything-merges-sets = of types.anything [ { a.b = 1; } { a.c = [ 1 ]; } { d = null; } ];
  anything-joins-no-lists = of types.anything [ [ 1 ] [ 2 ] ];
  anything-wants-equals = of types.anything [ { a = 1; } { a = 1; } ];
  anything-of-two-kinds = of types.anything [ { a = 1; } { a = "1"; } ];
  anything-merges-functions = (of types.anything [ (x: { a = x; }) (x: { b = x; }) ]) 1;
  anything-discharges-properties = of types.anything [ { a = mkIf false 1; b = lib.mkDefault 1; } { b = 2; } ];
  anything-keeps-packages-whole = (of types.anything [ { p = { outPath = "/x"; y.z = 1; }; } ]).p.y;

  tags = of (types.attrTag { left = mkOption { type = types.int; }; right = mkOption { type = types.str; }; }) [ { left = 1; } ];
  tags-are-known = of (types.attrTag { left = mkOption { type = types.int; }; }) [ { up = 1; } ];
  tags-are-typed = of (types.attrTag { left = mkOption { type = types.int; }; }) [ { left = "x"; } ];
  tags-exclude-each-other =
    of (types.attrTag { left = mkOption { type = types.int; }; right = mkOption { type = types.int; }; }) [ { left = 1; } { right = 1; } ];
  tags-need-options = of (types.attrTag { left = types.int; }) [ { left = 1; } ];

  an-attribute-list-keeps-its-order = of (types.attrListOf types.int) [ [ { b = 1; } { a = 2; } { b = 3; } ] ];
  an-attribute-list-may-be-a-set = of (types.attrListOf types.int) [ { b = 1; a = 2; } [ { c = 3; } ] ];
  an-attribute-list-orders-elements =
    of (types.attrListOf types.int) [ [ { a = 1; } (lib.mkBefore { z = 0; }) { b = lib.mkAfter 3; } ] { c = 2; } ];
  an-attribute-list-forces-by-name = of (types.attrListOf types.int) [ [ { a = 1; } { b = 1; } ] { a = mkForce 2; } ];
  an-attribute-list-as-a-set = of (types.attrListWith { elemType = types.int; asAttrs = true; }) [ [ { a = 1; } { b = 2; } { a = 3; } ] ];
  an-attribute-list-s-elements-are-single = of (types.attrListOf types.int) [ [ { a = 1; b = 2; } ] ];

  empty-values = map (type: type.emptyValue) [
    (types.listOf types.int)
    (types.attrsOf types.int)
    (types.nullOr types.int)
    (types.nonEmptyListOf types.int)
    types.attrs
    types.int
  ];
  an-empty-value-is-no-definition = [
    (of (types.listOf types.int) [ ])
    (of (types.attrsOf types.int) [ ])
    (option (types.listOf types.int) [ ]).options.a.isDefined
  ];
  descriptions = map (type: type.description) [
    (types.listOf types.str)
    (types.listOf (types.nullOr types.str))
    (types.attrsOf (types.listOf types.int))
    (types.lazyAttrsOf types.bool)
    (types.nonEmptyListOf types.int)
    (types.functionTo types.str)
    (types.attrListOf types.int)
    (types.attrTag { b = mkOption { }; a = mkOption { }; })
    (types.listOf types.ints.positive)
  ];
  inside = [
    (types.listOf types.int).nestedTypes.elemType.name
    (types.attrsOf types.str).nestedTypes.elemType.name
    (types.listOf types.int).name
    (types.lazyAttrsOf types.int).name
  ];
}
