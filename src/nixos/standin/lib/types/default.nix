# Types of options. A type says which values it takes and how several definitions become one.
#
# It is a set that mkOptionType makes; basic.nix has those that hold one value, compound.nix those that hold values of
# another type, choice.nix those that choose between types, submodule.nix those that hold modules. A type of a user's own
# is made the same way.
lib:
let
  types =
    import ./basic.nix lib
    // import ./paths.nix lib
    // import ./compound.nix lib
    // import ./attr-list.nix lib
    // import ./choice.nix lib
    // import ./submodule.nix lib;

  # How two types of one name become one: their payloads do, if they have any, and the type is made of the result.
  # Null is "these two don't go together".
  defaultTypeMerge =
    mine: others:
    let
      payload = mine.binOp mine.payload others.payload;
    in
    if mine.name != others.name then
      null
    else if mine.payload == null && others.payload == null then
      mine.type
    else
      assert mine.payload != null && others.payload != null;
      if payload == null then null else mine.type payload;

  # The functor of a type without payload: what `typeMerge` is asked with.
  defaultFunctor = name: {
    inherit name;
    type = lib.types.${name} or null;
    payload = null;
    binOp = _: _: null;
  };

  mkOptionType =
    {
      # For programs, and to tell types apart.
      name,
      # For people; the class says whether it needs parentheses inside another type's description.
      description ? null,
      descriptionClass ? null,
      # Is the value of this type? Of a compound value only the outermost part is looked at.
      check ? (_: true),
      # location -> [ { file, value } ] -> value, of definitions that check has passed; there is at least one.
      merge ? lib.mergeDefaultOption,
      # { value } if an option without definitions has a value nevertheless.
      emptyValue ? { },
      # The options inside, for the manual; the modules they come from, and the same type with other modules.
      getSubOptions ? (_: { }),
      getSubModules ? null,
      substSubModules ? (_: null),
      functor ? defaultFunctor name,
      typeMerge ? defaultTypeMerge functor,
      deprecationMessage ? null,
      # The types this one is made of.
      nestedTypes ? { },
    }:
    {
      _type = "option-type";
      description = if description == null then name else description;
      inherit
        check
        deprecationMessage
        descriptionClass
        emptyValue
        functor
        getSubModules
        getSubOptions
        merge
        name
        nestedTypes
        substSubModules
        typeMerge
        ;
    };

  isType = type: value: value._type or "" == type;
in
types
// {
  inherit
    defaultFunctor
    defaultTypeMerge
    isType
    mkOptionType
    types
    ;
  setType = type: value: value // { _type = type; };
  isOptionType = isType "option-type";
  optionDescriptionPhrase =
    standsAlone: type:
    if standsAlone (type.descriptionClass or null) then type.description else "(${type.description})";
  mergeTypes =
    a: b:
    let
      merged = a.typeMerge b.functor;
    in
    assert lib.isOptionType a && lib.isOptionType b;
    if merged == null then
      {
        _type = "merge-error";
        error = "Cannot merge types";
      }
    else
      merged;
  noCheckForDocsModule = {
    _file = "<built-in module that disables checks for the purpose of documentation generation>";
    config._module.check = lib.mkForce false;
  };
}
