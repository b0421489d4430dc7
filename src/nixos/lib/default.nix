# The library, `lib` of fleet's flake. It is written with builtins alone, so that evaluating it needs no package set.
{
  # Functions that make machines: mkX86_64, mkAarch64, mkMachine, images, wgPeers.
  builders = import ./builders.nix;
  # All machines of fleet.json at once.
  mkFleet = import ./fleet.nix;
  # fleet.json, read and judged.
  readInventory = import ./inventory.nix;
  # What a member of a mesh lists as its peers, and addresses from numbers.
  mesh = import ./mesh.nix;
}
