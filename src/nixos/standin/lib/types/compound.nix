# Types that hold values of another type: lists, attribute sets, functions.
#
# Each element is an option of its own: it has definitions, which may be wrapped in mkIf and mkForce, and a place, which
# errors name. An element without a definition that holds is not there.
lib:
let
  inherit (builtins)
    attrNames
    concatLists
    filter
    head
    isAttrs
    isList
    length
    mapAttrs
    ;
  inherit (lib) mkOptionType types mergeDefinitions;
  inherit (import ./judging.nix lib) judging around phrase;

  holds = evaluated: evaluated.optionalValue ? value;

  listOf =
    inside:
    mkOptionType (
      {
        name = "listOf";
        description = "list of ${phrase [ "noun" "composite" ] inside}";
        descriptionClass = "composite";
        emptyValue.value = [ ];
      }
      // judging isList (
        location: definitions:
        let
          element =
            n: file: m: value:
            mergeDefinitions (
              location ++ [ "[definition ${toString n}-entry ${toString m}]" ]
            ) inside [ { inherit file value; } ];
          elements = filter holds (
            concatLists (lib.imap1 (n: { file, value, ... }: lib.imap1 (element n file) value) definitions)
          );
        in
        {
          value = map (element: element.mergedValue) elements;
          valueMeta.list = map (element: element.checkedAndMerged.valueMeta) elements;
        }
      )
      // around {
        name = "listOf";
        inherit inside;
        rebuild = listOf;
        below = [ "*" ];
      }
    );

  nonEmptyListOf =
    inside:
    let
      list = types.addCheck (listOf inside) (value: value != [ ]);
    in
    list
    // {
      description = "non-empty ${phrase [ "noun" ] list}";
      emptyValue = { };
      substSubModules = modules: nonEmptyListOf (inside.substSubModules modules);
    };

  # A lazy set gives its names away without evaluating a definition, at the price that `mkIf false` on an attribute
  # leaves the attribute there, with the type's empty value or an error.
  attrsWith =
    given@{
      elemType,
      lazy ? false,
      # What the manual calls the name: <name>.
      placeholder ? "name",
    }:
    let
      inherited = around {
        name = "attrsWith";
        inside = elemType;
        rebuild = inside: attrsWith (given // { elemType = inside; });
        below = [ "<${placeholder}>" ];
      };
      # Two placeholders agree if one of them is the usual one.
      agreed =
        a: b:
        if a == b || b == "name" then
          a
        else if a == "name" then
          b
        else
          null;
    in
    mkOptionType (
      {
        name = if lazy then "lazyAttrsOf" else "attrsOf";
        description = "${lib.optionalString lazy "lazy "}attribute set of ${phrase [ "noun" "composite" ] elemType}";
        descriptionClass = "composite";
        emptyValue.value = { };
      }
      // judging isAttrs (
        location: definitions:
        let
          all = builtins.zipAttrsWith (name: mergeDefinitions (location ++ [ name ]) elemType) (
            map ({ file, value, ... }: mapAttrs (_: value: { inherit file value; }) value) definitions
          );
          attributes = if lazy then all else lib.filterAttrs (_: holds) all;
        in
        {
          # A lazy attribute without definition is read as the type's empty value, which mergedValue is as well.
          value = mapAttrs (_: attribute: attribute.mergedValue) attributes;
          valueMeta.attrs = mapAttrs (_: attribute: attribute.checkedAndMerged.valueMeta) attributes;
        }
      )
      // inherited
      // {
        functor = inherited.functor // {
          payload = { inherit elemType lazy placeholder; };
          type = attrsWith;
          binOp =
            a: b:
            let
              merged = {
                inherit (a) lazy;
                elemType = a.elemType.typeMerge b.elemType.functor;
                placeholder = agreed a.placeholder b.placeholder;
              };
            in
            if a.lazy != b.lazy || merged.elemType == null || merged.placeholder == null then null else merged;
        };
      }
    );

  functionTo =
    inside:
    mkOptionType (
      {
        name = "functionTo";
        description = "function that evaluates to a(n) ${phrase [ "noun" "composite" ] inside}";
        descriptionClass = "composite";
        check = lib.isFunction;
        # The functions become one, whose result is merged of their results.
        merge =
          location: definitions:
          lib.setFunctionArgs (
            argument:
            (mergeDefinitions (location ++ [ "<function body>" ]) inside (
              map (definition: {
                inherit (definition) file;
                value = definition.value argument;
              }) definitions
            )).mergedValue
          ) (builtins.zipAttrsWith (_: lib.all lib.id) (map (definition: lib.functionArgs definition.value) definitions));
      }
      // around {
        name = "functionTo";
        inherit inside;
        rebuild = functionTo;
        below = [ "<function body>" ];
      }
    );

  # Anything that can be merged without knowing what it is: sets attribute by attribute, functions by their results,
  # the rest if it is equal.
  anything = mkOptionType {
    name = "anything";
    description = "anything";
    descriptionClass = "noun";
    merge =
      location: definitions:
      let
        # A set that stands for a text (a package) is not merged with another.
        kind =
          { value, ... }:
          if isAttrs value && lib.isStringLike value then "text" else builtins.typeOf value;
        kinds = lib.unique (map kind definitions);
        byKind = {
          set = (types.attrsOf anything).merge;
          text = lib.mergeOneOption;
          lambda =
            location: definitions: argument:
            anything.merge (location ++ [ "<function body>" ]) (
              map (definition: {
                inherit (definition) file;
                value = definition.value argument;
              }) definitions
            );
        };
      in
      if length kinds > 1 then
        throw "The option `${lib.showOption location}' has conflicting option types in ${lib.showFiles (lib.getFiles definitions)}"
      else
        (byKind.${head kinds} or lib.mergeEqualOption) location definitions;
  };

  # A set with exactly one of some attributes, each of its own type: { left = 1; } or { right = "x"; }.
  attrTag =
    given:
    let
      position = name: builtins.unsafeGetAttrPos name given;
      quoted = lib.strings.escapeNixIdentifier;
      tags = mapAttrs (
        name: option:
        let
          at = position name;
          place = lib.optionalString (at != null) " at ${at.file}:${toString at.line}:${toString at.column}";
          refused =
            if option._type or null == "option-type" then
              "was a bare type, not wrapped in mkOption."
            else if option ? _type then
              "was of type ${lib.strings.escapeNixString option._type}."
            else
              "was not.";
        in
        builtins.addErrorContext "while checking that attrTag tag ${quoted name} is an option with a type${place}" (
          if !lib.isOption option then
            throw "In attrTag, each tag value must be an option, but tag ${quoted name} ${refused}"
          else
            {
              declarations = lib.optional (at != null) at.file;
              declarationPositions = lib.optional (at != null) at;
            }
            // option
        )
      ) given;
      choices = lib.concatMapStringsSep ", " quoted (attrNames given);
      tagOf = value: head (attrNames value);
      one = value: length (attrNames value) == 1;
    in
    mkOptionType {
      name = "attrTag";
      description = "attribute-tagged union with choices: ${choices}";
      descriptionClass = "noun";
      check = value: isAttrs value && one value && tags ? ${tagOf value};
      merge =
        location: definitions:
        let
          tag = tagOf (head definitions).value;
          other = lib.findFirst (definition: tagOf definition.value != tag) null definitions;
          files = lib.showFiles (lib.getFiles definitions);
          inner = map (definition: definition // { value = definition.value.${tag}; }) definitions;
        in
        if other != null then
          throw "The option `${lib.showOption location}` is defined both as `${tag}` and `${tagOf other.value}`, in ${files}."
        else if !(tags ? ${tag}) then
          throw "The option `${lib.showOption location}` is defined as ${quoted tag}, but ${quoted tag} is not among the valid choices (${choices}). Value ${tag} was defined in ${files}."
        else
          {
            ${tag} = (lib.modules.evalOptionValue (location ++ [ tag ]) tags.${tag} inner).value;
          };
      getSubOptions = prefix: mapAttrs (name: option: option // { loc = prefix ++ [ name ]; }) tags;
      nestedTypes = tags;
      functor = types.defaultFunctor "attrTag" // {
        payload = { inherit tags; };
        type = { tags }: attrTag tags;
        binOp = a: b: {
          tags =
            a.tags
            // b.tags
            // mapAttrs (
              name: option:
              lib.mergeOptionDecls [ name ] (
                map (option: {
                  _file = "<attrTag {...}>";
                  options = option;
                }) [ a.tags.${name} option ]
              )
              // {
                declarations = a.tags.${name}.declarations ++ option.declarations;
                declarationPositions = a.tags.${name}.declarationPositions ++ option.declarationPositions;
              }
            ) (builtins.intersectAttrs a.tags b.tags);
        };
      };
    };
in
{
  inherit
    anything
    attrTag
    attrsWith
    functionTo
    listOf
    nonEmptyListOf
    ;
  attrsOf = elemType: attrsWith { inherit elemType; };
  lazyAttrsOf =
    elemType:
    attrsWith {
      inherit elemType;
      lazy = true;
    };
  loaOf =
    elemType:
    types.attrsOf elemType
    // {
      name = "loaOf";
      deprecationMessage = "Mixing lists with attribute values is no longer possible; please use `types.attrsOf` instead. See https://github.com/NixOS/nixpkgs/issues/1800 for the motivation.";
    };
}
