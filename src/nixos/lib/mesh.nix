# Meshes: who is whose peer, and which address a number makes.
#
# With an inventory nothing is derived here: fleet.json says for each mesh which lists of peers there are, for each
# member which list is its own and what differs, and `peersOf` lays these over each other. Without one, `hubAndSpoke` is
# the one shape that the numbers of the machines themselves can tell.
let
  inherit (builtins) bitAnd div elemAt filter foldl' fromJSON head isString split;

  splitAt = separator: text: filter isString (split separator text);
  power = exponent: if exponent == 0 then 1 else 2 * power (exponent - 1);
  present = set: removeAttrs set (filter (name: set.${name} == null) (builtins.attrNames set));

  # "10.88.127.0/24" as the number of its first address, and its length.
  network = subnet:
    let
      parts = splitAt "/" subnet;
      prefix = fromJSON (elemAt parts 1);
      address = foldl' (sum: octet: sum * 256 + fromJSON octet) 0 (splitAt "[.]" (head parts));
      size = power (32 - prefix);
    in
    { inherit prefix size; first = address - bitAnd address (size - 1); };

  dotted = address:
    let octet = shift: toString (bitAnd (div address shift) 255);
    in "${octet 16777216}.${octet 65536}.${octet 256}.${octet 1}";
in
rec {
  # The address that a postfix makes in a subnet: `addressOf "10.88.127.0/24" 3` is "10.88.127.3".
  addressOf = subnet: postfix:
    let net = network subnet;
    in
    if postfix < 1 || postfix > net.size - 2 then
      throw "postfix ${toString postfix} is no host's number in ${subnet}: 1 to ${toString (net.size - 2)} are"
    else dotted (net.first + postfix);

  # The same with the subnet's length, as an interface wants it.
  interfaceAddress = subnet: postfix: "${addressOf subnet postfix}/${toString (network subnet).prefix}";

  # A member's peers, as `networking.wireguard.interfaces.NAME.peers` takes them. `mesh` is one of fleet.json's.
  peersOf = mesh: name:
    let
      mine = mesh.members.${name}.peers;
      list = mesh.peerLists.${mine.list};
      peer = other:
        let facts = mesh.members.${other};
        in
        { inherit (facts) publicKey allowedIPs endpoint; }
        // (if facts.endpoint == null then { } else { inherit (mine) persistentKeepalive; })
        // (list.differs.${other} or { })
        // (mine.differs.${other} or { });
    in
    map (other: present (peer other)) (filter (other: other != name) list.members);

  # Peers for a fleet without inventory. `members` is a list of { name, postfix, publicKey, endpoint ? null, routes ? [ ] },
  # `hubs` are names. For `machine`, or with `machine = null` the list a hub has: everybody, each with its own address.
  hubAndSpoke = { members, subnet, hubs ? [ ], keepalive ? 25, machine ? null }:
    let
      isHub = name: builtins.elem name hubs;
      spoke = machine != null && !isHub machine && hubs != [ ];
      seen = filter (member: member.name != machine && (!spoke || isHub member.name)) members;
      wide = [ (let net = network subnet; in "${dotted net.first}/${toString net.prefix}") ];
      others = builtins.concatLists (map (member: if member.name == machine then [ ] else member.routes or [ ]) members);
      firstHub = hub: (head (filter (member: isHub member.name) members)).name == hub.name;
      allowed = member:
        let own = [ "${addressOf subnet member.postfix}/32" ];
        in
        # Two peers with one network: the first would lose it. So the first hub alone is the way to everybody.
        if spoke && firstHub member then wide ++ others else own ++ member.routes or [ ];
      called = member: (member.endpoint or null) != null;
    in
    map
      (member:
        { inherit (member) publicKey; allowedIPs = allowed member; }
        // (if called member then { inherit (member) endpoint; persistentKeepalive = keepalive; } else { }))
      seen;
}
