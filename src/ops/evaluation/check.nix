# What `fleet check --eval` wants to know of a machine. `null` is what its modules do not say.
let
  inherit (machine) config;
  at = builtins.foldl' (value: step: if builtins.isAttrs value then value.${step} or null else null) config;
  orElse = default: value: if value == null then default else value;
  names = set: builtins.attrNames (orElse { } set);
  nixinate = at [ "_module" "args" "nixinate" ];
in
{
  failed = map (one: one.message) (builtins.filter (one: !one.assertion) (config.assertions or [ ]));
  warnings = config.warnings or [ ];
  system = at [ "system" "build" "toplevel" "system" ];
  hasSecrix = config ? secrix;
  hostKey = at [ "secrix" "hostPubKey" ];
  interfaces = builtins.mapAttrs (_: interface: interface.ips or [ ])
    (orElse { } (at [ "networking" "wireguard" "interfaces" ]));
  secrets = {
    system = names (at [ "secrix" "system" "secrets" ]);
  } // builtins.mapAttrs (_: service: names (service.secrets or { }))
    (orElse { } (at [ "secrix" "services" ]));
  ssh = if nixinate == null then null else { user = nixinate.sshUser or null; port = nixinate.port or null; };
  derivation = builtins.unsafeDiscardStringContext config.system.build.toplevel.drvPath;
}
