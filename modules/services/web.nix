# A rented web server: what it serves it gets from the hub, over the mesh.
{ upstream }:
{ config, lib, ... }:
{
  services.nginx.enable = true;
  services.nginx.virtualHosts."www.example.net" = {
    sslCertificateKey = config.secrix.services.nginx.secrets.tls.decrypted.path;
    sslCertificate = "/var/lib/certificates/www.example.net.pem";
    addSSL = true;
    locations."/".proxyPass = "http://${upstream}:80";
  };
  networking.firewall.allowedTCPPorts = [ 80 443 ];
}
