# The module system alone: nixpkgs' lib with a few thousand options and definitions of our own.
let
  lib = import (<nixpkgs> + "/lib");
  numbers = lib.range 1 600;
  options = {
    options = lib.listToAttrs (map (i: lib.nameValuePair "option${toString i}" (lib.mkOption {
      type = lib.types.attrsOf lib.types.int;
      default = { };
    })) numbers);
  };
  definitions = k: {
    config = lib.listToAttrs (map (i: lib.nameValuePair "option${toString i}" (lib.mkIf (i > k) { "from${toString k}" = i; })) numbers);
  };
  evaluated = lib.evalModules { modules = [ options ] ++ map definitions (lib.range 1 12); };
in
lib.foldl' (sum: set: sum + lib.length (lib.attrNames set)) 0 (lib.attrValues (builtins.removeAttrs evaluated.config [ "_module" ]))
