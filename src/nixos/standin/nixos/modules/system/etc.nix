# /etc: a folder of links in the store, which an activation makes /etc look like. An entry with a mode of its own is copied
# there instead, so its mode and owner stand beside it (`.mode`, `.uid`, `.gid`), as NixOS lays it out.
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkDefault mkIf mkOption types;

  entries = lib.filter (entry: entry.enable) (lib.attrValues config.environment.etc);
  laid = entry:
    { "etc/${entry.target}".link = "${entry.source}"; }
    // lib.optionalAttrs (entry.mode != "symlink") {
      "etc/${entry.target}.mode" = "${entry.mode}\n";
      "etc/${entry.target}.uid" = "${entry.user}\n";
      "etc/${entry.target}.gid" = "${entry.group}\n";
    };

  # Two entries for one file are a mistake that a folder would hide.
  targets = map (entry: entry.target) entries;
  twice = lib.attrNames (lib.filterAttrs (_: found: lib.length found > 1) (lib.groupBy (target: target) targets));
in
{
  options.environment.etc = mkOption {
    default = { };
    description = "Files below /etc.";
    type = types.attrsOf (types.submodule ({ name, config, options, ... }: {
      options = {
        enable = mkOption { type = types.bool; default = true; description = "Whether the file is there."; };
        target = mkOption { type = types.str; description = "Its path below /etc."; };
        text = mkOption { type = types.nullOr types.lines; default = null; description = "What is in it."; };
        source = mkOption { type = types.path; description = "The file, or the folder."; };
        mode = mkOption {
          type = types.str;
          default = "symlink";
          example = "0600";
          description = "`symlink`, `direct-symlink`, or the mode of a copy.";
        };
        uid = mkOption { type = types.int; default = 0; description = "Owner of a copy, by number."; };
        gid = mkOption { type = types.int; default = 0; description = "Group of a copy, by number."; };
        user = mkOption { type = types.str; default = "+${toString config.uid}"; description = "Owner of a copy, by name."; };
        group = mkOption { type = types.str; default = "+${toString config.gid}"; description = "Group of a copy, by name."; };
      };
      config = {
        target = mkDefault name;
        source = mkIf (config.text != null) (
          lib.mkDerivedConfig options.text (pkgs.writeText "etc-${builtins.replaceStrings [ "/" "@" " " ] [ "-" "-" "-" ] name}"));
      };
    }));
  };

  config = {
    assertions = [
      {
        assertion = twice == [ ];
        message = "environment.etc has several entries for ${lib.concatMapStringsSep ", " (target: "`${target}`") twice}";
      }
    ];
    # All lies below `etc`, so that the folder is unpacked without a further derivation.
    system.build.etc = pkgs.writeTree "etc" (lib.foldl' (all: entry: all // laid entry) { } entries);
  };
}
