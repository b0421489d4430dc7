# Programs with a configuration of their own, and what decides who may do what: sudo, polkit, certificates.
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkDefault mkEnableOption mkIf mkOption types;

  toggle = default: description: mkOption { type = types.bool; inherit default description; };
  lines = description: mkOption { type = types.lines; default = ""; inherit description; };
  list = type: description: mkOption { type = types.listOf type; default = [ ]; inherit description; };
  ssh = config.programs.ssh;
  sudo = config.security.sudo;

  knownHost = { name, config, ... }: {
    options = {
      hostNames = mkOption {
        type = types.listOf types.str;
        default = [ name ] ++ config.extraHostNames;
        description = "Names and addresses it is reached by.";
      };
      extraHostNames = list types.str "More of them.";
      certAuthority = toggle false "Whether the key signs others.";
      publicKey = mkOption { type = types.nullOr types.str; default = null; description = "The key."; };
      publicKeyFile = mkOption { type = types.nullOr types.path; default = null; description = "A file with the key."; };
    };
  };
  hosts = lib.attrValues ssh.knownHosts;
  knownHosts = lib.concatMapStrings (host: "${lib.optionalString host.certAuthority "@cert-authority "}${lib.concatStringsSep "," host.hostNames} ${
    if host.publicKey != null then host.publicKey else builtins.readFile host.publicKeyFile}\n") hosts;

  rule = { options = {
    users = list (types.either types.str types.int) "Who.";
    groups = list (types.either types.str types.int) "Whose members.";
    host = mkOption { type = types.str; default = "ALL"; description = "On which machine."; };
    runAs = mkOption { type = types.str; default = "ALL:ALL"; description = "As whom."; };
    commands = mkOption {
      description = "What.";
      type = types.listOf (types.either types.str (types.submodule { options = {
        command = mkOption { type = types.str; description = "The command."; };
        options = list (types.enum [
          "NOPASSWD"
          "PASSWD"
          "NOEXEC"
          "EXEC"
          "SETENV"
          "NOSETENV"
          "LOG_INPUT"
          "NOLOG_INPUT"
          "LOG_OUTPUT"
          "NOLOG_OUTPUT"
          "MAIL"
          "NOMAIL"
          "FOLLOW"
          "NOFOLLOW"
          "INTERCEPT"
          "NOINTERCEPT"
        ]) "How.";
      }; }));
    };
  }; };
  sudoLine = rule: lib.optionalString (rule.commands != [ ]) (lib.concatMapStrings (who:
    "${who}  ${rule.host}=(${rule.runAs})    ${lib.concatMapStringsSep ", " (command:
      if builtins.isString command then command
      else lib.concatMapStrings (option: "${option}:") command.options + lib.optionalString (command.options != [ ]) " " + command.command) rule.commands}\n")
    (map toString rule.users ++ map (group: if builtins.isInt group then "%#${toString group}" else "%${group}") rule.groups));

  # Programs that are only put on the machine.
  simple = [
    "bat"
    "dconf"
    "direnv"
    "firefox"
    "htop"
    "iftop"
    "iotop"
    "less"
    "mosh"
    "mtr"
    "nano"
    "steam"
    "sway"
    "vim"
    "wireshark"
    "git"
    "tmux"
    "zsh"
    "fish"
  ];
