# `pkgs.formats`: each format is a type for values (`type`) and a way to write them into a file (`generate`).
#
# The texts are what nixpkgs' generators give where a program is not needed for it. JSON is in one line, since the program that
# would indent it is not here; YAML is JSON, which is YAML.
{ lib, pkgs }:
let
  inherit (lib) types;

  # Values nest: what is inside is again such a value.
  value = description: atoms: also:
    let
      type = types.nullOr (types.oneOf (atoms ++ also type)) // { inherit description; };
    in
    type;
  atoms = [ types.bool types.int types.float types.str types.path ];
  nested = type: [ (types.attrsOf type) (types.listOf type) ];

  toml = import ./toml.nix { inherit lib; };
in
{
  json = { ... }: {
    type = value "JSON value" atoms nested;
    generate = name: content: pkgs.writeText name (builtins.toJSON content + "\n");
  };
  yaml = { ... }: {
    type = value "YAML value" atoms nested;
    generate = name: content: pkgs.writeText name (builtins.toJSON content + "\n");
  };
  toml = { ... }: {
    type = value "TOML value" atoms nested;
    generate = name: content: pkgs.writeText name (toml content);
  };
  ini = { listsAsDuplicateKeys ? false, listToValue ? null, ... }@args: {
    type = types.attrsOf (types.attrsOf (value "INI atom (null, bool, int, float or string)" atoms
      (_: lib.optional (listsAsDuplicateKeys || listToValue != null) (types.listOf (types.oneOf atoms)))));
    generate = name: content:
      pkgs.writeText name (lib.generators.toINI (lib.filterAttrs (name: _: name == "listsAsDuplicateKeys") args)
        (if listToValue == null then content
         else lib.mapAttrs (_: lib.mapAttrs (_: item: if builtins.isList item then listToValue item else item)) content));
  };
  keyValue = { listsAsDuplicateKeys ? false, ... }@args: {
    type = types.attrsOf (value "atom (null, bool, int, float or string)" atoms
      (_: lib.optional listsAsDuplicateKeys (types.listOf (types.oneOf atoms))));
    generate = name: content: pkgs.writeText name (lib.generators.toKeyValue args content);
  };
}
