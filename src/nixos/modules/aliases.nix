# `config.secrix.SERVICE.SECRET`, the short way to a secret of the inventory: `config.secrix.nginx.tls.decrypted.path` is
# `config.secrix.services.nginx.secrets.tls.decrypted.path`. What options there are can't depend on options, so this takes the
# inventory as it is; a service that has the name of one of secrix's own options has the long way alone.
{ inventory, name }:
{ config, lib, ... }:
let
  taken = [ "ageBin" "defaultEncryptKeys" "hostIdentityFile" "hostPubKey" "manifest" "package" "services" "system" ];
  mine = lib.filter (secret: !lib.elem secret.service taken) (inventory.secretsOf.${name} or [ ]);
  alias = secret: {
    ${secret.service}.${secret.name} = lib.mkOption {
      type = lib.types.unspecified;
      readOnly = true;
      internal = true;
      default = config.secrix.services.${secret.service}.secrets.${secret.name};
      description = "The secret ${secret.service}/${secret.name}.";
    };
  };
in
{
  _file = "fleet's builders, for machine ${name}";
  options.secrix = lib.foldl' lib.recursiveUpdate { } (map alias mine);
}
