# Types that choose between values or types, or change what another type takes.
lib:
let
  inherit (builtins)
    head
    isBool
    isInt
    isString
    length
    ;
  inherit (lib) mkOptionType types;
  inherit (types) defaultFunctor;
  inherit (import ./judging.nix lib)
    around
    complaint
    judge
    judging
    phrase
    ;

  nullOr =
    inside:
    mkOptionType (
      {
        name = "nullOr";
        description = "null or ${phrase [ "noun" "conjunction" ] inside}";
        descriptionClass = "conjunction";
        check = value: value == null || inside.check value;
        emptyValue.value = null;
        merge =
          location: definitions:
          let
            nulls = lib.count (definition: definition.value == null) definitions;
          in
          if nulls == 0 then
            inside.merge location definitions
          else if nulls == length definitions then
            null
          else
            throw "The option `${lib.showOption location}` is defined both null and not null, in ${lib.showFiles (lib.getFiles definitions)}.";
      }
      // around {
        name = "nullOr";
        inherit inside;
        rebuild = nullOr;
      }
    );

  # Only one definition, whatever it says; the type inside checks it.
  unique =
    given@{ message }:
    inside:
    mkOptionType (
      {
        name = "unique";
        inherit (inside)
          check
          description
          descriptionClass
          emptyValue
          ;
        merge = lib.mergeUniqueOption {
          inherit message;
          inherit (inside) merge;
        };
      }
      // around {
        name = "unique";
        inherit inside;
        rebuild = unique given;
      }
    );

  enum =
    values:
    let
      show =
        value:
        if isString value then
          "\"${value}\""
        else if isInt value then
          toString value
        else if isBool value then
          lib.boolToString value
        else
          "<${builtins.typeOf value}>";
    in
    mkOptionType {
      name = "enum";
      description =
        {
          "0" = "impossible (empty enum)";
          "1" = "value ${show (head values)} (singular enum)";
        }
        .${toString (length values)} or "one of ${lib.concatMapStringsSep ", " show values}";
      descriptionClass = if length values < 2 then "noun" else "conjunction";
      check = value: lib.elem value values;
      merge = lib.mergeEqualOption;
      functor = defaultFunctor "enum" // {
        payload = { inherit values; };
        type = { values }: enum values;
        binOp = a: b: { values = lib.unique (a.values ++ b.values); };
      };
    };

  # The first of two types that takes all definitions. If neither does, a lone definition is still given with a warning
  # where nobody asked for the check before, as inside a freeform type.
  either =
    left: right:
    let
      functor = {
        name = "either";
        type = either;
        payload.elemType = [ left right ];
        binOp = _: _: null;
      };
      anyOf = [ "noun" "conjunction" ];
    in
    mkOptionType (
      {
        name = "either";
        description =
          if left.descriptionClass or null == "nonRestrictiveClause" then
            "${left.description}, or ${phrase anyOf right}"
          else
            "${phrase anyOf left} or ${phrase (anyOf ++ [ "composite" ]) right}";
        descriptionClass = "conjunction";
        nestedTypes = { inherit left right; };
        inherit functor;
        typeMerge =
          other:
          let
            merged = lib.zipListsWith (mine: theirs: mine.typeMerge theirs.functor) [ left right ] other.payload.elemType;
          in
          if other.name != "either" || lib.elem null merged then null else either (head merged) (lib.last merged);
      }
      // judging (value: left.check value || right.check value) (
        location: definitions:
        let
          first = judge left location definitions;
          second = judge right location definitions;
          message = "The option `${lib.showOption location}` is neither a value of type `${left.description}` nor `${right.description}`, Definition values: ${lib.options.showDefs definitions}";
        in
        if first.headError == null then
          first
        else if second.headError == null then
          second
        else
          {
            headError = { inherit message; };
            valueMeta.headError = { inherit message; };
            value = lib.warn ''
              One or more definitions did not pass the type-check of the 'either' type.
              ${message}
              It is taken nevertheless, since `${lib.showOption location}` is of free form as a whole; `attrsOf` around the type checks each value.
            '' (lib.mergeOneOption location definitions);
          }
      )
    );

  # Takes values of another type as well, and turns them into its own before they are merged.
  coercedTo =
    from: coerce: to:
    assert lib.assertMsg (
      from.getSubModules == null
    ) "coercedTo: coercedType must not have submodules (it’s a ${from.description})";
    mkOptionType (
      {
        name = "coercedTo";
        description = "${phrase [ "noun" ] to} or ${phrase [ "noun" ] from} convertible to it";
        inherit (to) emptyValue getSubModules getSubOptions;
        substSubModules = modules: coercedTo from coerce (to.substSubModules modules);
        # Nobody can tell whether two functions do the same.
        typeMerge = _: null;
        functor = defaultFunctor "coercedTo";
        nestedTypes = {
          coercedType = from;
          finalType = to;
        };
      }
      // (
        let
          accepts = value: (from.check value && to.check (coerce value)) || to.check value;
        in
        judging accepts (
          location: definitions:
          let
            turned =
              definition:
              if (judge from location [ definition ]).headError == null then
                definition // { value = coerce definition.value; }
              else
                definition;
            result = judge to location (map turned definitions);
          in
          result
          // lib.optionalAttrs (!(to.merge ? v2)) {
            headError = complaint accepts definitions;
          }
        )
      )
    );

  # A further condition on the values of a type.
  addCheck =
    type: condition:
    let
      accepts = value: type.check value && condition value;
    in
    type
    // (
      if !(type.merge ? v2) then
        { check = accepts; }
      else
        judging accepts (
          location: definitions:
          let
            result = judge type location definitions;
          in
          result
          // {
            headError = if result.headError != null then result.headError else complaint condition definitions;
          }
        )
    );
in
{
  inherit
    addCheck
    coercedTo
    either
    enum
    nullOr
    unique
    ;
  uniq = unique { message = ""; };
  oneOf =
    choices:
    if choices == [ ] then
      throw "types.oneOf needs to get at least one type in its argument"
    else
      lib.foldl' either (head choices) (builtins.tail choices);

  # What a format such as JSON can say: the type refers to itself, and has a name so that its description ends.
  serializableValueWith =
    {
      typeName,
      nullable ? true,
    }:
    let
      any = types.oneOf [
        types.bool
        types.int
        types.float
        types.str
        types.path
        (types.attrsOf value)
        (types.listOf value)
      ];
      value = (if nullable then nullOr any else any) // {
        description = "${typeName} value";
      };
    in
    value;
  json = types.serializableValueWith { typeName = "JSON"; };
  toml = types.serializableValueWith {
    typeName = "TOML";
    nullable = false;
  };
}
