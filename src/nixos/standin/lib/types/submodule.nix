# Types whose values are modules: submodules, which are evaluated where they stand, and deferred modules, which wait.
#
# A submodule is an evaluation of its own. Its modules are those of the type, and each definition is one more; so a
# definition may be a set, a function of the submodule's own `config`, or a path.
lib:
let
  inherit (builtins) attrNames isAttrs;
  inherit (lib) mkOptionType types;
  inherit (import ./judging.nix lib) judging phrase;

  isModule = value: isAttrs value || lib.isFunction value || types.path.check value;

  # Two settings of which either may be left open.
  agree =
    what: a: b:
    if a == null || a == b then
      b
    else if b == null then
      a
    else
      throw "A submoduleWith option is declared multiple times with conflicting ${what}";
  quoted = value: "\"${toString value}\"";

  submoduleWith =
    given@{
      modules,
      specialArgs ? { },
      # Is a set of definitions just that, whatever it is called? Then `config` and `options` are names like others.
      shorthandOnlyDefinesConfig ? false,
      description ? null,
      class ? null,
    }:
    let
      # Without any definition: for the manual, and to be extended for each value.
      base = lib.evalModules {
        inherit class specialArgs;
        modules = [ { _module.args.name = lib.mkOptionDefault "‹name›"; } ] ++ modules;
      };
      documented =
        more: base.extendModules (more // { modules = [ types.noCheckForDocsModule ]; });
      inherit (base._module) freeformType;

      asModule =
        { file, value, ... }:
        if isAttrs value && shorthandOnlyDefinesConfig == true then
          {
            _file = file;
            config = value;
          }
        else
          lib.setDefaultModuleLocation file value;
    in
    mkOptionType (
      {
        name = "submodule";
        description =
          let
            freeform = (documented { })._module.freeformType;
          in
          if description != null then
            description
          else if freeform ? description then
            "open submodule of ${phrase [ "noun" "composite" ] freeform}"
          else
            "submodule";
        emptyValue.value = base.config;
        getSubOptions =
          prefix:
          let
            inside = documented { inherit prefix; };
            freeform = inside._module.freeformType;
          in
          inside.options
          // lib.optionalAttrs (freeform != null) { _freeformOptions = freeform.getSubOptions prefix; };
        getSubModules = modules;
        substSubModules = modules: submoduleWith (given // { inherit modules; });
        nestedTypes = lib.optionalAttrs (freeformType != null) { inherit freeformType; };
        functor = types.defaultFunctor "submodule" // {
          type = submoduleWith;
          payload = {
            inherit
              class
              description
              modules
              shorthandOnlyDefinesConfig
              specialArgs
              ;
          };
          binOp =
            a: b:
            let
              both = attrNames (builtins.intersectAttrs a.specialArgs b.specialArgs);
            in
            {
              modules = a.modules ++ b.modules;
              class = agree "class values ${quoted a.class} and ${quoted b.class}." a.class b.class;
              description = agree "descriptions" a.description b.description;
              shorthandOnlyDefinesConfig =
                agree "shorthandOnlyDefinesConfig values" a.shorthandOnlyDefinesConfig
                  b.shorthandOnlyDefinesConfig;
              specialArgs =
                if both == [ ] then
                  a.specialArgs // b.specialArgs
                else
                  throw "A submoduleWith option is declared multiple times with the same specialArgs ${quoted both}";
            };
        };
      }
      // judging isModule (
        location: definitions:
        let
          configuration = base.extendModules {
            prefix = location;
            modules = [ { _module.args.name = lib.last location; } ] ++ map asModule definitions;
          };
        in
        {
          value = configuration.config;
          valueMeta = { inherit configuration; };
        }
      )
    );

  deferredModuleWith =
    given@{
      # Imported along with every value.
      staticModules ? [ ],
    }:
    mkOptionType {
      name = "deferredModule";
      description = "module";
      descriptionClass = "noun";
      check = isModule;
      merge = location: definitions: {
        imports =
          staticModules
          ++ map (
            definition:
            lib.setDefaultModuleLocation "${definition.file}, via option ${lib.showOption location}" definition.value
          ) definitions;
      };
      inherit (submoduleWith { modules = staticModules; }) getSubModules getSubOptions;
      substSubModules = modules: deferredModuleWith (given // { staticModules = modules; });
      functor = types.defaultFunctor "deferredModuleWith" // {
        type = deferredModuleWith;
        payload = { inherit staticModules; };
        binOp = a: b: { staticModules = a.staticModules ++ b.staticModules; };
      };
    };
in
{
  inherit deferredModuleWith submoduleWith;
  submodule =
    modules:
    submoduleWith {
      modules = lib.toList modules;
      shorthandOnlyDefinesConfig = true;
    };
  deferredModule = deferredModuleWith { };
}
