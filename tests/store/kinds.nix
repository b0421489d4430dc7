# One derivation of every kind, and of every way in which one can need another. `record` writes down what Nix makes of them.
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

  simple = mk "simple" { };
  outputs = mk "outputs" { outputs = [ "out" "dev" "a-lib" ]; };
  noOut = mk "no-out" { outputs = [ "lib" "bin" ]; };
  escapes = mk "escapes" {
    text = "quote \" backslash \\ line\nreturn\rtab\tdollar $ \${x} bell ü 漢";
    "key \"with\" \\ all\n\t\r" = "value";
    args = [ "" "\n" "\"\\" "a\\n" ];
  };
  empty = mk "empty" { args = [ ]; nothing = ""; };

  # Content that is known: each algorithm, each method, each way to write the hash.
  fixed = name: more: mk name ({ args = [ name ]; } // more);
  flatSha256 = fixed "flat-sha256" {
    outputHash = "0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73";
    outputHashAlgo = "sha256";
  };
  narSha256 = fixed "nar-sha256" {
    outputHash = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    outputHashMode = "recursive";
  };
  flatMd5 = fixed "flat-md5" {
    outputHash = "d41d8cd98f00b204e9800998ecf8427e";
    outputHashAlgo = "md5";
  };
  flatSha1 = fixed "flat-sha1" {
    outputHash = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
    outputHashAlgo = "sha1";
  };
  narSha1 = fixed "nar-sha1" {
    outputHash = "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=";
    outputHashMode = "recursive";
  };
  flatSha512 = fixed "flat-sha512" {
    outputHash = "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==";
  };

  # The same content, fetched from two places: whoever needs either comes down to the same.
  here = fixed "source" {
    outputHash = "0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73";
    outputHashAlgo = "sha256";
    url = "https://here.example.net/source";
  };
  there = fixed "source" {
    outputHash = "0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73";
    outputHashAlgo = "sha256";
    url = "https://there.example.net/source";
  };
  viaHere = mk "via" { src = here; outputs = [ "out" "dev" "man" ]; };
  viaThere = mk "via" { src = there; outputs = [ "out" "dev" "man" ]; };
in
{
  inherit
    simple
    outputs
    noOut
    escapes
    empty
    flatSha256
    narSha256
    flatMd5
    flatSha1
    narSha1
    flatSha512
    viaHere
    viaThere
    ;
  needs = mk "needs" {
    inherit simple flatSha256;
    lib = outputs.a-lib;
    both = "${outputs} ${outputs.dev}";
    only = noOut.bin;
  };
  # Two inputs that come down to one, with other outputs of each: these are merged.
  merged = mk "merged" {
    one = viaHere.dev;
    other = "${viaThere} ${viaThere.man}";
  };
  mergedTwice = mk "merged-twice" {
    one = mk "next" { inherit (viaHere) dev; };
    other = mk "next" { inherit (viaThere) dev; };
  };
  # A whole closure of derivations as sources.
  closure = mk "closure" { drv = (mk "closure-of" { inherit simple flatSha256; needs = outputs; }).drvPath; };
  texts = mk "texts" {
    builder = builtins.toFile "builder.sh" "echo \"$out\"\n";
    second = builtins.toFile "second" "refers to ${builtins.toFile "first" "one"}";
  };
  own = mk "own" { self = builtins.placeholder "out"; };
  structured = mk "structured" {
    __structuredAttrs = true;
    outputs = [ "out" "dev" ];
    list = [ 1 2.5 true null "text ü \" \\ \n" ];
    set.inner.deep = simple;
  };
  ignoreNulls = mk "ignore-nulls" {
    __ignoreNulls = true;
    gone = null;
    kept = [ "a" [ "b" ] 1 true false ];
  };
  passAsFile = mk "pass-as-file" { passAsFile = [ "big" ]; big = "content"; };
  characters = mk "Every+character-may._be?=1" { };
  long = mk (builtins.concatStringsSep "" (builtins.genList (_: "0123456789") 20)) { };
  impureVars = fixed "impure-vars" {
    impureEnvVars = [ "http_proxy" ];
    outputHash = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  };
}
