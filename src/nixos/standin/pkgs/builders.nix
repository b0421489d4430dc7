# What packages and modules make files with: nixpkgs' names, over the trees of tree.nix.
final: prev:
let
  inherit (prev) lib config hostPlatform buildPlatform;
  trees = import ./tree.nix { inherit (buildPlatform) system; };
  derivations = import ./derivation.nix { inherit lib config hostPlatform buildPlatform trees; };

  # A derivation of one of tree.nix's makers, with what nixpkgs' packages have besides.
  package = raw: meta: raw // { inherit meta; };

  # Where the thing meant is one file below the output: `"${script}"` is that file, as its users want.
  fileIn = raw: file: let self = raw // { outPath = "${raw.outPath}/${file}"; out = self; }; in self;

  # A file name out of a store path's: what is not allowed in a name becomes a dash.
  sanitize = name: lib.strings.sanitizeDerivationName name;
in
{
  inherit (lib) makeOverridable;
  callPackage = lib.callPackageWith final;
  callPackages = lib.callPackagesWith final;
  newScope = more: lib.callPackageWith (final // more);
  makeScope = lib.makeScope;

  stdenv = {
    inherit (derivations) mkDerivation;
    inherit hostPlatform buildPlatform;
    inherit (hostPlatform) system isLinux isDarwin isAarch64 isx86_64;
    targetPlatform = hostPlatform;
    shell = "/bin/sh";
    cc = { targetPrefix = lib.optionalString (hostPlatform.system != buildPlatform.system) "${hostPlatform.config}-"; };
  };
  stdenvNoCC = final.stdenv;
  inherit (derivations) mkDerivation;

  # The stand-in's own: a folder from a set of paths; each is a text, { text; executable; } or { link = target; }.
  writeTree = name: entries: package (trees.tree name entries { }) { };

  writeTextFile = { name, text, executable ? false, destination ? "", meta ? { }, checkPhase ? "", allowSubstitutes ? false
    , preferLocalBuild ? true, derivationArgs ? { } }:
    let
      file = if destination == "" then sanitize name else lib.removePrefix "/" destination;
      raw = package (trees.tree (sanitize name) { ${file} = { inherit text executable; }; } { }) meta;
    in
    if destination == "" && !executable then package (trees.file (sanitize name) text { }) meta
    else if destination == "" then fileIn raw file
    else raw;

  writeText = name: text: final.writeTextFile { inherit name text; };
  writeTextDir = path: text: final.writeTextFile { name = baseNameOf path; destination = "/${path}"; inherit text; };
  writeScript = name: text: final.writeTextFile { inherit name text; executable = true; };
  writeScriptBin = name: text: final.writeTextFile { inherit name text; executable = true; destination = "/bin/${name}"; };
  writeShellScript = name: text: final.writeScript name "#!${final.runtimeShell}\n${text}";
  writeShellScriptBin = name: text:
    final.writeTextFile {
      inherit name;
      text = "#!${final.runtimeShell}\n${text}";
      executable = true;
      destination = "/bin/${name}";
      meta.mainProgram = name;
    };
  writeShellApplication = { name, text, runtimeInputs ? [ ], runtimeEnv ? { }, meta ? { }, ... }:
    final.writeTextFile {
      inherit name;
      executable = true;
      destination = "/bin/${name}";
      meta = { mainProgram = name; } // meta;
      text = ''
        #!${final.runtimeShell}
        set -o errexit
        set -o nounset
      ''
      + lib.concatStrings (lib.mapAttrsToList (key: value: "export ${key}=${lib.escapeShellArg value}\n") runtimeEnv)
      + lib.optionalString (runtimeInputs != [ ]) "export PATH=\"${lib.makeBinPath runtimeInputs}:$PATH\"\n"
      + "\n${text}\n";
    };

  # The shell that scripts are for: a machine of the stand-in has its own at this path, as every Linux has.
  runtimeShell = "/bin/sh";
  runtimeShellPackage = final.bash;

  runCommand = name: environment: buildCommand: final.stdenv.mkDerivation (environment // { inherit name buildCommand; });
  runCommandLocal = name: environment: final.runCommand name (environment // {
    preferLocalBuild = true;
    allowSubstitutes = false;
  });
  runCommandCC = final.runCommand;

  concatTextFile = { name, files, ... }: final.runCommand name { inherit files; } ''cat $files > "$out"'';
  concatText = name: files: final.concatTextFile { inherit name files; };

  # Folders of links, by name or as { name; path; }.
  linkFarm = name: entries:
    let
      byName = if builtins.isAttrs entries then entries
        else builtins.listToAttrs (map (entry: { inherit (entry) name; value = entry.path; }) entries);
    in
    package (trees.tree (sanitize name) (lib.mapAttrs (_: target: { link = target; }) byName) { }) { };
  linkFarmFromDrvs = name: packages: final.linkFarm name (map (package: { inherit (package) name; path = package; }) packages);

  buildEnv = { name, paths, pathsToLink ? [ "/" ], meta ? { }, ignoreCollisions ? false, extraOutputsToInstall ? [ ]
    , extraPrefix ? "", postBuild ? "", passthru ? { }, ... }:
    let
      # One output or several, as the package says.
      chosen = package:
        if package.outputSpecified or false || !(package ? outputs) then [ package ]
        else map (output: package.${output})
          (lib.unique ((package.meta.outputsToInstall or [ "out" ])
            ++ builtins.filter (output: builtins.elem output package.outputs) extraOutputsToInstall));
      folders = map (path: {
        inherit path;
        priority = path.meta.priority or 5;
      }) (lib.concatMap chosen (lib.filter (path: path != null) paths));
    in
    # Nix's own buildenv knows no subset, prefix or script.
    if extraPrefix != "" || postBuild != "" then
      throw "the stand-in's buildEnv has no `extraPrefix` and no `postBuild` (`${name}`)"
    else
      package (trees.merged (sanitize name) folders { }) meta // { inherit paths passthru pathsToLink; } // passthru;

  symlinkJoin = args_@{ name ? "${args_.pname}-${args_.version}", paths, postBuild ? "", meta ? { }, passthru ? { }, ... }:
    final.buildEnv { inherit name paths postBuild meta passthru; };

  # A derivation made in a way of nixpkgs that needs programs is named when it is asked for.
  substituteAll = args: throw "the stand-in has no `substituteAll` (${toString args.src or ""}): it needs sed";
  replaceVars = file: values:
    final.writeText (baseNameOf file) (builtins.replaceStrings (map (key: "@${key}@") (builtins.attrNames values))
      (map toString (builtins.attrValues values)) (builtins.readFile file));

  emptyFile = final.writeText "empty-file" "";
  emptyDirectory = throw "the stand-in has no `emptyDirectory`: archives hold files";

  formats = import ./formats.nix { inherit lib; pkgs = final; };
}
// import ./fetchers.nix { inherit lib; }
