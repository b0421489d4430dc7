# `environment.vpn`: this machine in the fleet's WireGuard networks.
#
# With an inventory there is nothing to say: each mesh that fleet.json has the machine in becomes an interface of that name,
# with the peers that `fleet wg render` shows. Without one, `postfix`, `subnet` and `peers` say it (peers come from `wgPeers`).
# Besides the interface: the UDP port in the firewall, names and ssh host keys of the other members, and what Prometheus
# may scrape; each has its switch.
{ config, lib, ... }:
let
  inherit (lib) mkDefault mkOption types;
  cfg = config.environment.vpn;
  meshes = import ../lib/mesh.nix;
  inventory = config.fleet.inventory;
  name = config.fleet.name;

  # The meshes of the inventory in which this machine is a member with a key.
  networks = if inventory == null then { } else
    lib.filterAttrs (_: mesh: (mesh.members.${name}.publicKey or null) != null) inventory.meshes;
  size = mesh: lib.length (lib.attrNames networks.${mesh}.members);
  # The largest, which most others are in.
  main = if networks == { } then "wireg0" else
    lib.head (lib.sort (a: b: size a > size b) (lib.attrNames networks));

  me = mesh: networks.${mesh}.members.${name};
  interface = mesh: let facts = me mesh; in {
    ips = facts.addresses;
    inherit (facts) listenPort;
    privateKeyFile = if mesh == cfg.mesh then cfg.privateKeyFile else facts.privateKeyFile;
    peers = meshes.peersOf networks.${mesh} name;
  } // lib.optionalAttrs (facts.mtu != null) { inherit (facts) mtu; };
  # A machine whose mesh no inventory describes.
  described = networks ? ${cfg.mesh};
  own = {
    ips = [ (meshes.interfaceAddress cfg.subnet cfg.postfix) ];
    inherit (cfg) listenPort privateKeyFile peers;
  };
  interfaces = lib.mapAttrs (mesh: _: interface mesh) networks // lib.optionalAttrs (!described) { ${cfg.mesh} = own; };

  # Members that have a key: nobody answers for the others. By name, so that each list is made once and not for each member.
  keyed = lib.mapAttrs (_: mesh: lib.filterAttrs (_: member: member.publicKey != null) mesh.members) networks;
  members = mesh: keyed.${mesh};
  addresses = member: lib.filter (address: address != null) [ member.address member.address6 ];
  flat = f: lib.concatLists (map (mesh: lib.concatLists (lib.mapAttrsToList (f mesh) (members mesh))) (lib.attrNames networks));
  # The bare name stands for a member's address in the first mesh that both are in.
  first = other: lib.head (lib.filter (mesh: (members mesh) ? ${other}) (lib.attrNames networks));
  hosts = flat (mesh: other: member: map
    (address: {
      name = address;
      value = [ "${other}.${mesh}" ] ++ lib.optional (first other == mesh) other;
    })
    (addresses member));

  # Every machine that has a host key and is met in a mesh, with all names and addresses that ssh is given for it.
  met = lib.filterAttrs
    (other: machine: machine.hostKey != null && lib.any (mesh: (members mesh) ? ${other}) (lib.attrNames networks))
    inventory.machines;
  pattern = machine: text: if machine.ssh.port == 22 then text else "[${text}]:${toString machine.ssh.port}";
  sshNames = other: machine: [ other ]
    ++ lib.concatMap
      (mesh: lib.optionals ((members mesh) ? ${other}) ([ "${other}.${mesh}" ] ++ addresses (members mesh).${other}))
      (lib.attrNames networks)
    ++ lib.filter (address: address != null) [ machine.address.lan machine.address.public ];

  # Machines of ours; a phone exports nothing.
  targets = mesh: map
    (other: "${(members mesh).${other}.address}:${toString cfg.monitoring.port}")
    (lib.filter (other: !(members mesh).${other}.external && (members mesh).${other}.address != null) (lib.attrNames (members mesh)));

  switch = description: mkOption { type = types.bool; default = true; inherit description; };
