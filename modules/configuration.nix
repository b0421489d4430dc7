# What every machine of the reference fleet is: reached by ssh with keys alone, with one account that deploys.
{ config, lib, pkgs, self, ... }:
{
  system.stateVersion = "25.11";
  time.timeZone = lib.mkDefault "Europe/London";
  services.openssh.enable = true;
  security.sudo.wheelNeedsPassword = false;

  users.mutableUsers = false;
  users.users.deploy = {
    isNormalUser = true;
    extraGroups = [ "wheel" ];
    openssh.authorizedKeys.keys = [
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE7uJ2ZCkSvbw3RfJGxnv6lqXkF2yQn6fGq1v0yTz8nq nobody has this key's other half"
    ];
  };
  # Open before accounts are made.
  users.users.root.hashedPasswordFile = config.secrix.system.secrets.root-password.decrypted.path;

  environment.systemPackages = with pkgs; [ git htop ];
}
