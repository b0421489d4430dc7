# The directory of accounts, as the service `ldap` of the inventory.
{ config, lib, pkgs, ... }:
{
  users.users.openldap = { isSystemUser = true; group = "openldap"; };
  users.groups.openldap = { };
  systemd.services.ldap = {
    description = "Directory of accounts";
    wantedBy = [ "multi-user.target" ];
    after = [ "network.target" ];
    serviceConfig = {
      User = "openldap";
      ExecStart = "${pkgs.openldap}/libexec/slapd -d 0 -h ldap:///";
      Environment = [ "ADMIN_PASSWORD_FILE=${config.secrix.services.ldap.secrets.admin-password.decrypted.path}" ];
    };
  };
}
