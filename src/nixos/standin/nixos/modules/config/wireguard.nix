# WireGuard interfaces: a unit for each makes the interface and gives it its key, and one for each peer adds that peer, so
# that a changed peer disturbs no other.
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkDefault mkEnableOption mkIf mkOption nameValuePair types;
  cfg = config.networking.wireguard;

  lines = description: mkOption {
    type = types.coercedTo (types.listOf types.str) (lib.concatStringsSep "\n") types.lines;
    default = "";
    inherit description;
  };
  nullable = type: description: mkOption { type = types.nullOr type; default = null; inherit description; };

  peer = { config, ... }: {
    options = {
      name = mkOption {
        type = types.str;
        default = builtins.replaceStrings [ "/" "-" " " "+" "=" ] [ "-" "\\x2d" "\\x20" "\\x2b" "\\x3d" ] config.publicKey;
        description = "The name its unit has.";
      };
      publicKey = mkOption { type = types.singleLineStr or types.str; description = "Its public key."; };
      presharedKey = nullable types.str "A key both share, readable for all.";
      presharedKeyFile = nullable types.str "A file with a key both share.";
      allowedIPs = mkOption {
        type = types.listOf types.str;
        default = [ ];
        description = "Networks it may send from and is sent.";
      };
      endpoint = nullable types.str "Where it is called.";
      persistentKeepalive = nullable types.int "Seconds between packets that keep the line open.";
      dynamicEndpointRefreshSeconds = mkOption {
        type = types.int;
        default = 0;
        description = "Seconds between look-ups of its name.";
      };
      dynamicEndpointRefreshRestartSeconds = nullable types.ints.unsigned "Seconds after a failed look-up.";
    };
  };
  interface = {
    options = {
      type = mkOption {
        type = types.enum [ "wireguard" "amneziawg" ];
        default = "wireguard";
        description = "The kind of interface.";
      };
      ips = mkOption { type = types.listOf types.str; default = [ ]; description = "Its addresses."; };
      privateKey = nullable types.str "The private key, readable for all.";
      privateKeyFile = nullable types.str "A file with the private key.";
      generatePrivateKeyFile = mkOption { type = types.bool; default = false; description = "Whether a missing file is made."; };
      listenPort = nullable types.port "The port it listens on.";
      mtu = nullable types.int "Its largest packet.";
      metric = nullable types.int "The metric of its routes.";
      fwMark = nullable types.str "The mark of its packets.";
      table = mkOption { type = types.str; default = "main"; description = "The table of its routes."; };
      allowedIPsAsRoutes = mkOption { type = types.bool; default = true; description = "Whether peers' networks are routes."; };
      interfaceNamespace = nullable types.str "The network namespace it is moved to.";
      socketNamespace = nullable types.str "The network namespace of its socket.";
      preSetup = lines "Before it is made.";
      postSetup = lines "After it is up.";
      preShutdown = lines "Before it goes.";
      postShutdown = lines "After it is gone.";
      peers = mkOption { type = types.listOf (types.submodule peer); default = [ ]; description = "Those it talks to."; };
    };
  };

  keyFile = name: values: if values.privateKeyFile != null
    then values.privateKeyFile
    else pkgs.writeText "wg-key" values.privateKey;
  line = text: "${text}\n";

  interfaceUnit = name: values: nameValuePair "wireguard-${name}" {
    description = "WireGuard Tunnel - ${name}";
    after = [ "network-pre.target" ];
    wants = [ "network.target" ];
    before = [ "network.target" ];
    wantedBy = [ "multi-user.target" ];
    path = [ pkgs.kmod pkgs.iproute2 pkgs.wireguard-tools ];
    environment.DEVICE = name;
    # A public half of a key that was never there is found before anything is cut.
    serviceConfig = { Type = "oneshot"; RemainAfterExit = true; };
    script = lib.optionalString (values.preSetup != "") (line values.preSetup)
      + "modprobe wireguard || true\n"
      + "ip link add dev \"${name}\" type wireguard\n"
      + lib.optionalString (values.mtu != null) "ip link set \"${name}\" mtu ${toString values.mtu}\n"
      + lib.concatMapStrings (address: "ip address add \"${address}\" dev \"${name}\"\n") values.ips
      + "wg set \"${name}\" private-key \"${keyFile name values}\""
      + lib.optionalString (values.listenPort != null) " listen-port \"${toString values.listenPort}\""
      + lib.optionalString (values.fwMark != null) " fwmark \"${values.fwMark}\""
      + "\nip link set up dev \"${name}\"\n"
      + values.postSetup;
    postStop = lib.optionalString (values.preShutdown != "") (line values.preShutdown)
      + "ip link del dev \"${name}\"\n" + values.postShutdown;
  };

  peerUnit = name: values: peer:
    let
      unit = "wireguard-${name}-peer-${builtins.replaceStrings [ " " ] [ "-" ] peer.name}";
      psk = if peer.presharedKeyFile != null then peer.presharedKeyFile
        else if peer.presharedKey != null then "${pkgs.writeText "wg-psk" peer.presharedKey}" else null;
      metric = lib.optionalString (values.metric != null) " metric ${toString values.metric}";
      route = action: network:
        "ip route ${action} \"${network}\" dev \"${name}\" table \"${values.table}\"${metric}\n";
    in
    nameValuePair unit {
      description = "WireGuard Peer - ${name} - ${peer.name}";
      requires = [ "wireguard-${name}.service" ];
      wants = [ "network-online.target" ];
      after = [ "wireguard-${name}.service" "network-online.target" ];
      wantedBy = [ "wireguard-${name}.service" ];
      path = [ pkgs.iproute2 pkgs.wireguard-tools ];
      serviceConfig = { Type = "oneshot"; RemainAfterExit = true; };
      script = "wg set \"${name}\" peer \"${peer.publicKey}\""
        + lib.optionalString (psk != null) " preshared-key \"${psk}\""
        + lib.optionalString (peer.endpoint != null) " endpoint \"${peer.endpoint}\""
        + lib.optionalString (peer.persistentKeepalive != null) " persistent-keepalive \"${toString peer.persistentKeepalive}\""
        + lib.optionalString (peer.allowedIPs != [ ]) " allowed-ips \"${lib.concatStringsSep "," peer.allowedIPs}\""
        + "\n" + lib.optionalString values.allowedIPsAsRoutes (lib.concatMapStrings (route "replace") peer.allowedIPs);
      postStop = "wg set \"${name}\" peer \"${peer.publicKey}\" remove\n"
        + lib.optionalString values.allowedIPsAsRoutes (lib.concatMapStrings (route "delete") peer.allowedIPs);
    };
