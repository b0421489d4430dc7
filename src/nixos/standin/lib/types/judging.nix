# Types that check and merge in one go (merge.v2, see modules/merge.nix), made from one function, and what types that
# wrap another type have in common.
lib:
let
  judges = import ../modules/judge.nix lib;
in
{
  inherit (judges) judge complaint;

  # `accepts` looks at a single definition's value; `merge` gives { value, valueMeta, headError ? } of all of them.
  judging = accepts: merge: {
    check = {
      __functor = _: accepts;
      isV2MergeCoherent = true;
    };
    merge = {
      __functor =
        self: loc: defs:
        (self.v2 { inherit loc defs; }).value;
      v2 =
        { loc, defs }:
        let
          merged = merge loc defs;
        in
        {
          headError = merged.headError or (judges.complaint accepts defs);
          inherit (merged) value valueMeta;
        };
    };
  };

  # A type around one other type: its options are the other one's below one more name, its modules are the other one's,
  # and two of it merge if what is inside merges. `rebuild` makes the same around another inside.
  around =
    {
      name,
      inside,
      rebuild,
      # Names that come between, for the manual.
      below ? [ ],
    }:
    {
      getSubOptions = prefix: inside.getSubOptions (prefix ++ below);
      inherit (inside) getSubModules;
      substSubModules = modules: rebuild (inside.substSubModules modules);
      functor = {
        inherit name;
        payload.elemType = inside;
        type = { elemType }: rebuild elemType;
        binOp =
          a: b:
          let
            elemType = a.elemType.typeMerge b.elemType.functor;
          in
          if elemType == null then null else { inherit elemType; };
      };
      nestedTypes.elemType = inside;
    };

  # Another type's description inside a longer one: these classes need no parentheses.
  phrase = classes: lib.types.optionDescriptionPhrase (class: lib.elem class classes);
}
