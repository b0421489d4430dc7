# Every option of a machine that can be compared, with its path: not what is the result of all others, and not whole package
# sets, whose type is anything at all.
let
  inherit (builtins) attrNames concatLists concatStringsSep elem isAttrs map match;
  leftOut = [ [ "_module" ] [ "assertions" ] [ "warnings" ] [ "lib" ] [ "meta" ] [ "nixpkgs" "pkgs" ] [ "system" "build" ] [ "passthru" ] ];
  quoted = step: if match "[a-zA-Z_][a-zA-Z0-9_'-]*" step != null then step else "\"${step}\"";
  walk = path: set:
    if elem path leftOut || !isAttrs set then [ ]
    else if set._type or null == "option" then
      # An option under an old name says nothing of its own, and looking at it would warn.
      if set.visible or true == false || elem (set.type.name or "unspecified") [ "unspecified" "raw" "nixpkgs" ] then [ ]
      else [ { name = concatStringsSep "." (map quoted path); option = set; } ]
    else concatLists (map (name: walk (path ++ [ name ]) set.${name}) (attrNames set));
in
walk [ ] machine.options
