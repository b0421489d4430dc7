# Storage, with packages of two channels.
{ config, lib, pkgs, unstable, nixinate, owner, self, inputs, ... }:
{
  boot.loader.grub.device = "/dev/sda";
  fileSystems."/" = { device = "/dev/sda1"; fsType = "ext4"; };
  services.prometheus.enable = true;
  environment.shellAliases = {
    code = "lite-xl";
  };
  environment.systemPackages = with pkgs; [
    gpp entr nix-top lite-xl
    unstable.opencode
    (import ../../lib/gauge.nix { inherit pkgs; })
  ];
  environment.etc.nixinate.text = "${toString nixinate.host} ${nixinate.sshUser} ${nixinate.buildOn} ${toString nixinate.port} ${owner}\n";
  environment.vpn = {
    enable = true;
    postfix = 3;
    privateKeyFile = "/run/wireguard-wireg0-keys/private-key";
    peers = import ../../lib/wg_peers.nix { inherit self inputs; machine = "storage"; };
  };
}
