# What package sets are made with: calling a package's function with what it asks for, changing the call afterwards, and
# what is said of a package besides how it is built.
lib:
let
  inherit (builtins)
    attrNames
    filter
    intersectAttrs
    isAttrs
    mapAttrs
    removeAttrs
    ;

  # A function's result with the way back: `override` calls the function again with changed arguments. Where the result
  # is a derivation, `overrideDerivation` changes what it was made of.
  makeOverridable =
    f:
    let
      # What a callable set has besides being callable stays; if the set is itself the result of such a call, overriding
      # it calls it anew.
      kept =
        if !isAttrs f then
          { }
        else
          f // lib.optionalAttrs (f ? override) { override = change: makeOverridable (f.override change); };
    in
    kept
    // lib.mirrorFunctionArgs f (
      arguments:
      let
        result = f arguments;
        change = new: arguments // (if lib.isFunction new then new arguments else new);
        override = lib.mirrorFunctionArgs f (new: makeOverridable f (change new));
        again = g: makeOverridable (lib.mirrorFunctionArgs f (arguments: g (f arguments))) arguments;
      in
      if isAttrs result then
        result
        // {
          inherit override;
          overrideDerivation = change: again (package: lib.overrideDerivation package change);
        }
        // lib.optionalAttrs (result ? overrideAttrs) {
          overrideAttrs = change: again (package: package.overrideAttrs change);
        }
      else if lib.isFunction result then
        lib.setFunctionArgs result (lib.functionArgs result) // { inherit override; }
      else
        result
    );

  callPackageWith =
    scope: given: arguments:
    let
      f = if lib.isFunction given then given else import given;
      wanted = lib.functionArgs f;
      found = intersectAttrs wanted scope // arguments;
      missing = filter (name: !wanted.${name} && !(found ? ${name})) (attrNames wanted);
      near = name: lib.take 3 (lib.sortOn (lib.strings.levenshtein name) (filter (lib.strings.levenshteinAtMost 2 name) (attrNames scope)));
      hint =
        name:
        lib.optionalString (near name != [ ]) ", did you mean ${lib.concatMapStringsSep " or " lib.strings.escapeNixString (near name)}?";
      place =
        name:
        let
          at = builtins.unsafeGetAttrPos name wanted;
        in
        if at != null then
          " at ${at.file}:${toString at.line}"
        else
          lib.optionalString (!(lib.isFunction given)) " at ${toString given}";
    in
    if missing == [ ] then
      makeOverridable f found
    else
      # Like Nix's own error for a call with too few arguments, this is none that tryEval catches.
      abort "lib.customisation.callPackageWith: Function called without required argument \"${lib.head missing}\"${place (lib.head missing)}${hint (lib.head missing)}";

  position = package: package.meta.position or package.name or "an unnamed package";
