# Down the tree of options, with the definitions.
#
# Every module has a tree of option declarations and a set of definitions. `walk` goes down all the trees at once: at
# each place it has the declarations that modules made there and the definitions that were put there, groups both by the
# next name, and for each name there are three cases:
#
# - all declarations are options: they are one option, and the definitions are its own (merge.nix);
# - none is: it goes on below;
# - some are: an option has further options inside it, which only a submodule can have. The others are turned into
#   declarations of a submodule that holds them.
#
# Definitions stay in their wrappers until the place is known: at an option they go to merge.nix as they are; where it
# goes on below, and only there, the wrappers are pushed down to the attributes (properties.nix). A name with
# definitions and without declarations is not judged here: they are given back with the path at which nothing took
# them, for a freeform type, or for the error.
#
# A declaration is { file, pos, tree } and a definition { file, value }.
lib:
let
  inherit (builtins)
    attrNames
    concatLists
    concatMap
    filter
    isAttrs
    length
    mapAttrs
    removeAttrs
    typeOf
    unsafeGetAttrPos
    zipAttrsWith
    ;
  inherit (lib) isOption;
  messages = import ./messages.nix lib;
  inherit (import ./declare.nix lib) mergeDeclarations fixupOptionType;

  together = zipAttrsWith (_: all: all);

  # What lies one name further, in every declaration and every definition.
  declarationsByName =
    location: declarations:
    together (
      map (
        { file, tree, ... }:
        if isAttrs tree then
          mapAttrs (name: below: {
            inherit file;
            tree = below;
            pos = unsafeGetAttrPos name tree;
          }) tree
        else
          throw (messages.notASet location (typeOf tree))
      ) declarations
    );
  definitionsByName =
    location: definitions:
    together (
      map (
        definition:
        if isAttrs definition.value then
          mapAttrs (_: value: {
            inherit (definition) file;
            inherit value;
          }) definition.value
        else
          throw (messages.definitionNotASet location definition)
      ) definitions
    );

  pushed = concatMap (
    { file, value, ... }:
    map (value: { inherit file value; }) (lib.modules.pushDownProperties value)
  );

  # Is it an option? Anything else with a type was put there by mistake.
  declares =
    location: declaration:
    declaration.tree ? _type
    && (isOption declaration.tree || throw (messages.notAnOption location declaration.tree._type declaration.file));

  asSubmodule =
    declaration:
    if isOption declaration.tree then
      declaration
    else
      declaration
      // {
        tree = lib.mkOption {
          type = lib.types.submoduleWith {
            modules = [ { options = declaration.tree; } ];
            # Whichever way the option itself was declared.
            shorthandOnlyDefinesConfig = null;
          };
        };
      };

  walk =
    location: declarations: given:
    let
      definitions = pushed given;
      defined = definitionsByName location definitions;

      results = mapAttrs (
        name: below:
        let
          here = location ++ [ name ];
          options = filter (declares here) below;
          option =
            declarations:
            {
              options = lib.modules.evalOptionValue here (fixupOptionType here (
                mergeDeclarations here declarations
              )) (defined.${name} or [ ]);
              unmatched = [ ];
            };
        in
        if options == [ ] then
          walk here below (defined.${name} or [ ])
        else if length options == length below then
          option below
        else if lib.all (declaration: declaration.tree.type.name or null == "submodule") options then
          option (map asSubmodule below)
        else
          throw (
            messages.parentOfOptions here (lib.head options) (
              filter (declaration: !isOption declaration.tree) below
            )
          )
      ) (declarationsByName location declarations);

      unmatchedBelow = mapAttrs (_: result: result.unmatched) results // removeAttrs defined (attrNames results);
    in
    {
      options = mapAttrs (_: result: result.options) results;

      # { file, value, prefix }: at `prefix`, as seen from here, nothing took it. Without definitions this looks at no
      # option, so that most of the tree is never walked for it.
      unmatched =
        if definitions == [ ] then
          [ ]
        else
          concatLists (
            lib.mapAttrsToList (
              name:
              map (definition: definition // { prefix = [ name ] ++ definition.prefix or [ ]; })
            ) unmatchedBelow
          );
    };
in
{
  # All options of a list of modules, as collect.nix gives them.
  mergeModules =
    location: modules:
    let
      result = walk location (map (module: {
        file = module._file;
        pos = null;
        tree = module.options;
      }) modules) (map (module: {
        file = module._file;
        value = module.config;
      }) modules);
    in
    {
      matchedOptions = result.options;
      unmatchedDefns = result.unmatched;
    };
}
