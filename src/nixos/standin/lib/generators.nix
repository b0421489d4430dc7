# Nix values as texts in other formats. NixOS modules write most configuration files with these.
lib:
let
  inherit (builtins)
    elem
    isAttrs
    isBool
    isFloat
    isInt
    isList
    isPath
    isString
    mapAttrs
    toJSON
    typeOf
    ;
  inherit (lib)
    concatMapStringsSep
    concatStringsSep
    escape
    mapAttrsToList
    optionalString
    ;

  mkValueStringDefault =
    { }:
    value:
    let
      plain = {
        int = toString value;
        string = value;
        bool = lib.boolToString value;
        null = "null";
        float = lib.strings.floatToString value;
      };
      names = {
        set = "attrsets";
        list = "lists";
        lambda = "functions";
      };
      type = if lib.isFunction value then "lambda" else typeOf value;
    in
    if lib.isDerivation value then
      toString value
    else
      plain.${type} or (abort "generators.mkValueStringDefault: ${
        names.${type} or "this value is"
      } not supported: ${toPretty { } value}");

  mkKeyValueDefault =
    {
      mkValueString ? mkValueStringDefault { },
    }:
    separator: name: value:
    "${escape [ separator ] name}${separator}${mkValueString value}";

  keyValue = mkKeyValueDefault { } "=";

  toKeyValue =
    {
      mkKeyValue ? keyValue,
      listsAsDuplicateKeys ? false,
      indent ? "",
    }:
    let
      line = name: value: "${indent}${mkKeyValue name value}\n";
      lines =
        name: value:
        if listsAsDuplicateKeys && isList value then lib.concatMapStrings (line name) value else line name value;
    in
    set: lib.concatStrings (mapAttrsToList lines set);

  toINI =
    {
      mkSectionName ? escape [ "[" "]" ],
      mkKeyValue ? keyValue,
      listsAsDuplicateKeys ? false,
    }:
    lib.concatMapAttrsStringSep "\n" (
      name: section: "[${mkSectionName name}]\n${toKeyValue { inherit mkKeyValue listsAsDuplicateKeys; } section}"
    );

  # Git names a section inside a section as [section "subsection"], and quotes texts.
  gitSection =
    name:
    let
      parts = lib.splitString "." name;
    in
    if lib.hasInfix "\"" name || builtins.length parts == 1 then
      name
    else
      "${lib.head parts} \"${concatStringsSep "." (lib.tail parts)}\"";
  gitValue =
    value:
    if isString value then
      "\"${builtins.replaceStrings [ "\n" "\t" "\"" "\\" ] [ "\\n" "\\t" "\\\"" "\\\\" ] value}\""
    else
      mkValueStringDefault { } value;
  gitLine = mkKeyValueDefault { mkValueString = gitValue; } " = ";
  gitLines = name: value: concatMapStringsSep "\n" (one: "\t${gitLine name one}") (lib.toList value);
  # Every value by the name of its section: what lies deeper has its path joined with dots.
  gitSections =
    let
      flat =
        path: value:
        if isAttrs value && !lib.isDerivation value then
          lib.concatLists (mapAttrsToList (name: flat (path ++ [ name ])) value)
        else if builtins.length path > 1 then
          [ { ${concatStringsSep "." (lib.init path)}.${lib.last path} = value; } ]
        else
          [ { ${lib.head path} = value; } ];
    in
    set: lib.foldl' lib.recursiveUpdate { } (flat [ ] set);

  # A value as one would write it in Nix, for people: what can't be written is named in angle brackets.
  toPretty =
    {
      # A set { __pretty, val } says itself how it is shown.
      allowPrettyValues ? false,
      multiline ? true,
      indent ? "",
    }:
    let
      show =
        indent: value:
        let
          open = if multiline then "\n${indent}  " else " ";
          close = if multiline then "\n${indent}" else " ";
          inner = show "${indent}  ";
          block = left: items: right: "${left}${open}${concatStringsSep open items}${close}${right}";
        in
        if isString value then
          text open close value
        else if isList value then
          if value == [ ] then "[ ]" else block "[" (map inner value) "]"
        else if lib.isFunction value then
          function value
        else if isAttrs value then
          if allowPrettyValues && value ? __pretty && value ? val then
            value.__pretty value.val
          else if value == { } then
            "{ }"
          else if lib.isDerivation value then
            "<derivation ${value.name or "???"}>"
          else
            block "{" (mapAttrsToList (
              name: below:
              "${lib.strings.escapeNixIdentifier name} = ${
                builtins.addErrorContext "while evaluating an attribute `${name}`" (inner below)
              };"
            ) value) "}"
        else if isPath value then
          toString value
        else
          # null, numbers and truth values are written in JSON as in Nix.
          toJSON value;
      text =
        open: close: value:
        let
          lines = lib.filter isString (builtins.split "\n" value);
          indented = map (builtins.replaceStrings [ "\${" "''" ] [ "''\${" "'''" ]) lines;
        in
        if multiline && builtins.length lines > 1 then
          "''${open}${concatStringsSep open (lib.init indented)}${
            if lib.last indented == "" then close else "${open}${lib.last indented}"
          }''"
        else
          "\"${concatMapStringsSep "\\n" (escape [ "\\" "\"" "\${" ]) lines}\"";
      function =
        f:
        let
          arguments = lib.functionArgs f;
        in
        if arguments == { } then
          "<function>"
        else
          "<function, args: {${
            concatStringsSep ", " (mapAttrsToList (name: optional: name + optionalString optional "?") arguments)
          }}>";
    in
    show indent;

  # Apple's property lists: what is null is left out.
  plistItem =
    escaped: indent: value:
    let
      text = if escaped then lib.escapeXML else lib.id;
      element = tag: content: "${indent}<${tag}>${content}</${tag}>";
      inner = plistItem escaped "\t${indent}";
      block = tag: lines: concatStringsSep "\n" ([ "${indent}<${tag}>" (concatStringsSep "\n" lines) "${indent}</${tag}>" ]);
      kept = lib.filterAttrs (name: below: name != "_module" && below != null) value;
    in
    if value == null then
      ""
    else if isBool value then
      "${indent}<${lib.boolToString value}/>"
    else if isInt value then
      element "integer" (toString value)
    else if isFloat value then
      element "real" (toString value)
    else if isString value || isPath value then
      element "string" (text (toString value))
    else if isList value then
      block "array" (map inner value)
    else if isAttrs value then
      block "dict" (
        lib.concatLists (mapAttrsToList (name: below: [ "\t${indent}<key>${text name}</key>" (inner below) ]) kept)
      )
    else
      abort "generators.toPlist: a ${typeOf value} can't be in a property list";