in
{
  inherit callPackageWith makeOverridable;

  overrideDerivation =
    package: change:
    let
      attributes = package.drvAttrs // change package;
    in
    lib.flip (lib.extendDerivation true) (derivation attributes) (
      {
        meta = package.meta or { };
        passthru = package.passthru or { };
      }
      // package.passthru or { }
    );

  # Attributes on a package and on each of its outputs; `condition` is asked before it is built.
  extendDerivation =
    condition: more: package:
    let
      outputs = package.outputs or [ "out" ];
      extended =
        output:
        package.${output}
        // more
        // common
        // {
          outPath =
            assert condition;
            package.${output}.outPath;
          drvPath =
            assert condition;
            package.${output}.drvPath;
          outputSpecified = true;
        };
      common = lib.genAttrs outputs extended // {
        all = map extended outputs;
      };
    in
    package
    // more
    // common
    // {
      outPath =
        assert condition;
        package.outPath;
      drvPath =
        assert condition;
        package.drvPath;
    };

  callPackagesWith =
    scope: given: arguments:
    let
      f = if lib.isFunction given then given else import given;
      found = intersectAttrs (lib.functionArgs f) scope // arguments;
      made = f found;
      pick = name: makeOverridable (lib.mirrorFunctionArgs f (arguments: (f arguments).${name})) found;
    in
    if lib.isDerivation made then
      throw "function `callPackages` was called on a *single* derivation \"${made.name or "<name-missing>"}\"; did you mean to use `callPackage` instead?"
    else
      mapAttrs (name: _: pick name) (removeAttrs made [ "recurseForDerivations" ]);

  # A package set that calls its members with each other before it asks `newScope`.
  makeScope =
    newScope: members:
    let
      # Members may have a callPackage of their own.
      scope = { callPackage = scope.newScope { }; } // members scope // {
        newScope = more: newScope (scope // more);
        overrideScope = overlay: lib.makeScope newScope (lib.extends overlay members);
        packages = members;
      };
    in
    scope;
  hydraJob = package: package;

  # Derivations that are evaluated late, or warned about.
  lazyDerivation =
    {
      derivation,
      meta ? null,
      passthru ? { },
      outputs ? [ "out" ],
    }:
    let
      lazily = name: derivation.${name};
    in
    {
      type = "derivation";
      inherit outputs;
      inherit (derivation) drvPath name outPath outputName system;
      meta = if meta == null then lazily "meta" else meta;
    }
    // lib.genAttrs outputs lazily
    // passthru;
  optionalDrvAttr = condition: value: if condition then value else null;
  warnOnInstantiate =
    message: package:
    package
    // lib.genAttrs (filter (name: package ? ${name}) [ "drvPath" "outPath" "name" "meta" "type" ]) (
      name: if name == "drvPath" || name == "outPath" then lib.warn message package.${name} else package.${name}
    );
  inherit (builtins) unsafeDiscardOutputDependency;
  addDrvOutputDependencies = builtins.addDrvOutputDependencies or lib.id;

  # What is said of a package.
  addMetaAttrs =
    more: package:
    package // { meta = package.meta or { } // more; };
  setName = name: package: package // { inherit name; };
  updateName = f: package: package // { name = f package.name; };
  appendToName =
    suffix:
    lib.updateName (
      name:
      let
        parsed = builtins.parseDrvName name;
      in
      "${parsed.name}-${suffix}-${parsed.version}"
    );
  mapDerivationAttrset = f: mapAttrs (_: value: if lib.isDerivation value then f value else value);
  defaultPriority = 5;
  setPrio = priority: lib.addMetaAttrs { inherit priority; };
  lowPrio = lib.setPrio 10;
  hiPrio = lib.setPrio (-10);
  lowPrioSet = lib.mapDerivationAttrset lib.lowPrio;
  hiPrioSet = lib.mapDerivationAttrset lib.hiPrio;
  dontDistribute = lib.addMetaAttrs { hydraPlatforms = [ ]; };
  # A platform is named by a pattern of what elaborate says of it, or by its system.
  platformMatch =
    platform: pattern:
    if builtins.isString pattern then
      platform.system or null == pattern
    else
      lib.matchAttrs (if pattern ? parsed then pattern else { parsed = pattern; }) platform;
  availableOn =
    platform: package:
    (!(package ? meta.platforms) || lib.any (lib.meta.platformMatch platform) package.meta.platforms)
    && !(lib.any (lib.meta.platformMatch platform) (package.meta.badPlatforms or [ ]));
  getExe =
    package:
    lib.getExe' package (
      package.meta.mainProgram
        or (lib.warn "getExe: Package ${lib.strings.escapeNixString (position package)} does not have the meta.mainProgram attribute. Assuming you want ${lib.strings.escapeNixString (lib.getName package)}." (
          lib.getName package
        ))
    );
  getExe' =
    package: name:
    lib.throwIfNot (lib.isDerivation package) "lib.meta.getExe': The first argument is of type ${builtins.typeOf package}, but it should be a derivation instead."
    lib.throwIf (lib.hasInfix "/" name) "lib.meta.getExe': The second argument ${lib.strings.escapeNixString name} is a nested path with a \"/\" character, but it should just be the name of the executable instead." "${lib.getBin package}/bin/${name}";
}
