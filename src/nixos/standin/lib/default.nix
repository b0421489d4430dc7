# The library of fleet's stand-in for nixpkgs: `lib`, with the names and the meaning of nixpkgs' lib, and code of its own.
#
# It has what NixOS modules use, the module system above all, so that a fleet is evaluated without a network. A file is
# a function of the finished library; its functions are both in `lib` and in `lib.<section>`. The module system is told
# in modules/evaluate.nix, which is the file to read first.
#
# What nixpkgs has and this does not is listed in absent.nix, and an error by its name.
let
  fixedPoints = import ./fixed-points.nix lib;
  lib = fixedPoints.makeExtensible (
    lib:
    let
      section = file: import file lib;
      pick = names: set: builtins.intersectAttrs (builtins.listToAttrs (map (name: { inherit name; value = null; }) names)) set;

      small = section ./small.nix;
      files = section ./files.nix;
      packages = section ./packages.nix;
      checks = section ./checks.nix;

      sections = {
        trivial = section ./trivial.nix;
        fixedPoints = section ./fixed-points.nix;
        attrsets = section ./attrsets.nix;
        lists = section ./lists.nix;
        strings = section ./strings.nix // section ./escape.nix;
        options = section ./options.nix;
        types = section ./types;
        modules =
          section ./modules/properties.nix
          // section ./modules/collect.nix
          // builtins.removeAttrs (section ./modules/declare.nix) [ "mergeDeclarations" ]
          // section ./modules/walk.nix
          // section ./modules/merge.nix
          // section ./modules/evaluate.nix
          // section ./modules/aliases.nix;
        generators = section ./generators.nix;
        licenses = section ./licenses.nix;
        systems = section ./systems.nix;
        fileset = section ./fileset.nix;
        gvariant = section ./gvariant.nix;
        inherit (files) path;
        inherit (small)
          cli
          fetchers
          kernel
          stringsWithDeps
          versions
          ;
        filesystem = pick [
          "baseNameOf"
          "dirOf"
          "hashFile"
          "isPath"
          "listFilesRecursive"
          "packagesFromDirectoryRecursive"
          "pathIsDirectory"
          "pathIsRegularFile"
          "pathType"
          "readDir"
          "readFileType"
          "resolveDefaultNix"
        ] files;
        sources = pick [
          "canCleanSource"
          "cleanSource"
          "cleanSourceFilter"
          "cleanSourceWith"
          "filterSource"
          "pathHasContext"
          "sourceByRegex"
          "sourceFilesBySuffices"
        ] files;
        asserts = pick [ "assertEachOneOf" "assertMsg" "assertOneOf" "checkAssertWarn" ] checks;
        debug = builtins.removeAttrs checks (builtins.attrNames sections.asserts);
        customisation = pick [
          "callPackageWith"
          "callPackagesWith"
          "extendDerivation"
          "hydraJob"
          "makeOverridable"
          "makeScope"
          "overrideDerivation"
        ] packages;
        derivations = pick [
          "addDrvOutputDependencies"
          "lazyDerivation"
          "optionalDrvAttr"
          "unsafeDiscardOutputDependency"
          "warnOnInstantiate"
        ] packages;
        meta = builtins.removeAttrs packages (
          builtins.attrNames (sections.customisation // sections.derivations)
        );
        misc = small.hashes;
        flakes = pick [ "flakeRefToString" "parseFlakeRef" ] builtins;
      };

      names = import ./names.nix;
      lacking =
        section:
        builtins.listToAttrs (
          map (name: {
            inherit name;
            value = throw "fleet's stand-in for nixpkgs lacks `lib.${section + (if section == "" then "" else ".")}${name}`: it has the part of nixpkgs' library that NixOS modules use";
          }) (names.absent.${section} or [ ])
        );
      # A section with what it lacks, and what of it is at the top as well.
      whole = builtins.mapAttrs (name: set: lacking name // set) sections;
      top = name: builtins.removeAttrs sections.${name} (names.sectionOnly.${name} or [ ]);
    in
    lacking ""
    // pick names.builtins builtins
    // builtins.foldl' (all: name: all // top name) { } names.open
    // sections.misc
    // small.stringsWithDeps
    // whole
    // {
      inherit (sections.types)
        defaultFunctor
        defaultTypeMerge
        isOptionType
        isType
        mkOptionType
        setType
        ;
      inherit (sections.generators) mkLuaInline;
      platforms = sections.systems.doubles;
    }
  );
in
lib