in
{
  inherit
    mkKeyValueDefault
    mkValueStringDefault
    toINI
    toKeyValue
    toPretty
    ;
  toJSON = { }: toJSON;
  # JSON is YAML.
  toYAML = { }: toJSON;

  toINIWithGlobalSection =
    arguments@{
      mkSectionName ? null,
      mkKeyValue ? keyValue,
      listsAsDuplicateKeys ? false,
    }:
    {
      globalSection,
      sections ? { },
    }:
    optionalString (globalSection != { }) (
      toKeyValue { inherit mkKeyValue listsAsDuplicateKeys; } globalSection + "\n"
    )
    + toINI arguments sections;

  toGitINI =
    set:
    toINI {
      mkKeyValue = gitLines;
      mkSectionName = gitSection;
    } (gitSections set);

  # GNOME's settings, whose values are GVariant's.
  mkDconfKeyValue = mkKeyValueDefault { mkValueString = value: toString (lib.gvariant.mkValue value); } "=";
  toDconfINI = toINI { mkKeyValue = lib.generators.mkDconfKeyValue; };

  toPlist =
    {
      escape ? false,
    }:
    value:
    lib.warnIfNot escape "Using `lib.generators.toPlist` without `escape = true` is deprecated" ''
      <?xml version="1.0" encoding="UTF-8"?>
      <!DOCTYPE plist PUBLIC "-//Apple Computer//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
      <plist version="1.0">
      ${plistItem escape "" value}
      </plist>'';

  # Cuts a value off at a depth, so that showing it ends; what toPretty and functions look at is left as it is.
  withRecursion =
    {
      depthLimit,
      throwOnDepthLimit ? true,
    }:
    let
      special = [ "__functor" "__functionArgs" "__toString" "__pretty" ];
      cut =
        if throwOnDepthLimit then
          throw "Exceeded maximum eval-depth limit of ${toString depthLimit} while trying to evaluate with `generators.withRecursion'!"
        else
          "<unevaluated>";
      # A plain value counts as one level more than the set it is in.
      go =
        depth: value:
        let
          next = go (depth + 1);
        in
        if depth > depthLimit then
          cut
        else if isAttrs value then
          mapAttrs (name: below: if elem name special then below else next below) value
        else if isList value then
          map next value
        else if depth == depthLimit then
          cut
        else
          value;
    in
    assert isInt depthLimit;
    go 0;

  mkLuaInline = expr: {
    _type = "lua-inline";
    inherit expr;
  };
  toLua =
    arguments@{
      multiline ? true,
      indent ? "",
      # The outermost set as `name = value` lines.
      asBindings ? false,
    }:
    value:
    let
      deeper = arguments // {
        indent = if multiline then "${indent}  " else indent;
        asBindings = false;
      };
      inner = lib.generators.toLua deeper;
      open = if multiline then "\n${indent}  " else " ";
      close = if multiline then "\n${indent}" else " ";
      isName = name: builtins.match "[a-zA-Z_][a-zA-Z0-9_]*(\\.[a-zA-Z_][a-zA-Z0-9_]*)*" name != null;
      bindings = mapAttrsToList (
        name: below:
        if isName name then
          "${indent}${name} = ${lib.generators.toLua (arguments // { asBindings = false; }) below}\n"
        else
          throw "lib.generators.toLua: \"${name}\" is not a valid name of a binding"
      );
      table = items: "{${open}${concatStringsSep ",${open}" items}${close}}";
    in
    if asBindings then
      lib.concatStrings (bindings value)
    else if value == null then
      "nil"
    else if isInt value || isFloat value || isString value || isBool value then
      toJSON value
    else if isPath value || lib.isDerivation value then
      toJSON (toString value)
    else if isList value then
      if value == [ ] then "{}" else table (map (below: "${inner below}") value)
    else if isAttrs value then
      if value._type or null == "lua-inline" then
        "(${value.expr})"
      else if value == { } then
        "{}"
      else
        table (mapAttrsToList (name: below: "[${toJSON name}] = ${inner below}") value)
    else
      abort "generators.toLua: type ${typeOf value} is unsupported";
}
