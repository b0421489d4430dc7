# systemd-networkd: its networks, devices and links, as files below /etc/systemd/network (systemd.network(5)).
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkEnableOption mkIf mkMerge mkOption types;
  cfg = config.systemd.network;
  units = import ../../lib/systemd-units.nix { inherit lib pkgs; };
  options = import ../../lib/systemd-options.nix { inherit lib; };

  # Options that are one section each, and those that are a section for every element.
  single = {
    matchConfig = "Match";
    linkConfig = "Link";
    networkConfig = "Network";
    netdevConfig = "NetDev";
    wireguardConfig = "WireGuard";
    dhcpV4Config = "DHCPv4";
    dhcpV6Config = "DHCPv6";
    vlanConfig = "VLAN";
    bridgeConfig = "Bridge";
    dhcpServerConfig = "DHCPServer";
    ipv6AcceptRAConfig = "IPv6AcceptRA";
  };
  several = {
    addresses = "Address";
    routes = "Route";
    wireguardPeers = "WireGuardPeer";
    routingPolicyRules = "RoutingPolicyRule";
  };
  # What NixOS lets one write directly, and is a line of [Network].
  shortcuts = {
    name = null;
    DHCP = "DHCP";
    address = "Address";
    gateway = "Gateway";
    dns = "DNS";
    domains = "Domains";
    ntp = "NTP";
    vlan = "VLAN";
    bridge = "Bridge";
  };

  lists = names: lib.genAttrs names (_: mkOption {
    type = types.listOf types.str;
    default = [ ];
    description = "Lines of [Network].";
  });
  common = {
    enable = options.switch true "Whether the file is there.";
    extraConfig = options.text "More of the file.";
  };
  sections = names: lib.genAttrs names (name: options.section "The section [${single.${name}}].");
  elements = names: lib.genAttrs names (name: mkOption {
    type = types.listOf (options.section "").type;
    default = [ ];
    description = "A section [${several.${name}}] for each.";
  });

  network = common // sections [
    "matchConfig"
    "linkConfig"
    "networkConfig"
    "dhcpV4Config"
    "dhcpV6Config"
    "dhcpServerConfig"
    "ipv6AcceptRAConfig"
    "bridgeConfig"
  ]
    // elements [ "addresses" "routes" "routingPolicyRules" ]
    // lists [ "address" "gateway" "dns" "domains" "ntp" "vlan" "bridge" ]
    // {
      name = mkOption { type = types.nullOr types.str; default = null; description = "The interface."; };
      DHCP = mkOption { type = types.nullOr types.str; default = null; description = "Whether addresses are asked for."; };
    };

  text = value:
    let
      section = title: values: lib.optionalString (values != { }) "[${title}]\n${units.lines values}\n";
      short = lib.concatMapAttrs (name: key:
        let given = value.${name} or null; in
        lib.optionalAttrs (key != null && given != null && given != [ ]) { ${key} = given; }) shortcuts;
    in
    lib.concatStrings (
      [ (section "Match" (value.matchConfig or { } // lib.optionalAttrs (value.name or null != null) { Name = value.name; })) ]
      ++ lib.mapAttrsToList (name: title: section title
        ((value.${name} or { }) // lib.optionalAttrs (name == "networkConfig") short)) (removeAttrs single [ "matchConfig" ])
      ++ lib.mapAttrsToList (name: title: lib.concatMapStrings (section title) (value.${name} or [ ])) several)
    + value.extraConfig;

  files = suffix: all: lib.mapAttrs' (name: value: lib.nameValuePair "systemd/network/${name}.${suffix}" { text = text value; })
    (lib.filterAttrs (_: value: value.enable) all);
  set = option: description: mkOption {
    type = types.attrsOf (types.submodule { options = option; });
    default = { };
    inherit description;
  };
in
{
  options.systemd.network = {
    enable = mkEnableOption "systemd-networkd";
    networks = set network "Networks.";
    netdevs = set (common // sections [
      "netdevConfig"
      "wireguardConfig"
      "vlanConfig"
      "bridgeConfig"
    ] // elements [ "wireguardPeers" ]) "Devices made by software.";
    links = set (common // sections [ "matchConfig" "linkConfig" ]) "Names and properties of devices.";
    wait-online = {
      enable = options.switch true "Whether the boot waits for the network.";
      anyInterface = options.switch false "Whether one interface is enough.";
      timeout = mkOption { type = types.ints.unsigned; default = 120; description = "Seconds."; };
    };
  };

  config = mkIf cfg.enable {
    environment.etc = mkMerge [ (files "network" cfg.networks) (files "netdev" cfg.netdevs) (files "link" cfg.links) ];
    systemd.services.systemd-networkd = {
      wantedBy = [ "multi-user.target" ];
      overrideStrategy = "asDropin";
      # networkd takes what changed without a restart.
      reloadTriggers = lib.mapAttrsToList (name: _: config.environment.etc.${name}.source) (files "network" cfg.networks
        // files "netdev" cfg.netdevs);
    };
    users.users.systemd-network.group = lib.mkDefault "systemd-network";
  };
}
