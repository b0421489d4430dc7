# evalModules: modules in, configuration out. This is where the knot is tied.
#
# Modules are functions of the configuration that they define. That works because it is done in steps, each of which
# needs only the *shape* of what the next one makes:
#
#   1. collect   calls each module with `config` as a promise, and follows `imports`. Needs no value of an option.
#   2. walk      matches definitions with declarations. Needs the names that are defined, not what they are set to.
#   3. merge     gives each option its value, when somebody asks for it.
#
# So `imports` must not depend on `config` (step 1 would need step 3), and neither may the set of names that a module
# defines; that is why `mkIf` exists, which is a value and leaves the names alone.
lib:
let
  inherit (builtins)
    addErrorContext
    attrNames
    head
    mapAttrs
    removeAttrs
    seq
    ;
  inherit (lib) mkOption types;
  messages = import ./messages.nix lib;

  # The options that the module system itself looks at.
  internalModule =
    {
      prefix,
      specialArgs,
      extendModules,
      moduleType,
    }:
    {
      _file = "lib/modules.nix";
      key = "lib/modules.nix";
      options._module = {
        args = mkOption (
          {
            # Lazy in its values: to know which arguments there are, none is evaluated.
            type = types.lazyAttrsOf types.raw;
            description = "Arguments that modules get by name, besides `lib`, `config`, `options` and what is in `specialArgs`.";
          }
          // lib.optionalAttrs (prefix != [ ]) { internal = true; }
        );
        check = mkOption {
          type = types.bool;
          internal = true;
          default = true;
          description = "Whether a definition without an option is an error.";
        };
        freeformType = mkOption {
          type = types.nullOr types.optionType;
          internal = true;
          default = null;
          description = "A type for all definitions together that have no option; without one they are errors.";
        };
        specialArgs = mkOption {
          readOnly = true;
          internal = true;
          description = "Arguments from outside, which `imports` may depend on.";
        };
      };
      config._module = {
        inherit specialArgs;
        args = {
          inherit extendModules moduleType;
        };
      };
    };

  # The values in a tree of options.
  values = mapAttrs (_: below: if lib.isOption below then below.value else values below);

  evalModules =
    given@{
      modules,
      prefix ? [ ],
      specialArgs ? { },
      class ? null,
      # Older words for `config._module.args` and `config._module.check`.
      args ? { },
      check ? true,
    }:
    let
      old = word: lib.warnIf (given ? ${word}) "The ${word} argument to evalModules is deprecated. Please set config._module.${word} instead.";
      regular =
        modules
        ++ lib.optional (given ? args) { config._module.args = args; }
        ++ lib.optional (given ? check) { config._module.check = lib.mkDefault check; };

      collected = lib.modules.collectModules class (specialArgs.modulesPath or "") (
        regular
        ++ [
          (internalModule {
            inherit prefix specialArgs extendModules;
            moduleType = type;
          })
        ]
      ) arguments;

      # What every module gets without `_module.args`.
      arguments = {
        inherit lib options specialArgs;
        _class = class;
        _prefix = prefix;
        config = addErrorContext "if you get an infinite recursion here, you probably reference `config` in `imports`: import always, and let an option and `mkIf` decide what the module does." config;
      }
      // specialArgs;

      # The first module is the last to be merged: what is imported comes before whoever imports it.
      walked = lib.modules.mergeModules prefix (lib.reverseList collected.modules);
      options = walked.matchedOptions;
      unmatched = walked.unmatchedDefns;

      declared = values options;
      freeformType = declared._module.freeformType;
      # With a freeform type, what no option took is merged as one value of that type, beside the options.
      freeform = freeformType.merge prefix (
        map (definition: {
          inherit (definition) file;
          value = lib.setAttrByPath definition.prefix definition.value;
        }) unmatched
      );
      config =
        if freeformType == null || unmatched == [ ] then
          declared
        else
          lib.recursiveUpdate freeform declared;

      # Every definition has an option. Asked before anything of the result is.
      complete =
        if declared._module.check && freeformType == null && unmatched != [ ] then
          let
            first = head unmatched;
            siblings = attrNames (lib.attrByPath (lib.init first.prefix) { } options);
            message = messages.noSuchOption (prefix ++ first.prefix) first (lib.remove "_module" siblings);
          in
          throw (
            if attrNames options == [ "_module" ] then
              "${message}\n${messages.noOptionsAtAll prefix}"
            else
              message
          )
        else
          null;
      checked = seq complete;

      # The same modules and more, from the start: what was computed here is of no use there.
      extendModules =
        extension@{
          modules ? [ ],
          specialArgs ? { },
          prefix ? [ ],
        }:
        evalModules (
          removeAttrs given [
            "args"
            "check"
          ]
          // {
            modules = regular ++ modules;
            specialArgs = given.specialArgs or { } // specialArgs;
            prefix = extension.prefix or given.prefix or [ ];
          }
        );

      type = types.submoduleWith { inherit modules specialArgs class; };
    in
    old "args" old "check" {
      _type = "configuration";
      options = checked options;
      config = checked (removeAttrs config [ "_module" ]);
      _module = checked config._module;
      inherit (collected) graph;
      inherit class extendModules type;
    };
in
{
  inherit evalModules;
  fixMergeModules = modules: args: evalModules { inherit modules args; check = false; };
}
