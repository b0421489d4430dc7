# JSON written and read back.
let
  record = i: { name = "record ${toString i}"; value = i; flags = [ true false null ]; nested = { text = "a \"quoted\" line\n"; number = 1.5; }; };
  text = builtins.toJSON (builtins.genList record 20000);
in
builtins.length (builtins.fromJSON text)
