# The network: hosts, addresses, WireGuard, the firewall and networkd.
{ config, unit, etc, toplevel, lib, ... }:
let
  plain = {
    networking = {
      domain = "example.net";
      hosts."10.88.127.1" = [ "cortex-alpha" "cortex-alpha.example.net" ];
      extraHosts = "10.88.127.3 data-storage";
      nameservers = [ "10.88.128.1" "9.9.9.9" ];
      search = [ "example.net" ];
      interfaces.eth0.ipv4.addresses = [ { address = "10.88.128.1"; prefixLength = 24; } ];
      interfaces.eth0.ipv4.routes = [ { address = "10.1.0.0"; prefixLength = 16; via = "10.88.128.2"; } ];
      defaultGateway = { address = "10.88.128.254"; interface = "eth0"; };
    };
  };
  mesh = {
    networking.wireguard.interfaces.wireg0 = {
      ips = [ "10.88.127.1/24" ];
      listenPort = 2108;
      privateKeyFile = "/run/wireguard-wireg0-keys/private-key";
      peers = [
        {
          publicKey = "xkE5PtHzNVLq9uGp8pqoIpmYGWncoAUYlWdJ+Xwo/0M=";
          allowedIPs = [ "10.88.127.3/32" ];
          persistentKeepalive = 25;
          endpoint = "a.example.net:2108";
        }
        { publicKey = "AAAA"; name = "lab"; allowedIPs = [ "10.88.127.4/32" "10.88.129.0/24" ]; presharedKeyFile = "/run/psk"; }
      ];
    };
    networking.firewall.allowedUDPPorts = [ 2108 ];
  };
  networkd = {
    networking.useNetworkd = true;
    networking.interfaces.eth0.useDHCP = true;
    systemd.network.networks."10-lan" = {
      matchConfig.Name = "lan0";
      address = [ "10.0.0.2/24" ];
      networkConfig.IPv4Forwarding = true;
      routes = [ { Gateway = "10.0.0.1"; Metric = 5; } ];
    };
    systemd.network.netdevs."20-wg" = {
      netdevConfig = { Name = "wg0"; Kind = "wireguard"; };
      wireguardConfig.ListenPort = 2107;
      wireguardPeers = [ { PublicKey = "BBBB"; AllowedIPs = [ "10.75.69.1/32" ]; } ];
    };
  };
in
{
  derivations = map toplevel [ [ plain mesh ] networkd ];
  hosts = etc plain "hosts";
  resolv-conf = etc plain "resolv.conf";
  fqdn = (config plain).networking.fqdn;
  no-fqdn-without-domain = (config { }).networking.fqdn;
  addresses = unit plain "network-addresses-eth0.service";
  setup = unit plain "network-setup.service";
  wireguard-interface = unit mesh "wireguard-wireg0.service";
  wireguard-units = builtins.filter (lib.hasPrefix "wireguard") (builtins.attrNames (config mesh).systemd.units);
  wireguard-peer = unit mesh "wireguard-wireg0-peer-lab.service";
  one-private-key = (config [ mesh { networking.wireguard.interfaces.wireg0.privateKey = "x"; } ]).system.build.toplevel.name;
  firewall = unit mesh "firewall.service";
  ports-are-sorted-and-once = (config {
    networking.firewall.allowedTCPPorts = [ 443 80 443 ];
  }).networking.firewall.allowedTCPPorts;
  a-port-is-a-number = (config { networking.firewall.allowedTCPPorts = [ 99999 ]; }).networking.firewall.allowedTCPPorts;
  nat-forwards = (config {
    networking.nat = { enable = true; externalInterface = "wan0"; internalIPs = [ "10.88.128.0/24" ]; };
  }).boot.kernel.sysctl."net.ipv4.conf.all.forwarding";
  nat-wants-the-firewall = (config {
    networking.nat.enable = true;
    networking.firewall.enable = false;
  }).system.build.toplevel.name;
  nat-commands = (config {
    networking.nat = {
      enable = true;
      externalInterface = "wan0";
      internalInterfaces = [ "lan0" ];
      forwardPorts = [ { sourcePort = 80; destination = "10.0.0.2:8080"; } ];
    };
  }).networking.firewall.extraCommands;
  network-manager = etc {
    networking.networkmanager = { enable = true; unmanaged = [ "wireg0" "interface-name:veth*" ]; };
  } "NetworkManager/NetworkManager.conf";
  networkd-files = lib.mapAttrs (_: file: file.text) (lib.filterAttrs (name: _: lib.hasPrefix "systemd/network/" name) (config networkd).environment.etc);
  networkd-leaves-no-address-units = builtins.filter (lib.hasPrefix "network-") (builtins.attrNames (config networkd).systemd.units);
  a-host-name-is-a-label = (config { networking.hostName = lib.mkForce "not a name"; }).networking.hostName;
}
