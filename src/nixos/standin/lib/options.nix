# Options: declaring them, showing them, and the plain ways to merge definitions that types are made of.
lib:
let
  inherit (builtins)
    all
    concatMap
    filter
    foldl'
    head
    isAttrs
    isBool
    isList
    isString
    length
    mapAttrs
    removeAttrs
    ;

  # What mkOption takes, and what it is for. Anything else is an error of the call, named by Nix.
  mkOption =
    option@{
      type ? null,
      default ? null,
      # For the manual, where the default is something long or something of one machine.
      defaultText ? null,
      example ? null,
      description ? null,
      relatedPackages ? null,
      # Changes the merged value before anybody reads it.
      apply ? null,
      internal ? null,
      visible ? null,
      # A second definition is an error.
      readOnly ? null,
    }:
    option // { _type = "option"; };

  getValues = map (definition: definition.value);
  getFiles = map (definition: definition.file);

  suggestion = "Use `lib.mkForce value` or `lib.mkDefault value` to change the priority on any of these definitions.\n";

  mergeUniqueOption =
    {
      message,
      merge ? (_: definitions: (head definitions).value),
    }:
    location: definitions:
    if length definitions == 1 then
      merge location definitions
    else
      throw "The option `${showOption location}' is defined multiple times while it's expected to be unique.\n${message}\nDefinition values:${showDefs definitions}\n${suggestion}";

  # A name is quoted where Nix wants it, unless it stands for any name: `*` and `<name>`.
  showOption = lib.concatMapStringsSep "." (
    part:
    if part == "*" || builtins.match "<.*>" part != null then part else lib.strings.escapeNixIdentifier part
  );
  showFiles = lib.concatMapStringsSep " and " (file: "`${file}'");

  # Definitions, one a line, each with its file and, if it can be evaluated at all, the first lines of its value.
  showDefs = lib.concatMapStrings (
    definition:
    let
      pretty = builtins.tryEval (
        lib.generators.toPretty { } (
          lib.generators.withRecursion {
            depthLimit = 10;
            throwOnDepthLimit = false;
          } definition.value
        )
      );
      lines = filter isString (builtins.split "\n" pretty.value);
      shown = lib.concatStringsSep "\n    " (lib.take 5 lines ++ lib.optional (length lines > 5) "...");
    in
    "\n- In `${definition.file}'"
    + (
      if !pretty.success then
        ""
      else if length lines == 1 then
        ": ${shown}"
      else
        ":\n    ${shown}"
    )
  );

  literal =
    type: text:
    if isString text then
      {
        _type = type;
        inherit text;
      }
    else
      throw "${type} expects a string.";

  # One option as the manual shows it, and what lies inside it.
  document =
    option:
    let
      name = showOption option.loc;
      visible = option.visible or true;
      type = option.type or { };
      render =
        what: value:
        builtins.addErrorContext "while evaluating the ${what} of option `${name}`" (lib.options.renderOptionValue value);
      # A type's own empty value is worth showing, but for a submodule that is evaluating it.
      hasEmptyValue = (type.emptyValue or { }) ? value && type.getSubModules or null == null;
      inside = type.getSubOptions option.loc;
    in
    [
      (
        {
          inherit (option) loc;
          inherit name;
          description = option.description or null;
          declarations = filter (file: file != lib.unknownModule) option.declarations;
          internal = option.internal or false;
          visible = if isBool visible then visible else visible == "shallow";
          readOnly = option.readOnly or false;
          type = type.description or "unspecified";
        }
        // lib.optionalAttrs (option ? example) { example = render "example" option.example; }
        // lib.optionalAttrs (option ? defaultText || option ? default || hasEmptyValue) {
          default =
            if option ? defaultText then
              render "defaultText" option.defaultText
            else
              render "default value" (option.default or type.emptyValue.value);
        }
        // lib.optionalAttrs (option.relatedPackages or null != null) {
          inherit (option) relatedPackages;
        }
      )
    ]
    ++ lib.optionals (if isBool visible then visible else visible == "transparent") (
      if inside == { } then [ ] else lib.optionAttrSetToDocList inside
    );
