# Strings put together, cut and replaced.
let
  words = builtins.genList (i: "word-${toString i}-${builtins.substring 0 3 "abcdef"}") 50000;
  text = builtins.concatStringsSep " " words;
in
builtins.stringLength (builtins.replaceStrings [ "word" "-" ] [ "w" "_" ] text)
