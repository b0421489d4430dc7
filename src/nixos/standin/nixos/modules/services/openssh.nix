# sshd: its configuration, its keys, and who may log in.
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkDefault mkEnableOption mkIf mkOption types;
  cfg = config.services.openssh;

  toggle = default: description: mkOption { type = types.bool; inherit default description; };
  atom = types.nullOr (types.oneOf [ types.bool types.int types.str types.path (types.listOf types.str) ]);
  shown = key: value:
    if builtins.isBool value then (if value then "yes" else "no")
    else if builtins.isList value then lib.concatStringsSep (if lib.elem key [
      "AllowUsers"
      "AllowGroups"
      "DenyUsers"
      "DenyGroups"
    ] then " " else ",") value
    else toString value;

  users = lib.filter (user: user.openssh.authorizedKeys.keys != [ ]
    || user.openssh.authorizedKeys.keyFiles != [ ]) (lib.attrValues config.users.users);

  sftp = [ cfg.sftpServerExecutable ] ++ cfg.sftpFlags;
  listenLine = { addr, port }: "ListenAddress ${addr}${lib.optionalString (port != null) ":${toString port}"}\n";
  text = ''
    UsePAM yes
    ${lib.concatMapStrings (port: "Port ${toString port}\n") cfg.ports}${
      lib.concatMapStrings listenLine cfg.listenAddresses}${
      lib.optionalString (cfg.banner != null) "Banner ${pkgs.writeText "ssh_banner" cfg.banner}\n"}AddressFamily any
    ${lib.optionalString cfg.allowSFTP "Subsystem sftp ${toString sftp}\n"}AuthorizedKeysFile ${toString cfg.authorizedKeysFiles}
    ${lib.concatMapStrings (key: "HostKey ${key.path}\n") cfg.hostKeys}${
      lib.concatStrings (lib.mapAttrsToList (key: value: lib.optionalString (value != null) "${key} ${shown key value}\n") cfg.settings)}${cfg.extraConfig}'';
