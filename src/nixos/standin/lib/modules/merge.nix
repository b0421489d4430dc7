# An option's value from its definitions.
#
# The definitions are discharged of their wrappers (properties.nix), the strongest are kept and put in order, and the
# option's type judges and merges what is left. All of this is lazy, and an option shows each step: `definitions` and
# `files` are what was kept, `highestPrio` how strong it is, `isDefined` whether anything was.
lib:
let
  inherit (builtins)
    addErrorContext
    all
    concatMap
    head
    isAttrs
    length
    removeAttrs
    ;

  inherit (import ./judge.nix lib) complaint judge;

  # { file, value } without wrappers, one for each definition that holds.
  discharged = concatMap (
    { file, value, ... }:
    map (
      value: if value._type or null == "definition" then removeAttrs value [ "_type" ] else { inherit file value; }
    ) (addErrorContext "while evaluating definitions from `${file}':" (lib.modules.dischargeProperties value))
  );

  # Most options have one definition without any wrapper.
  isPlain =
    definition:
    addErrorContext "while evaluating definitions from `${definition.file}':" (
      !(isAttrs definition.value && definition.value ? _type)
    );
  effective =
    given:
    if length given == 1 && isPlain (head given) then
      {
        values = given;
        highestPrio = lib.modules.defaultOverridePriority;
      }
    else
      let
        kept = lib.modules.filterOverrides' (discharged given);
      in
      {
        inherit (kept) highestPrio;
        values = lib.modules.sortProperties kept.values;
      };

  mergeDefinitions =
    location: type: given:
    let
      kept = effective given;
      definitions = kept.values;
      isDefined = definitions != [ ];
      result = judge type location definitions;
      refuse =
        why: throw "A definition for option `${lib.showOption location}' is not of type `${type.description}'. ${why}";
      mergedValue =
        if !isDefined then
          type.emptyValue.value
            or (throw "The option `${lib.showOption location}' was accessed but has no value defined. Try setting the option.")
        else if type.merge ? v2 then
          if result.headError != null then refuse "TypeError: ${result.headError.message}" else result.value
        else if all (definition: type.check definition.value) definitions then
          type.merge location definitions
        else
          refuse (complaint type.check definitions).message;
    in
    {
      inherit isDefined mergedValue;
      defsFinal' = kept;
      defsFinal = definitions;
      optionalValue = lib.optionalAttrs isDefined { value = mergedValue; };
      checkedAndMerged =
        if type.merge ? v2 then
          result
          // {
            valueMeta = result.valueMeta // {
              _internal = { inherit type; };
            };
          }
        else
          {
            headError = null;
            value = mergedValue;
            valueMeta = { };
          };
    };

  # A merged declaration with what its definitions make of it.
  evalOptionValue =
    location: option: given:
    let
      # The default is a definition as well, the weakest, so that it merges with others of its strength.
      all =
        lib.optional (option ? default) {
          file = head option.declarations;
          value = lib.mkOptionDefault option.default;
        }
        ++ given;
      alone = definition: definition // { value = (mergeDefinitions location option.type [ definition ]).mergedValue; };
      merged =
        if option.readOnly or false && length all > 1 then
          throw "The option `${lib.showOption location}' is read-only, but it's set multiple times. Definition values:${lib.options.showDefs (map alone all)}"
        else
          mergeDefinitions location option.type all;
      value = (option.apply or lib.id) merged.mergedValue;
      deprecated = option.type.deprecationMessage or null;
    in
    lib.warnIf (deprecated != null)
      "The type `types.${option.type.name}' of option `${lib.showOption location}' defined in ${lib.showFiles option.declarations} is deprecated. ${deprecated}"
      option
    // {
      value = addErrorContext "while evaluating the option `${lib.showOption location}':" value;
      inherit (merged) isDefined;
      inherit (merged.defsFinal') highestPrio;
      inherit (merged.checkedAndMerged) valueMeta;
      definitions = map (definition: definition.value) merged.defsFinal;
      files = map (definition: definition.file) merged.defsFinal;
      definitionsWithLocations = merged.defsFinal;
      __toString = _: lib.showOption location;
    };
in
{
  inherit mergeDefinitions evalOptionValue;

  # The attributes of an `attrsOf` option, each with its value and its own strength, which the option's value hides.
  mergeAttrDefinitionsWithPrio =
    option:
    assert option.type.name == "attrsOf" || option.type.name == "lazyAttrsOf";
    lib.zipAttrsWith
      (
        name: definitions:
        let
          merged = mergeDefinitions (option.loc ++ [ name ]) option.type.nestedTypes.elemType definitions;
        in
        {
          value = merged.mergedValue;
          inherit (merged.defsFinal') highestPrio;
        }
      )
      (
        concatMap (
          definition:
          map (builtins.mapAttrs (_: value: definition // { inherit value; })) (
            lib.modules.pushDownProperties definition.value
          )
        ) option.definitionsWithLocations
      );
}