in
{
  imports = [ ./fleet.nix ];

  options.environment.vpn = {
    enable = mkOption {
      type = types.bool;
      default = networks != { };
      defaultText = "true for a member of one of the fleet's meshes";
      description = "Whether this machine joins its WireGuard networks.";
    };
    mesh = mkOption {
      type = types.str;
      default = main;
      defaultText = "the largest the machine is in";
      description = "The network that `postfix` and `privateKeyFile` are about.";
    };
    postfix = mkOption {
      type = types.int;
      description = "The machine's number in the network: 3 in 10.88.127.0/24 is 10.88.127.3.";
    };
    privateKeyFile = mkOption {
      type = types.str;
      description = "The file that has the machine's private key once its secrets are open.";
    };
    subnet = mkOption {
      type = types.str;
      default = "10.88.127.0/24";
      description = "The network's addresses, for a fleet without inventory.";
    };
    listenPort = mkOption {
      type = types.int;
      default = 2108;
      description = "The UDP port, for a fleet without inventory.";
    };
    peers = mkOption {
      type = types.listOf types.attrs;
      default = [ ];
      description = "The machine's peers, for a fleet without inventory: `wgPeers` makes them.";
    };
    endpoint = mkOption {
      type = types.nullOr types.str;
      default = null;
      description = "Where others call this machine, for a fleet without inventory: NAME:PORT.";
    };
    routes = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Networks behind this machine, for a fleet without inventory.";
    };
    openFirewall = switch "Open the networks' UDP ports.";
    hosts = switch "Give members their names: `NAME.MESH`, and `NAME`.";
    knownHosts = switch "Pin the ssh host keys of the machines that are members.";
    monitoring = {
      enable = switch "Have this machine's Prometheus, where it runs one, scrape the machines that are members.";
      port = mkOption {
        type = types.int;
        default = 9100;
        description = "The port that members export their figures on.";
      };
      targets = mkOption {
        type = types.attrsOf (types.listOf types.str);
        readOnly = true;
        default = lib.genAttrs (lib.attrNames networks) targets;
        defaultText = "from the inventory";
        description = "By network, what there is to scrape.";
      };
    };
  };

  config = lib.mkIf cfg.enable (lib.mkMerge [
    {
      networking.wireguard.interfaces = interfaces;
      networking.firewall.allowedUDPPorts = lib.mkIf cfg.openFirewall
        (lib.unique (map (interface: interface.listenPort) (lib.attrValues interfaces)));
    }
    (lib.mkIf described {
      environment.vpn.postfix = mkDefault (me cfg.mesh).postfix;
      environment.vpn.privateKeyFile = mkDefault (me cfg.mesh).privateKeyFile;
      assertions = [{
        assertion = cfg.postfix == (me cfg.mesh).postfix;
        message = "`environment.vpn.postfix` is ${toString cfg.postfix}, and fleet.toml gives ${name} the number "
          + "${toString (me cfg.mesh).postfix} in ${cfg.mesh}: say it in fleet.toml alone.";
      }];
      boot.kernel.sysctl = lib.mkMerge [
        (lib.mkIf (lib.any (mesh: (me mesh).forwards) (lib.attrNames networks)) { "net.ipv4.ip_forward" = mkDefault true; })
        (lib.mkIf (lib.any (mesh: (me mesh).forwards && networks.${mesh}.subnet6 != null) (lib.attrNames networks)) {
          "net.ipv6.conf.all.forwarding" = mkDefault true;
        })
      ];
      networking.hosts = lib.mkIf cfg.hosts (lib.listToAttrs hosts);
      programs.ssh.knownHosts = lib.mkIf cfg.knownHosts (lib.mapAttrs
        (other: machine: { hostNames = map (pattern machine) (sshNames other machine); publicKey = machine.hostKey; })
        met);
      services.prometheus.scrapeConfigs = lib.mkIf (cfg.monitoring.enable && config.services.prometheus.enable)
        (lib.mapAttrsToList
          (mesh: targets: { job_name = "mesh-${mesh}"; static_configs = [ { inherit targets; } ]; })
          cfg.monitoring.targets);
    })
  ]);
}
