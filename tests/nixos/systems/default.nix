# Systems of the stand-in, by case. A case is a set; each of its values is shown beside it in <case>.exp, or the error that
# comes in its place. Each case says in its first line what it is about.
{ nixpkgs ? ../../../src/nixos/standin }:
let
  evalConfig = import (nixpkgs + "/nixos/lib/eval-config.nix");
  tools = rec {
    inherit nixpkgs evalConfig;
    pkgs = import nixpkgs { system = "x86_64-linux"; };
    inherit (pkgs) lib;
    import-nixpkgs = arguments: import nixpkgs ({ system = "x86_64-linux"; } // arguments);

    # A machine that could boot, and what a case adds to it.
    machine = modules: evalConfig { system = "x86_64-linux"; modules = [ base ] ++ lib.toList modules; };
    base = {
      networking.hostName = "box";
      system.stateVersion = "25.11";
      boot.loader.grub.device = "/dev/vda";
      fileSystems."/" = { device = "/dev/vda1"; fsType = "ext4"; };
    };
    config = modules: (machine modules).config;
    toplevel = modules: (config modules).system.build.toplevel.drvPath;
    unit = modules: name: (config modules).systemd.units.${name}.text;
    etc = modules: name: (config modules).environment.etc.${name}.text;

    # What a plain file's derivation writes.
    written = file: lib.concatStrings (lib.drop 3 file.args);
  };
  names = map (lib.removeSuffix ".nix") (builtins.filter (name: lib.hasSuffix ".nix" name
    && name != "default.nix") (builtins.attrNames (builtins.readDir ./.)));
  inherit (tools) lib;
in
lib.genAttrs names (name: import (./. + "/${name}.nix") tools)
