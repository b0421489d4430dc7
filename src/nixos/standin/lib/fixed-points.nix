# Fixed points: a set that refers to its own final form, and overlays, which change such a set before it is final.
#
# An overlay is `final: prev: { … }`: `prev` is the set below it, `final` the one after every overlay, so that what is
# changed above is seen below as well.
lib:
let
  fix =
    f:
    let
      final = f final;
    in
    final;

  # What lies below, with the overlay on it.
  layer = overlay: final: prev: prev // overlay final prev;

  extends =
    overlay: f: final:
    layer overlay final (f final);

  # Two overlays as one: the second sees what the first made, the caller's `prev // result` is done once.
  composeExtensions =
    first: second: final: prev:
    let
      changes = first final prev;
    in
    changes // second final (prev // changes);

  makeExtensibleWithCustomName =
    name: f:
    fix (
      final:
      f final
      // {
        __unfix__ = f;
        ${name} = overlay: makeExtensibleWithCustomName name (extends overlay f);
      }
    );
in
{
  inherit
    fix
    extends
    composeExtensions
    makeExtensibleWithCustomName
    ;
  fix' =
    f:
    fix (final: f final // { __unfix__ = f; });
  converge =
    f: value:
    let
      next = f value;
    in
    if next == value then value else lib.converge f next;
  composeManyExtensions = builtins.foldl' composeExtensions (_: _: { });
  makeExtensible = makeExtensibleWithCustomName "extend";

  # A set, `prev: { … }` and `final: prev: { … }` are all taken for an overlay.
  toExtension =
    overlay: final: prev:
    if !lib.isFunction overlay then
      overlay
    else if lib.isFunction (overlay prev) then
      overlay final prev
    else
      overlay prev;
}
