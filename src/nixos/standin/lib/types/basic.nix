# Types that hold one value: truth values, numbers, texts, and whatever is not looked into.
lib:
let
  inherit (builtins)
    isAttrs
    isBool
    isFloat
    isInt
    isString
    match
    toJSON
    ;
  inherit (lib)
    mergeEqualOption
    mergeOneOption
    mkOptionType
    types
    ;
  inherit (types) addCheck defaultFunctor;

  # Definitions have to agree.
  plain =
    name: description: check:
    mkOptionType {
      inherit name description check;
      descriptionClass = "noun";
      merge = mergeEqualOption;
    };

  # A base type with fewer values, under a name of its own.
  narrowed =
    base: name: description: accepts:
    addCheck base accepts // { inherit name description; };
  # "…, meaning >0" explains and doesn't restrict, so an "or" after it wants a comma.
  explained = type: type // { descriptionClass = "nonRestrictiveClause"; };

  inclusive =
    show: least: most:
    "${show least} and ${show most} (both inclusive)";
  within =
    least: most: value:
    value >= least && value <= most;
  ordered =
    who: least: most: type:
    lib.throwIf (least > most) "${who}: lowest must be smaller than highest" type;

  bits =
    prefix: adjective: count: least: most:
    narrowed types.int "${prefix}${toString count}"
      "${toString count} bit ${adjective} integer; between ${inclusive toString least most}"
      (within least most);
  unsigned = count: range: bits "unsignedInt" "unsigned" count 0 (range - 1);
  signed = count: range: bits "signedInt" "signed" count (-(range / 2)) (range / 2 - 1);

  separatedString =
    separator:
    mkOptionType {
      name = "separatedString";
      description = "strings concatenated with ${toJSON separator}";
      descriptionClass = "noun";
      check = isString;
      merge = _: definitions: lib.concatStringsSep separator (lib.getValues definitions);
      functor = defaultFunctor "separatedString" // {
        payload.sep = separator;
        type = { sep }: separatedString sep;
        binOp = a: b: if a == b then a else null;
      };
    };

  strMatching =
    pattern:
    plain "strMatching ${lib.strings.escapeNixString pattern}" "string matching the pattern ${pattern}" (
      value: isString value && match pattern value != null
    )
    // (
      let
        functor = defaultFunctor "strMatching" // {
          payload = { inherit pattern; };
          type = { pattern }: strMatching pattern;
          binOp = a: b: if a == b then a else null;
        };
      in
      {
        inherit functor;
        typeMerge = types.defaultTypeMerge functor;
      }
    );
in
{
  inherit separatedString strMatching;

  # Values that are not looked into.
  unspecified = mkOptionType {
    name = "unspecified";
    description = "unspecified value";
    descriptionClass = "noun";
  };
  # One definition, taken as it is: no wrapper inside is discharged.
  raw = mkOptionType {
    name = "raw";
    description = "raw value";
    descriptionClass = "noun";
    merge = mergeOneOption;
  };

  bool = plain "bool" "boolean" isBool;
  boolByOr = plain "boolByOr" "boolean (merged using or)" isBool // {
    merge = _: lib.any (definition: definition.value);
  };

  # Numbers.
  int = plain "int" "signed integer" isInt;
  float = plain "float" "floating point number" isFloat;
  number = types.either types.int types.float;
  port = types.ints.u16;
  ints = {
    between =
      least: most:
      ordered "ints.between" least most (
        narrowed types.int "intBetween" "integer between ${inclusive toString least most}" (within least most)
      );
    unsigned = explained (
      narrowed types.int "unsignedInt" "unsigned integer, meaning >=0" (value: value >= 0)
    );
    positive = explained (narrowed types.int "positiveInt" "positive integer, meaning >0" (value: value > 0));
    u8 = unsigned 8 256;
    u16 = unsigned 16 65536;
    u32 = unsigned 32 4294967296;
    s8 = signed 8 256;
    s16 = signed 16 65536;
    s32 = signed 32 4294967296;
  };
  numbers = {
    between =
      least: most:
      ordered "numbers.between" least most (
        narrowed types.number "numberBetween"
          "integer or floating point number between ${inclusive toJSON least most}"
          (within least most)
      );
    nonnegative = explained (
      narrowed types.number "numberNonnegative" "nonnegative integer or floating point number, meaning >=0" (
        value: value >= 0
      )
    );
    positive = explained (
      narrowed types.number "numberPositive" "positive integer or floating point number, meaning >0" (
        value: value > 0
      )
    );
  };

  # Texts.
  str = plain "str" "string" isString;
  nonEmptyStr = plain "nonEmptyStr" "non-empty string" (
    value: isString value && match "[ \t\n]*" value == null
  );
  # A newline at the end, as files have it, is taken off.
  singleLineStr =
    plain "singleLineStr" "(optionally newline-terminated) single-line string" (
      value: isString value && match "[^\n\r]*\n?" value != null
    )
    // {
      merge = location: definitions: lib.removeSuffix "\n" (mergeEqualOption location definitions);
    };
  lines = separatedString "\n";
  commas = separatedString ",";
  envVar = separatedString ":";
  # A field of /etc/passwd.
  passwdEntry =
    type:
    explained (
      narrowed type "passwdEntry ${type.name}"
        "${types.optionDescriptionPhrase (class: class == "noun") type}, not containing newlines or colons"
        (value: match "[^:\n]*" value != null)
    );

  # Sets and packages that are taken whole.
  attrs = mkOptionType {
    name = "attrs";
    description = "attribute set";
    check = isAttrs;
    merge = _: lib.foldl' (all: definition: all // definition.value) { };
    emptyValue.value = { };
  };
  package = mkOptionType {
    name = "package";
    descriptionClass = "noun";
    check = value: lib.isDerivation value || lib.isStorePath value;
    merge =
      location: definitions:
      let
        value = mergeOneOption location definitions;
      in
      # A bare path has to become something with a name and an output.
      if builtins.isPath value || (isString value && !builtins.hasContext value) then
        lib.toDerivation value
      else
        value;
  };
  shellPackage = types.package // {
    check = value: lib.isDerivation value && value ? shellPath;
  };
  pkgs =
    addCheck
      (types.unique { message = "A Nixpkgs pkgs set can not be merged with another pkgs set."; } types.attrs)
      (value: value._type or null == "pkgs")
    // {
      name = "pkgs";
      description = "Nixpkgs package set";
      descriptionClass = "noun";
    };
  luaInline = plain "luaInline" "inline lua" (value: value._type or null == "lua-inline");

  # Options and types as values.
  optionDeclaration = mkOptionType {
    name = "optionDeclaration";
    description = "option declaration";
    descriptionClass = "noun";
    # An option that was evaluated is more than its declaration.
    check = value: lib.isOption value && !(value ? value);
  };
  optionType = mkOptionType {
    name = "optionType";
    description = "optionType";
    descriptionClass = "noun";
    check = types.isOptionType;
    # A single one is left alone; several become one as if an option were declared with each.
    merge =
      location: definitions:
      if builtins.length definitions == 1 then
        (lib.head definitions).value
      else
        (lib.fixupOptionType location (
          lib.mergeOptionDecls location (
            map (definition: {
              _file = definition.file;
              options = lib.mkOption { type = definition.value; };
            }) definitions
          )
        )).type;
  };
}
