# `or` is no keyword: an operand before it is called with a variable of that name.
let or = null; f = null; a = null; in [
  (f or a)
  (f a or a)
  ((f or) a)
  (<a> or a)
  a or f
  a.b or f
  a.b or f.c or a
  (a.b or f a)
  a.or
  a.or or f
  { or = 1; }.or
  { inherit or; }.or
  { inherit (a) or; }.or
]
