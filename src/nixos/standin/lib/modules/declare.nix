# One option from all its declarations.
#
# A module may declare an option that another one declares as well, if the two agree: their types merge into one (two
# submodules into one with the options of both), and of default, example, description and apply only one of them has
# each. Whatever else mkOption takes comes from the first that has it.
lib:
let
  inherit (builtins) foldl';
  messages = import ./messages.nix lib;

  # What may be said once.
  once = [
    "default"
    "example"
    "description"
    "apply"
  ];

  mergeDeclarations =
    location: declarations:
    foldl'
      (
        option: declaration:
        let
          added = declaration.tree;
          conflict = throw (messages.declaredTwice location declaration.file option.declarations);
          merged = option.type.typeMerge added.type.functor;
          modules = added.type.getSubModules or null;
        in
        if builtins.any (field: option ? ${field} && added ? ${field}) once then
          conflict
        else
          added
          // option
          // {
            declarations = option.declarations ++ [ declaration.file ];
            # An option that a function made has no line of its own, but comes from a file nevertheless.
            declarationPositions = option.declarationPositions ++ [
              (
                if declaration.pos != null then
                  declaration.pos
                else
                  {
                    inherit (declaration) file;
                    line = null;
                    column = null;
                  }
              )
            ];
            # The modules of a submodule, each with the file that declared it; fixupOptionType puts them in.
            options =
              lib.optionals (modules != null) (map (lib.setDefaultModuleLocation declaration.file) modules)
              ++ option.options;
          }
          // lib.optionalAttrs (added ? type && option ? type) {
            type = if merged == null then conflict else merged;
          }
      )
      {
        loc = location;
        declarations = [ ];
        declarationPositions = [ ];
        options = [ ];
      }
      declarations;

  # Every option has a type, and a submodule has the modules whose files are known.
  fixupOptionType =
    location: option:
    if option.type.getSubModules or null == null then
      option // { type = option.type or lib.types.unspecified; }
    else
      option
      // {
        type = option.type.substSubModules option.options;
        options = [ ];
      };
in
{
  inherit mergeDeclarations fixupOptionType;

  # The same with the names that declarations have in nixpkgs: { _file, pos, options }.
  mergeOptionDecls =
    location: declarations:
    mergeDeclarations location (
      map (declaration: {
        file = declaration._file;
        pos = declaration.pos or null;
        tree = declaration.options;
      }) declarations
    );
}
