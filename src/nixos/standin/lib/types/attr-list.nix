# Lists of named values in a given order, where a name may come more than once: command line flags, for instance.
#
# A definition is a list of sets with one attribute each, or a set, whose order is that of its names. Unlike in other
# types, mkOrder and mkForce work on a single element: the order is one of all elements, the strength one of each name.
lib:
let
  inherit (builtins)
    attrNames
    concatMap
    filter
    foldl'
    head
    isAttrs
    isList
    length
    ;
  inherit (lib) mkOptionType mergeDefinitions types;
  inherit (import ./judging.nix lib) judging phrase;
  inherit (lib.modules) defaultOrderPriority defaultOverridePriority;

  # { value, place, strength }: the wrappers of an element read off. The strength stays on the value as well.
  peel =
    value:
    let
      inner = peel value.content;
    in
    # Field by field, so that what a stronger definition hides is never looked into.
    if value._type or null == "order" then
      {
        inherit (inner) strength value;
        place = value.priority;
      }
    else if value._type or null == "override" then
      {
        inherit (inner) place;
        strength = value.priority;
        value = lib.mkOverride value.priority inner.value;
      }
    else
      {
        inherit value;
        place = defaultOrderPriority;
        strength = defaultOverridePriority;
      };

  attrListWith =
    given@{
      elemType,
      # Is the value a set of lists, by name?
      asAttrs ? false,
      mergeAttrValues ? (_: values: values),
    }:
    let
      description = "attribute list of ${phrase [ "noun" "composite" ] elemType}";
    in
    mkOptionType (
      {
        name = "attrListOf";
        inherit description;
        descriptionClass = "composite";
        emptyValue.value = if asAttrs then { } else [ ];
        getSubOptions = prefix: elemType.getSubOptions (prefix ++ [ "*" ]);
        inherit (elemType) getSubModules;
        substSubModules = modules: attrListWith (given // { elemType = elemType.substSubModules modules; });
        typeMerge = _: null;
        nestedTypes = { inherit elemType; };
      }
      // judging (value: isList value || isAttrs value) (
        location: definitions:
        let
          refuse =
            file: value: why:
            throw "A definition for option `${lib.showOption location}' is not of type `${description}'. Each list element must be ${why}.${
              lib.options.showDefs [ { inherit file value; } ]
            }";

          ofList =
            file: given:
            let
              ordered = given._type or null == "order";
              element = if ordered then given.content else given;
              name = head (attrNames element);
            in
            if !isAttrs element then
              refuse file given "an attribute set, but got ${builtins.typeOf element}"
            else if length (attrNames element) != 1 then
              refuse file given "a single-key attribute set, but got ${toString (length (attrNames element))} keys"
            else
              peel element.${name}
              // lib.optionalAttrs ordered { place = given.priority; }
              // {
                inherit file name;
              };
          ofSet = file: name: value: peel value // { inherit file name; };

          all = concatMap (
            { file, value, ... }:
            if isList value then map (ofList file) value else lib.mapAttrsToList (ofSet file) value
          ) definitions;

          strongest = foldl' (
            sofar: element:
            if element.strength < sofar.${element.name} or defaultOverridePriority then
              sofar // { ${element.name} = element.strength; }
            else
              sofar
          ) { } all;
          kept = filter (
            element: element.strength == strongest.${element.name} or defaultOverridePriority
          ) all;

          elements = filter (element: element.merged.optionalValue ? value) (
            map (
              element:
              element
              // {
                merged = mergeDefinitions (location ++ [ element.name ]) elemType [
                  { inherit (element) file value; }
                ];
              }
            ) (lib.sort (a: b: a.place < b.place) kept)
          );
          pair = element: { ${element.name} = element.merged.mergedValue; };
          list = map pair elements;
        in
        {
          value = if asAttrs then builtins.zipAttrsWith mergeAttrValues list else list;
          valueMeta = {
            attrList = map (element: element.merged.checkedAndMerged.valueMeta) elements;
            attrListValue = list;
            # The same as definitions, for an option that takes over this one's.
            definitions = map (
              element:
              lib.mkDefinition {
                inherit (element) file;
                value = lib.mkOrder element.place (pair element);
              }
            ) elements;
          };
        }
      )
    );
in
{
  inherit attrListWith;
  attrListOf = elemType: attrListWith { inherit elemType; };
}
