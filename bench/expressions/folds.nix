# Folds, maps and filters over a long list.
let
  list = builtins.genList (x: x) 300000;
  sum = builtins.foldl' (a: b: a + b) 0;
in
sum (map (x: x * 2) (builtins.filter (x: x - (x / 3) * 3 == 0) list))
