let
  a = 1;
  inherit (b) c d;
  b.c.d = a;
  "e" = 2;
  ${"f"} = 3;
in let in let {
  body = a + e + f;
}.x
