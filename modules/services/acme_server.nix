# A web server with a certificate for a name: `(import ../../modules/services/acme_server.nix { fqdn = "example.net"; })`.
{ fqdn }:
{ config, lib, ... }:
{
  security.acme.acceptTerms = true;
  security.acme.defaults.email = "admin@${fqdn}";
  services.nginx.enable = true;
  services.nginx.virtualHosts.${fqdn} = {
    enableACME = true;
    forceSSL = true;
    locations."/".root = "/var/www/${fqdn}";
  };
  networking.firewall.allowedTCPPorts = [ 80 443 ];
}
