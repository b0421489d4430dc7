# The network: names, addresses of interfaces, routes, and the files that say so.
{ config, lib, pkgs, utils, ... }:
let
  inherit (lib) mkDefault mkEnableOption mkIf mkOption types;
  cfg = config.networking;

  toggle = default: description: mkOption { type = types.bool; inherit default description; };
  strings = description: mkOption { type = types.listOf types.str; default = [ ]; inherit description; };
  nullable = type: description: mkOption { type = types.nullOr type; default = null; inherit description; };

  family = bits: {
    addresses = mkOption {
      default = [ ];
      description = "Addresses of the interface.";
      type = types.listOf (types.submodule { options = {
        address = mkOption { type = types.str; description = "The address."; };
        prefixLength = mkOption {
          type = types.addCheck types.int (length: 0 <= length && length <= bits);
          description = "Bits of the network.";
        };
      }; });
    };
    routes = mkOption {
      default = [ ];
      description = "Routes over the interface.";
      type = types.listOf (types.submodule { options = {
        address = mkOption { type = types.str; description = "The network."; };
        prefixLength = mkOption {
          type = types.addCheck types.int (length: 0 <= length && length <= bits);
          description = "Its bits.";
        };
        via = nullable types.str "The next hop.";
        type = nullable types.str "The route's kind.";
        options = mkOption { type = types.attrsOf types.str; default = { }; description = "More words of `ip route`."; };
      }; });
    };
  };
  interface = { name, config, ... }: {
    options = {
      name = mkOption { type = types.str; default = name; description = "Its name."; };
      useDHCP = nullable types.bool "Whether it asks for its address.";
      ipv4 = family 32;
      ipv6 = family 128;
      macAddress = nullable types.str "Its hardware address.";
      mtu = nullable types.int "Its largest packet.";
      virtual = toggle false "Whether it is made by software.";
      wakeOnLan.enable = mkEnableOption "waking over the network";
    };
  };
  gateway = types.nullOr (types.coercedTo types.str (address: { inherit address; }) (types.submodule { options = {
    address = mkOption { type = types.str; description = "Its address."; };
    interface = nullable types.str "The interface it is reached by.";
    metric = nullable types.int "Its metric.";
  }; }));

  all = lib.attrValues cfg.interfaces;
  hosts = lib.concatStrings (lib.mapAttrsToList (address: names: lib.optionalString (names != [ ]) "${address} ${toString names}\n") cfg.hosts);
  # A word of `ip` with what follows it, where there is something.
  optional = word: value: lib.optionalString (value != null) "${word} ${toString value} ";
  # What brings one interface up, as `ip` is told.
  commands = interface: lib.concatMapStrings (address: "ip addr replace ${address.address}/${toString address.prefixLength} dev ${interface.name}\n")
      (interface.ipv4.addresses ++ interface.ipv6.addresses)
    + "ip link set ${interface.name} up\n"
    + lib.concatMapStrings (route:
        "ip route replace ${route.address}/${toString route.prefixLength} ${optional "via" route.via}dev ${interface.name}\n")
      (interface.ipv4.routes ++ interface.ipv6.routes);
