a: b: [
  a.b.c
  a.b or 1
  a."b c"."".d
  a.${b}.c
  a."${b}".c
  a."x${b}"
  a.${"b"}
  a.b.c or a.b or (a b)
  (a ? b.c."d".${b})
  { b = 1; }.b
  (a).b
  (a b).c
  [ a ].b
  "a".b
  a . b
  a.
    b
]
