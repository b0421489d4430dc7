# The inventory as Nix reads it: fleet.json beside fleet.toml, which `fleet` resolved. `null` where there is none.
#
# Defaults, tags, readers and meshes are resolved by `fleet` and nowhere else. So a fleet.json that does not belong to the
# fleet.toml beside it is refused: it would make machines that nobody described.
#
# `secretsOf.<machine>` is added: the secrets a machine reads, so that a thousand machines do not each look through all.
{ root }:
let
  json = root + "/fleet.json";
  toml = root + "/fleet.toml";
  inventory = builtins.fromJSON (builtins.readFile json);
  version = 1;
  advice = "run `fleet wg render`, which writes fleet.json anew from fleet.toml";
in
if !builtins.pathExists json then
  if builtins.pathExists toml then throw "there is a fleet.toml and no fleet.json: ${advice}" else null
else if inventory.version or 0 != version then
  throw "fleet.json has version ${toString (inventory.version or 0)}, and this fleet reads version ${toString version}: ${advice}"
else if builtins.pathExists toml && inventory.source.hash != "sha256-${builtins.hashFile "sha256" toml}" then
  throw "fleet.json is stale: fleet.toml has changed since it was written; ${advice}"
else
  inventory // {
    secretsOf = builtins.mapAttrs (_: map (reader: reader.secret))
      (builtins.groupBy (reader: reader.machine)
        (builtins.concatMap
          (name: let secret = inventory.secrets.${name}; in map (machine: { inherit machine secret; }) secret.machines)
          (builtins.attrNames inventory.secrets)));
  }
