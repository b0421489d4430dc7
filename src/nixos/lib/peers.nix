# `wgPeers`, the list of WireGuard peers that follows from a flake's machines: a new machine is everybody's peer at once.
#
# With an inventory it is what fleet.json has for the mesh. Without one, each machine with `environment.vpn.enable` is a
# member, by its own number; its public key is keys/<mesh>/<machine>.pub, or `publicKeys.<machine>`.
{ root, inventory }:
{
  self,
  # Whose peers: a machine's name, or null for the list that a hub has.
  machine ? null,
  mesh ? "wireg0",
  subnet ? "10.88.127.0/24",
  hubs ? [ ],
  keepalive ? 25,
  publicKeys ? { },
  # Members that are no machines of this flake: { name, postfix, publicKey, endpoint ? null, routes ? [ ] }.
  external ? [ ],
}:
let
  meshes = import ./mesh.nix;
  strip = text: builtins.head (builtins.match "[[:space:]]*([^[:space:]]+).*" text);
  key = name: publicKeys.${name} or (
    let file = root + "/keys/${mesh}/${name}.pub";
    in
    if builtins.pathExists file then strip (builtins.readFile file)
    else throw "machine `${name}` is in the mesh and has no public key: add keys/${mesh}/${name}.pub");
  vpn = name: self.nixosConfigurations.${name}.config.environment.vpn;
  machines = builtins.filter
    (name: (self.nixosConfigurations.${name}.config.environment.vpn.enable or false))
    (builtins.attrNames self.nixosConfigurations);
  member = name: {
    inherit name;
    inherit (vpn name) postfix;
    publicKey = key name;
    endpoint = (vpn name).endpoint or null;
    routes = (vpn name).routes or [ ];
  };
  known = if inventory == null then { } else inventory.meshes;
  everybody = known.${mesh}.peerLists.everybody or { members = [ ]; };
  # A list that is no member's own has no `persistentKeepalive`.
  listed = map
    (name: let facts = known.${mesh}.members.${name}; in
      { inherit (facts) publicKey allowedIPs; }
      // (if facts.endpoint == null then { } else { inherit (facts) endpoint; }))
    everybody.members;
in
if known ? ${mesh} then
  if machine == null then listed else meshes.peersOf known.${mesh} machine
else
  meshes.hubAndSpoke { members = map member machines ++ external; inherit subnet hubs keepalive machine; }
