# What every user of a machine finds: packages, variables, aliases and shells.
{ config, lib, pkgs, utils, ... }:
let
  inherit (lib) mkEnableOption mkOption types;
  cfg = config.environment;

  variables = description: mkOption {
    default = { };
    inherit description;
    type = types.attrsOf (types.nullOr (types.oneOf [
      (types.listOf (types.oneOf [ types.int types.str types.path ]))
      types.int
      types.str
      types.path
    ]));
    apply = lib.mapAttrs (_: value: if builtins.isList value
      then lib.concatMapStringsSep ":" toString value
      else if value == null
      then null
      else toString value);
  };
  export = values: lib.concatStrings (lib.mapAttrsToList (key: value: "export ${key}=\"${value}\"\n") (lib.filterAttrs (_: value: value != null) values));
  aliases = lib.concatStrings (lib.mapAttrsToList (name: value: "alias -- ${name}=${lib.escapeShellArg value}\n")
    (lib.filterAttrs (_: value: value != null) cfg.shellAliases));
  lines = description: mkOption { type = types.lines; default = ""; inherit description; };
  list = type: description: mkOption { type = types.listOf type; default = [ ]; inherit description; };
in
{
  options.environment = {
    systemPackages = list types.package "Packages in the system's profile.";
    defaultPackages = mkOption {
      type = types.listOf types.package;
      default = [ pkgs.rsync ];
      description = "Packages most machines want.";
    };
    corePackages = mkOption {
      type = types.listOf types.package;
      default = with pkgs;
      [ bashInteractive coreutils curl findutils gawk gnugrep gnused gnutar gzip util-linux ];
      description = "Packages without which a machine is hard to use.";
    };
    pathsToLink = list types.str "Accepted; the stand-in's profile links all.";
    extraOutputsToInstall = list types.str "More outputs of the packages.";
    variables = variables "Variables set when a shell starts.";
    sessionVariables = variables "Variables set when a session starts.";
    profileRelativeSessionVariables = mkOption {
      type = types.attrsOf (types.listOf types.str);
      default = { };
      description = "Accepted; there is one profile.";
    };
    shellAliases = mkOption {
      type = types.attrsOf (types.nullOr (types.either types.str types.path));
      default = { };
      description = "Short names of commands.";
    };
    shells = list (types.either types.shellPackage or types.package types.path) "Shells a user may have.";
    shellInit = lines "A script when any shell starts.";
    loginShellInit = lines "A script when a login shell starts.";
    interactiveShellInit = lines "A script when an interactive shell starts.";
    extraInit = lines "A script after variables are set.";
    localBinInPath = mkEnableOption "~/.local/bin in PATH";
    homeBinInPath = mkEnableOption "~/bin in PATH";
    binsh = mkOption { type = types.path; default = "/bin/sh"; visible = false; description = "The shell at /bin/sh."; };
  };
  options.system.path = mkOption { internal = true; description = "The system's profile."; };

  config = {
    environment.shellAliases = { ls = lib.mkDefault "ls --color=tty"; ll = lib.mkDefault "ls -l"; l = lib.mkDefault "ls -alh"; };
    environment.shells = [ pkgs.bashInteractive "/bin/sh" ];
    environment.variables = cfg.sessionVariables // {
      NIXPKGS_CONFIG = lib.mkDefault "/etc/nix/nixpkgs-config.nix";
      EDITOR = lib.mkOverride 900 "nano";
      PAGER = lib.mkDefault "less -R";
    };

    system.path = pkgs.buildEnv {
      name = "system-path";
      paths = cfg.systemPackages ++ cfg.corePackages ++ cfg.defaultPackages;
      inherit (cfg) pathsToLink extraOutputsToInstall;
    };

    environment.etc = {
      "set-environment".text = ''
        # from environment.variables
        ${export cfg.variables}export PATH="/run/wrappers/bin:/run/current-system/sw/bin:$PATH"
        ${cfg.extraInit}'';
      "profile".text = ''
        . /etc/set-environment
        ${cfg.shellInit}${cfg.loginShellInit}
        ${aliases}'';
      "bashrc".text = ''
        ${cfg.interactiveShellInit}
        ${aliases}'';
      "pam/environment".text = lib.concatStrings (lib.mapAttrsToList (key: value: "${key}   DEFAULT=\"${value}\"\n")
        (lib.filterAttrs (_: value: value != null) cfg.sessionVariables));
      "shells".text = lib.concatMapStrings (shell: "${utils.toShellPath shell}\n") cfg.shells;
    };
  };
}
