# What can be said about secrets. Options that secrix has too have its names, defaults and meaning; those that are fleet's own
# (package, dynamicUser, restart, reload, before, neededForUsers) say so in their description.
{ config, lib, pkgs }:
let
  inherit (lib) mkOption types;
  cfg = config.secrix;
  own = text: text + " (Not in secrix.)";
  literal = lib.literalExpression or (text: text);
  keys = what: default: mkOption {
    type = types.attrsOf (types.listOf types.str);
    inherit default;
    description = "Public keys of people, by person, that ${what}. A fleet with an inventory has them in keys/masters instead.";
  };
  unitNames = description: default: mkOption {
    type = types.listOf types.str;
    inherit default;
    description = own description;
  };

  # A secret; `directory`, `user`, `restart` and `unit` are what its service says.
  secret = { directory, defaultUser, restart, path }: types.submodule ({ name, config, ... }: {
    options = {
      name = mkOption {
        type = types.str;
        default = name;
        description = "The secret's name.";
      };
      encryptKeys = keys "may open this secret" cfg.defaultEncryptKeys // {
        defaultText = literal "config.secrix.defaultEncryptKeys";
      };
      encrypted.file = mkOption {
        type = types.nullOr types.path;
        default = null;
        description = "The sealed file. It alone is copied to the store. A fleet with an inventory sets it.";
      };
      decrypted = {
        name = mkOption {
          type = types.str;
          default = config.name;
          defaultText = literal "its name";
          description = "The opened file's name.";
        };
        mode = mkOption {
          type = types.str;
          default = "0400";
          description = "Permission bits of the opened file.";
        };
        user = mkOption {
          type = types.nullOr types.str;
          default = defaultUser;
          defaultText = literal "the service's user where it is one of the machine's, else root";
          description = "The user that owns the opened file; `null` for a service with a dynamic user.";
        };
        group = mkOption {
          type = types.nullOr types.str;
          default = null;
          description = "The group of the opened file; `null` is the owner's own group.";
        };
        path = mkOption {
          type = types.str;
          readOnly = true;
          default = if config.decrypted.builder == null then path config.decrypted.name else "/run/${directory}-built/${config.decrypted.name}";
          defaultText = literal "/run/DIRECTORY/NAME";
          description = "Where the opened file is found.";
        };
        builder = mkOption {
          type = types.unspecified;
          default = null;
          description = ''
            A script that makes something else of the secret: text, or a function from the path of the finished file to text.
            `$inFile` is the opened secret. What it makes lies on /run, which is a tmpfs: where the machine swaps to an
            unencrypted disk it can reach that disk.
          '';
        };
      };
      restart = unitNames "Units that are restarted, when active, after the plaintext changed." restart;
      reload = unitNames "Units that are reloaded, when active, after the plaintext changed." [ ];
      before = unitNames "Units that start only once the secret is open; for secrets of the system." [ ];
      neededForUsers = mkOption {
        type = types.bool;
        default = false;
        description = own "Opened before accounts are made, so that one may have it as its password; for secrets of the system.";
      };
    };
  });

  service = types.submodule (outer@{ name, ... }:
    let
      unit = "${outer.config.systemdService}.service";
      directory = outer.config.secretsDirName;
      serviceConfig = (config.systemd.services.${outer.config.systemdService} or { serviceConfig = { }; }).serviceConfig;
      user = serviceConfig.User or "root";
    in
    {
      options = {
        secretsDirName = mkOption {
          type = types.str;
          # An instance's `@` has no place in the name of a folder that units name.
          default = builtins.replaceStrings [ "@" ] [ "-" ] "${name}-keys";
          defaultText = literal "NAME-keys";
          description = "The folder below /run in which the service's secrets appear.";
        };
        systemdService = mkOption {
          type = types.str;
          default = name;
          defaultText = literal "its name";
          description = "The unit, without `.service`, that reads these secrets: they live as long as it runs.";
        };
        secretsServiceName = mkOption {
          type = types.str;
          default = "${name}-keys";
          defaultText = literal "NAME-keys";
          description = "The unit, without `.service`, that opens the secrets.";
        };
        additionalRuntimeDirNames = mkOption {
          type = types.listOf types.str;
          default = [ ];
          description = "More runtime directories of the unit. The folder of its secrets is not one of them, so fleet needs none.";
        };
        forceRuntimeDirs = mkOption {
          type = types.bool;
          default = false;
          description = "Whether `additionalRuntimeDirNames` replaces the unit's own runtime directories.";
        };
        dynamicUser = mkOption {
          type = types.bool;
          default = false;
          description = own "Whether the unit has a dynamic user: secrets then reach it as systemd's credentials.";
        };
        secrets = mkOption {
          type = types.attrsOf (secret {
            inherit directory;
            defaultUser = if outer.config.dynamicUser then null else if config.users.users ? ${user} then user else "root";
            restart = [ unit ];
            path = file: if outer.config.dynamicUser then "/run/credentials/${unit}/${file}" else "/run/${directory}/${file}";
          });
          default = { };
          description = "The service's secrets: opened right before it starts, gone when it has ended.";
        };
      };
    });
in
{
  package = mkOption {
    type = types.package;
    default = pkgs.callPackage ../../package.nix { };
    defaultText = literal "fleet, with `fleet activate` alone";
    description = own "The fleet that opens secrets on this machine.";
  };
  manifest = mkOption {
    type = types.nullOr types.str;
    default = null;
    internal = true;
    description = own "The text of /etc/fleet/secrets.json.";
  };
  ageBin = mkOption {
    type = types.nullOr types.str;
    default = null;
    description = "Accepted for secrix's sake: fleet opens and seals by itself.";
  };
  hostIdentityFile = mkOption {
    type = types.str;
    default = "/etc/ssh/ssh_host_ed25519_key";
    description = "The machine's private ssh key, which opens its secrets.";
  };
  hostPubKey = mkOption {
    type = types.nullOr types.str;
    default = null;
    description = "The machine's public ssh key, which its secrets are sealed for.";
  };
  defaultEncryptKeys = keys "may open every secret of this machine" { };
  system = {
    secretsDir = {
      name = mkOption {
        type = types.str;
        default = "system-keys";
        description = "The folder below /run in which the machine's own secrets appear.";
      };
      permissions = mkOption { type = types.str; default = "111"; description = "Accepted for secrix's sake."; };
      user = mkOption { type = types.str; default = "0"; description = "Accepted for secrix's sake."; };
      group = mkOption { type = types.str; default = "0"; description = "Accepted for secrix's sake."; };
    };
    secretsServiceName = mkOption {
      type = types.str;
      default = "fleet-secrets";
      description = "The unit, without `.service`, that opens the machine's own secrets.";
    };
    secrets = mkOption {
      type = types.attrsOf (secret {
        directory = cfg.system.secretsDir.name;
        defaultUser = "root";
        restart = [ ];
        path = file: "/run/${cfg.system.secretsDir.name}/${file}";
      });
      default = { };
      description = "Secrets of the machine itself: open from boot on.";
    };
  };
  services = mkOption {
    type = types.attrsOf service;
    default = { };
    description = "Secrets by the service that reads them.";
  };
}
