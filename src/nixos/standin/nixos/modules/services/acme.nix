# Certificates by ACME: for each, a unit that asks for it and a timer that renews it.
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.security.acme;

  nullable = type: description: mkOption { type = types.nullOr type; default = null; inherit description; };
  # The same options for one certificate and for the defaults of all.
  shared = default: {
    email = mkOption {
      type = types.nullOr types.str;
      default = default.email or null;
      description = "Who is told before it ends.";
    };
    server = mkOption { type = types.nullOr types.str; default = default.server or null; description = "Who signs."; };
    webroot = mkOption {
      type = types.nullOr types.str;
      default = default.webroot or null;
      description = "Where challenges are answered by HTTP.";
    };
    dnsProvider = mkOption {
      type = types.nullOr types.str;
      default = default.dnsProvider or null;
      description = "Who answers challenges by DNS.";
    };
    dnsResolver = mkOption {
      type = types.nullOr types.str;
      default = default.dnsResolver or null;
      description = "Who is asked whether they do.";
    };
    environmentFile = mkOption {
      type = types.nullOr types.path;
      default = default.environmentFile or null;
      description = "Variables with credentials.";
    };
    credentialFiles = mkOption {
      type = types.attrsOf types.path;
      default = default.credentialFiles or { };
      description = "Files with credentials.";
    };
    keyType = mkOption { type = types.str; default = default.keyType or "ec256"; description = "The kind of key."; };
    group = mkOption { type = types.str; default = default.group or "acme"; description = "Who may read it."; };
    reloadServices = mkOption {
      type = types.listOf types.str;
      default = default.reloadServices or [ ];
      description = "Units told of a new one.";
    };
    renewInterval = mkOption {
      type = types.str;
      default = default.renewInterval or "daily";
      description = "How often it is looked at.";
    };
    postRun = mkOption { type = types.lines; default = default.postRun or ""; description = "A script after a new one."; };
    extraLegoFlags = mkOption {
      type = types.listOf types.str;
      default = default.extraLegoFlags or [ ];
      description = "Arguments.";
    };
  };
  certificate = { name, ... }: {
    options = shared cfg.defaults // {
      domain = mkOption { type = types.str; default = name; description = "Its first name."; };
      extraDomainNames = mkOption { type = types.listOf types.str; default = [ ]; description = "More names."; };
      directory = mkOption {
        type = types.str;
        readOnly = true;
        default = "/var/lib/acme/${name}";
        description = "Where it lies.";
      };
      listenHTTP = nullable types.str "An address on which challenges are answered.";
    };
  };
  unit = name: cert: lib.nameValuePair "acme-${name}" {
    description = "Renew ACME certificate for ${cert.domain}";
    after = [ "network.target" "network-online.target" ];
    wants = [ "network-online.target" ];
    wantedBy = [ "multi-user.target" ];
    path = [ pkgs.lego ];
    serviceConfig = { Type = "oneshot"; User = "acme"; Group = cert.group; StateDirectory = "acme/${name}"; }
      // lib.optionalAttrs (cert.environmentFile != null) { EnvironmentFile = cert.environmentFile; };
    script = "lego --accept-tos --path . --email ${toString cert.email} --key-type ${cert.keyType}"
      + lib.concatMapStrings (domain: " -d ${domain}") ([ cert.domain ] ++ cert.extraDomainNames)
      + (if cert.dnsProvider != null
        then " --dns ${cert.dnsProvider}"
        else if cert.webroot != null
        then " --http --http.webroot ${cert.webroot}"
        else " --http --http.port ${toString cert.listenHTTP}")
      + lib.optionalString (cert.server != null) " --server ${cert.server}"
      + lib.concatMapStrings (flag: " ${flag}") cert.extraLegoFlags + " run\n"
      + lib.optionalString (cert.reloadServices != [ ]) "systemctl --no-block try-reload-or-restart ${toString cert.reloadServices}\n"
      + cert.postRun;
  };
in
{
  options.security.acme = {
    acceptTerms = mkOption { type = types.bool; default = false; description = "Whether the terms of who signs are accepted."; };
    defaults = shared { };
    certs = mkOption { type = types.attrsOf (types.submodule certificate); default = { }; description = "Certificates."; };
  };

  config = lib.mkIf (cfg.certs != { }) {
    assertions = [ {
      assertion = cfg.acceptTerms;
      message = ''
        security.acme: whoever signs certificates has terms of service. Read them (Let's Encrypt's are at
        https://letsencrypt.org/repository/) and set `security.acme.acceptTerms = true;`
      '';
    } ] ++ lib.mapAttrsToList (name: cert: {
      assertion = cert.email != null;
      message = "The option `security.acme.certs.${name}.email` (or `security.acme.defaults.email`) must be set";
    }) cfg.certs ++ lib.mapAttrsToList (name: cert: {
      assertion = lib.count (way: way != null) [ cert.dnsProvider cert.webroot cert.listenHTTP ] == 1;
      message = "Exactly one of the options `security.acme.certs.${name}.dnsProvider`, `.webroot` and `.listenHTTP` must be set";
    }) cfg.certs;
    users.users.acme = { home = "/var/lib/acme"; group = "acme"; isSystemUser = true; };
    users.groups.acme = { };
    systemd.services = lib.mapAttrs' unit cfg.certs;
    systemd.timers = lib.mapAttrs' (name: cert: lib.nameValuePair "acme-renew-${name}" {
      description = "Renew ACME Certificate for ${cert.domain}";
      wantedBy = [ "timers.target" ];
      timerConfig = {
        OnCalendar = cert.renewInterval;
        Unit = "acme-${name}.service";
        Persistent = "yes";
        RandomizedDelaySec = "24h";
      };
    }) cfg.certs;
  };
}
