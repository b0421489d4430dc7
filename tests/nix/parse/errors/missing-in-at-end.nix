let
  a = 1;
