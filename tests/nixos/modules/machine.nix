# A machine in miniature, with the idioms of a fleet: services that enable each other, settings of free form, users,
# files, assertions, another machine's configuration.
lib:
let
  inherit (lib) mkEnableOption mkIf mkMerge mkOption types;

  base =
    { config, ... }:
    {
      options = {
        assertions = mkOption { type = types.listOf types.unspecified; default = [ ]; };
        warnings = mkOption { type = types.listOf types.str; default = [ ]; };
        networking.hostName = mkOption { type = types.strMatching "[a-z0-9-]*"; };
        networking.firewall.allowedTCPPorts = mkOption { type = types.listOf types.port; default = [ ]; apply = ports: lib.unique (lib.sort builtins.lessThan ports); };
        environment.etc = mkOption {
          default = { };
          type = types.attrsOf (types.submodule ({ name, config, options, ... }: {
            options.text = mkOption { type = types.nullOr types.lines; default = null; };
            options.source = mkOption { type = types.str; };
            options.target = mkOption { type = types.str; };
            config.target = lib.mkDefault name;
            config.source = mkIf (config.text != null) (lib.mkDerivedConfig options.text (text: "text:${builtins.hashString "sha256" text}"));
          }));
        };
        systemd.services = mkOption {
          default = { };
          type = types.attrsOf (types.submodule ({ name, ... }: {
            options = {
              enable = mkOption { type = types.bool; default = true; };
              description = mkOption { type = types.singleLineStr; default = ""; };
              wantedBy = mkOption { type = types.listOf types.str; default = [ ]; };
              serviceConfig = mkOption { type = types.attrsOf (types.oneOf [ types.str types.int types.bool (types.listOf types.str) ]); default = { }; };
              unit = mkOption { internal = true; readOnly = true; default = "${name}.service"; };
            };
          }));
        };
      };
      config.environment.etc.hostname.text = config.networking.hostName;
    };

  web =
    { config, ... }:
    let
      cfg = config.services.web;
    in
    {
      imports = [ (lib.mkRenamedOptionModule [ "services" "web" "tcpPort" ] [ "services" "web" "port" ]) ];
      options.services.web = {
        enable = mkEnableOption "the web server";
        port = mkOption { type = types.port; default = 80; };
        settings = mkOption {
          default = { };
          type = types.submodule { freeformType = types.attrsOf types.json; options.workers = mkOption { type = types.ints.positive; default = 2; }; };
        };
        hosts = mkOption {
          default = { };
          type = types.attrsOf (types.submodule { options.proxy = mkOption { type = types.nullOr types.str; default = null; }; });
        };
      };
      config = mkIf cfg.enable (mkMerge [
        {
          systemd.services.web = {
            wantedBy = [ "multi-user.target" ];
            serviceConfig.ExecStart = "web --port ${toString cfg.port}";
            serviceConfig.Restart = lib.mkDefault "always";
          };
          networking.firewall.allowedTCPPorts = [ cfg.port ];
          environment.etc."web.json".text = builtins.toJSON cfg.settings;
          assertions = [ { assertion = cfg.hosts != { }; message = "the web server serves nothing"; } ];
        }
        (mkIf (cfg.port < 1024) { systemd.services.web.serviceConfig.AmbientCapabilities = [ "CAP_NET_BIND_SERVICE" ]; })
      ]);
    };

  machine = name: modules: lib.evalModules { modules = [ base web { networking.hostName = name; } ] ++ modules; };

  fleet = lib.fix (self: {
    store = machine "store" [ { services.web = { enable = true; port = 9090; hosts.metrics = { }; }; } ];
    front = machine "front" [
      {
        services.web = {
          enable = true;
          hosts."metrics.example.net".proxy = "http://10.0.0.3:${toString self.store.config.services.web.port}";
          settings.name = "front";
        };
        systemd.services.web.serviceConfig.Restart = "on-failure";
      }
      { networking.firewall.allowedTCPPorts = [ 1108 443 ]; }
    ];
    idle = machine "idle" [ ];
    broken = machine "broken" [ { services.web.enable = true; } ];
    old = machine "old" [ { services.web.tcpPort = 8080; } ];
  });
in
{
  units = fleet.front.config.systemd.services;
  units-of-another-port = fleet.store.config.systemd.services.web.serviceConfig;
  nothing-enabled = fleet.idle.config.systemd.services;
  ports = map (name: fleet.${name}.config.networking.firewall.allowedTCPPorts) [ "front" "store" "idle" ];
  files = lib.mapAttrs (_: file: file.text) fleet.front.config.environment.etc;
  sources = lib.mapAttrs (_: file: builtins.substring 0 12 file.source) fleet.front.config.environment.etc;
  another-machine-s-port = fleet.front.config.services.web.hosts;
  failed-assertions = map (one: one.message) (builtins.filter (one: !one.assertion) fleet.broken.config.assertions);
  renamed-option = { inherit (fleet.old.config.services.web) port; warnings = builtins.length fleet.old.config.warnings; };
  a-variant = (fleet.store.extendModules { modules = [ { services.web.port = lib.mkForce 1; } ]; }).config.systemd.services.web.serviceConfig;
  a-host-name-that-is-none = (machine "Not A Name" [ ]).config.networking.hostName;
  a-unit-s-name-is-fixed = (machine "x" [ { systemd.services.web.unit = "other"; } ]).config.systemd.services.web.unit;
  built-or-not = map (name: (builtins.tryEval (lib.asserts.checkAssertWarn fleet.${name}.config.assertions [ ] "built")).success) [ "front" "broken" ];
}
