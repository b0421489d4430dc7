# What may stand in `imports`, which of it is the same module, and what is left out.
lib:
let
  inherit (lib) mkOption types;
  eval = modules: lib.evalModules { inherit modules; };
  config = modules: (eval modules).config;
  lines = {
    options.lines = mkOption {
      type = types.lines;
      default = "";
    };
  };
  # Says its own name in `lines`.
  says = name: { lines = name; };
  hostname = ./files/hostname.nix;
in
{
  a-module-may-be-a-set-a-function-or-a-path = config [
    hostname
    { options.a = mkOption { default = 1; }; }
    (
      { config, ... }:
      {
        options.b = mkOption { default = "${config.hostname} has ${toString config.a}"; };
      }
    )
  ];
  a-path-may-be-a-string = config [ (toString hostname) ];
  a-folder-s-files-import-each-other = (config [ ./files/web.nix ]).hostname;
  a-file-that-is-imported-twice-is-one-module = (config [ ./files/web.nix hostname ./files/web.nix ]).hostname;
  a-file-may-take-a-parameter-first = config [ (import ./files/acme.nix { fqdn = "example.net"; }) ];
  a-parameter-makes-two-modules =
    (config [
      { options.certificates = mkOption { type = types.listOf types.str; }; }
      { certificates = [ "a" ]; }
      { certificates = [ "b" ]; }
    ]).certificates;
  importApply-keeps-the-place = (config [ (lib.modules.importApply ./files/acme.nix { fqdn = "a.org"; }) ]).certificates;
  importJSON-is-a-module = (config [ hostname (lib.modules.importJSON ./files/settings.json) ]).hostname;
  the-last-that-is-imported-comes-first =
    (config [
      lines
      (says "last" // { imports = [ (says "first" // { imports = [ (says "before") ]; }) (says "second") ]; })
    ]).lines;
  the-last-module-comes-first = (config [ lines (says "a") (says "b") (says "c") ]).lines;
  equal-keys-are-one-module =
    let
      keyed = says "once" // { key = "the-key"; };
    in
    (config [ lines { imports = [ keyed ]; } { imports = [ keyed ]; } ]).lines;
  without-keys-they-are-two =
    let
      unkeyed = says "twice";
    in
    (config [ lines { imports = [ unkeyed ]; } { imports = [ unkeyed ]; } ]).lines;
  require-is-an-old-word = (config [ lines (says "top" // { require = [ (says "required") ]; }) ]).lines;
  options-and-config-may-be-one-module = config [
    {
      options.a = mkOption { };
      config.a = 7;
    }
  ];
  a-module-may-be-wrapped-whole = config [ lines (lib.mkIf true (says "yes")) (lib.mkIf false (says "no")) ];

  a-path-can-be-disabled =
    (config [
      lines
      ./files/web.nix
      {
        disabledModules = [ ./files/web.nix ];
        options.hostname = mkOption { default = "another"; };
      }
    ]).hostname;
  a-name-below-modulesPath-can-be-disabled =
    (lib.evalModules {
      specialArgs.modulesPath = ./files;
      modules = [
        ./files/web.nix
        {
          disabledModules = [ "web.nix" ];
          options.instead = mkOption { default = true; };
        }
      ];
    }).config;
  a-key-can-be-disabled =
    (config [
      lines
      (says "stays")
      (says "goes" // { key = "gone"; })
      { disabledModules = [ { key = "gone"; } ]; }
    ]).lines;
  what-a-disabled-module-imports-goes-too =
    (config [
      lines
      (says "goes" // { key = "gone"; imports = [ (says "below") ]; })
      { disabledModules = [ { key = "gone"; } ]; }
    ]).lines;
  what-is-imported-elsewhere-stays =
    let
      shared = says "shared" // { key = "shared"; };
    in
    (config [
      lines
      { key = "gone"; imports = [ shared ]; }
      { imports = [ shared ]; }
      { disabledModules = [ { key = "gone"; } ]; }
    ]).lines;
  a-disabled-set-needs-a-key = config [ lines { _file = "bad.nix"; disabledModules = [ { lines = "x"; } ]; } ];
  a-disabled-number-is-none = config [ lines { _file = "bad.nix"; disabledModules = [ (x: x) ]; } ];

  nested-lists-are-no-modules = config [ { _file = "nested.nix"; imports = [ [ lines ] ]; } ];
  a-text-is-no-module = config [ { _file = "text.nix"; imports = [ (_: "text") ]; } ];
  a-flake-is-no-module = (builtins.tryEval (config [ { imports = [ { _type = "flake"; } ]; } ])).success;
  a-configuration-is-no-module = (builtins.tryEval (config [ (eval [ lines ]) ])).success;
  config-wants-everything-in-it = config [ lines { _file = "mixed.nix"; key = "mixed"; config = { }; lines = "x"; more = 1; } ];
  meta-may-stand-beside-config =
    (config [
      { options.meta.maintainers = mkOption { type = types.listOf types.str; }; }
      {
        meta.maintainers = [ "me" ];
        config = { };
      }
    ]).meta;

  a-class-that-fits =
    (lib.evalModules {
      class = "nixos";
      modules = [ (lines // { _class = "nixos"; }) ];
    }).class;
  a-class-that-does-not-fit =
    (lib.evalModules {
      class = "nixos";
      modules = [ (lines // { _class = "darwin"; _file = "mac.nix"; }) ];
    }).config;
  the-tree-can-be-looked-at =
    let
      short = node: {
        inherit (node) key disabled;
        imports = map short node.imports;
      };
    in
    map short
      (eval [
        { key = "a"; imports = [ { key = "b"; } ]; }
        { key = "c"; disabledModules = [ { key = "b"; } ]; }
      ]).graph;
}
