# Options that moved, went away or became something else: modules that keep the old name working or say what to do.
#
# An alias is an option of its own whose definitions are handed on to the new one, wrapped as they are, and whose value is
# read from there. A warning is added to `warnings`, and an error to `assertions`, where such options exist.
lib:
let
  inherit (lib)
    attrByPath
    getAttrFromPath
    mkIf
    mkMerge
    mkOption
    setAttrByPath
    showFiles
    showOption
    ;

  mkAliasAndWrapDefinitions = wrap: option: mkIf option.isDefined (wrap (mkMerge option.definitions));

  # `definitions` come without their strength; it is put back.
  mkAliasAndWrapDefsWithPriority =
    wrap: option:
    let
      strength = lib.mkOverride (option.highestPrio or lib.modules.defaultOverridePriority);
    in
    mkIf option.isDefined (wrap (mkMerge (map strength option.definitions)));

  renamed = from: to: files: "The option `${showOption from}' defined in ${showFiles files} has been renamed to `${showOption to}'.";
  obsolete = from: to: "Obsolete option `${showOption from}' is used. It was renamed to `${showOption to}'.";

  doRename =
    {
      from,
      to,
      visible,
      warn,
      use,
      withPriority ? true,
      condition ? true,
    }:
    { config, options, ... }:
    let
      old = getAttrFromPath from options;
      target = attrByPath to { } options;
      handOn = if withPriority then mkAliasAndWrapDefsWithPriority else mkAliasAndWrapDefinitions;
      value = attrByPath to (builtins.abort "Renaming error: option `${showOption to}' does not exist.") config;
    in
    {
      # The type of what it is an alias of; below a set of options that is a submodule of anything.
      options = setAttrByPath from (mkOption {
        inherit visible;
        description = "Alias of {option}`${showOption to}`.";
        apply = _: use value;
        type = target.type or (lib.types.submodule { });
      });
      config = mkIf condition (mkMerge [
        (lib.optionalAttrs (options ? warnings) {
          warnings = lib.optional (warn && old.isDefined) (renamed from to old.files);
        })
        (handOn (setAttrByPath to) old)
      ]);
    };
in
{
  inherit
    doRename
    mkAliasAndWrapDefinitions
    mkAliasAndWrapDefsWithPriority
    ;
  mkAliasDefinitions = mkAliasAndWrapDefinitions lib.id;
  mkAliasIfDef = lib.warn "Usage of 'mkAliasIfDef' has been deprecated. Use 'mkIf option.isDefined' instead." (
    option: mkIf option.isDefined
  );

  mkAliasOptionModule =
    from: to:
    doRename {
      inherit from to;
      visible = true;
      warn = false;
      use = lib.id;
    };
  mkAliasOptionModuleMD = lib.mkAliasOptionModule;
  mkRenamedOptionModule =
    from: to:
    doRename {
      inherit from to;
      visible = false;
      warn = true;
      use = lib.trace (obsolete from to);
    };
  # Warns from the release on in which both names have been there for a while.
  mkRenamedOptionModuleWith =
    {
      from,
      to,
      sinceRelease,
    }:
    doRename {
      inherit from to;
      visible = false;
      warn = lib.oldestSupportedReleaseIsAtLeast sinceRelease;
      use = lib.warnIf (lib.oldestSupportedReleaseIsAtLeast sinceRelease) (obsolete from to);
    };

  mkRemovedOptionModule =
    from: advice:
    { options, ... }:
    let
      old = getAttrFromPath from options;
    in
    {
      options = setAttrByPath from (mkOption {
        visible = false;
        apply = _: throw "The option `${showOption from}' can no longer be used since it's been removed. ${advice}";
      });
      config.assertions = [
        {
          assertion = !old.isDefined;
          message = ''
            The option definition `${showOption from}' in ${showFiles old.files} no longer has any effect; please remove it.
            ${advice}
          '';
        }
      ];
    };

  # Several old options become one new; `merge` makes its value of the whole configuration. The old ones have a default
  # that nobody would set, so that reading them is no error and what is set can be told from what is not.
  mkMergedOptionModule =
    olds: to: merge:
    { config, options, ... }:
    let
      unset = "_mkMergedOptionModule";
      set = lib.filter (from: getAttrFromPath from config != unset) olds;
      warning =
        from:
        "The option `${showOption from}' defined in ${showFiles (getAttrFromPath from options).files} has been changed to `${showOption to}' that has a different type. Please read `${showOption to}' documentation and update your configuration accordingly.";
      declare =
        from:
        setAttrByPath from (mkOption {
          visible = false;
          default = unset;
        });
    in
    {
      options = lib.foldl' lib.recursiveUpdate { } (map declare olds);
      config =
        setAttrByPath to (mkMerge (lib.optional (set != [ ]) (merge config)))
        // {
          warnings = map warning set;
        };
    };
  mkChangedOptionModule =
    from: to: change:
    lib.mkMergedOptionModule [ from ] to change;

  # A definition of one option that follows from another's value is as strong as that one.
  mkDerivedConfig =
    option: f:
    lib.mkOverride (option.highestPrio or lib.modules.defaultOverridePriority) (f option.value);
}
