# How each kind of value is shown, fully evaluated.
let
  d = derivation { name = "d"; system = "x86_64-linux"; builder = "/bin/sh"; };
in
[
  1
  (-1)
  1.5
  1.0
  true
  null
  ""
  "a\"b\\c\nd\re\tf$g\${h}"
  "é\u"
  /a
  [ ]
  [ 1 ]
  [ 1 [ 2 [ 3 [ ] ] ] ]
  { }
  { a = 1; }
  { a = { b = { }; }; c = [ { } ]; }
  { "a b" = 1; "" = 2; "1" = 3; "a.b" = 4; "a\"b" = 5; }
  { if' = 1; "if" = 2; "or" = 3; "true" = 4; "rec" = 5; "assert" = 6; "with" = 7; "let" = 8; "in" = 9; "then" = 10; "else" = 11; "inherit" = 12; "null" = 13; }
  { a-b = 1; a' = 2; _a = 3; "-a" = 4; "'a" = 5; "a1" = 6; "é" = 7; "a\${b}" = 8; }
  (x: x)
  (x: y: x)
  [ ({ a, b ? 1, ... }@c: a) ({ a }: a) (c@{ }: c) ]
  [ (x: x) ]
  { f = x: x; }
  builtins.map
  (builtins.map (x: x))
  (builtins.add 1)
  builtins.derivation
  derivation
  import
  throw
  [ { __functor = self: x: x; } ]
  { __toString = self: "a"; }
  { outPath = "a"; }
  { type = "derivation"; }
  { type = "derivation"; outPath = "a"; }
  { type = "derivation"; drvPath = "a"; }
  { type = "derivation"; drvPath = "/nix/store/x.drv"; }
  { type = "derivation"; drvPath = 1; }
  { type = "derivation"; drvPath = throw "x"; }
  { a = { type = "derivation"; drvPath = "a"; }; }
  { type = 1; }
  d
  [ d ]
  { inherit d; }
  (d // { a = 1; })
  (let x = { a = 1; }; in [ x x ])
  (let x = { a = x; }; in x)
  (let x = [ x ]; in x)
  (let x = [ ]; in [ x x ])
  (let x = { }; in { a = x; b = x; })
  (let x = { a = [ x ]; b = 1; }; in x)
  (let x = { a = y; }; y = { b = x; }; in [ x y ])
  (let x = [ 1 2 ]; y = [ x x ]; in [ y x y ])
  (let x = { a = 1; }; in x // { b = x; c = x; })
  (let x = { a = 1; b = { c = x.a; d = x.b.c; }; }; in x)
  (let x = { a = 1; }; y = { inherit x; z = { inherit x; }; }; in y)
  (let f = x: x; in [ f f ])
  (let f = s: [ s s ]; in f (f { a = 1; }))
  (let l = map (x: { inherit x; }) [ 1 1 ]; in l ++ l)
  (let s = { a = [ 1 ]; }; in [ s.a s.a s ])
  (let s = rec { a = { b = 1; }; c = a; d = [ a c ]; }; in s)
  (builtins.map (x: [ x ]) [ { a = 1; } { a = 1; } ])
  (let x = { a = 1; }; in builtins.genList (_: x) 3)
  (builtins.listToAttrs [ { name = "a"; value = d; } ])
  (builtins.fromJSON "[[],{},{\"a\":[]},null]")
  (throw "x")
  [ (throw "x") ]
  { a = throw "x"; }
  (builtins.tryEval (throw "x"))
]
