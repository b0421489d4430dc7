# GVariant values as texts: what dconf, GNOME's store of settings, is written with.
#
# A value has a type, which the text names with `@` wherever it can't be seen from the value itself. The format is GLib's:
# https://docs.gtk.org/glib/gvariant-text-format.html
lib:
let
  inherit (builtins)
    head
    isBool
    isFloat
    isList
    isString
    ;
  inherit (lib) concatMapStringsSep;

  # The letters that types are written with.
  type = {
    arrayOf = inside: "a${inside}";
    maybeOf = inside: "m${inside}";
    tupleOf = parts: "(${lib.concatStrings parts})";
    dictionaryEntryOf = name: value: "{${name}${value}}";
    string = "s";
    boolean = "b";
    uchar = "y";
    int16 = "n";
    uint16 = "q";
    int32 = "i";
    uint32 = "u";
    int64 = "x";
    uint64 = "t";
    double = "d";
    variant = "v";
  };

  isGVariant = value: value._type or null == "gvariant";

  # A value of a type, and how it is written.
  make = type: value: show: {
    _type = "gvariant";
    inherit type value;
    __toString = _: show;
  };
  annotated =
    type: value: text:
    make type value "@${type} ${text}";

  mkValue =
    value:
    if isGVariant value then
      value
    else if isBool value then
      mkBoolean value
    else if isFloat value then
      mkDouble value
    else if isString value then
      mkString value
    else if isList value then
      mkArray value
    else if builtins.isAttrs value && lib.isDerivation value then
      mkString value
    else if builtins.isInt value then
      throw ''
        The GVariant type for number “${toString value}” is unclear.
        Say its size, as the schema has it: ${
          concatMapStringsSep ", " (size: "lib.gvariant.${size.name}") (lib.filter (fits value) sizes)
        }
      ''
    else
      throw "The GVariant type of “${builtins.typeOf value}” can't be inferred.";

  mkBoolean = value: make type.boolean value (lib.boolToString value);
  mkDouble = value: make type.double value (toString value);
  mkString =
    value:
    make type.string value "'${
      builtins.replaceStrings [ "\n" "'" "\\" ] [ "\\n" "\\'" "\\\\" ] (toString value)
    }'";

  mkArray =
    values:
    let
      given = map mkValue values;
      inside = (head given).type;
    in
    if values == [ ] then
      throw "Please create empty array with mkEmptyArray."
    else if !(lib.all (value: value.type == inside) given) then
      throw "Elements in a list should have same type."
    else
      annotated (type.arrayOf inside) given "[${concatMapStringsSep "," toString given}]";

  # Whole numbers: what each size holds, without the bounds that are Nix's own.
  size = name: type: min: max: {
    inherit
      max
      min
      name
      type
      ;
  };
  sizes = [
    (size "mkInt32" type.int32 (-2147483648) 2147483647)
    (size "mkUint32" type.uint32 0 4294967295)
    (size "mkInt64" type.int64 null null)
    (size "mkUint64" type.uint64 0 null)
    (size "mkInt16" type.int16 (-32768) 32767)
    (size "mkUint16" type.uint16 0 65535)
    (size "mkUchar" type.uchar 0 255)
  ];
  fits =
    value:
    { min, max, ... }:
    (min == null || min <= value) && (max == null || value <= max);
  integers = builtins.listToAttrs (
    map (
      { name, type, ... }: lib.nameValuePair name (value: annotated type value (toString value))
    ) sizes
  );
in
integers
// {
  inherit
    isGVariant
    mkArray
    mkBoolean
    mkDouble
    mkString
    mkValue
    type
    ;
  mkEmptyArray = inside: annotated (type.arrayOf inside) [ ] "[]";
  mkTuple =
    values:
    let
      given = map mkValue values;
    in
    annotated (type.tupleOf (map (value: value.type) given)) given "(${concatMapStringsSep "," toString given})";
  mkDictionaryEntry =
    name: value:
    let
      from = mkValue name;
      to = mkValue value;
    in
    annotated (type.dictionaryEntryOf from.type to.type) {
      name = from;
      value = to;
    } "{${toString from},${toString to}}";
  mkVariant = value: make type.variant (mkValue value) "<${toString (mkValue value)}>";
  mkNothing = inside: annotated (type.maybeOf inside) null "nothing";
  mkJust =
    value:
    let
      inside = mkValue value;
    in
    make (type.maybeOf inside.type) inside "just ${toString inside}";
  mkMaybe =
    inside: value:
    if value == null then lib.gvariant.mkNothing inside else lib.gvariant.mkJust value;
  mkObjectpath = value: make type.string value "objectpath '${value}'";
  # The one size that a bare number stands for.
  mkInt32 = value: make type.int32 value (toString value);
  intConstructors = sizes;
}
