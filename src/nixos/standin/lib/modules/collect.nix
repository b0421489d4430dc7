# From what stands in `imports` to a flat list of modules.
#
# A module is written as a set, a function that gives one, or a path to a file that holds one of these. Each becomes a
# record with all fields present:
#
#   { _file, _class, key, disabledModules, imports, options, config }
#
# `key` is the module's identity: two imports of one file are one module, since both have its path as key. A module
# that stands in a list without a key gets one from where it stands (":anon-1:anon-2"), which is its own.
#
# The modules form a tree by their imports. Which of them are disabled is known only when the whole tree has been seen,
# because any module may disable any other; a disabled module takes along what only it imports. So the tree is walked
# twice: once for the disabled keys, once, without those, for the modules. The second walk goes in breadth, and keeps
# the first module of each key. Nothing here may look at `config`: it is made of what is collected here.
lib:
let
  inherit (builtins)
    attrNames
    concatMap
    elem
    filter
    isAttrs
    isFunction
    isList
    isString
    removeAttrs
    typeOf
    ;
  messages = import ./messages.nix lib;

  # Attributes that say something of the module itself, whichever way it is written.
  own = [
    "_class"
    "_file"
    "disabledModules"
    "freeformType"
    "imports"
    "key"
  ];

  # A module that says only which file it stands for, and imports the one that is meant.
  setDefaultModuleLocation = file: module: {
    _file = file;
    imports = [ module ];
  };

  # A set as a record. With `config` or `options` in it, everything that is defined stands in `config`; without, the
  # set itself is what is defined (and `require` is an old word for imports).
  unifyModuleSyntax =
    file: key: module:
    let
      long = module ? config || module ? options;
      strange = attrNames (removeAttrs module (own ++ [ "config" "meta" "options" ]));
      # Several definitions in one place, unless there is but one.
      together = first: rest: if rest == [ ] then first else lib.mkMerge ([ first ] ++ rest);
      common = {
        _file = toString (module._file or file);
        _class = module._class or null;
        key = toString (module.key or key);
        disabledModules = module.disabledModules or [ ];
      };
      freeform = lib.optional (module ? freeformType) { _module.freeformType = module.freeformType; };
    in
    if !isAttrs module then
      throw "module ${file} (${key}) does not look like a module."
    else if long && strange != [ ] then
      throw (messages.strangeAttributes key strange)
    else if long then
      common
      // {
        imports = module.imports or [ ];
        options = module.options or { };
        config = together (module.config or { }) (
          lib.optional (module ? meta) { inherit (module) meta; } ++ freeform
        );
      }
    else
      common
      // {
        imports = module.require or [ ] ++ module.imports or [ ];
        options = { };
        config = together (removeAttrs module (own ++ [ "require" ])) freeform;
      };

  # Calls a module's function. It gets what `arguments` holds and, for each further name in its pattern, the value that
  # `_module.args` has for it. That value is part of `config`, which is not known yet: so the names are taken from the
  # pattern, and the values are left to be asked for.
  applyModuleArgs =
    key: f: arguments:
    f (
      arguments
      // builtins.mapAttrs (
        name: _:
        builtins.addErrorContext ''while evaluating the module argument `${name}' in "${key}":'' (
          arguments.${name} or (builtins.addErrorContext
            "noting that argument `${name}` is not externally provided, so querying `_module.args` instead, requiring `config`"
            arguments.config._module.args.${name}
          )
        )
      ) (lib.functionArgs f)
    );
  applyModuleArgsIfFunction =
    key: module: arguments:
    if lib.isFunction module then applyModuleArgs key module arguments else module;

  # What is given in `imports`, as a record; `file` and `key` are for what has none of its own.
  load =
    class: arguments: file: key: given:
    if lib.isFunction given then
      unifyModuleSyntax file key (applyModuleArgs key given arguments)
    else if isAttrs given then
      if given._type or "module" == "module" then
        unifyModuleSyntax file key given
      else if given._type == "if" || given._type == "override" then
        unifyModuleSyntax file key { config = given; }
      else
        throw (
          messages.notAModule {
            inherit file class;
            type = given._type;
            prefix = arguments._prefix or [ ];
          }
        )
    else if isList given then
      throw "Module imports can't be nested lists. Perhaps you meant to remove one level of lists? Definitions: ${
        lib.options.showDefs [
          {
            inherit file;
            value = given;
          }
        ]
      }"
    else
      let
        path = toString given;
      in
      unifyModuleSyntax path path (applyModuleArgsIfFunction path (import given) arguments);

  fits =
    class: module:
    if class == null || module._class == null || module._class == class then
      module
    else
      throw (messages.wrongClass class module);

  # The tree below a list of imports. `genericClosure` finds an equal one by `key`.
  tree =
    class: arguments:
    let
      nodes =
        file: key: given:
        lib.imap1 (
          at: one:
          let
            module = fits class (load class arguments file "${key}:anon-${toString at}" one);
          in
          {
            inherit (module) key;
            inherit module;
            below = nodes module._file module.key module.imports;
          }
        ) given;
    in
    nodes lib.unknownModule "";

  # The key that an element of disabledModules means.
  disabledKey =
    modulesPath: file: given:
    if isString given then
      if lib.hasPrefix "/" given then given else "${toString modulesPath}/${given}"
    else if lib.strings.isConvertibleWithToString given then
      if given ? key && given.key != toString given then
        throw (messages.ambiguousDisabled file given)
      else
        toString given
    else if given ? key then
      given.key
    else if isAttrs given then
      throw (messages.keylessDisabled file)
    else
      throw "Each disabledModules item must be a path, string, or a attribute set with a key attribute, or a value supported by toString. However, one of the disabledModules items in `${toString file}` is none of that, but is of type ${typeOf given}.";

  collect =
    class: modulesPath: given: arguments:
    let
      roots = tree class arguments given;
      disabledBy =
        { module, below, ... }:
        map (disabledKey modulesPath module._file) module.disabledModules ++ concatMap disabledBy below;
      disabled = concatMap disabledBy roots;
      isDisabled = node: elem node.key disabled;
      enabled = filter (node: !isDisabled node);
      picture = node: {
        inherit (node) key;
        file = node.module._file;
        disabled = isDisabled node;
        imports = map picture node.below;
      };
    in
    {
      modules = map (node: node.module) (
        builtins.genericClosure {
          startSet = enabled roots;
          operator = node: enabled node.below;
        }
      );
      # The tree for whoever wants to see it, without the module of evaluate.nix.
      graph = map picture (filter (node: node.key != "lib/modules.nix") roots);
    };
in
{
  inherit
    applyModuleArgsIfFunction
    setDefaultModuleLocation
    unifyModuleSyntax
    ;
  collectModules = collect;

  # A module file that takes something before the module's own arguments, with its place kept.
  importApply =
    file: argument:
    setDefaultModuleLocation file (import file argument);
  importJSON = file: {
    _file = file;
    config = lib.importJSON file;
  };
  importTOML = file: {
    _file = file;
    config = lib.importTOML file;
  };
}
