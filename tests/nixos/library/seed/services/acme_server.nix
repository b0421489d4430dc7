# A server with a certificate.
{ fqdn }:
{ ... }:
{
  security.acme.acceptTerms = true;
  security.acme.defaults.email = "admin@${fqdn}";
  services.nginx.enable = true;
  services.nginx.virtualHosts.${fqdn} = { enableACME = true; forceSSL = true; };
}
