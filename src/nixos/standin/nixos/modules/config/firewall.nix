# The firewall, as a script for iptables, and address translation. What is open is asked for by other modules port by port.
{ config, lib, pkgs, ... }:
let
  inherit (lib) concatMapStrings mkEnableOption mkIf mkMerge mkOption types;
  cfg = config.networking.firewall;
  nat = config.networking.nat;

  range = types.submodule {
    options = {
      from = mkOption { type = types.port; description = "The first."; };
      to = mkOption { type = types.port; description = "The last."; };
    };
  };
  sortedPorts = mkOption {
    type = types.listOf types.port;
    default = [ ];
    apply = ports: lib.unique (lib.sort (a: b: a < b) ports);
    description = "Open ports.";
  };
  ranges = mkOption { type = types.listOf range; default = [ ]; description = "Open ranges of ports."; };
  opened = {
    allowedTCPPorts = sortedPorts;
    allowedUDPPorts = sortedPorts;
    allowedTCPPortRanges = ranges;
    allowedUDPPortRanges = ranges;
  };
  toggle = default: description: mkOption { type = types.bool; inherit default description; };

  both = command: "iptables -w ${command}\n" + lib.optionalString config.networking.enableIPv6 "ip6tables -w ${command}\n";
  accept = interface: rules:
    let
      on = lib.optionalString (interface != null) " -i ${interface}";
      port = protocol: number: both "-A nixos-fw -p ${protocol} --dport ${toString number} -j nixos-fw-accept${on}";
      ports = protocol: one: many: concatMapStrings (port protocol) one
        + concatMapStrings (range: port protocol "${toString range.from}:${toString range.to}") many;
    in
    ports "tcp" rules.allowedTCPPorts rules.allowedTCPPortRanges + ports "udp" rules.allowedUDPPorts rules.allowedUDPPortRanges;

  start = ''
    set -e
    ${both "-N nixos-fw-accept 2>/dev/null || true"}${both "-F nixos-fw-accept"}${both "-A nixos-fw-accept -j ACCEPT"}${both "-N nixos-fw 2>/dev/null || true"}${both "-F nixos-fw"}''
  + concatMapStrings (interface: both "-A nixos-fw -i ${interface} -j nixos-fw-accept") (lib.unique ([ "lo" ]
    ++ cfg.trustedInterfaces))
  + both "-A nixos-fw -m conntrack --ctstate ESTABLISHED,RELATED -j nixos-fw-accept"
  + accept null cfg
  + lib.concatStrings (lib.mapAttrsToList accept cfg.interfaces)
  + lib.optionalString cfg.allowPing "iptables -w -A nixos-fw -p icmp --icmp-type echo-request -j nixos-fw-accept\n"
  + cfg.extraCommands
  + both "-A nixos-fw -j ${if cfg.rejectPackets then "REJECT" else "DROP"}"
  + both "-D INPUT -j nixos-fw 2>/dev/null || true"
  + both "-A INPUT -j nixos-fw";

  # Packets from inside are marked as they come, and leave with the machine's own address.
  translate =
    let
      table = command: "iptables -w -t nat ${command}\n";
      out = lib.optionalString (nat.externalInterface != null) " -o ${nat.externalInterface}";
      come = lib.optionalString (nat.externalInterface != null) " -i ${nat.externalInterface}";
      target = if nat.externalIP == null then "-j MASQUERADE" else "-j SNAT --to-source ${nat.externalIP}";
      # A chain of our own, emptied, and entered once from the one that is built in.
      chain = name: from:
        table "-N ${name} 2>/dev/null || true"
        + table "-F ${name}"
        + table "-D ${from} -j ${name} 2>/dev/null || true"
        + table "-A ${from} -j ${name}";
      forward = one:
        table ("-A nixos-nat-pre${come} -p ${one.proto} --dport ${toString one.sourcePort}"
          + " -j DNAT --to-destination ${one.destination}");
    in
    chain "nixos-nat-pre" "PREROUTING"
    + chain "nixos-nat-post" "POSTROUTING"
    + concatMapStrings (interface: table "-A nixos-nat-pre -i ${interface} -j MARK --set-mark 1") nat.internalInterfaces
    + lib.optionalString (nat.internalInterfaces != [ ]) (table "-A nixos-nat-post -m mark --mark 1${out} ${target}")
    + concatMapStrings (network: table "-A nixos-nat-post -s ${network}${out} ${target}") nat.internalIPs
    + concatMapStrings forward nat.forwardPorts
    + nat.extraCommands;
