# What all machines share.
{ config, lib, ... }:
{
  system.stateVersion = "25.11";
  services.openssh.enable = true;
  secrix.defaultEncryptKeys.anna = [ (builtins.readFile ./public_key/id_ed25519_master.pub) ];
}
