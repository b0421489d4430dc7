# A directory of accounts, in one line.
{ pkgs, ... }:
{ systemd.services.ldap = { wantedBy = [ "multi-user.target" ]; serviceConfig.ExecStart = "${pkgs.openldap}/bin/slapd"; }; }
