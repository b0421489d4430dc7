# Where code is written: packages of the machine's channel and of `unstable` side by side, and one that comes from a file of
# its own, as it would from somebody else's repository.
{ config, lib, pkgs, unstable, ... }:
{
  environment.shellAliases.code = "lite-xl";
  environment.systemPackages = with pkgs; [
    gpp
    entr
    nix-top
    lite-xl
    unstable.opencode
    (import ../packages/gauge.nix { inherit pkgs; })
  ];
}
