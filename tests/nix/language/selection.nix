# Selecting from sets: names, strings, interpolated names, `or`, `?`, and what is defined piece by piece.
let
  s = { a = { b = { c = 1; }; }; "x y" = 2; "1" = 3; e = throw "asked"; n = null; l = [ 1 ]; };
  name = "a";
  one = builtins.appendContext "a" { "/nix/store/ybf7by4xvcgjhwilsg87rqz9di79bify-greeting" = { path = true; }; };
in
[
  s.a
  s.a.b.c
  s."a"
  s."a".b."c"
  s.${name}
  s.${name}.b
  s.${"a"}."b".c
  s."${name}".b
  s."${name}".${"b"}
  s."x y"
  s."1"
  s.${"x" + " y"}
  s.${null}
  s.${1}
  s.${[ ]}
  s.${{ outPath = "a"; }}
  s.${{ __toString = self: "a"; }}
  s.${/a}
  s.${throw "asked"}
  s.${one}
  s.z
  s.a.z
  s.a.b.c.d
  s.n.a
  s.l.a
  s.e
  s.e.a
  (s.z or 1)
  (s.a.z or 1)
  (s.a.b.c.d or 1)
  (s.n.a or 1)
  (s.l.a or 1)
  (s.e or 1)
  (s.e.a or 1)
  (s.z or throw "asked")
  (s.a.b.c or throw "not asked")
  (s.${"z"} or 2)
  (s.${throw "asked"} or 2)
  (s.${null} or 2)
  (s.${1} or 2)
  (s."z z" or 2)
  (s.z.y.x or 2)
  (s.z or s.y or 3)
  (s.z or { a = 1; }).a
  (1 .a or 2)
  ((1).a or 2)
  (null.a or 2)
  ("a".b or 2)
  ([ ].a or 2)
  ((x: x).a or 2)
  ((throw "asked").a or 2)
  ({ }.a or 2)
  ({ or = 1; }.or)
  ({ or = 1; }.or or 2)
  ({ }.or or 2)
  ({ a.or = 1; }.a.or)
  [ s.z or 1 2 ]
  [ s.a.b.c or 1 2 ]
  (builtins.length [ s.z or 1 ])
  (let f = x: x; in f s.z or 1)
  (let f = x: x; in f s.a.b)
  { a.b = 1; a.c = 2; }
  { a.b.c = 1; a.b.d = 2; a.e = 3; }
  { a = { b = 1; }; a.c = 2; }
  { a.c = 2; a = { b = 1; }; }
  { a = { b = 1; }; a = { c = 2; }; }
  { a = { b = { x = 1; }; }; a.b.y = 2; }
  { a = { b = { x = 1; }; }; a.b = { y = 2; }; }
  { "a".b = 1; a."c" = 2; }
  { "a b".c = 1; "a b".d = 2; }
  { ${"a"} = 1; }
  { ${"a"}.b = 1; }
  { ${"a" + "b"} = 1; }
  { ${"a" + "b"}.c = 1; }
  { "${name}x" = 1; }
  { "${name}x"."y${name}" = 1; }
  { ${null} = 1; }
  { ${null} = throw "not asked"; a = 1; }
  { ${null}.b = 1; }
  { a.${null} = 1; }
  { ${1} = 1; }
  { ${{ outPath = "a"; }} = 1; }
  { ${throw "asked"} = 1; }
  ({ ${throw "asked"} = 1; } ? a)
  { a = 1; ${name} = 2; }
  { ${name} = 1; ${"a"} = 2; }
  { a.b = 1; a.${"b" + ""} = 2; }
  { a.b = 1; a.${"c" + ""} = 2; }
  { a.b = 1; ${name}.c = 2; }
  { a.b = 1; ${name + ""}.c = 2; }
  { ${name + "1"} = 1; ${name + "2"} = 2; ${name + "0"} = 0; }
  rec { ${name} = 1; }
  rec { ${name} = 1; b = 2; c = b; }
  (let a = 5; in rec { ${name} = 1; b = a; })
  rec { a = 1; ${"b" + ""} = a; }
  rec { ${"x" + ""} = y; y = 2; }
  rec { a.b = 1; a.c = a.b; }
  rec { a = rec { b = 1; c = b; }; a.d = 3; }
  (rec { a = { b = 1; }; a.c = a.b; }).a
  { inherit s; s2 = s.a; }.s2
  { a = 1; inherit name; }
  { inherit ({ a = 1; b = 2; }) a b; c = 3; }
  (let x.y = 1; x.z = x.y; in x)
  (let x = { y = 1; }; x.z = 2; in x)
  (builtins.attrNames { b.c = 1; a.d = 1; ${"0" + ""} = 1; })
  (builtins.attrNames { "" = 1; })
  { "" = 1; }.""
  { "a.b" = 1; }."a.b"
  { "a\nb" = 1; }
  { "a\"b" = 1; "c\${d}" = 2; }
  { if' = 1; then- = 2; _ = 3; a-b = 4; }
  { "if" = 1; "then" = 2; "inherit" = 3; "or" = 4; "1a" = 5; "a'" = 6; "é" = 7; }
  (s ? "a".${"b"}."c")
  (s ? ${null})
  (s ? ${1})
  (s ? ${throw "asked"})
  (s ? e.x)
  (s ? n.x)
  (s ? a.b.c.d)
  ({ a.b = throw "not asked"; } ? a.b)
  ({ ${"a"} = { ${"b"} = 1; }; } ? a.b)
]
