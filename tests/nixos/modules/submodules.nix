# Options inside options: submodules, freeform types, and evaluations that are extended or wait.
lib:
let
  inherit (lib) mkOption types;
  eval = modules: lib.evalModules { inherit modules; };
  config = modules: (eval modules).config;
  int = default: mkOption { type = types.int; inherit default; };
  user = { options.uid = mkOption { type = types.int; }; options.shell = mkOption { default = "/bin/sh"; }; };
in
{
  a-submodule-has-defaults = config [ { options.a = mkOption { type = types.submodule { options.x = int 1; }; default = { }; }; } ];
  a-submodule-without-definition = config [ { options.a = mkOption { type = types.submodule { options.x = int 1; }; }; } ];
  definitions-of-a-submodule-merge = config [
    { options.a = mkOption { type = types.submodule { options.x = int 1; options.y = int 2; }; }; }
    { a.x = 3; }
    { a.y = lib.mkForce 4; }
    { a.y = 5; }
  ];
  a-definition-may-be-a-function = config [
    { options.a = mkOption { type = types.submodule { options.x = int 1; options.y = int 2; }; }; }
    { a = { config, ... }: { x = config.y + 1; }; }
  ];
  a-definition-may-be-a-path = (config [
    { options.a = mkOption { type = types.submodule { }; }; }
    { a = ./files/hostname.nix; }
  ]).a.hostname;
  attrs-of-submodules = config [
    { options.users = mkOption { type = types.attrsOf (types.submodule user); }; }
    { users.ann.uid = 1; }
    { users = { ann.shell = "/bin/zsh"; bob.uid = 2; }; }
  ];
  a-place-is-told-in-full = config [
    { options.users = mkOption { type = types.attrsOf (types.submodule user); }; }
    { _file = "users.nix"; users.ann.uid = "one"; }
  ];
  nothing-unknown-inside = config [
    { options.users = mkOption { type = types.attrsOf (types.submodule user); }; }
    { _file = "users.nix"; users.ann = { uid = 1; sehll = "x"; }; }
  ];
  nothing-left-out-inside = (config [
    { options.users = mkOption { type = types.attrsOf (types.submodule user); }; }
    { users.ann = { }; }
  ]).users.ann.uid;
  submodules-in-submodules = config [
    {
      options.a = mkOption {
        type = types.attrsOf (types.submodule { options.b = mkOption { type = types.listOf (types.submodule { options.c = int 0; }); }; });
      };
    }
    { a.x.b = [ { c = 1; } { } ]; }
    { a.x.b = [ { c = 2; } ]; }
  ];
  two-declarations-are-one-submodule = config [
    { options.a = mkOption { type = types.submodule { options.x = int 1; }; }; }
    { options.a = mkOption { type = types.submodule { options.y = int 2; }; }; }
    { a.x = 3; }
  ];
  an-option-below-a-submodule-is-inside-it = config [
    { options.a = mkOption { type = types.submodule { options.x = int 1; }; default = { }; }; }
    { options.a.y = int 2; }
  ];
  an-option-below-an-integer-is-a-mistake = config [
    { _file = "int.nix"; options.a = int 1; }
    { _file = "below.nix"; options.a.y = int 2; }
  ];
  two-defaults-inside-collide = config [
    { _file = "one.nix"; options.a = mkOption { type = types.submodule { _file = "one.nix"; options.x = int 1; }; default = { }; }; }
    { _file = "two.nix"; options.a = mkOption { type = types.submodule { _file = "two.nix"; options.x = int 2; }; }; }
  ];
  shorthand-takes-config-as-a-name = config [
    { options.a = mkOption { type = types.submoduleWith { shorthandOnlyDefinesConfig = true; modules = [ { options.config = int 0; } ]; }; }; }
    { a.config = 1; }
  ];
  longhand-takes-config-as-config = config [
    { options.a = mkOption { type = types.submoduleWith { modules = [ { options.x = int 0; } ]; }; }; }
    { a.config.x = 1; }
  ];
  special-args-of-a-submodule = config [
    {
      options.a = mkOption {
        type = types.submoduleWith { specialArgs.extra = 7; modules = [ ({ extra, ... }: { options.x = int extra; }) ]; };
        default = { };
      };
    }
  ];
  special-args-have-to-differ = config [
    { options.a = mkOption { type = types.submoduleWith { specialArgs.x = 1; modules = [ ]; }; default = { }; }; }
    { options.a = mkOption { type = types.submoduleWith { specialArgs.x = 2; modules = [ ]; }; }; }
  ];
  a-class-inside = (builtins.tryEval (config [
    { options.a = mkOption { type = types.submoduleWith { class = "nixos"; modules = [ { _class = "darwin"; } ]; }; default = { }; }; }
  ]).a).success;
  a-submodule-may-see-the-outside = config [
    ({ config, ... }: {
      options.base = int 10;
      options.a = mkOption { type = types.submodule { options.x = int (config.base + 1); }; default = { }; };
    })
  ];
  the-outside-may-see-a-submodule = config [
    ({ config, ... }: {
      options.users = mkOption { type = types.attrsOf (types.submodule user); };
      options.names = mkOption { default = lib.mapAttrsToList (name: user: "${name}=${toString user.uid}") config.users; };
      config.users = { ann.uid = 1; bob.uid = 2; };
    })
  ];

  freeform = config [ { freeformType = types.attrsOf types.int; options.known = int 0; } { a = 1; b = 2; } ];
  freeform-is-typed = config [ { _file = "free.nix"; freeformType = types.attrsOf types.int; } { _file = "free.nix"; a = "x"; } ];
  freeform-has-properties = config [
    { freeformType = types.attrsOf types.int; }
    { a = lib.mkIf false 1; b = lib.mkDefault 1; }
    { b = 2; }
  ];
  freeform-beside-nested-options = config [
    { freeformType = types.attrsOf (types.attrsOf types.int); options.nest.known = int 0; }
    { nest.unknown = 1; other.x = 2; }
  ];
  freeform-in-a-submodule = config [
    {
      options.settings = mkOption {
        type = types.submodule { freeformType = (types.attrsOf types.json); options.port = mkOption { type = types.port; default = 80; }; };
      };
      config.settings = { name = "web"; deep.list = [ 1 2 ]; };
    }
  ];
  freeform-in-a-submodule-is-said = (eval [
    { options.settings = mkOption { type = types.submodule { freeformType = types.attrsOf types.int; }; }; }
  ]).options.settings.type.description;
  freeform-types-merge = config [
    { freeformType = types.attrsOf (types.enum [ 1 ]); }
    { freeformType = types.attrsOf (types.enum [ 2 ]); }
    { a = 1; b = 2; }
  ];
  freeform-may-depend-on-an-option = config [
    ({ config, ... }: { freeformType = types.lazyAttrsOf types.int; options.known = int 3; config.free = config.known * 2; })
  ];
  an-option-may-depend-on-freeform = config [
    ({ config, ... }: { freeformType = types.lazyAttrsOf types.int; options.known = int 0; config.known = config.free or 7; })
  ];
  unchecked-definitions-are-dropped = config [ { config._module.check = false; options.a = int 1; } { nowhere = 2; } ];

  extended-modules-see-more =
    let
      base = eval [ { options.a = int 1; options.b = int 2; } { a = 3; } ];
      extended = base.extendModules { modules = [ { b = 4; } { a = lib.mkForce 5; } ]; };
      further = extended.extendModules { modules = [ { b = lib.mkForce 6; } ]; };
    in
    [ base.config extended.config further.config ];
  extended-with-special-args =
    ((lib.evalModules { specialArgs.x = 1; modules = [ ({ x, y ? 0, ... }: { options.a = int x; }) ]; }).extendModules {
      specialArgs.x = 2;
    }).config;
  extended-at-a-place =
    ((eval [ { options.a = mkOption { type = types.int; }; } ]).extendModules { prefix = [ "over" "here" ]; }).config.a;
  extend-modules-is-an-argument = (config [
    ({ config, extendModules, ... }: {
      options.a = int 1;
      options.variant = mkOption { type = types.raw; };
      config.variant = (extendModules { modules = [ { a = 9; } ]; }).config.a;
    })
  ]).variant;
  a-configuration-is-a-type = config [
    { options.a = mkOption { type = (eval [ { options.x = int 1; } ]).type; }; }
    { a.x = 2; }
  ];
  module-type-nests = (config [
    ({ moduleType, ... }: {
      options.n = int 1;
      options.variants = mkOption { type = types.attrsOf moduleType; default = { }; };
    })
    { variants.one.n = 2; variants.two.variants.three.n = 3; }
  ]).variants.two.variants.three.n;
  a-deferred-module-waits =
    let
      outer = config [
        { options.template = mkOption { type = types.deferredModule; }; }
        { template = { options.x = int 1; }; }
        { template = { config, ... }: { options.y = int (config.x + 1); }; }
      ];
    in
    config [ outer.template { x = 5; } ];
  a-deferred-module-tells-where-it-is-from =
    let
      outer = config [
        { options.template = mkOption { type = types.deferredModule; }; }
        { _file = "outer.nix"; template = { a = "x"; }; }
      ];
    in
    (eval [ { options.a = mkOption { type = types.lines; }; } outer.template ]).options.a.files;
  sub-options =
    let
      inside = (types.attrsOf (types.submodule user)).getSubOptions [ "users" ];
    in
    [ (builtins.attrNames (removeAttrs inside [ "_module" ])) (lib.showOption inside.uid.loc) ];
  sub-modules = builtins.length (types.listOf (types.submodule [ user { } ])).getSubModules;
  submodules-configuration-is-known =
    (eval [
      { options.a = mkOption { type = types.submodule { options.x = int 1; }; }; }
      { a.x = 2; }
    ]).options.a.valueMeta.configuration.options.x.value;
}