in
{
  options.networking = {
    hostName = mkOption {
      type = types.strMatching "^$|^[[:alnum:]]([[:alnum:]_-]{0,61}[[:alnum:]])?$";
      default = "nixos";
      description = "The machine's name.";
    };
    domain = nullable types.str "Its domain.";
    fqdn = mkOption {
      readOnly = true;
      type = types.str;
      default = if cfg.hostName != "" && cfg.domain != null then "${cfg.hostName}.${cfg.domain}" else throw ''
        networking.fqdn is wanted, and needs both `networking.hostName` and `networking.domain`
      '';
      description = "Name and domain.";
    };
    fqdnOrHostName = mkOption {
      readOnly = true;
      type = types.str;
      default = if cfg.domain == null then cfg.hostName else cfg.fqdn;
      description = "Name, with the domain where there is one.";
    };
    hostId = mkOption {
      type = types.nullOr (types.strMatching "[0-9a-fA-F]{8}" );
      default = null;
      description = "Eight hexadecimal digits that tell machines apart.";
    };
    hosts = mkOption { type = types.attrsOf (types.listOf types.str); default = { }; description = "Names by address."; };
    extraHosts = mkOption { type = types.lines; default = ""; description = "More lines of /etc/hosts."; };
    hostFiles = mkOption { type = types.listOf types.path; default = [ ]; description = "Files of lines of /etc/hosts."; };
    nameservers = strings "Name servers.";
    search = strings "Domains names are looked up in.";
    timeServers = mkOption {
      type = types.listOf types.str;
      default = map (n: "${toString n}.nixos.pool.ntp.org") [ 0 1 2 3 ];
      description = "Servers of the time.";
    };
    enableIPv6 = toggle true "Whether there is IPv6.";
    useDHCP = toggle true "Whether interfaces ask for their addresses.";
    dhcpcd.enable = toggle true "Whether dhcpcd does so.";
    useNetworkd = toggle false "Whether systemd-networkd brings interfaces up.";
    usePredictableInterfaceNames = toggle true "Whether interfaces are called by where they are.";
    useHostResolvConf = toggle false "Whether a container uses its host's name servers.";
    tempAddresses = mkOption {
      type = types.enum [ "default" "disabled" "enabled" ];
      default = "default";
      description = "Temporary addresses of IPv6.";
    };
    interfaces = mkOption { type = types.attrsOf (types.submodule interface); default = { }; description = "Interfaces."; };
    bridges = mkOption {
      type = types.attrsOf (types.submodule {
        options.interfaces = strings "Members.";
        options.rstp = toggle false "Whether loops are found.";
      });
      default = { };
      description = "Bridges.";
    };
    vlans = mkOption {
      type = types.attrsOf (types.submodule {
        options = {
          id = mkOption { type = types.int; description = "Its tag."; };
          interface = mkOption { type = types.str; description = "Its carrier."; };
        };
      });
      default = { };
      description = "Virtual networks.";
    };
    defaultGateway = mkOption { type = gateway; default = null; description = "The way out."; };
    defaultGateway6 = mkOption { type = gateway; default = null; description = "The way out, IPv6."; };
    localCommands = mkOption { type = types.lines; default = ""; description = "A script when the network is up."; };
    networkmanager = {
      enable = mkEnableOption "NetworkManager";
      unmanaged = strings "Interfaces it leaves alone.";
      dns = mkOption { type = types.str; default = "default"; description = "How it does name servers."; };
      wifi.powersave = nullable types.bool "Whether radio saves power.";
    };
    wireless = {
      enable = mkEnableOption "wpa_supplicant";
      interfaces = strings "Interfaces.";
      userControlled.enable = toggle false "Whether users control it.";
      networks = mkOption { type = types.attrsOf types.attrs; default = { }; description = "Networks."; };
    };
  };

  config = {
    assertions = map (interface: {
      assertion = interface.wakeOnLan.enable -> !interface.virtual;
      message = "the interface `${interface.name}` is made by software and cannot be woken";
    }) all;

    networking.hosts = lib.mkMerge [
      { "127.0.0.1" = lib.mkBefore [ "localhost" ]; "::1" = mkIf cfg.enableIPv6 (lib.mkBefore [ "localhost" ]); }
      (mkIf (cfg.hostName != "") {
        "127.0.0.2" = lib.optional (cfg.domain != null) "${cfg.hostName}.${cfg.domain}" ++ [ cfg.hostName ];
      })
    ];

    environment.etc = {
      hostname = mkIf (cfg.hostName != "") { text = "${cfg.hostName}\n"; };
      hosts.text = "${hosts}${cfg.extraHosts}${lib.concatMapStrings builtins.readFile cfg.hostFiles}";
      "resolv.conf" = mkIf (cfg.nameservers != [ ] && !config.services.resolved.enable) {
        text = lib.optionalString (cfg.search != [ ]) "search ${toString cfg.search}\n"
          + lib.concatMapStrings (server: "nameserver ${server}\n") cfg.nameservers;
      };
      "NetworkManager/NetworkManager.conf" = mkIf cfg.networkmanager.enable {
        text = lib.generators.toINI { } {
          main = { inherit (cfg.networkmanager) dns; plugins = "keyfile"; };
          keyfile.unmanaged-devices = lib.concatStringsSep ";" cfg.networkmanager.unmanaged;
        }
        + lib.optionalString (cfg.networkmanager.wifi.powersave != null)
          "\n[connection]\nwifi.powersave=${if cfg.networkmanager.wifi.powersave then "3" else "2"}\n";
      };
      hostid = mkIf (cfg.hostId != null) { text = "${cfg.hostId}\n"; };
    };

    boot.kernel.sysctl."net.ipv6.conf.all.disable_ipv6" = mkDefault (!cfg.enableIPv6);

    environment.systemPackages = lib.optional cfg.networkmanager.enable pkgs.networkmanager;
    users.groups.networkmanager = mkIf cfg.networkmanager.enable { gid = 57; };

    systemd.network.enable = mkIf cfg.useNetworkd true;
    # With networkd, an interface's addresses are a file of it; else a unit for each interface.
    systemd.network.networks = mkIf cfg.useNetworkd (lib.mapAttrs' (name: interface: lib.nameValuePair "40-${name}" {
      matchConfig.Name = interface.name;
      DHCP = if (if interface.useDHCP == null then false else interface.useDHCP) then "yes" else "no";
      address = map (address: "${address.address}/${toString address.prefixLength}") (interface.ipv4.addresses
        ++ interface.ipv6.addresses);
      routes = map (route: {
        Destination = "${route.address}/${toString route.prefixLength}";
      } // lib.optionalAttrs (route.via != null) { Gateway = route.via; })
        (interface.ipv4.routes ++ interface.ipv6.routes);
    }) cfg.interfaces);
    systemd.services = lib.mkMerge [
      (mkIf (!cfg.useNetworkd) (lib.mapAttrs' (name: interface: lib.nameValuePair "network-addresses-${name}" {
        description = "Address configuration of ${name}";
        wantedBy = [ "network-setup.service" "network.target" ];
        before = [ "network-setup.service" ];
        bindsTo = [ "sys-subsystem-net-devices-${utils.escapeSystemdPath name}.device" ];
        after = [ "network-pre.target" "sys-subsystem-net-devices-${utils.escapeSystemdPath name}.device" ];
        path = [ pkgs.iproute2 ];
        serviceConfig = { Type = "oneshot"; RemainAfterExit = true; };
        # Without it the machine's own connection would be gone before the activation.
        stopIfChanged = false;
        script = commands interface;
      }) (lib.filterAttrs (_: interface: interface.ipv4.addresses ++ interface.ipv6.addresses != [ ]) cfg.interfaces)))
      (mkIf cfg.networkmanager.enable {
        NetworkManager = {
          description = "Network Manager";
          wantedBy = [ "multi-user.target" ];
          wants = [ "network.target" ];
          after = [ "network-pre.target" "dbus.service" ];
          before = [ "network.target" ];
          restartTriggers = [ config.environment.etc."NetworkManager/NetworkManager.conf".source ];
          # The switch may come over a connection it holds.
          stopIfChanged = false;
          serviceConfig = {
            Type = "dbus";
            BusName = "org.freedesktop.NetworkManager";
            ExecStart = "${pkgs.networkmanager}/bin/NetworkManager --no-daemon";
            Restart = "on-failure";
            KillMode = "process";
          };
        };
      })
      (mkIf (cfg.defaultGateway != null || cfg.defaultGateway6 != null || cfg.localCommands != "") {
        network-setup = {
          description = "Networking Setup";
          wantedBy = [ "network.target" ];
          after = [ "network-pre.target" ];
          before = [ "network.target" ];
          path = [ pkgs.iproute2 ];
          serviceConfig = { Type = "oneshot"; RemainAfterExit = true; };
          script = lib.concatMapStrings ({ gateway, words }: lib.optionalString (gateway != null)
            (lib.removeSuffix " " ("ip ${words}route replace default via ${gateway.address} "
              + optional "dev" gateway.interface + optional "metric" gateway.metric) + "\n"))
            [
              { gateway = cfg.defaultGateway; words = ""; }
              { gateway = cfg.defaultGateway6; words = "-6 "; }
            ] + cfg.localCommands;
        };
      })
    ];
  };
}