in
{
  options.networking.wireguard = {
    enable = mkOption {
      type = types.bool;
      default = cfg.interfaces != { };
      description = "Whether there are WireGuard interfaces.";
    };
    useNetworkd = mkOption {
      type = types.bool;
      default = false;
      apply = value: if value
        then throw "the stand-in's networking.wireguard does not use networkd; say systemd.network.netdevs"
        else value;
      description = "Refused.";
    };
    interfaces = mkOption { type = types.attrsOf (types.submodule interface); default = { }; description = "Interfaces."; };
  };

  config = mkIf cfg.enable {
    assertions = lib.concatLists (lib.mapAttrsToList (name: values: [
      {
        assertion = (values.privateKey != null) != (values.privateKeyFile != null);
        message = "Either networking.wireguard.interfaces.${name}.privateKey or networking.wireguard.interfaces.${name}.privateKeyFile must be set.";
      }
    ] ++ map (peer: {
      assertion = peer.presharedKey == null || peer.presharedKeyFile == null;
      message = "networking.wireguard.interfaces.${name} peer «${peer.publicKey}» has both presharedKey and presharedKeyFile set, but only one can be used.";
    }) values.peers) cfg.interfaces);

    boot.kernelModules = [ "wireguard" ];
    boot.extraModulePackages = lib.optional (config.boot.kernelPackages.wireguard or null != null) config.boot.kernelPackages.wireguard;
    environment.systemPackages = [ pkgs.wireguard-tools ];
    systemd.services = lib.mapAttrs' interfaceUnit cfg.interfaces
      // lib.listToAttrs (lib.concatLists (lib.mapAttrsToList (name: values: map (peerUnit name values) values.peers) cfg.interfaces));
    systemd.targets = lib.mapAttrs' (name: values: nameValuePair "wireguard-${name}" {
      description = "WireGuard Tunnel - ${name}";
      wantedBy = [ "multi-user.target" ];
      wants = [ "wireguard-${name}.service" ] ++ map (peer: "${(peerUnit name values peer).name}.service") values.peers;
    }) cfg.interfaces;
  };
}
