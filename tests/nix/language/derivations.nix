# Derivations as values: what belongs to one, what it is called, where it lies, and what it depends on.
let
  base = { name = "d"; system = "x86_64-linux"; builder = "/bin/sh"; };
  make = more: derivation (base // more);
  d = make { };
  two = make { outputs = [ "out" "dev" ]; };
  path = more: (make more).outPath;
  drv = more: builtins.unsafeDiscardStringContext (make more).drvPath;
  inputs = x: map (name: builtins.substring 44 99 name) (builtins.attrNames (builtins.getContext x));
  context = x: builtins.attrValues (builtins.getContext x);
in
[
  d
  d.drvPath
  d.outPath
  d.name
  d.type
  d.out
  d.all
  d.drvAttrs
  d.outputName
  d.builder
  d.system
  (builtins.attrNames d)
  (builtins.attrNames two)
  (builtins.attrNames two.dev)
  two.out.outPath
  two.dev.outPath
  two.dev.outputName
  two.outPath
  (map (o: o.outputName) two.all)
  (two.drvPath == two.dev.drvPath)
  (make { outputs = [ "dev" "out" ]; }).outPath
  (make { outputs = [ "dev" "out" ]; }).outputName
  (make { outputs = [ "a" ]; }).outPath
  (make { outputs = [ ]; }).outPath
  (make { outputs = [ "out" "out" ]; }).outPath
  (make { outputs = "out"; }).outPath
  (make { outputs = [ "drv" ]; }).outPath
  "${d}"
  (toString d)
  ("a" + d)
  (toString [ d two ])
  (builtins.typeOf d)
  (d ? outPath)
  (builtins.toJSON d)
  (builtins.toJSON [ d two.dev ])
  (builtins.toXML d)
  (path { })
  (path { a = 1; })
  (path { a = "1"; })
  (path { a = 1.5; })
  (path { a = true; })
  (path { a = false; })
  (path { a = ""; })
  (path { a = null; })
  (path { a = null; __ignoreNulls = true; })
  (path { a = [ ]; })
  (path { a = [ 1 "b" true null [ 2 ] ]; })
  (path { a = { }; })
  (path { a = x: x; })
  (path { a = { outPath = "x"; }; })
  (path { a = { __toString = self: "x"; }; })
  (path { a = throw "asked"; })
  (path { a = d; })
  (path { a = [ d two ]; })
  (path { a = two.dev; })
  (path { a = builtins.unsafeDiscardStringContext d.outPath; })
  (path { a = builtins.unsafeDiscardOutputDependency d.drvPath; })
  (path { a = builtins.toFile "f" "content"; })
  (path { a = builtins.placeholder "out"; })
  (path { args = [ "a" "b" ]; })
  (path { args = [ 1 d ]; })
  (path { args = "a"; })
  (path { args = [ ]; })
  (path { args = [ { } ]; })
  (path { builder = d; })
  (path { builder = "${d}/bin/x"; })
  (path { builder = 1; })
  (path { builder = null; })
  (path { system = "y"; })
  (path { system = 1; })
  (path { name = "e"; })
  (path { name = "a b"; })
  (path { name = ""; })
  (path { name = ".x"; })
  (path { name = "x.drv"; })
  (path { name = 1; })
  (path { name = null; })
  (path { name = "+-._?="; })
  (path { name = d.outPath; })
  (drv { })
  (drv { a = d; })
  (drv { a = two.dev; b = two; })
  (drv { __structuredAttrs = true; })
  (drv { __structuredAttrs = true; a = [ 1 { b = null; } 1.5 true ]; })
  (drv { __structuredAttrs = true; a = d; })
  (drv { __structuredAttrs = true; a = { b = d; }; outputs = [ "out" "dev" ]; })
  (drv { __structuredAttrs = true; args = [ "a" ]; })
  (drv { __structuredAttrs = true; a = x: x; })
  (drv { __structuredAttrs = false; a = 1; })
  (drv { __structuredAttrs = 1; })
  (drv { __ignoreNulls = false; a = null; })
  (drv { __ignoreNulls = 1; a = null; })
  (drv { passAsFile = [ "a" ]; a = "text"; })
  (drv { outputHash = "0f9x1yhnxicwxmmy8m1y03a5rkb0i91f7l8b8ii5hg2yd2vkcwqy"; })
  (drv { outputHash = "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="; })
  (drv { outputHash = "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="; outputHashMode = "recursive"; })
  (drv { outputHash = "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="; outputHashMode = "nar"; })
  (drv { outputHash = "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="; outputHashMode = "flat"; })
  (drv { outputHash = "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="; outputHashMode = "text"; })
  (drv { outputHash = "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="; outputHashMode = "x"; })
  (drv { outputHash = ""; outputHashAlgo = "sha256"; })
  (drv { outputHash = ""; })
  (drv { outputHash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"; outputHashAlgo = "sha256"; })
  (drv { outputHash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"; outputHashAlgo = "sha1"; })
  (drv { outputHash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"; outputHashAlgo = null; })
  (drv { outputHash = "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="; outputHashAlgo = "sha1"; })
  (drv { outputHash = "a9993e364706816aba3e25717850c26c9cd0d89d"; outputHashAlgo = "sha1"; outputHashMode = "recursive"; })
  (drv { outputHash = "900150983cd24fb0d6963f7d28e17f72"; outputHashAlgo = "md5"; })
  (drv { outputHash = "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="; outputs = [ "out" "dev" ]; })
  (drv { outputHash = "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="; outputs = [ "dev" ]; })
  (path { outputHash = "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="; })
  (path { a = make { outputHash = "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="; }; })
  (path { a = make { outputHash = "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="; x = 2; }; })
  (path { outputHashMode = "recursive"; })
  (path { outputHashAlgo = "sha256"; })
  (path { __contentAddressed = true; })
  (drv { __contentAddressed = false; })
  (drv { allowedReferences = [ ]; preferLocalBuild = true; })
  (inputs "${d}")
  (inputs "${d}${two.dev}${two}")
  (inputs d.drvPath)
  (context "${d}")
  (context d.drvPath)
  (context "${two}${two.dev}")
  (context (builtins.unsafeDiscardOutputDependency d.drvPath))
  (context (builtins.toFile "f" "${builtins.toFile "g" "x"}"))
  (context d.name)
  (builtins.hasContext d.outPath)
  (builtins.hasContext d.name)
  (builtins.toFile "f" "x")
  (builtins.toFile "f" "${builtins.toFile "g" "x"}")
  (builtins.toFile "f" "${d}")
  (builtins.toFile "f" d.drvPath)
  (builtins.placeholder "out")
  (builtins.placeholder "dev")
  (builtins.placeholder "")
  (derivation { })
  (derivation 1)
  (derivation { name = "a"; }).name
  (derivation { name = "a"; }).outPath
  (derivation { name = "a"; system = "b"; }).outPath
  (derivation { system = "b"; builder = "c"; }).outPath
  (derivation { name = throw "lazy"; system = "b"; builder = "c"; }).type
  (derivation { name = throw "lazy"; system = "b"; builder = "c"; }).name
  (derivation (base // { outputs = throw "asked"; })).type
  (builtins.derivationStrict base)
  (builtins.attrNames (builtins.derivationStrict (base // { outputs = [ "a" "b" ]; })))
  (builtins.derivationStrict { })
  (d // { a = 1; }).a
  ((d // { name = "f"; }).outPath == d.outPath)
  ((make { meta.description = throw "lazy"; }).type)
  (make { meta = { }; }).outPath
  ((d.overrideAttrs or "none"))
  (builtins.seq d 1)
  (builtins.deepSeq d 1)
  (builtins.tryEval (make { a = throw "x"; }).outPath)
  (builtins.tryEval (make { a = throw "x"; }))
  (let e = make { name = "e"; a = f; }; f = make { name = "f"; b = d; }; in e.drvPath)
  (let e = make { name = "e"; a = e; }; in e.drvPath)
  (let e = make { name = "e"; a = e; }; in e.name)
]
