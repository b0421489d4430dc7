# A web server with parameters in its imports, a port that another machine says, and peers that follow from `self`.
{ config, lib, pkgs, self, inputs, ... }:
{
  imports = [
    (import ../../services/acme_server.nix { fqdn = "example.net"; })
    ../../server_services/ldap.nix
    ../../modifier_imports/zfs.nix
  ];
  boot.loader.grub.device = "/dev/sda";
  fileSystems."/" = { device = "/dev/sda1"; fsType = "zfs"; };

  services.nginx.virtualHosts."prometheus.example.net" = {
    locations."~/" = {
      proxyPass = "http://10.88.127.3:${builtins.toString self.nixosConfigurations.storage.config.services.prometheus.port}";
    };
  };

  secrix.services.nginx.secrets.session-key.encrypted.file = ../../secrets/session-key.age;

  environment.vpn = {
    enable = true;
    postfix = 1;
    privateKeyFile = "/run/wireguard-wireg0-keys/private-key";
    endpoint = "hub.example.net:2108";
    peers = (import ../../lib/wg_peers.nix { inherit self inputs; });
  };
}
