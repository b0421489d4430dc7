# What the inventory of the reference fleet becomes on its machines, and what a module may and may not change of it.
#
# `machine` makes one of them again with one more module: a question that is asked with `.config` of it.
{ lib ? null, top ? ../../.. }:
let
  standin = import ./standin.nix { inherit lib top; };
  fleet = import (top + "/src/nixos");
  arguments = {
    self = { };
    inputs = {
      nixpkgs_stable = standin;
      nixpkgs_unstable = standin;
      nixpkgs_legacy = standin;
      determinate.nixosModules.default = { };
      nixos-hardware.nixosModules.raspberry-pi-4 = { };
    };
    root = top;
    commonModules = [ (top + "/modules/configuration.nix") ];
  };
  machine = name: module: (fleet.lib.mkFleet (arguments // { machines.${name}.extraModules = [ module ]; })).${name};
  plain = name: (machine name { }).config;
  failed = config: map (it: it.message) (builtins.filter (it: !it.assertion) config.assertions);
  wg = name: mesh: (plain name).networking.wireguard.interfaces.${mesh};
  short = interface: { inherit (interface) ips listenPort privateKeyFile; peers = map (peer: { inherit (peer) publicKey allowedIPs endpoint persistentKeepalive; }) interface.peers; };
in
{
  inherit machine;
  answers = {
    # A spoke lists its hub, the hub everybody with a key; a machine in two meshes has two interfaces.
    spoke = short (wg "display-zero" "wireg0");
    hub = builtins.length (wg "cortex-alpha" "wireg0").peers;
    two = builtins.attrNames (plain "workbench").networking.wireguard.interfaces;
    ports = (plain "workbench").networking.firewall.allowedUDPPorts;
    forwards = (plain "cortex-alpha").boot.kernel.sysctl."net.ipv4.ip_forward";
    # The list of the seed's function is the inventory's too.
    wgPeers = (fleet.lib.builders arguments).wgPeers { self = { }; machine = "display-zero"; };
    everybody = builtins.length ((fleet.lib.builders arguments).wgPeers { self = { }; });
    # A pending machine joins nothing, and its missing private key is not asked for.
    pending = { inherit (plain "lab-north") warnings; vpn = (plain "lab-north").environment.vpn.enable; failed = failed (plain "lab-north"); };
    hosts = (plain "workbench").networking.hosts."10.88.127.3";
    twice = [ (plain "workbench").networking.hosts."10.88.127.88" (plain "workbench").networking.hosts."10.75.69.14" ];
    known = { inherit ((plain "data-storage").programs.ssh.knownHosts.cortex-alpha) hostNames publicKey; };
    keyless = (plain "data-storage").programs.ssh.knownHosts ? lab-north;
    targets = map (job: { inherit (job) job_name; count = builtins.length (builtins.head job.static_configs).targets; })
      (plain "data-storage").services.prometheus.scrapeConfigs;
    sshPorts = (plain "data-storage").services.openssh.ports;
    name = (plain "data-storage").networking.fqdn;
    hostKey = (plain "data-storage").secrix.hostPubKey;
    secrets = builtins.mapAttrs (_: service: builtins.attrNames service.secrets) (with (plain "remote-worker").secrix; services // { inherit system; });
    secret = let it = (plain "remote-worker").secrix.services.nginx.secrets; in {
      session-key = { inherit (it.session-key.decrypted) user mode path; inherit (it.session-key) restart; };
      tls = { inherit (it.tls.decrypted) user mode path; inherit (it.tls) restart; };
    };
    alias = (plain "remote-worker").secrix.nginx.tls.decrypted.path;
    # A fleet.toml without channels: the inputs' names say what they are.
    noChannels =
      let
        read = fleet.lib.readInventory { root = top; };
        inventory = read // { channels = { }; machines = builtins.mapAttrs (_: machine: machine // { channel = null; }) read.machines; };
        made = fleet.lib.mkFleet (arguments // { inherit inventory; });
      in
      map (name: made.${name}.config.networking.hostName) [ "kiosk-one" "beacon" ];
    # Modules refine.
    refined = (machine "remote-worker" { secrix.services.nginx.secrets.tls = { decrypted.mode = "0440"; restart = [ "other.service" ]; }; })
      .config.secrix.services.nginx.secrets.tls.restart;
    switchedOff = let config = (machine "data-storage" { environment.vpn = { hosts = false; knownHosts = false; monitoring.enable = false; openFirewall = false; }; }).config; in {
      hosts = config.networking.hosts ? "10.88.127.4";
      known = builtins.attrNames config.programs.ssh.knownHosts;
      jobs = config.services.prometheus.scrapeConfigs;
      ports = config.networking.firewall.allowedUDPPorts;
    };
    # Modules do not contradict.
    otherNumber = failed (machine "data-storage" { environment.vpn.postfix = 4; }).config;
    noFile = failed (machine "data-storage" { secrix.services.ldap.secrets.other = { }; }).config;
    dynamic = failed (machine "data-storage" { systemd.services.ldap.serviceConfig.DynamicUser = true; }).config;
    nobody = (machine "beacon" { secrix.services.nobody.secrets.a.encrypted.file = ./standin.nix; }).config.warnings;
    # What modules are given.
    nixinate = (machine "workbench" ({ nixinate, ... }: { environment.etc.asked.text = builtins.toJSON nixinate; })).config.environment.etc.asked.text;
    unfree = (machine "workbench" ({ stable, unstable, legacy, ... }: {
      environment.etc.asked.text = builtins.toJSON (map (set: set.config.allowUnfree or false) [ stable unstable legacy ]);
    })).config.environment.etc.asked.text;
    unfreeOwn = (plain "terminal-zero").nixpkgs.pkgs.config.allowUnfree or false;
    # A machine's overlay is its own; one that configures nixpkgs has a package set of its own and loses allow_unfree aloud.
    overlaid = (machine "kiosk-one" ({ pkgs, ... }: {
      nixpkgs.overlays = [ (final: super: { marked = "marked"; }) ];
      environment.etc.asked.text = pkgs.marked;
    })).config.environment.etc.asked.text;
    configured = let made = machine "terminal-one" { nixpkgs.config.marked = true; }; in {
      inherit (made.pkgs.config) marked;
      warned = builtins.length made.config.warnings;
    };
    board = (machine "beacon" { nixpkgs.config.marked = true; }).pkgs.makeModulesClosure { kernel = "k"; rootModules = [ ]; firmware = ""; } ? drvPath;
  };
}
