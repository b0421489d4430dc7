a: [
  ./a ./. ./a/.. ./a/../b /a /a/./b/../c /. a/b a.b/c-d_e+f
  ~/a ~/a/b
  1/2 .a/b -a/b +a/b
  (1 /a)
  (1 / 2)
  (a /a)
  <a> <a/b-c.d> <a+b>
]
