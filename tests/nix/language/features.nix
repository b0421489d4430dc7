# What is refused without the experimental features. Without any feature.
let
  base = { name = "d"; system = "s"; builder = "b"; };
  path = more: (derivation (base // more)).drvPath;
in
[
  (path { })
  (path { __contentAddressed = true; })
  (path { __contentAddressed = false; })
  (path { __impure = true; })
  (path { __impure = false; })
  (path { __structuredAttrs = true; __contentAddressed = true; })
  (path { __structuredAttrs = true; __impure = true; })
  (path { __structuredAttrs = true; __impure = false; })
  (path { outputHashMode = "text"; })
  (path { outputHashMode = "text"; outputHashAlgo = "sha256"; outputHash = builtins.hashString "sha256" ""; })
  (path { outputHashMode = "flat"; outputHashAlgo = "sha256"; outputHash = builtins.hashString "sha256" ""; })
  (path { outputHashMode = "nar"; outputHashAlgo = "sha256"; outputHash = builtins.hashString "sha256" ""; })
  (path { outputHashMode = "git"; outputHashAlgo = "sha1"; outputHash = builtins.hashString "sha1" ""; })
  (path { outputHashMode = "git"; })
  (path { outputHashAlgo = "blake3"; })
  (path { outputHashAlgo = "sha3"; })
  (builtins ? outputOf)
  (builtins.hashString "blake3" "")
  (builtins.fromTOML "x = 1979-05-27T07:32:00Z")
]
