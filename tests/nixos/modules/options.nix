# What is known of an option besides its value, and what mkOption takes.
lib:
let
  inherit (lib) mkOption types;
  eval = modules: lib.evalModules { inherit modules; };
  base = {
    _file = "base.nix";
    options.a = mkOption {
      type = types.listOf types.int;
      default = [ 0 ];
      description = "Some numbers.";
      example = [ 1 2 ];
    };
  };
  set = file: a: { _file = file; inherit a; };
  a = modules: (eval ([ base ] ++ modules)).options.a;
  documented = options: map (option: removeAttrs option [ "declarations" ]) (
    builtins.filter (option: lib.head option.loc != "_module") (lib.optionAttrSetToDocList (eval [ { inherit options; } ]).options)
  );
in
{
  files = (a [ (set "one.nix" [ 1 ]) (set "two.nix" [ 2 ]) ]).files;
  files-of-what-counts = (a [ (set "one.nix" [ 1 ]) (set "two.nix" (lib.mkForce [ 2 ])) ]).files;
  definitions = (a [ (set "one.nix" [ 1 ]) (set "two.nix" (lib.mkIf true [ 2 ])) ]).definitions;
  definitions-with-locations = (a [ (set "one.nix" [ 1 ]) ]).definitionsWithLocations;
  the-default-is-a-definition = { inherit (a [ ]) files definitions isDefined highestPrio; };
  priorities = map (x: (a [ (set "x.nix" x) ]).highestPrio) [ [ 1 ] (lib.mkDefault [ 1 ]) (lib.mkForce [ 1 ]) (lib.mkIf false [ 1 ]) ];
  not-defined-at-all = { inherit ((eval [ { options.b = mkOption { }; } ]).options.b) isDefined highestPrio files; };
  value-and-location = { inherit (a [ (set "x.nix" [ 5 ]) ]) value loc; };
  an-option-is-a-text = "${a [ ]}";
  declarations = (eval [ base { _file = "again.nix"; options.a = mkOption { type = types.listOf types.int; }; } ]).options.a.declarations;
  declaration-positions =
    map (position: position // { file = baseNameOf position.file; }) (eval [ ./files/hostname.nix ]).options.hostname.declarationPositions;
  what-was-declared = { inherit (a [ ]) description example default; type = (a [ ]).type.description; };
  options-are-seen-by-modules =
    (eval [
      base
      (set "x.nix" [ 1 ])
      ({ options, ... }: { options.where = mkOption { default = options.a.files; }; })
    ]).config.where;

  apply = (eval [ { options.b = mkOption { type = types.int; apply = n: "<${toString n}>"; }; config.b = 3; } ]).config.b;
  apply-comes-after-merging = (eval [ { options.b = mkOption { type = types.listOf types.int; apply = builtins.length; }; } { b = [ 1 ]; } { b = [ 2 3 ]; } ]).config.b;
  apply-leaves-definitions = (eval [ { options.b = mkOption { apply = n: n + 1; }; config.b = 3; } ]).options.b.definitions;
  read-only-once = (eval [ { options.b = mkOption { type = types.int; readOnly = true; }; config.b = 3; } ]).config.b;
  read-only-twice = (eval [ { _file = "ro.nix"; options.b = mkOption { type = types.int; readOnly = true; default = 1; }; } { b = 3; } ]).config.b;
  a-default-need-not-be-evaluated = (eval [ { options.b = mkOption { default = throw "evaluated"; }; config.b = 3; } ]).config.b;
  a-default-is-checked = (eval [ { _file = "d.nix"; options.b = mkOption { type = types.int; default = "x"; }; } ]).config.b;
  enable = removeAttrs (lib.mkEnableOption "the thing") [ "type" ];
  package =
    let
      option = lib.mkPackageOption { hello = { pname = "hello"; }; deep.er.pname = "deep"; };
    in
    [
      (option "hello" { }).default.pname
      (option [ "deep" "er" ] { }).defaultText.text
      (option "hello" { nullable = true; default = null; }).type.description
      (option "hello" { example = "pkgs.hello.override { }"; extraDescription = "Or another."; }).description
    ];
  package-that-is-not-there = (lib.mkPackageOption { } "hello" { }).default;
  an-argument-mkOption-does-not-take = mkOption { typ = types.int; };
  sink = (eval [ { options.b = lib.mkSinkUndeclaredOptions { }; } { b = 1; } { b.c = 2; } ]).config.b;

  shown-names = map lib.showOption [ [ "a" "b" ] [ "services" "web.example" "x" ] [ "users" "<name>" "*" ] [ "in" "1a" ] [ ] ];
  shown-files = lib.showFiles [ "a.nix" "b.nix" ];
  shown-definitions = lib.options.showDefs [
    { file = "a.nix"; value = { x = 1; y = [ true null ]; }; }
    { file = "b.nix"; value = throw "no"; }
    { file = "c.nix"; value = "1\n2\n3\n4\n5\n6\n7"; }
    { file = "d.nix"; value = x: x; }
  ];
  shown-with-files = lib.showOptionWithDefLocs (a [ (set "one.nix" [ 1 ]) ]);
  documentation = documented {
    b = mkOption { type = types.int; default = 1; description = "A number."; };
    hidden = mkOption { visible = false; };
    deep.c = mkOption { type = types.listOf types.str; example = [ "x" ]; internal = true; defaultText = lib.literalExpression "pkgs.x"; };
  };
  documentation-of-submodules = map (option: option.name) (documented {
    users = mkOption { type = types.attrsOf (types.submodule { options.uid = mkOption { type = types.int; }; }); };
    shallow = mkOption { visible = "shallow"; type = types.submodule { options.x = mkOption { }; }; };
  });
  literal-texts = [ (lib.literalExpression "x + 1") (lib.literalMD "*x*") (lib.options.literalCode "sh" "ls") ];
  attributes-with-priorities =
    lib.modules.mergeAttrDefinitionsWithPrio
      (eval [
        { options.b = mkOption { type = types.attrsOf types.int; }; }
        { b = { x = 1; y = lib.mkDefault 2; }; }
        { b.x = lib.mkForce 3; }
      ]).options.b;
  merged-by-hand = (lib.modules.mergeDefinitions [ "here" ] (types.listOf types.int) [
    { file = "a"; value = [ 1 ]; }
    { file = "b"; value = lib.mkBefore [ 0 ]; }
  ]).mergedValue;
}
