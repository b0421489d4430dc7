# What the module system says when a module can't be taken. The first lines are those of nixpkgs, word for word, because
# people search for them, and tools read them.
lib:
let
  code = lib.strings.escapeNixString;
  paragraphs = lib.concatStringsSep "\n\n";
in
{
  strangeAttributes =
    key: names:
    "Module `${key}' has an unsupported attribute `${lib.head names}'. A module that has `config' or `options' defines options in `config' alone: move ${toString names} into it.";

  wrongClass = class: module: ''
    The module `${module._file}` (class: ${code module._class}) cannot be imported into a module evaluation that expects class ${code class}.

    Look for the module of the same name that is made for class ${code class}, or mend its `_class`.
  '';

  # A value that has a type, but is no module: mostly a flake, or what evalModules gives.
  notAModule =
    {
      file,
      class,
      type,
      prefix,
    }:
    let
      inFile = lib.optionalString (file != lib.unknownModule) ", while trying to load a module into ${file}";
      inOption = lib.optionalString (prefix != [ ]) ", while trying to load a module into ${lib.showOption prefix}";
      modules = {
        nixos = "nixosModules";
        darwin = "darwinModules";
      };
      advice = {
        configuration = "If you really mean to import this configuration, instead please only import the modules that make up the configuration: give them a name of their own, and name them in both places.";
        flake = "Perhaps you forgot to select an attribute: not `inputs.someflake`, but `inputs.someflake.${
          modules.${toString class} or "modules.${if class == null then "someApp" else class}"
        }.default`.";
      };
    in
    paragraphs (
      [
        "Expected a module, but found a value of type ${code type}${inFile}${inOption}."
        "Each element of `imports`, and of the `modules` that evalModules gets, is a module: a path, a set, or a function."
      ]
      ++ lib.optional (advice ? ${type}) advice.${type}
    );

  ambiguousDisabled =
    file: given:
    "Module `${file}` contains a disabledModules item that is an attribute set that can be converted to a string (${toString given}) but also has a `.key` attribute (${given.key}) with a different value. Either may be meant: leave one of them out.";
  keylessDisabled =
    file:
    "Module `${file}` contains a disabledModules item that is an attribute set, presumably a module, that does not have a `key` attribute. Nothing tells which module is meant: write a path, a string relative to modulesPath, or a set with a `key`.";

  # Something stands among the options that is no option.
  notAnOption =
    location: type: file:
    paragraphs (
      [
        "In module ${file}: expected an option declaration at option path `${lib.showOption location}` but got an attribute set with type ${type}"
      ]
      ++ lib.optional (type == "option-type") ''
        A type becomes an option in a `mkOption` call:
            ${lib.strings.escapeNixIdentifier (lib.last location)} = lib.mkOption {
              type = <the type that stands there now>;
              description = ...;
            };
      ''
    );

  notASet =
    location: type: ''
      An option declaration for `${lib.concatStringsSep "." location}' has type
      `${type}' rather than an attribute set.
      Did you mean to define this outside of `options'?
    '';

  definitionNotASet =
    location: definition:
    let
      name = lib.concatStringsSep "." location;
    in
    ''
      In module `${definition.file}', you're trying to define a value of type `${builtins.typeOf definition.value}'
      rather than an attribute set for the option
      `${name}'!

      There are options below `${name}', so a definition of it names some of them.
    '';

  declaredTwice =
    location: file: others:
    "The option `${lib.showOption location}' in `${file}' is already declared in ${lib.showFiles others}.";

  parentOfOptions =
    location: parent: children:
    "The option `${lib.showOption location}' in module `${parent.file}' would be a parent of the following options, but its type `${
      parent.tree.type.description or "<no description>"
    }' does not support nested options.\n${
      lib.concatStringsSep "\n" (
        lib.sort builtins.lessThan (
          lib.concatMap (
            child:
            map (
              name: " - option(s) with prefix `${lib.showOption (location ++ [ name ])}' in module `${child.file}'"
            ) (lib.attrNames child.tree)
          ) children
        )
      )
    }";

  # A definition that no option takes. `names` are the options that stand where it was put.
  noSuchOption =
    location: definition: names:
    let
      option = lib.showOption location;
      parent = lib.init location;
      name = lib.last location;
      near = lib.take 3 (
        lib.sortOn (lib.strings.levenshtein name) (
          # Among many, only those are worth the time that can be meant.
          if lib.length names < 100 then names else lib.filter (lib.strings.levenshteinAtMost 2 name) names
        )
      );
      quoted = map (other: "`${lib.showOption (parent ++ [ other ])}'") near;
      list =
        if lib.length quoted < 2 then
          lib.concatStrings quoted
        else
          "${lib.concatStringsSep ", " (lib.init quoted)} or ${lib.last quoted}";
      shown =
        builtins.addErrorContext
          "while evaluating the error message for definitions for `${option}', which is an option that does not exist"
          (
            builtins.addErrorContext "while evaluating a definition from `${definition.file}'" (
              lib.options.showDefs [ definition ]
            )
          );
    in
    "The option `${option}' does not exist. Definition values:${shown}"
    + lib.optionalString (near != [ ]) "\n\nDid you mean ${list}?";

  # Besides the former, where there is not a single option: then it is more likely that options stand in `config`.
  noOptionsAtAll =
    prefix:
    if prefix == [ ] then
      ''

        It seems as if you're trying to declare an option by placing it into `config' rather than `options'!
      ''
    else
      ''

        Nor is there any option in `${lib.showOption prefix}'.
        This can happen if you e.g. declared your options in `types.submodule' under `config', where `options' was meant.
      '';
}
