# Functions whose arguments can be changed afterwards, and functions whose arguments are found by name.
{ lib }:
let
  inherit (builtins) functionArgs intersectAttrs isAttrs isFunction removeAttrs;
in
rec {
  # The result of a function, with `override` to call it again with other arguments.
  makeOverridable = function: arguments:
    let
      result = function arguments;
      # New arguments are a set, or a function of the old ones.
      override = change:
        makeOverridable function (arguments // (if isFunction change then change arguments else change));
      after = change: makeOverridable (arguments: change (function arguments)) arguments;
    in
    if isAttrs result then
      result // {
        inherit override;
        overrideDerivation = change: after (package: overrideDerivation package change);
      } // lib.optionalAttrs (result ? overrideAttrs) {
        overrideAttrs = change: after (package: package.overrideAttrs change);
      }
    else if isFunction result then { __functor = _: result; inherit override; }
    else result;

  # The same derivation with other attributes for Nix; `overrideAttrs` is what one wants nowadays.
  overrideDerivation = package: change:
    let
      raw = derivation (package.drvAttrs // change package);
    in
    package // raw // { inherit (package) meta; };

  # Calls a function (or a file of one) with the arguments it names, taken from a set.
  callPackageWith = from: functionOrFile: given:
    let
      function = if isFunction functionOrFile then functionOrFile else import functionOrFile;
      wanted = functionArgs function;
      arguments = intersectAttrs wanted from // given;
      missing = builtins.filter (name: !wanted.${name} && !(arguments ? ${name})) (builtins.attrNames wanted);
      where = if isFunction functionOrFile then "" else " (${toString functionOrFile})";
    in
    if missing == [ ] then makeOverridable function arguments
    else throw "lib.customisation.callPackageWith: Function called without required argument \"${builtins.head missing}\"${where}: the stand-in has no such package";

  callPackagesWith = from: function: given:
    let result = callPackageWith from function given; in removeAttrs result [ "override" "overrideDerivation" ];

  # A set of packages that see each other, and those of `parent`.
  makeScopeWith = parent: packages:
    let
      scope = packages scope // {
        newScope = more: callPackageWith (parent // scope // more);
        callPackage = callPackageWith (parent // scope);
        overrideScope = overlay: makeScopeWith parent (final: let prev = packages final; in prev // overlay final prev);
        inherit packages;
      };
    in
    scope;
}
