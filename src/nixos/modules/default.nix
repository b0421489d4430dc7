# The modules a machine of a fleet has. They are given as paths, so that one that is imported twice counts once.
{
  default = { imports = [ ./secrix.nix ./vpn.nix ./fleet.nix ]; };
  secrix = ./secrix.nix;
  vpn = ./vpn.nix;
  fleet = ./fleet.nix;
}
