# How each kind of value is shown as far as it happens to be evaluated. Without --strict.
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
  builtins.map
  (builtins.map (x: x))
  (builtins.add 1)
  builtins.derivation
  derivation
  import
  throw
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
  [ (1 + 1) ]
  { a = 1 + 1; }
  [ (let x = 1; in x) ]
  { inherit d; e = d; }
  [ "a" "${"b"}" ("c" + "d") ]
  [ (map (x: x) [ ]) ]
  { a = { b = 1; }; }
  { b = [ 1 ]; c = [ (1 + 1) ]; }
  (builtins.attrValues { a = 1; b = 1 + 1; })
  (map (x: x) [ 1 2 ])
  (builtins.genList (x: x) 3)
  (builtins.tail [ 1 (1 + 1) 3 ])
  (let x = [ (1 + 1) ]; in builtins.seq (builtins.head x) x)
  (let x = { a = 1 + 1; b = 2 + 2; }; in builtins.seq x.a x)
  (let x = { a = [ (1 + 1) ]; }; in builtins.deepSeq x x)
  (builtins.filter (x: x > 1) [ (1 + 1) (2 + 2) 0 ])
  (builtins.sort builtins.lessThan [ (1 + 1) (0 + 0) ])
  ([ (1 + 1) ] == [ 2 ])
  (let x = [ (1 + 1) ]; in builtins.seq (x == [ 2 ]) x)
  ({ a = 1; } // { b = 1 + 1; })
  ([ 1 ] ++ [ (1 + 1) ])
  (builtins.mapAttrs (n: v: v) { a = 1; })
  (builtins.listToAttrs [ { name = "a"; value = 1 + 1; } ])
  (builtins.removeAttrs { a = 1; b = 1 + 1; } [ "a" ])
  (builtins.intersectAttrs { a = 1; } { a = 1 + 1; })
  (builtins.functionArgs ({ a ? 1 }: a))
  (builtins.partition (x: x > 1) [ 1 2 ])
  (builtins.groupBy (x: toString x) [ 1 2 1 ])
  (builtins.concatLists [ [ (1 + 1) ] [ 1 ] ])
  (builtins.concatMap (x: [ x (x + 1) ]) [ 1 ])
  (builtins.zipAttrsWith (n: v: v) [ { a = 1; } { a = 2; } ])
  (builtins.tryEval (1 + 1))
  (builtins.tryEval { a = 1 + 1; })
  (builtins.foldl' (a: b: a ++ [ b ]) [ ] [ (1 + 1) ])
  (rec { a = 1; b = a; c = a + 1; })
  (let a = 1; in { inherit a; b = a; })
  (let a = 1 + 1; in [ a a ])
  (let a = { b = 1; }; in { inherit (a) b; })
  (let a = { b = 1; }; in [ a.b a ])
  [ 1.5 null true "a" /a ]
  [ [ ] { } [ [ ] ] ]
  [ builtins.map ]
  (x: [ x ] ) 
  ((x: [ x ]) 1)
  ((x: [ x ]) (1 + 1))
  (({ a ? 1 }: [ a ]) { })
  (({ a ? 1, ... }@args: args) { b = 2; })
  (with { a = 1; }; [ a ])
  { a.b.c = 1; }
  { ${"a" + "b"} = 1 + 1; }
  [ (if true then 1 else 2) ]
  [ (assert true; 1) ]
  [ { } { a = 1; } ]
  (builtins.fromJSON "{\"a\":[1,{\"b\":2}]}")
  (builtins.match "(a)(b)?" "a")
  (builtins.split "b" "abc")
  (builtins.parseDrvName "a-1")
  (builtins.getContext "${d}")
  (let x = x; in [ x ])
  (let x = y; y = x; in [ x y ])
  (rec { a = a; })
  # Functions, negative numbers, calls and operations are put off; literals and variables are not.
  (rec { a = 1; b = 1.5; c = "s"; d = /p; e = null; f = true; g = { }; h = [ ]; i = [ 1 ]; j = { x = 1; }; k = x: x; l = a; m = builtins.map; n = -1; o = -1.5; q = "a${"b"}"; r = 1 + 1; s = let y = 1; in y; t = (1); u = !true; v = throw; w = 9223372036854775807; y = -9223372036854775807; z = import; })
  (rec { a = { a, b }: 1; b = http://x.y; c = ''a''; d = with { }; 1; e = assert true; 1; f = "${"a"}"; g = { }.a or 1; h = if true then 1 else 2; i = map; j = __langVersion; })
  (let a = { x = 1; }; b = a; c = 1 + 1; in { inherit a b c; d = b; e = a.x; f = [ a b c 1 { } [ ] (1 + 1) (-1) ]; g = c; })
  (let x = 1; in with { y = 2; }; [ x y { inherit x y; } ])
  (let f = x: { inherit x; y = x; z = [ x ]; }; in [ (f 1) (f (1 + 1)) (f { }) ])
  [ (-1) 1 (- 1) ]
  ((x: { a = x; }) (-1))
  (let a = -1; b = a; in [ a b ])
  { inherit (builtins) true; inherit (rec { a = 1; }) a; }
  (let inherit ({ a = 1; }) a; in [ a ])
  (({ a ? 1, b ? -1, c ? a, d ? { }, e ? "x" }: [ a b c d e ]) { })
  [ derivation map throw ]
  { a = x: x; b = [ (x: x) ]; }
  (let s = { f = x: x; g = y: y; }; in builtins.seq s.f s)
  (let f = x: x; l = [ f ]; in builtins.seq (f 1) l)
  (let f = x: x; in builtins.seq f [ f ])
  (map (x: y: x) [ 1 ])
  # Who is mentioned before it is bound is put off; names are bound in the order in which they were first read.
  (rec { qa = 1; qb = qa; x = qa; })
  (rec { qd = qc; qc = 1; })
  (let qf = qe; qe = 2; in { inherit qe qf; })
  (let qe2 = 2; qf2 = qe2; in { inherit qe2 qf2; })
  # One list met twice, and two lists alike.
  (let l = [ 1 ]; in [ l l ])
  (let l = [ 1 ]; in { a = l; b = builtins.head [ l ]; })
  (let s = { a = [ 1 ]; }; in [ s (s // { b = 1; }) ])
  (let l = [ 1 ]; x = { a = l; b = l; }; in builtins.deepSeq x x)
  (let l = [ 1 ]; f = a: { inherit a; b = a; }; in builtins.deepSeq (f l) [ l ])
  (let r = (y: rec { z = [ (rec { a = true; c = z; }) { a = false; c = z; } { c = z; } ]; }) 1; in builtins.deepSeq r.z r.z)
  (let l = [ [ 1 ] ]; in builtins.deepSeq l (l ++ l))
  (let l = [ [ 1 ] ]; in builtins.deepSeq l [ (builtins.head l) (builtins.elemAt l 0) l ])
  (let l = [ 1 ]; x = builtins.listToAttrs [ { name = "a"; value = l; } { name = "b"; value = l; } ]; in builtins.deepSeq x x)
  (let l = [ 1 ]; x = builtins.mapAttrs (n: v: v) { a = l; b = l; }; in builtins.deepSeq x x)
  (let l = [ 1 ]; x = builtins.filter (v: true) [ l l ]; in builtins.deepSeq x x)
  (let l = [ 1 ]; x = builtins.sort (a: b: false) [ l l ]; in builtins.deepSeq x x)
  (let l = [ 1 ]; x = builtins.partition (v: true) [ l l ]; in builtins.deepSeq x x)
  (let l = [ 1 ]; x = builtins.groupBy (v: "a") [ l l ]; in builtins.deepSeq x x)
  (let l = [ 1 ]; x = builtins.concatMap (v: [ v v ]) [ l ]; in builtins.deepSeq x x)
  (let l = [ 1 ]; x = builtins.catAttrs "a" [ { a = l; } { a = l; } ]; in builtins.deepSeq x x)
  (let l = [ 1 ]; x = builtins.zipAttrsWith (n: v: v) [ { a = l; } { a = l; } ]; in builtins.deepSeq x x)
  (let l = [ 1 ]; x = builtins.intersectAttrs { a = 1; } { a = l; }; in builtins.deepSeq x [ x l ])
  (let l = [ 1 ]; x = builtins.removeAttrs { a = l; b = l; c = l; } [ "a" ]; in builtins.deepSeq x x)
  (let l = [ 1 ]; x = builtins.genList (i: l) 2; in builtins.deepSeq x x)
  (let l = [ 1 ]; x = builtins.tail [ l l l ]; in builtins.deepSeq x x)
  (let l = [ 1 ]; x = builtins.attrValues { a = l; b = l; }; in builtins.deepSeq x x)
  (let l = [ 1 ]; x = { a = l; __functor = self: v: [ self.a v ]; }; y = x l; in builtins.deepSeq y y)
  (let l = [ 1 ]; x = ({ a, b ? l }@all: [ a b all ]) { a = l; }; in builtins.deepSeq x x)
  (let l = [ 1 ]; x = with { a = l; }; [ a a l ]; in builtins.deepSeq x x)
  (let l = [ 1 ]; x = builtins.foldl' (a: b: a ++ [ b ]) [ ] [ l l ]; in builtins.deepSeq x x)
  (let l = [ 1 ]; x = builtins.tryEval l; y = [ x l ]; in builtins.deepSeq y y)
  (let l = [ 1 ]; x = builtins.genericClosure { startSet = [ { key = 1; inherit l; } ]; operator = i: if i.key > 2 then [ ] else [ { key = i.key + 1; l = i.l; } ]; }; in builtins.deepSeq x x)
]
