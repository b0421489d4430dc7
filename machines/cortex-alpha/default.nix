# The hub: router of the house, web server, and the way to what others serve.
{ config, pkgs, lib, self, ... }:
{
  imports = [
    (import ../../modules/services/acme_server.nix { fqdn = "example.net"; })
    (import ../../modules/services/backup.nix { folders = [ "/var/www" ]; to = "sftp:data-storage:/srv/backup"; })
    ../../modules/modifier_imports/zfs.nix
    ./hardware-configuration.nix
  ];
  secrix.services.acme.systemdService = "acme-example.net";
  # The port is data-storage's to say.
  services.nginx.virtualHosts."prometheus.example.net" = {
    locations."~/".proxyPass =
      "http://10.88.127.3:${builtins.toString self.nixosConfigurations.data-storage.config.services.prometheus.port}";
  };
}