in
{
  inherit
    getFiles
    getValues
    mergeUniqueOption
    mkOption
    showDefs
    showFiles
    showOption
    ;
  unknownModule = "<unknown-file>";
  isOption = value: value._type or null == "option";

  mkEnableOption =
    what:
    mkOption {
      type = lib.types.bool;
      default = false;
      example = true;
      description = "Whether to enable ${what}.";
    };

  mkPackageOption =
    packages: name:
    {
      nullable ? false,
      default ? name,
      example ? null,
      extraDescription ? "",
      pkgsText ? "pkgs",
    }:
    let
      path = lib.toList default;
      shown = "${pkgsText}.${lib.showAttrPath path}";
    in
    mkOption (
      {
        type = if nullable then lib.types.nullOr lib.types.package else lib.types.package;
        description =
          "The ${if isList name then lib.last name else name} package to use."
          + lib.optionalString (extraDescription != "") " ${extraDescription}";
      }
      // (
        if default != null then
          {
            default = lib.attrByPath path (throw "${lib.showAttrPath path} cannot be found in ${pkgsText}") packages;
            defaultText = lib.literalExpression shown;
          }
        else
          lib.optionalAttrs nullable { default = null; }
      )
      // lib.optionalAttrs (example != null) {
        example = lib.literalExpression (
          if isList example then "${pkgsText}.${lib.showAttrPath example}" else example
        );
      }
    );

  # Takes any definition and has no value, where an option of another system would stand.
  mkSinkUndeclaredOptions =
    more:
    mkOption (
      {
        internal = true;
        visible = false;
        default = false;
        description = "Sink for option definitions.";
        type = lib.mkOptionType {
          name = "sink";
          check = _: true;
          merge = _: _: false;
        };
        apply = _: throw "Option value is not readable because the option is not declared.";
      }
      // more
    );

  # For options without a type: whatever the values have in common says how they are merged.
  mergeDefaultOption =
    location: definitions:
    let
      given = getValues definitions;
      first = head given;
    in
    if length given == 1 then
      first
    else if all lib.isFunction given then
      # (nixpkgs hands on the results alone here, where definitions are wanted, and fails.)
      argument: lib.mergeDefaultOption location (map (definition: definition // { value = definition.value argument; }) definitions)
    else if all isList given then
      builtins.concatLists given
    else if all isAttrs given then
      foldl' lib.mergeAttrs { } given
    else if all isBool given then
      lib.any lib.id given
    else if all isString given then
      lib.concatStrings given
    else if all builtins.isInt given && all (value: value == first) given then
      first
    else
      throw "Cannot merge definitions of `${showOption location}'. Definition values:${showDefs definitions}";

  mergeOneOption = mergeUniqueOption { message = ""; };

  # Any number of definitions that all say the same. A single one is not compared, so it may hold functions.
  mergeEqualOption =
    location: definitions:
    let
      first = head definitions;
      other = lib.findFirst (definition: definition.value != first.value) null (builtins.tail definitions);
    in
    if other == null then
      first.value
    else
      throw "The option `${showOption location}' has conflicting definition values:${
        showDefs [
          first
          other
        ]
      }\n${suggestion}";

  # For manuals.
  optionAttrSetToDocList = options: concatMap document (lib.collect lib.isOption options);
  optionAttrSetToDocList' = _: lib.optionAttrSetToDocList;
  scrubOptionValue =
    value:
    if lib.isDerivation value then
      {
        type = "derivation";
        drvPath = value.name;
        outPath = value.name;
        inherit (value) name;
      }
    else if isList value then
      map lib.scrubOptionValue value
    else if isAttrs value then
      mapAttrs (_: lib.scrubOptionValue) (removeAttrs value [ "_args" ])
    else
      value;
  renderOptionValue =
    value:
    if value ? _type && value ? text then
      value
    else
      lib.literalExpression (
        lib.generators.toPretty {
          multiline = true;
          allowPrettyValues = true;
        } value
      );
  literalExpression = literal "literalExpression";
  literalMD = literal "literalMD";
  literalCode = language: text: lib.literalMD "```${language}\n${text}\n```\n";
  showOptionWithDefLocs =
    option:
    "${showOption option.loc}, with values defined in:\n${lib.concatMapStringsSep "\n" (file: "  - ${file}") option.files}\n";
}
