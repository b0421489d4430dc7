x: {
  inherit x;
  inherit (x) y x;
}
