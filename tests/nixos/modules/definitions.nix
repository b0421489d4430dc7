# Conditions, strength and order: which definitions of an option count, and how they come together.
lib:
let
  inherit (lib)
    mkAfter
    mkBefore
    mkDefault
    mkForce
    mkIf
    mkMerge
    mkOption
    mkOptionDefault
    mkOrder
    mkOverride
    types
    ;
  config = modules: (lib.evalModules { inherit modules; }).config;
  # One option `a` of a type, and definitions of it, one a module.
  of = type: definitions: (config ([ { options.a = mkOption { inherit type; }; } ] ++ map (a: { inherit a; }) definitions)).a;
  number = of types.int;
  list = of (types.listOf types.str);
in
{
  a-plain-definition-hides-a-default = number [ (mkDefault 1) 2 ];
  force-hides-a-plain-one = number [ 1 (mkForce 2) ];
  the-smallest-number-wins = number [ (mkOverride 30 1) (mkForce 2) (mkOverride 29 3) ];
  a-virtual-machine-hides-what-is-forced = number [ (lib.mkVMOverride 1) (mkForce 2) ];
  image-media-lie-between = number [ (lib.mkImageMediaOverride 1) 2 ];
  an-option-s-default-is-weakest =
    (config [
      { options.a = mkOption { default = 1; }; }
      { a = mkDefault 2; }
    ]).a;
  equals-in-strength-have-to-agree = number [ (mkDefault 1) (mkDefault 1) ];
  equals-that-differ-are-a-conflict = number [ (mkDefault 1) (mkDefault 2) ];
  a-list-s-default-merges-with-what-is-as-weak =
    (config [
      { options.a = mkOption { type = types.listOf types.int; default = [ 1 ]; }; }
      { a = mkOptionDefault [ 2 ]; }
    ]).a;
  strength-counts-for-each-attribute =
    (config [
      { options.a = mkOption { type = types.attrsOf types.int; }; }
      { a = { x = mkDefault 1; y = mkDefault 1; }; }
      { a.x = 2; }
    ]).a;
  force-on-a-set-hides-the-others =
    (config [
      { options.a = mkOption { type = types.attrsOf types.int; }; }
      { a = mkForce { x = 1; }; }
      { a.y = 2; }
    ]).a;
  force-above-options-is-pushed-down =
    config [
      { options.s = { a = mkOption { default = 0; }; b = mkOption { default = 0; }; }; }
      { s = mkForce { a = 1; }; }
      { s = { a = 2; b = 2; }; }
    ];

  if-true-is-there = number [ (mkIf true 1) ];
  if-false-is-not-there = number [ (mkIf false 1) 2 ];
  if-above-options-is-pushed-down = config [
    ({ config, ... }: {
      options.enable = mkOption { default = false; };
      options.deep.value = mkOption { default = "unset"; };
      config = mkIf (!config.enable) { deep.value = "set"; };
    })
  ];
  if-may-depend-on-what-it-stands-beside = config [
    ({ config, ... }: {
      options.port = mkOption { type = types.int; };
      options.open = mkOption { type = types.listOf types.int; default = [ ]; };
      config = mkMerge [
        { port = 80; }
        (mkIf (config.port == 80) { open = [ config.port ]; })
        (mkIf (config.port == 81) { open = [ 81 ]; })
      ];
    })
  ];
  if-wants-a-truth-value = number [ (mkIf "yes" 1) ];
  if-does-not-hide-that-an-option-is-missing = config [ { config = mkIf false { nowhere = 1; }; } ];
  if-false-around-the-only-definition = number [ (mkIf false 1) ];
  if-around-force-counts-as-force = number [ 1 (mkIf true (mkForce 2)) ];
  if-inside-force-is-not-seen = number [ 1 (mkForce (mkIf true 2)) ];
  a-false-definition-is-never-evaluated = number [ (mkIf false (throw "evaluated")) 2 ];
  an-attribute-that-is-false-is-gone =
    of (types.attrsOf types.int) [ { x = mkIf false 1; y = mkIf true 2; } ];
  a-lazy-attribute-that-is-false-is-an-error-when-read =
    of (types.lazyAttrsOf types.int) [ { x = mkIf false 1; } ];
  an-assertion-in-a-definition = map (true-or-not: (builtins.tryEval (number [ (lib.mkAssert true-or-not "told so" 1) ])).success) [ true false ];

  merge-is-several-definitions = list [ (mkMerge [ [ "a" ] [ "b" ] (mkIf false [ "c" ]) ]) ];
  merge-of-nothing-is-no-definition = number [ (mkMerge [ ]) ];
  merge-nests = list [ (mkMerge [ (mkMerge [ [ "a" ] ]) (mkIf true (mkMerge [ [ "b" ] [ "c" ] ])) ]) ];
  merge-at-the-top-of-a-module = config [
    { options = { a = mkOption { }; b = mkOption { }; }; }
    { config = mkMerge [ { a = 1; } { b = 2; } ]; }
  ];

  before-and-after = list [ (mkAfter [ "after" ]) [ "plain" ] (mkBefore [ "before" ]) ];
  order-by-number = list [ (mkOrder 1200 [ "d" ]) (mkOrder 100 [ "a" ]) [ "c" ] (mkOrder 900 [ "b" ]) ];
  of-equal-order-the-last-module-comes-first = list [ (mkBefore [ "a" ]) (mkBefore [ "b" ]) ];
  order-and-strength-together = list [ (mkForce (mkAfter [ "z" ])) (mkForce [ "y" ]) [ "hidden" ] ];
  order-of-lines = of types.lines [ (mkAfter "end") "middle" (mkBefore "begin") ];
  order-inside-a-merge = list [ (mkMerge [ (mkAfter [ "z" ]) [ "a" ] ]) ];
  definitions-may-say-where-they-are-from =
    (lib.evalModules {
      modules = [
        { options.a = mkOption { type = types.lines; }; }
        {
          _file = "here.nix";
          a = mkMerge [
            (lib.mkDefinition { file = "there.nix"; value = "x"; })
            "y"
          ];
        }
      ];
    }).options.a.files;
  a-property-can-be-mapped =
    lib.modules.mapDefinitionValue (x: x + 1) (mkIf true (mkMerge [ (mkForce 1) (mkBefore 2) 3 ]));
}
