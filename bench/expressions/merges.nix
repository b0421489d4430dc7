# Small sets laid over a larger one, and read.
let
  base = builtins.listToAttrs (builtins.genList (i: { name = "attribute-${toString i}"; value = i; }) 60);
  step = set: i: set // { last = i; previous = set.last or 0; } // (if i - (i / 2) * 2 == 0 then { even = i; } else { odd = i; });
in
(builtins.foldl' step base (builtins.genList (i: i) 200000)).previous
