# Regular expressions on short strings.
let
  names = builtins.genList (i: "package-${toString i}.${toString (i * 7)}-rc1") 30000;
  version = name: builtins.elemAt (builtins.match "([a-z]+)-([0-9]+)\\.([0-9]+)(-rc[0-9])?" name) 2;
in
builtins.foldl' (sum: name: sum + builtins.stringLength (version name)) 0 names