in
{
  imports = [
    (lib.mkRenamedOptionModule [ "services" "openssh" "permitRootLogin" ] [ "services" "openssh" "settings" "PermitRootLogin" ])
    (lib.mkRenamedOptionModule [ "services" "openssh" "passwordAuthentication" ] [
      "services"
      "openssh"
      "settings"
      "PasswordAuthentication"
    ])
  ];

  options.services.openssh = {
    enable = mkEnableOption "the OpenSSH server";
    package = mkOption { type = types.package; default = pkgs.openssh; description = "Which OpenSSH."; };
    startWhenNeeded = toggle false "Whether each connection starts it.";
    allowSFTP = toggle true "Whether files may be copied.";
    sftpServerExecutable = mkOption {
      type = types.str;
      default = "${cfg.package}/libexec/sftp-server";
      description = "What copies them.";
    };
    sftpFlags = mkOption { type = types.listOf types.str; default = [ ]; description = "Its arguments."; };
    ports = mkOption { type = types.listOf types.port; default = [ 22 ]; description = "Ports."; };
    openFirewall = toggle true "Whether the firewall lets them through.";
    listenAddresses = mkOption {
      default = [ ];
      description = "Addresses it listens on.";
      type = types.listOf (types.submodule { options = {
        addr = mkOption { type = types.str; description = "The address."; };
        port = mkOption { type = types.nullOr types.int; default = null; description = "The port."; };
      }; });
    };
    hostKeys = mkOption {
      type = types.listOf types.attrs;
      default = [
        { type = "rsa"; bits = 4096; path = "/etc/ssh/ssh_host_rsa_key"; }
        { type = "ed25519"; path = "/etc/ssh/ssh_host_ed25519_key"; }
      ];
      description = "Its keys, which are made when they are missing.";
    };
    banner = mkOption { type = types.nullOr types.lines; default = null; description = "Shown before a login."; };
    authorizedKeysFiles = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Files of keys that may log in.";
    };
    authorizedKeysInHomedir = toggle true "Whether users keep such files.";
    settings = mkOption {
      default = { };
      description = "sshd_config.";
      type = types.submodule {
        freeformType = types.attrsOf atom;
        options = {
          PermitRootLogin = mkOption {
            type = types.enum [ "yes" "without-password" "prohibit-password" "forced-commands-only" "no" ];
            default = "prohibit-password";
            description = "How root may log in.";
          };
          PasswordAuthentication = toggle true "Whether passwords are enough.";
          KbdInteractiveAuthentication = toggle true "Whether questions are asked.";
          X11Forwarding = toggle false "Whether X11 is forwarded.";
          GatewayPorts = mkOption {
            type = types.str;
            default = "no";
            description = "Whether forwarded ports are open for others.";
          };
          LogLevel = mkOption {
            type = types.enum [ "QUIET" "FATAL" "ERROR" "INFO" "VERBOSE" "DEBUG" "DEBUG1" "DEBUG2" "DEBUG3" ];
            default = "INFO";
            description = "How much is logged.";
          };
          UseDns = toggle false "Whether names of clients are looked up.";
          StrictModes = toggle true "Whether files of keys must be their owner's alone.";
        };
      };
    };
    extraConfig = mkOption { type = types.lines; default = ""; description = "More of sshd_config."; };
  };

  config = mkIf cfg.enable {
    assertions = map (listen: {
      assertion = listen.addr != "";
      message = "services.openssh.listenAddresses: an address is empty";
    }) cfg.listenAddresses;

    users.users.sshd = { isSystemUser = true; group = "sshd"; description = "SSH privilege separation user"; };
    users.groups.sshd = { };
    services.openssh.authorizedKeysFiles = lib.optional cfg.authorizedKeysInHomedir "%h/.ssh/authorized_keys" ++ [
      "/etc/ssh/authorized_keys.d/%u"
    ];
    networking.firewall.allowedTCPPorts = lib.optionals cfg.openFirewall cfg.ports;

    environment.etc = {
      "ssh/sshd_config".text = text;
    } // lib.listToAttrs (map (user: lib.nameValuePair "ssh/authorized_keys.d/${user.name}" {
      mode = "0444";
      text = lib.concatMapStrings (key: "${key}\n") user.openssh.authorizedKeys.keys
        + lib.concatMapStrings (file: "${lib.removeSuffix "\n" (builtins.readFile file)}\n") user.openssh.authorizedKeys.keyFiles;
    }) users);

    systemd.services.sshd = {
      description = "SSH Daemon";
      wantedBy = lib.optional (!cfg.startWhenNeeded) "multi-user.target";
      wants = [ "sshd-keygen.service" ];
      after = [ "network.target" "sshd-keygen.service" ];
      # A session that runs the switch lives on.
      stopIfChanged = false;
      path = [ cfg.package ];
      restartTriggers = [ config.environment.etc."ssh/sshd_config".source ];
      serviceConfig = {
        Type = "notify-reload";
        Restart = "always";
        ExecStart = "${cfg.package}/bin/sshd -D -f /etc/ssh/sshd_config";
        KillMode = "process";
      };
    };
    systemd.services.sshd-keygen = {
      description = "SSH Host Keys Generation";
      path = [ cfg.package ];
      serviceConfig = { Type = "oneshot"; RemainAfterExit = true; };
      script = lib.concatMapStrings (key: ''
        if ! [ -s "${key.path}" ]; then
          mkdir -p "$(dirname '${key.path}')"
          ssh-keygen -t "${key.type}"${lib.optionalString (key ? bits) " -b ${toString key.bits}"} -f "${key.path}" -N ""
        fi
      '') cfg.hostKeys;
    };
    systemd.sockets.sshd = mkIf cfg.startWhenNeeded {
      description = "SSH Socket";
      wantedBy = [ "sockets.target" ];
      listenStreams = map toString cfg.ports;
      socketConfig.Accept = false;
    };
  };
}