in
{
  options = {
    programs = lib.genAttrs simple (name: {
      enable = mkOption {
        type = types.bool;
        default = name == "nano" || name == "less";
        description = "Whether `${name}` is there.";
      };
      defaultEditor = toggle false "Whether it is the editor.";
      package = mkOption {
        type = types.package;
        default = pkgs.${name} or (throw "the stand-in has no package `${name}`");
        description = "The package.";
      };
      config = mkOption { type = types.unspecified; default = { }; description = "Accepted."; };
      extraConfig = lines "Accepted.";
    }) // {
      ssh = {
        startAgent = toggle false "Whether an agent starts with a session.";
        forwardX11 = mkOption { type = types.nullOr types.bool; default = false; description = "Whether X11 is forwarded."; };
        extraConfig = lines "More of ssh_config.";
        knownHosts = mkOption {
          type = types.attrsOf (types.submodule knownHost);
          default = { };
          description = "Host keys of machines.";
        };
        knownHostsFiles = list types.path "More files of host keys.";
        hostKeyAlgorithms = list types.str "Kinds of host keys.";
        pubkeyAcceptedKeyTypes = list types.str "Kinds of users' keys.";
      };
      bash = {
        enable = toggle true "Whether bash is there.";
        completion.enable = toggle true "Whether it completes words.";
        shellAliases = mkOption {
          type = types.attrsOf (types.nullOr (types.either types.str types.path));
          default = { };
          description = "Short names of commands.";
        };
        interactiveShellInit = lines "A script when it starts.";
        promptInit = lines "A script that sets the prompt.";
        loginShellInit = lines "A script when it starts for a login.";
      };
      gnupg.agent = { enable = mkEnableOption "GnuPG's agent"; enableSSHSupport = toggle false "Whether it is ssh's too."; };
      nix-ld.enable = mkEnableOption "programs made for other systems";
      command-not-found.enable = toggle true "Whether a missing command is looked for.";
    };

    security = {
      sudo = {
        enable = toggle true "Whether there is sudo.";
        package = mkOption { type = types.package; default = pkgs.sudo; description = "Which."; };
        wheelNeedsPassword = toggle true "Whether members of wheel are asked for their password.";
        execWheelOnly = toggle false "Whether others cannot even run it.";
        extraRules = list (types.submodule rule) "Who may do what.";
        extraConfig = lines "More of sudoers.";
        configFile = mkOption { type = types.lines; internal = true; description = "sudoers."; };
      };
      sudo-rs.enable = mkEnableOption "sudo-rs";
      doas.enable = mkEnableOption "doas";
      polkit = { enable = mkEnableOption "polkit"; extraConfig = lines "Rules."; };
      rtkit.enable = mkEnableOption "real time for users";
      protectKernelImage = toggle false "Whether the running kernel cannot be replaced.";
      apparmor.enable = mkEnableOption "AppArmor";
      auditd.enable = mkEnableOption "audits";
      pam.loginLimits = list types.attrs "Limits of sessions.";
      pam.services = mkOption { type = types.attrsOf types.attrs; default = { }; description = "Accepted."; };
      pki = {
        certificates = list types.str "Certificates that are trusted.";
        certificateFiles = list types.path "Files of them.";
      };
      wrappers = mkOption {
        type = types.attrsOf types.attrs;
        default = { };
        description = "Programs with rights of their own.";
      };
    };
  };

  config = {
    assertions = lib.concatMap (host: [ {
      assertion = (host.publicKey == null) != (host.publicKeyFile == null);
      message = "knownHost ${builtins.head host.hostNames} must contain either a publicKey or publicKeyFile";
    } ]) hosts ++ [ {
      assertion = !(config.security.sudo-rs.enable && sudo.enable);
      message = "`security.sudo` and `security.sudo-rs` cannot both be enabled";
    } ];

    environment.systemPackages = map (name: config.programs.${name}.package)
        (lib.filter (name: config.programs.${name}.enable && pkgs ? ${name}) simple)
      ++ lib.optional sudo.enable sudo.package ++ [ pkgs.openssh ];
    environment.interactiveShellInit = lib.optionalString config.programs.bash.enable config.programs.bash.interactiveShellInit;
    environment.loginShellInit = config.programs.bash.loginShellInit;
    environment.variables = lib.mkMerge (map (name: mkIf config.programs.${name}.defaultEditor {
      EDITOR = lib.mkOverride 890 name;
    }) simple);
    environment.shells = lib.optional config.programs.zsh.enable pkgs.zsh ++ lib.optional config.programs.fish.enable pkgs.fish;

    environment.etc = {
      "ssh/ssh_known_hosts".text = knownHosts;
      "ssh/ssh_config".text = ''
        GlobalKnownHostsFile ${lib.concatStringsSep " " ([ "/etc/ssh/ssh_known_hosts" ] ++ map toString ssh.knownHostsFiles)}
        ${lib.optionalString (ssh.forwardX11 != null) "ForwardX11 ${if ssh.forwardX11 then "yes" else "no"}\n"}${
          lib.optionalString (ssh.hostKeyAlgorithms != [ ]) "HostKeyAlgorithms ${lib.concatStringsSep "," ssh.hostKeyAlgorithms}\n"}${ssh.extraConfig}'';
      "ssl/certs/ca-bundle.crt".source = if config.security.pki.certificates == [ ]
        then "${pkgs.cacert}/etc/ssl/certs/ca-bundle.crt"
        else pkgs.writeText "ca-bundle.crt" (lib.concatStringsSep "\n" config.security.pki.certificates);
      sudoers = mkIf sudo.enable { text = sudo.configFile; mode = "0440"; };
    };

    security.sudo.extraRules = lib.mkMerge [
      (lib.mkBefore [ { users = [ "root" ]; commands = [ { command = "ALL"; options = [ "SETENV" ]; } ]; } ])
      (lib.mkOrder 600 [
        {
          groups = [ "wheel" ];
          commands = [ { command = "ALL"; options = [ "SETENV" ] ++ lib.optional (!sudo.wheelNeedsPassword) "NOPASSWD"; } ];
        }
      ])
    ];
    security.sudo.configFile = lib.mkMerge [
      (lib.mkBefore ''
        # written by NixOS; what is changed here is lost
        Defaults env_keep+=TERMINFO_DIRS
      '')
      (lib.concatMapStrings sudoLine sudo.extraRules)
      (lib.mkAfter sudo.extraConfig)
    ];
    systemd.services.polkit = mkIf config.security.polkit.enable {
      wantedBy = [ "multi-user.target" ];
      serviceConfig.ExecStart = "/run/current-system/sw/bin/polkitd --no-debug";
    };
  };
}
