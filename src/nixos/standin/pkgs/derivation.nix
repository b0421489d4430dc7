# `stdenv.mkDerivation`, as far as a shell alone can be a standard environment: attributes become the builder's variables,
# `buildCommand` or `buildPhase` and `installPhase` are run, and `tree` (the stand-in's own) says the output file by file.
#
# What it has of nixpkgs: `pname` and `version`, `finalAttrs`, `passthru`, `meta`, `overrideAttrs`, several outputs, and that a
# package which the configuration refuses can be named but not built.
{ lib, config, hostPlatform, buildPlatform, trees }:
let
  inherit (builtins) isFunction removeAttrs;

  # Programs are what the shell lacks; a script that wants one is told what to use.
  setup = ''
    missing() {
      echo "$name: the stand-in builds with a shell alone and has no \`$1\`; say files with \`tree\` or pkgs.writeTextFile" >&2
      exit 1
    }
    for program in mkdir cp mv ln chmod install sed grep make tar gcc; do eval "$program() { missing $program; }"; done
    cat() {
      [ $# -gt 0 ] || set -- /dev/stdin
      for file; do
        while IFS= read -r line; do printf '%s\n' "$line"; done < "$file"
        printf %s "$line"
      done
    }
    runHook() { eval "''${1-}" && eval "''${!1-}"; }
    set -e
  '';

  # Attributes that are no variables of the builder.
  notVariables = [ "meta" "passthru" "tree" "pname_" "override" "finalPackage" ];

  suffix = if hostPlatform.system == buildPlatform.system then "" else "-${hostPlatform.config}";

  script = args:
    args.buildCommand or (lib.concatStringsSep "\n" (map (phase: args.${phase} or "")
      [ "preBuild" "buildPhase" "postBuild" "preInstall" "installPhase" "postInstall" ]));

  make = overrideAttrs: args:
    let
      name = "${args.name or "${args.pname}-${args.version}"}${suffix}";
      variables = removeAttrs args notVariables;
      raw =
        if args ? tree then
          trees.tree name args.tree
            (lib.optionalAttrs (args ? version) { inherit (args) version; }
              // lib.optionalAttrs (args ? pname) { inherit (args) pname; })
        else
          derivation (variables // {
            inherit name;
            system = buildPlatform.system;
            builder = args.builder or "/bin/sh";
            args = args.args or [ "-c" (setup + script args) name ];
          });
      allowed = config.checked hostPlatform (args // { inherit name; });
      outputs = args.outputs or [ "out" ];
      # `finalAttrs.finalPackage` and each output are the package too.
      output = outputName: package // {
        outPath = allowed raw.${outputName}.outPath;
        drvPath = allowed raw.drvPath;
        inherit outputName;
        outputSpecified = true;
      };
      package = variables // (args.passthru or { }) // raw // lib.genAttrs outputs output // {
        inherit name overrideAttrs;
        meta = { inherit name outputsToInstall; available = true; } // args.meta or { };
        passthru = args.passthru or { };
        drvPath = allowed raw.drvPath;
        outPath = allowed raw.outPath;
        # The derivation as it is, for functions that change what Nix is told.
        drvAttrs = raw.drvAttrs;
      };
      outputsToInstall = [ (if builtins.elem "bin" outputs then "bin" else builtins.head outputs) ];
    in
    package;

  # An override is another layer on the function that gives the attributes, so that what refers to `finalAttrs` sees it.
  extensible = attributes:
    let
      final = attributes (final // { inherit finalPackage; });
      overrideAttrs = change: extensible (self:
        let
          previous = attributes self;
          # `old: { … }`, `final: old: { … }`, or a set.
          changed = if isFunction change then
            (let once = change previous; in if isFunction once then change self previous else once)
          else change;
        in previous // changed);
      finalPackage = make overrideAttrs final;
    in
    finalPackage;
in
{
  mkDerivation = attributes: extensible (if isFunction attributes then attributes else _: attributes);
}
