# Derivations whose paths follow from their content, and what needs them: experimental features of Nix.
let
  mk =
    name: more:
    derivation (
      {
        inherit name;
        system = "x86_64-linux";
        builder = "/bin/sh";
        args = [ "-c" "echo ${name} > $out" ];
      }
      // more
    );
  floating = mk "floating" {
    __contentAddressed = true;
    outputs = [ "out" "dev" ];
    outputHashMode = "recursive";
    outputHashAlgo = "sha256";
    self = "${builtins.placeholder "out"} ${builtins.placeholder "dev"}";
  };
  deferred = mk "deferred" { inherit floating; outputs = [ "out" "doc" ]; };
  # A derivation that makes a derivation.
  maker = mk "made.drv" {
    __contentAddressed = true;
    outputHashMode = "text";
    outputHashAlgo = "sha256";
  };
  made = builtins.outputOf maker.outPath;
in
{
  inherit floating deferred maker;
  floatingFlat = mk "floating-flat" {
    __contentAddressed = true;
    outputHashMode = "flat";
    outputHashAlgo = "sha512";
    needs = floating.dev;
  };
  floatingSha1 = mk "floating-sha1" { __contentAddressed = true; outputHashAlgo = "sha1"; };
  impure = mk "impure" { __impure = true; outputs = [ "out" "log" ]; };
  deferredTwice = mk "deferred-twice" { needs = "${deferred.doc} ${floating}"; };
  needsMade = mk "needs-made" {
    one = made "out";
    two = "${made "dev"} ${maker}";
    deep = builtins.outputOf (made "bin.drv") "out";
  };
  fixedText = mk "fixed-text" {
    outputHashMode = "text";
    outputHash = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
  };
  fixedNeedsFloating = mk "fixed-needs-floating" {
    inherit floating;
    outputHash = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
  };
}
