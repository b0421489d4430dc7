# Accounts: the options of users and groups, what must hold between them, and a document of them all. accounts.nix makes them.
{ config, lib, pkgs, utils, ... }:
let
  inherit (lib) mkDefault mkEnableOption mkIf mkOption types;
  cfg = config.users;

  name = what: types.passwdEntry or types.str;
  nullable = type: description: mkOption { type = types.nullOr type; default = null; inherit description; };

  user = { name, config, ... }: {
    options = {
      enable = mkOption { type = types.bool; default = true; description = "Whether the account is there."; };
      name = mkOption { type = types.str; description = "The account's name."; };
      description = mkOption { type = types.str; default = ""; description = "The person's name."; };
      uid = nullable types.int "The number; null lets the machine choose.";
      isSystemUser = mkOption { type = types.bool; default = false; description = "Whether it is a program's."; };
      isNormalUser = mkOption { type = types.bool; default = false; description = "Whether it is a person's."; };
      group = mkOption { type = types.str; default = ""; description = "Its first group."; };
      extraGroups = mkOption { type = types.listOf types.str; default = [ ]; description = "Its other groups."; };
      home = mkOption { type = types.str; default = "/var/empty"; description = "Its home."; };
      homeMode = mkOption { type = types.str; default = "700"; description = "The home's mode."; };
      createHome = mkOption { type = types.bool; default = false; description = "Whether the home is made."; };
      shell = mkOption {
        type = types.nullOr (types.oneOf [ types.package types.path types.str ]);
        default = pkgs.shadow;
        description = "Its shell.";
      };
      useDefaultShell = mkOption { type = types.bool; default = false; description = "Whether it has users.defaultUserShell."; };
      ignoreShellProgramCheck = mkOption { type = types.bool; default = false; description = "Accepted."; };
      packages = mkOption { type = types.listOf types.package; default = [ ]; description = "Packages for this user."; };
      linger = mkOption { type = types.bool; default = false; description = "Whether its services run without a session."; };
      expires = nullable types.str "The day it ends.";
      hashedPassword = nullable types.str "The password's hash.";
      hashedPasswordFile = nullable types.str "A file with the password's hash.";
      password = nullable types.str "The password itself, readable for all.";
      initialPassword = nullable types.str "The password of a new account.";
      initialHashedPassword = nullable types.str "The hash of a new account's password.";
      openssh.authorizedKeys = {
        keys = mkOption {
          type = types.listOf types.singleLineStr or types.str;
          default = [ ];
          description = "Keys that may log in.";
        };
        keyFiles = mkOption { type = types.listOf types.path; default = [ ]; description = "Files of keys that may log in."; };
      };
      subUidRanges = mkOption { type = types.listOf types.attrs; default = [ ]; description = "More numbers of users."; };
      subGidRanges = mkOption { type = types.listOf types.attrs; default = [ ]; description = "More numbers of groups."; };
      autoSubUidGidRange = mkOption { type = types.bool; default = false; description = "Whether such ranges are found."; };
    };
    config = lib.mkMerge [
      { name = mkDefault name; shell = mkIf config.useDefaultShell (mkDefault cfg.defaultUserShell); }
      (mkIf config.isNormalUser {
        group = mkDefault "users";
        createHome = mkDefault true;
        home = mkDefault "/home/${config.name}";
        useDefaultShell = mkDefault true;
        isSystemUser = mkDefault false;
      })
    ];
  };

  group = { name, ... }: {
    options = {
      name = mkOption { type = types.str; description = "The group's name."; };
      gid = nullable types.int "The number; null lets the machine choose.";
      members = mkOption {
        type = types.listOf types.str;
        default = [ ];
        description = "Users in it, besides those that name it.";
      };
    };
    config.name = mkDefault name;
  };

  there = lib.filterAttrs (_: user: user.enable) cfg.users;

  # Users and groups as one JSON document, as NixOS has it, for whoever asks for `system.build.usersGroups`.
  spec = pkgs.writeText "users-groups.json" (builtins.toJSON {
    inherit (cfg) mutableUsers;
    users = lib.mapAttrsToList (_: user: {
      inherit (user) name uid group description home homeMode createHome isSystemUser password hashedPasswordFile hashedPassword
        initialPassword initialHashedPassword expires;
      shell = if user.shell == null then null else utils.toShellPath user.shell;
    }) there;
    groups = lib.mapAttrsToList (_: group: {
      inherit (group) name gid;
      members = lib.unique (group.members ++ map (user: user.name)
        (lib.filter (user: lib.elem group.name user.extraGroups) (lib.attrValues there)));
    }) cfg.groups;
  });

  ids = kind: accounts: lib.filter (id: id != null) (map (account: account.${kind}) (lib.attrValues accounts));
  passwords = user: lib.filter (password: user.${password} != null)
    [ "hashedPassword" "hashedPasswordFile" "password" "initialPassword" "initialHashedPassword" ];
