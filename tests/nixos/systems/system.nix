# The system as a whole: its name and version, its assertions, its package set, and systems made from it.
{ config, machine, toplevel, nixpkgs, evalConfig, base, lib, pkgs, ... }:
let
  flake = (import (nixpkgs + "/flake.nix")).outputs { self = flake // { outPath = toString nixpkgs; }; };
  # The system's name, once all of it is evaluated.
  says = modules: let toplevel = (config modules).system.build.toplevel; in builtins.seq toplevel.drvPath toplevel.name;
in
{
  name = says { };
  derivation = toplevel { };
  label = says { system.nixos.label = "blue"; };
  tags = says { system.nixos.tags = [ "b" "a" ]; };
  release = { inherit ((config { }).system.nixos) release version codeName; };
  the-same-again-is-the-same = toplevel { } == toplevel { };
  a-change-is-another-system = toplevel { } == toplevel { environment.etc.x.text = ""; };
  order-does-not-matter = toplevel [
    { environment.etc.x.text = ""; }
    { time.timeZone = "UTC"; }
  ] == toplevel [ { time.timeZone = "UTC"; } { environment.etc.x.text = ""; } ];

  assertions = says {
    assertions = [
      { assertion = false; message = "the moon is full"; }
      { assertion = true; message = "not shown"; }
      { assertion = false; message = "two lines\nof it"; }
    ];
  };
  options-can-be-asked-for-all-the-same = (config {
    assertions = [ { assertion = false; message = "no"; } ];
  }).networking.hostName;
  what-does-nothing-is-told = (config { services.tailscale.enable = true; virtualisation.podman.enable = true; }).warnings;
  undefined-option = says { services.nginks.enable = true; };
  undefined-option-of-a-service = says { services.nginx.enabled = true; };
  wrong-type = says { services.nginx.enable = "yes"; };
  conflict = says [ { time.timeZone = "UTC"; } { time.timeZone = "Europe/Berlin"; } ];
  unset = (config { systemd.mounts = [ { where = "/x"; } ]; }).systemd.units."x.mount".text;
  no-loader = says { boot.loader.grub.device = lib.mkForce ""; };
  no-root = says { fileSystems = lib.mkForce { }; };
  commands-of-a-shell-are-refused = says { system.extraSystemBuilderCmds = "touch $out/x"; };

  platform = let it = evalConfig { system = null; modules = [ base { nixpkgs.hostPlatform = "aarch64-linux"; } ]; }; in [
    it.pkgs.stdenv.hostPlatform.system
    it.config.nixpkgs.hostPlatform.system
    it.config.system.build.toplevel.system
  ];
  cross = let it = evalConfig {
    system = null;
    modules = [ base { nixpkgs.hostPlatform = "aarch64-linux"; nixpkgs.buildPlatform = "x86_64-linux"; } ];
  }; in [ it.pkgs.hello.name it.pkgs.hello.system it.pkgs.buildPackages.hello.name ];
  overlays = (machine {
    nixpkgs.overlays = [
      (final: prev: { hello = prev.hello.overrideAttrs { version = "3"; }; })
      (final: prev: { greeting = "${final.hello.name} ${prev.hello.name}"; })
    ];
  }).pkgs.greeting;
  unfree = says ({ pkgs, ... }: { environment.systemPackages = [ pkgs.opencode ]; });
  unfree-allowed = says ({ pkgs, ... }: { nixpkgs.config.allowUnfree = true; environment.systemPackages = [ pkgs.opencode ]; });
  unfree-by-predicates-of-two-modules = says [
    { nixpkgs.config.allowUnfreePredicate = package: lib.getName package == "opencode"; }
    { nixpkgs.config.allowUnfreePredicate = package: lib.getName package == "vscode"; }
    ({ pkgs, ... }: { environment.systemPackages = [ pkgs.opencode pkgs.vscode ]; })
  ];
  a-package-set-from-outside = (machine {
    nixpkgs.pkgs = pkgs;
    nixpkgs.overlays = [ (final: prev: { mark = "on top"; }) ];
  }).pkgs.mark;
  a-package-set-has-its-own-configuration = says { nixpkgs.pkgs = pkgs; nixpkgs.config.allowUnfree = true; };
  packages-of-another-channel = says ({ unstable, ... }: {
    _module.args.unstable = import nixpkgs { system = "x86_64-linux"; config.allowUnfree = true; };
    environment.systemPackages = [ unstable.opencode ];
  });

  nixos-system = (flake.lib.nixosSystem {
    system = "x86_64-linux";
    modules = [ base ];
  }).config.system.build.toplevel.drvPath == toplevel { };
  special-arguments-decide-imports = (flake.lib.nixosSystem {
    specialArgs.extra = { environment.etc.extra.text = "it"; };
    modules = [ base { nixpkgs.hostPlatform = "x86_64-linux"; } ({ extra, ... }: { imports = [ extra ]; }) ];
  }).config.environment.etc.extra.text;
  modules-path = (machine ({ modulesPath, ... }: {
    imports = [ "${modulesPath}/profiles/headless.nix" ];
  })).config.systemd.enableEmergencyMode;
  extended = let it = (machine { }).extendModules { modules = [ { networking.hostName = lib.mkForce "other"; } ]; }; in [
    it.config.system.name
    it.pkgs.hello.name
    (it.extendModules { modules = [ { system.name = "third"; } ]; }).config.system.name
  ];
  specialisation = let it = config { specialisation.safe.configuration = { boot.kernelParams = [ "nomodeset" ]; }; }; in [
    it.specialisation.safe.configuration.boot.kernelParams
    it.boot.kernelParams
    (builtins.attrNames it.specialisation.safe.configuration.specialisation)
  ];
  disabled-module = (config {
    disabledModules = [ "services/nginx.nix" ];
    options.services.nginx.enable = lib.mkOption { default = "mine"; };
    options.security.acme.x = lib.mkOption { default = 1; };
  }).services.nginx.enable;

  activation-order = let scripts = (config {
    system.activationScripts.mine = { deps = [ "etc" ]; text = "echo mine"; };
    system.activationScripts.plain = "echo plain";
  }).system.activationScripts; in lib.mapAttrs (_: script: script.deps) scripts;
  activation-in-a-circle = says {
    system.activationScripts.a = { deps = [ "b" ]; text = "x"; };
    system.activationScripts.b = { deps = [ "a" ]; text = "x"; };
  };
  activation-of-nothing = says { system.activationScripts.a = { deps = [ "nothing" ]; text = "x"; }; };
}
