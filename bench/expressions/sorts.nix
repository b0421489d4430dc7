# A sort with a comparison written in Nix.
let
  scattered = builtins.genList (i: let h = i * 7919; in h - (h / 100003) * 100003) 100000;
in
builtins.elemAt (builtins.sort (a: b: a < b) scattered) 50000
