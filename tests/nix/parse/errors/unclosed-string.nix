let
  a = "text;
  b = 1;
in a