in
{
  options.networking = {
    firewall = opened // {
      enable = toggle true "Whether packets are looked at.";
      package = mkOption { type = types.package; default = pkgs.iptables; description = "The program."; };
      trustedInterfaces = mkOption {
        type = types.listOf types.str;
        default = [ ];
        description = "Interfaces everything may come by.";
      };
      interfaces = mkOption {
        type = types.attrsOf (types.submodule { options = opened; });
        default = { };
        description = "What is open on one interface.";
      };
      allowPing = toggle true "Whether the machine answers pings.";
      rejectPackets = toggle false "Whether refused packets are answered.";
      logRefusedConnections = toggle true "Whether refused connections are logged.";
      logRefusedPackets = toggle false "Whether refused packets are logged.";
      checkReversePath = mkOption {
        type = types.either types.bool (types.enum [ "strict" "loose" ]);
        default = true;
        description = "Whether a packet must come by the way its answer would go.";
      };
      extraCommands = mkOption { type = types.lines; default = ""; description = "More of the script."; };
      extraStopCommands = mkOption { type = types.lines; default = ""; description = "More when it is stopped."; };
    };
    nftables.enable = mkEnableOption "nftables";
    nat = {
      enable = mkEnableOption "address translation";
      enableIPv6 = mkEnableOption "address translation for IPv6";
      internalInterfaces = mkOption {
        type = types.listOf types.str;
        default = [ ];
        description = "Interfaces of those inside.";
      };
      internalIPs = mkOption { type = types.listOf types.str; default = [ ]; description = "Networks of those inside."; };
      internalIPv6s = mkOption { type = types.listOf types.str; default = [ ]; description = "The same, IPv6."; };
      externalInterface = mkOption { type = types.nullOr types.str; default = null; description = "The interface outwards."; };
      externalIP = mkOption { type = types.nullOr types.str; default = null; description = "The address outwards."; };
      forwardPorts = mkOption {
        default = [ ];
        description = "Ports that lead inside.";
        type = types.listOf (types.submodule { options = {
          sourcePort = mkOption { type = types.either types.port types.str; description = "The port outside."; };
          destination = mkOption { type = types.str; description = "The address inside."; };
          proto = mkOption { type = types.str; default = "tcp"; description = "The protocol."; };
          loopbackIPs = mkOption { type = types.listOf types.str; default = [ ]; description = "Addresses seen from inside."; };
        }; });
      };
      extraCommands = mkOption { type = types.lines; default = ""; description = "More of the script."; };
    };
  };

  config = mkMerge [
    {
      assertions = [
        {
          assertion = !config.networking.nftables.enable;
          message = "the stand-in's firewall is made with iptables, not with nftables";
        }
        {
          assertion = nat.enable -> cfg.enable;
          message = "the stand-in's networking.nat is part of networking.firewall, which is off";
        }
      ];
    }
    (mkIf cfg.enable {
      environment.systemPackages = [ cfg.package ];
      systemd.services.firewall = {
        description = "Firewall";
        wantedBy = [ "sysinit.target" ];
        wants = [ "network-pre.target" ];
        after = [ "systemd-modules-load.service" ];
        before = [ "network-pre.target" "shutdown.target" ];
        conflicts = [ "shutdown.target" ];
        path = [ cfg.package ];
        unitConfig = { ConditionCapability = "CAP_NET_ADMIN"; DefaultDependencies = false; };
        # A machine is never without its firewall while it changes.
        reloadIfChanged = true;
        serviceConfig = {
          Type = "oneshot";
          RemainAfterExit = true;
          ExecStart = "@${pkgs.writeShellScript "firewall-start" start} firewall-start";
          ExecReload = "@${pkgs.writeShellScript "firewall-reload" start} firewall-reload";
          ExecStop = "@${pkgs.writeShellScript "firewall-stop" (both "-D INPUT -j nixos-fw 2>/dev/null || true" + cfg.extraStopCommands)} firewall-stop";
        };
      };
    })
    (mkIf nat.enable {
      assertions = [
        {
          assertion = nat.enableIPv6 -> config.networking.enableIPv6;
          message = "networking.nat.enableIPv6 requires networking.enableIPv6";
        }
        {
          assertion = nat.forwardPorts != [ ] -> nat.externalInterface != null;
          message = "networking.nat.forwardPorts requires networking.nat.externalInterface";
        }
      ];
      boot.kernel.sysctl = {
        "net.ipv4.conf.all.forwarding" = lib.mkOverride 99 true;
        "net.ipv4.conf.default.forwarding" = lib.mkOverride 99 true;
      };
      networking.firewall.extraCommands = lib.mkBefore translate;
    })
  ];
}