in
{
  options.users = {
    mutableUsers = mkOption {
      type = types.bool;
      default = true;
      description = "Whether accounts may also be changed on the machine.";
    };
    enforceIdUniqueness = mkOption {
      type = types.bool;
      default = true;
      description = "Whether two accounts may not share a number.";
    };
    allowNoPasswordLogin = mkOption {
      type = types.bool;
      default = false;
      description = "Whether a machine that nobody can log in to is meant.";
    };
    users = mkOption { type = types.attrsOf (types.submodule user); default = { }; description = "Accounts."; };
    groups = mkOption { type = types.attrsOf (types.submodule group); default = { }; description = "Groups."; };
    defaultUserShell = mkOption {
      type = types.either types.path types.package;
      default = pkgs.bashInteractive;
      description = "The shell of people.";
    };
    motd = mkOption { type = types.nullOr types.lines; default = null; description = "Shown after a login."; };
    extraUsers = mkOption {
      type = types.attrsOf types.unspecified;
      default = { };
      visible = false;
      apply = value: if value == { } then value else throw "`users.extraUsers` is called `users.users`";
      description = "An older name.";
    };
  };

  config = {
    users.users = {
      root = {
        uid = 0;
        description = "System administrator";
        home = "/root";
        shell = mkDefault cfg.defaultUserShell;
        group = "root";
        isSystemUser = true;
      };
      nobody = { uid = 65534; isSystemUser = true; description = "Unprivileged account (don't use!)"; group = "nogroup"; };
      messagebus = { uid = 4; isSystemUser = true; group = "messagebus"; description = "D-Bus system message bus daemon user"; };
      systemd-network = { uid = 152; isSystemUser = true; group = "systemd-network"; };
    };
    users.groups = {
      root.gid = 0;
      wheel.gid = 1;
      kmem.gid = 2;
      tty.gid = 3;
      messagebus.gid = 4;
      audio.gid = 17;
      video.gid = 26;
      dialout.gid = 27;
      systemd-journal.gid = 62;
      keys.gid = 96;
      users.gid = 100;
      systemd-network.gid = 152;
      input.gid = 174;
      kvm.gid = 302;
      nixbld.gid = 30000;
      nogroup.gid = 65534;
      disk = { };
    };

    assertions = [
      {
        assertion = !cfg.enforceIdUniqueness || lib.allUnique (ids "uid" there) && lib.allUnique (ids "gid" cfg.groups);
        message = "UIDs and GIDs must be unique!";
      }
      {
        # As NixOS counts: who is in wheel, or root, with a password or a key.
        assertion = cfg.mutableUsers || cfg.allowNoPasswordLogin
          || lib.any (user: (user.name == "root" || user.group == "wheel" || lib.elem "wheel" user.extraGroups)
            && (passwords user != [ ]
              || user.openssh.authorizedKeys.keys != [ ]
              || user.openssh.authorizedKeys.keyFiles != [ ])) (lib.attrValues there);
        message = ''
          Neither the root account nor any wheel user has a password or SSH authorized key, and users.mutableUsers is off:
          nobody could log in. If that is meant, set users.allowNoPasswordLogin = true;'';
      }
    ] ++ lib.concatMap (user: [
      {
        assertion = user.isNormalUser != user.isSystemUser || user.name == "root";
        message = "Exactly one of users.users.${user.name}.isSystemUser and users.users.${user.name}.isNormalUser must be set.\n";
      }
      {
        assertion = user.group != "";
        message = ''
          users.users.${user.name}.group is unset. A group of its own is made with
          users.users.${user.name}.group = "${user.name}"; users.groups.${user.name} = {};
        '';
      }
    ]) (lib.attrValues there);

    warnings = lib.concatMap (user: lib.optional (lib.length (passwords user) > 1)
      "users.users.${user.name} has several passwords: ${lib.concatStringsSep ", " (passwords user)}") (lib.attrValues there);

    system.build.usersGroups = spec;
    environment.etc = lib.mkMerge [
      (lib.mapAttrs' (_: user: lib.nameValuePair "profiles/per-user/${user.name}" {
        source = pkgs.buildEnv { name = "user-environment"; paths = user.packages; };
      }) (lib.filterAttrs (_: user: user.packages != [ ]) there))
      (mkIf (cfg.motd != null) { motd.text = cfg.motd; })
      (mkIf (lib.any (user: user.subUidRanges != [ ]) (lib.attrValues there)) {
        subuid.text = lib.concatMapStrings (user:
          lib.concatMapStrings (range: "${user.name}:${toString range.startUid}:${toString range.count}\n") user.subUidRanges)
          (lib.attrValues there);
      })
    ];
  };
}
