# A nightly backup of some folders, with a password of the machine's own: its unit is the service `restic` of the inventory.
{ folders, to }:
{ config, lib, pkgs, ... }:
{
  systemd.services.restic = {
    description = "Backup of ${lib.concatStringsSep " " folders}";
    startAt = "03:00";
    serviceConfig = {
      Type = "oneshot";
      ExecStart = "${pkgs.restic}/bin/restic --repo ${to} --password-file "
        + "${config.secrix.services.restic.secrets.repository-password.decrypted.path} backup ${lib.concatStringsSep " " folders}";
    };
  };
}
