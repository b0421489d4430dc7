# What is said when a configuration is wrong. Only the first line is recorded; what follows it is advice.
lib:
let
  inherit (lib) mkOption types;
  eval = modules: lib.evalModules { inherit modules; };
  config = modules: (eval modules).config;
  service = { options.services.web = { enable = mkOption { default = false; }; port = mkOption { type = types.port; }; }; };
in
{
  an-option-that-does-not-exist = config [ service { _file = "user.nix"; services.wbe.enable = true; } ];
  an-option-below-one-that-exists = config [ service { _file = "user.nix"; services.web.prot = 80; } ];
  an-option-without-any-option = config [ { _file = "user.nix"; enable = true; } ];
  an-option-that-nobody-set = (config [ service ]).services.web.port;
  a-value-of-the-wrong-type = (config [ service { _file = "user.nix"; services.web.port = "80"; } ]).services.web.port;
  two-values-that-differ =
    (config [ service { _file = "a.nix"; services.web.port = 80; } { _file = "b.nix"; services.web.port = 81; } ]).services.web.port;
  a-value-instead-of-a-set = config [ service { _file = "user.nix"; services.web = true; } ];
  two-declarations = config [ { _file = "a.nix"; options.x = mkOption { default = 1; }; } { _file = "b.nix"; options.x = mkOption { default = 2; }; } ];
  two-descriptions = config [ { _file = "a.nix"; options.x = mkOption { description = "a"; }; } { _file = "b.nix"; options.x = mkOption { description = "b"; }; } ];
  an-option-below-an-option = config [ { _file = "a.nix"; options.x = mkOption { type = types.int; }; } { _file = "b.nix"; options.x.y = mkOption { }; } ];
  a-type-instead-of-an-option = config [ { _file = "a.nix"; options.x.y = types.int; } ];
  a-value-instead-of-an-option = config [ { _file = "a.nix"; options.x = 1; } ];
  a-throw-in-a-definition = (config [ service { services.web.port = throw "my own error"; } ]).services.web.port;
  a-circle = config [ ({ config, ... }: { options.x = mkOption { default = config.x; }; }) ];
  a-circle-of-names = config [ ({ config, ... }: { options.x = mkOption { default = 1; }; config = if config.x == 1 then { x = 2; } else { }; }) ];
  one-definition-is-asked-for-twice =
    (config [ { options.x = mkOption { type = types.attrsOf types.raw; }; } { _file = "a.nix"; x.y = 1; } { _file = "b.nix"; x.y = 1; } ]).x.y;
  nothing-is-judged-that-nobody-reads =
    (config [ service { services.web.port = "wrong"; services.web.enable = true; } ]).services.web.enable;
  a-prefix-is-part-of-the-name =
    (lib.evalModules { prefix = [ "machines" "web1" ]; modules = [ service { _file = "user.nix"; services.wbe = 1; } ]; }).config;
  a-quoted-name = config [ { options."web.example" = mkOption { type = types.int; }; } { _file = "user.nix"; "web.example" = "x"; } ];
  the-first-of-several-unknown-ones = config [ service { _file = "user.nix"; aaa = 1; zzz = 2; } ];
  more-of-mkIf-s-than-truth = config [ service { services.web = lib.mkIf null { enable = true; }; } ];
}
