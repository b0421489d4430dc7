# Which name means what: let, rec, with, inherit, and functions' arguments between them.
let
  outer = "outer";
  set = { a = 1; b = 2; outer = "set"; };
  nested = { inner = { a = 10; c = 30; }; a = 1; };
in
[
  (let a = 1; in a)
  (let a = b; b = c; c = 3; in a)
  (let a = 1; in let a = 2; in a)
  (let a = 1; in (let a = 2; in a) + a)
  (let a = 1; b = let a = 2; in a; in [ a b ])
  (let in 1)
  (let x = x1; x1 = 5; in { inherit x x1; })
  (let outer = "shadow"; in outer)
  (let inherit outer; in outer)
  (let inherit (set) a b; in a + b)
  (let inherit (set) outer; in outer)
  (let inherit (nested) inner; inherit (inner) c; in c)
  (let inherit (set); in 1)
  (let inherit; in 1)
  (let set = { a = 5; }; inherit (set) a; in a)
  (let a = throw "not asked"; in 1)
  (let a = throw "asked"; in a)
  (let a.b = 1; a.c = 2; in a)
  (let a.b.c = 1; a.b.d = a.b.c + 1; in a.b.d)
  (let "a" = 1; in a)
  (let "a b" = 1; in 2)
  (let ${"a"} = 1; in a)
  (let true = false; in true)
  (let null = 1; in null)
  (let __nixPath = 1; in __nixPath)
  (let builtins = { length = x: "mine"; }; in builtins.length [ ])
  (let map = f: l: "mine"; in map (x: x) [ 1 ])
  (let __sub = a: b: "mine"; in 3 - 1)
  (let __lessThan = a: b: "mine"; in 1 < 2)
  (let __mul = a: b: 7; in 2 * 3)
  (let __div = a: b: 7; in 6 / 2)
  (let __add = a: b: 7; in 6 + 2)
  (let x = { or = 1; }; in x.or)
  (rec { a = 1; b = a + 1; })
  (rec { a = b; b = 2; })
  (rec { outer = "mine"; x = outer; }).x
  (rec { inherit outer; x = outer; }).x
  (let a = 1; in rec { a = 2; b = a; }).b
  (let a = 1; in { a = 2; b = a; }).b
  (rec { a = { b = c; }; c = 3; }).a.b
  (rec { a.b = c; c = 3; a.d = a.b; }).a
  (rec { a = rec { b = c; c = 1; }; c = 3; }).a.b
  (rec { a = { c = 1; d = c; }; c = 3; }).a.d
  (rec { inherit (set) a; b = a; }).b
  (rec { set = { a = 7; }; inherit (set) a; }).a
  (rec { x = y: y + z; z = 1; }).x
  ((rec { x = y: y + z; z = 1; }).x 2)
  (rec { }).a
  (rec { } ? a)
  (with set; a + b)
  (with set; outer)
  (with { outer2 = 1; }; outer2)
  (with { x = 1; }; with { x = 2; }; x)
  (with { x = 1; }; with { y = 2; }; x + y)
  (with { x = 1; }; let x = 2; in x)
  (let x = 1; in with { x = 2; }; x)
  ((x: with { x = 2; }; x) 1)
  (with { x = 2; }; (x: x) 1)
  (with { x = 2; }; ({ x ? 3 }: x) { })
  (with { x = 2; }; ({ y ? x }: y) { })
  (with { x = 2; }; rec { x = 3; y = x; }).y
  (with { x = 2; }; { x = 3; y = x; }).y
  (with { true = 1; }; true)
  (with { builtins = 1; }; builtins.length [ ])
  (with { a = 1; }; with { a = throw "inner wins"; }; a)
  (with { a = throw "not looked at"; }; with { a = 1; }; a)
  (with throw "not looked at"; 1)
  (with throw "not looked at"; outer)
  (with 1; 2)
  (with 1; outer)
  (with 1; unknown)
  (with throw "looked at"; unknown)
  (with throw "looked at"; with { known = 1; }; known)
  (with { known = 1; }; with throw "looked at"; known)
  (with { }; unknown)
  (with [ ]; unknown)
  (with { a = 1; }; with { b = 2; }; c)
  (with nested; with inner; [ a c ])
  (with nested; with nested.inner; a)
  (with { inherit outer; }; outer)
  (with { f = x: x; }; f 1)
  (with { a = { b = 1; }; }; a.b)
  (with { a = { b = 1; }; }; a.c or 2)
  (with { a = 1; }; { inherit a; })
  (with { a = 1; }; rec { inherit a; b = a; })
  (with { a = 1; }; let inherit a; in a)
  (let s = { a = 1; }; in with s; let s = { a = 2; }; in a)
  (with rec { a = 1; b = a + 1; }; b)
  (with { a = 1; b = 2; } // { b = 3; }; [ a b ])
  (map (x: with x; y) [ { y = 1; } { y = 2; } ])
  (let f = s: with s; a; in [ (f { a = 1; }) (f { a = 2; b = 1; }) ])
  (let f = s: k: with s; with k; a; in [ (f { a = 1; } { }) (f { a = 1; } { a = 2; }) ])
  (let f = s: with s; x: with x; [ p q ]; in f { p = 1; q = 2; } { q = 3; })
  { inherit outer; }
  { inherit (set) a b; }
  { inherit (set) "a"; }
  { inherit (set) ${"b"}; }
  { inherit ({ a = 1; }) a; }
  { inherit (set) missing; }
  ({ inherit (set) missing; } ? missing)
  ({ inherit (throw "not asked") missing; } ? missing)
  { inherit (nested.inner) a; inherit (nested) inner; }
  (let x = 1; in { inherit x; y = x; })
  (let x = 1; in rec { inherit x; y = x; })
  (let x = 1; f = { x, ... }: { inherit x; }; in f { x = 2; })
  (let a = 1; f = a: { b ? a, c ? b }: [ a b c ]; in f 2 { })
  (let a = b: b; in a a a 1)
  (let y = 1; f = x: x + y; in let y = 2; in f 10)
  (let fix = f: let x = f x; in x; in (fix (self: { a = 1; b = self.a + 1; })).b)
  (let x = 1; in let y = x + 1; x = 5; in y)
  (let a = let b = c; c = d; d = 4; in b; in a)
  (let { a = 1; body = a; })
  (let { body = x; x = y; y = 7; })
  (let { a = 1; })
]
