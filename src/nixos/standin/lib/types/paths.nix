# Types of paths: anywhere, in the store, or kept out of it; and of sets of files.
lib:
let
  inherit (lib) mkOptionType types;

  # A path value is written into the store when it becomes part of a text; so where a path must not be in the store, it
  # has to be a text already.
  pathWith =
    {
      inStore ? null,
      absolute ? null,
    }:
    let
      says =
        wanted: yes: no:
        if wanted == null then
          ""
        else if wanted then
          yes
        else
          no;
      agrees = wanted: is: wanted == null || wanted == is;
      stored = value: lib.path.hasStorePathPrefix (
        if builtins.isPath value then value else /. + builtins.unsafeDiscardStringContext value
      );
    in
    lib.throwIf (inStore == true && absolute == false) "In pathWith, inStore means the path must be absolute" mkOptionType
      {
        name = "path";
        description = "${says absolute "absolute " "relative "}path${says inStore " in the Nix store" " not in the Nix store"}";
        descriptionClass = "noun";
        check =
          value:
          (if inStore == false then builtins.isString value else lib.isStringLike value)
          && agrees absolute (builtins.substring 0 1 (toString value) == "/")
          && agrees inStore (inStore == null || stored value);
        merge = lib.mergeEqualOption;
        functor = types.defaultFunctor "path" // {
          type = pathWith;
          payload = { inherit absolute inStore; };
          binOp = a: b: if a == b then a else null;
        };
      };
in
{
  inherit pathWith;
  # Files of a folder, by lib.fileset; several definitions are all of their files.
  fileset = mkOptionType {
    name = "fileset";
    description = "fileset";
    descriptionClass = "noun";
    check = lib.fileset.isFileset;
    merge = _: definitions: lib.fileset.unions (lib.getValues definitions);
    emptyValue.value = lib.fileset.empty;
  };
  path = pathWith { absolute = true; };
  pathInStore = pathWith { inStore = true; };
  externalPath = pathWith {
    absolute = true;
    inStore = false;
  };
}
