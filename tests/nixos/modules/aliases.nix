# Options that moved, went away or changed.
lib:
let
  inherit (lib) mkOption types;
  # As NixOS has them.
  messages = {
    options.warnings = mkOption { type = types.listOf types.str; default = [ ]; };
    options.assertions = mkOption { type = types.listOf types.raw; default = [ ]; };
  };
  new = { options.new.place = mkOption { type = types.listOf types.int; default = [ ]; }; };
  eval = modules: (lib.evalModules { modules = [ messages new ] ++ modules; }).config;
  old = value: { _file = "user.nix"; old = value; };
  renamed = lib.mkRenamedOptionModule [ "old" ] [ "new" "place" ];
  alias = lib.mkAliasOptionModule [ "old" ] [ "new" "place" ];
in
{
  renamed-is-handed-on = (eval [ renamed (old [ 1 ]) { new.place = [ 2 ]; } ]).new.place;
  renamed-warns = (eval [ renamed (old [ 1 ]) ]).warnings;
  renamed-and-unused-is-quiet = (eval [ renamed ]).warnings;
  renamed-can-be-read = (eval [ renamed { new.place = [ 3 ]; } ]).old;
  renamed-keeps-its-strength = (eval [ renamed (old (lib.mkForce [ 1 ])) { new.place = [ 2 ]; } ]).new.place;
  renamed-is-typed = (eval [ renamed (old "x") ]).new.place;
  renamed-since = [
    (eval [ (lib.mkRenamedOptionModuleWith { from = [ "old" ]; to = [ "new" "place" ]; sinceRelease = 2305; }) (old [ 1 ]) ]).warnings
    (eval [ (lib.mkRenamedOptionModuleWith { from = [ "old" ]; to = [ "new" "place" ]; sinceRelease = 9911; }) (old [ 1 ]) ]).warnings
  ];
  renamed-to-nowhere = (eval [ (lib.mkRenamedOptionModule [ "old" ] [ "nowhere" ]) ]).old;
  an-alias-is-quiet = let all = eval [ alias (old [ 1 ]) ]; in { inherit (all) old warnings; inherit (all.new) place; };
  an-alias-keeps-defaults-weak = (eval [ alias (old (lib.mkDefault [ 1 ])) { new.place = [ 2 ]; } ]).new.place;
  an-alias-of-a-set-of-options =
    (eval [
      (lib.mkAliasOptionModule [ "before" ] [ "new" ])
      { before.place = [ 7 ]; }
    ]).new.place;
  removed-and-unused-is-quiet = map (one: one.assertion) (eval [ (lib.mkRemovedOptionModule [ "old" ] "Use new.") ]).assertions;
  removed-and-used-is-an-assertion =
    map (one: { inherit (one) assertion message; }) (eval [ (lib.mkRemovedOptionModule [ "old" ] "Use new.") (old 1) ]).assertions;
  removed-can-not-be-read = (eval [ (lib.mkRemovedOptionModule [ "old" ] "Use new.") ]).old;
  changed-is-computed =
    let
      changed = lib.mkChangedOptionModule [ "old" ] [ "new" "place" ] (config: [ config.old config.old ]);
    in
    [ (eval [ changed (old 4) ]).new.place (eval [ changed (old 4) ]).warnings (eval [ changed ]).new.place ];
  merged-from-several =
    let
      merged = lib.mkMergedOptionModule [ [ "old" ] [ "older" "one" ] ] [ "new" "place" ] (config: [ (builtins.length [ config.old config.older.one ]) ]);
    in
    [ (eval [ merged { older.one = 1; } ]).new.place (builtins.length (eval [ merged { older.one = 1; old = 2; } ]).warnings) ];
  definitions-of-another-option =
    (eval [
      ({ options, ... }: {
        options.b = mkOption { type = types.listOf types.int; };
        config.b = lib.mkAliasDefinitions options.new.place;
      })
      { new.place = [ 1 ]; }
      { new.place = [ 2 ]; }
    ]).b;
  derived-values-are-as-strong =
    (eval [
      ({ options, ... }: {
        options.text = mkOption { type = types.str; };
        options.source = mkOption { type = types.str; };
        config.source = lib.mkDerivedConfig options.text (text: "/made-of/${text}");
        config.text = lib.mkDefault "a";
      })
      { source = "/given"; }
    ]).source;
  without-warnings-it-works-too =
    (lib.evalModules { modules = [ new renamed (old [ 1 ]) ]; }).config.new.place;
}
