# Where the fleet is measured: what there is to scrape follows from the mesh.
{ config, ... }:
{
  services.prometheus.enable = true;
  systemd.services.prometheus.serviceConfig.Environment =
    [ "SCRAPE_PASSWORD_FILE=${config.secrix.services.prometheus.secrets.scrape-password.decrypted.path}" ];
}
