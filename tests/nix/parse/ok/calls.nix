f: g: x: [
  (f x x x)
  ((f x) x)
  (f (g x))
  (((f x) x) [ x ] { inherit x; })
  (f x.y.z g.h x)
  (<a> x)
  ((x - 1) x)
  ((x < 1) x)
  ((-x) x)
  ((x + 1) x)
  (f"a"x"b"[x]{}(x))
]
