# What a module's function gets, and from where.
lib:
let
  inherit (lib) mkOption types;
  eval = lib.evalModules;
  config = modules: (eval { inherit modules; }).config;
  value = mkOption { type = types.raw; };
in
{
  lib-config-and-options-are-there = config [
    (
      { lib, config, options, ... }:
      {
        options.a = lib.mkOption { default = 1; };
        options.b = lib.mkOption { default = [ config.a (options ? a) (lib ? mkOption) ]; };
      }
    )
  ];
  module-args-come-from-any-module = config [
    ({ colour, ... }: { options.a = value; config.a = colour; })
    { _module.args.colour = "green"; }
  ];
  module-args-may-depend-on-config = config [
    ({ config, ... }: { options.n = value; config.n = 4; config._module.args.twice = config.n * 2; })
    ({ twice, ... }: { options.a = value; config.a = twice; })
  ];
  module-args-are-lazy = config [
    ({ unused, used, ... }: { options.a = value; config.a = used; })
    { _module.args = { used = 1; unused = throw "nobody asked"; }; }
  ];
  module-args-have-priorities = config [
    ({ x, ... }: { options.a = value; config.a = x; })
    { _module.args.x = lib.mkDefault "weak"; }
    { _module.args.x = "strong"; }
  ];
  special-args-may-decide-imports =
    (eval {
      specialArgs.extra = { options.extra = mkOption { default = "imported"; }; };
      modules = [ ({ extra, ... }: { imports = [ extra ]; }) ];
    }).config;
  special-args-are-shown =
    (eval {
      specialArgs.a = 1;
      modules = [ ({ specialArgs, ... }: { options.names = mkOption { default = builtins.attrNames specialArgs; }; }) ];
    }).config;
  an-argument-nobody-gives = config [
    ({ missing, ... }: { _file = "wants.nix"; options.a = value; config.a = missing; })
  ];
  an-argument-nobody-needs = config [ ({ missing, ... }: { options.a = value; config.a = "fine"; }) ];
  the-whole-set-has-no-module-args =
    (config [
      (arguments: {
        options.names = mkOption { default = builtins.filter (name: name == "colour") (builtins.attrNames arguments); };
      })
      { _module.args.colour = "green"; }
    ]).names;
  a-functor-is-a-function = config [
    {
      __functor = self: { config, ... }: { options.a = mkOption { default = self.value; }; };
      value = 3;
    }
  ];
  a-submodule-knows-its-name =
    (config [
      {
        options.users = mkOption {
          type = types.attrsOf (types.submodule ({ name, ... }: { options.home = mkOption { default = "/home/${name}"; }; }));
        };
        config.users.ann = { };
        config.users.bob.home = "/srv/bob";
      }
    ]).users;
  an-element-of-a-list-has-a-name-as-well =
    (config [
      {
        options.users = mkOption {
          type = types.listOf (types.submodule ({ name, ... }: { options.name = mkOption { default = name; }; }));
        };
        config.users = [ { } { name = "given"; } ];
      }
    ]).users;
  submodules-have-arguments-of-their-own = config [
    ({ colour, ... }: {
      options.sub = mkOption { type = types.submodule ({ colour, ... }: { options.c = mkOption { default = colour; }; }); };
      config.sub._module.args.colour = "${colour}ish";
    })
    { _module.args.colour = "green"; }
  ];
  imports-must-not-depend-on-config = config [
    ({ config, ... }: { imports = lib.optional config.a { }; options.a = mkOption { default = true; }; })
  ];
  old-args-still-work =
    (eval {
      args.old = "still here";
      modules = [ ({ old, ... }: { options.a = value; config.a = old; }) ];
    }).config;
  the-prefix-is-known =
    (eval {
      prefix = [ "here" ];
      modules = [ ({ _prefix, ... }: { options.p = mkOption { default = _prefix; }; }) ];
    }).config;
}
