x: y: rec {
  a = 1;
  b.c.d = 2;
  b.c.e = 3;
  b.f = 4;
  g = { h.i = 5; };
  g.h.j = 6;
  g = { k = 7; };
  l = rec { m = 1; };
  l.n = a;
  o = { m = 1; };
  o = rec { n = a; };
  inherit x;
  inherit (x) "p" q;
  inherit (y) ${"r"};
  inherit;
  inherit (x);
  s = { inherit (x) a b; };
  s = { inherit (y) c; inherit x; };
  s.${x} = 1;
  s = { ${y} = 2; };
  ${x}.a = 1;
  ${x}.b = 2;
  "${x}" = 3;
  t.${x}.u = 4;
  t.v = 5;
  w = ({ a = 1; });
  w.b = 2;
}
