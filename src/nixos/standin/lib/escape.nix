# Quoting: a text as it has to stand in a shell's command, a Nix expression, a regular expression, an address or XML.
# These are part of `lib.strings`.
lib:
let
  inherit (builtins)
    isAttrs
    isList
    match
    replaceStrings
    toJSON
    ;

  escape = characters: replaceStrings characters (map (c: "\\${c}") characters);

  # A shell needs no quotes around these; around everything else it gets single ones.
  escapeShellArg =
    value:
    let
      text = toString value;
    in
    if match "[[:alnum:],._+:@%/-]+" text != null then text else "'${replaceStrings [ "'" ] [ "'\\''" ] text}'";

  # RFC 3986, section 2.3: the characters that stand for themselves.
  unreserved = lib.stringToCharacters "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";
  reserved = lib.subtractLists unreserved (builtins.attrNames lib.strings.asciiTable);

  keywords = [
    "assert"
    "else"
    "if"
    "in"
    "inherit"
    "let"
    "or"
    "rec"
    "then"
    "with"
  ];
in
{
  inherit escape escapeShellArg;

  escapeC =
    characters:
    replaceStrings characters (
      map (
        c: "\\x${lib.toLower (lib.fixedWidthString 2 "0" (lib.toHexString (lib.strings.charToInt c)))}"
      ) characters
    );
  escapeRegex = escape (lib.stringToCharacters "\\[{()^$?*+|.");
  escapeXML = replaceStrings [ "\"" "'" "<" ">" "&" ] [ "&quot;" "&apos;" "&lt;" "&gt;" "&amp;" ];
  escapeURL = replaceStrings reserved (
    map (c: "%${lib.fixedWidthString 2 "0" (lib.toHexString (lib.strings.charToInt c))}") reserved
  );

  # Nix: a string literal, and a name that is quoted only where it has to be.
  escapeNixString = text: escape [ "$" ] (toJSON text);
  escapeNixIdentifier =
    text:
    if match "[a-zA-Z_][a-zA-Z0-9_'-]*" text != null && !(builtins.elem text keywords) then
      text
    else
      lib.strings.escapeNixString text;

  # Shell: arguments, and variables of all three kinds.
  escapeShellArgs = lib.concatMapStringsSep " " escapeShellArg;
  toShellVar =
    name: value:
    lib.throwIfNot (lib.isValidPosixName name) "toShellVar: ${name} is not a valid shell variable name" (
      if isAttrs value && !(lib.isStringLike value) then
        "declare -A ${name}=(${
          lib.concatMapAttrsStringSep " " (key: item: "[${escapeShellArg key}]=${escapeShellArg item}") value
        })"
      else if isList value then
        "declare -a ${name}=(${lib.escapeShellArgs value})"
      else
        "${name}=${escapeShellArg value}"
    );
  toShellVars = lib.concatMapAttrsStringSep "\n" lib.toShellVar;

  # Arguments of configure scripts, CMake and Meson.
  enableFeature = flag: feature: "--${if flag then "enable" else "disable"}-${feature}";
  enableFeatureAs =
    flag: feature: value:
    lib.enableFeature flag feature + lib.optionalString flag "=${value}";
  withFeature = flag: feature: "--${if flag then "with" else "without"}-${feature}";
  withFeatureAs =
    flag: feature: value:
    lib.withFeature flag feature + lib.optionalString flag "=${value}";
  cmakeOptionType =
    type: name: value:
    assert builtins.elem (lib.toUpper type) [ "FILEPATH" "PATH" "STRING" "BOOL" "INTERNAL" ];
    "-D${name}:${lib.toUpper type}=${value}";
  cmakeBool = name: flag: lib.cmakeOptionType "bool" name (lib.toUpper (lib.boolToString flag));
  cmakeFeature = lib.cmakeOptionType "string";
  mesonOption = name: value: "-D${name}=${value}";
  mesonBool = name: flag: "-D${name}=${lib.boolToString flag}";
  mesonEnable = name: flag: "-D${name}=${if flag then "enabled" else "disabled"}";
}
