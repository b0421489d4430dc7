# The modules a machine of a fleet has. They are given as paths, so that one that is imported twice counts once; each imports
# those that it needs: `vpn` needs `fleet`, which needs `secrix`.
{
  default = ./vpn.nix;
  secrix = ./secrix.nix;
  vpn = ./vpn.nix;
  fleet = ./fleet.nix;
}
