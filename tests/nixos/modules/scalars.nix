# Types that hold one value: what they take, how several definitions merge, and what they say when they refuse.
lib:
let
  inherit (lib) mkOption types;
  of =
    type: definitions:
    (lib.evalModules {
      modules = [ { options.a = mkOption { inherit type; }; } ] ++ map (a: { _file = "def.nix"; inherit a; }) definitions;
    }).config.a;
  one = type: value: of type [ value ];
  takes = type: values: map (value: (builtins.tryEval (one type value)).success) values;
in
{
  bool = takes types.bool [ true false 1 "true" null ];
  bool-twice = of types.bool [ true true ];
  bool-conflict = of types.bool [ true false ];
  bool-by-or = of types.boolByOr [ false true false ];
  int = takes types.int [ 1 (-1) 1.0 "1" ];
  float = takes types.float [ 1 1.5 ];
  number = takes types.number [ 1 1.5 "1" ];
  ints-between = takes (types.ints.between 2 4) [ 1 2 4 5 ];
  ints-between-the-wrong-way = one (types.ints.between 4 2) 3;
  unsigned = takes types.ints.unsigned [ 0 (-1) ];
  positive = takes types.ints.positive [ 1 0 ];
  bytes = [ (takes types.ints.u8 [ 0 255 256 (-1) ]) (takes types.ints.s8 [ (-128) 127 128 (-129) ]) ];
  words = takes types.ints.u32 [ 4294967295 4294967296 ];
  port = takes types.port [ 0 22 65535 65536 (-1) "22" ];
  numbers-between = takes (types.numbers.between 0.5 1) [ 0.4 0.5 1 1.1 ];
  str = takes types.str [ "a" 1 ./scalars.nix { outPath = "x"; } ];
  str-equal = of types.str [ "a" "a" ];
  str-conflict = of types.str [ "a" "b" ];
  non-empty = takes types.nonEmptyStr [ "a" "" " \n" ];
  single-line = one types.singleLineStr "line\n";
  single-line-refuses = takes types.singleLineStr [ "a" "a\nb" ];
  matching = takes (types.strMatching "[a-z]+[0-9]") [ "web1" "web" "1" ];
  lines = of types.lines [ "a" "b" ];
  commas = of types.commas [ "a" "b" ];
  env-var = of types.envVar [ "/a" "/b" ];
  separated = of (types.separatedString " + ") [ "a" "b" "c" ];
  passwd-entry = takes (types.passwdEntry types.str) [ "Ann" "a:b" "a\nb" ];
  path = takes types.path [ /a "/a" "a" 1 ];
  path-in-store = takes types.pathInStore [
    "/nix/store/0lz9p8xhf89kb1c1kk6jxrzskaiygnlh-bash"
    "/nix/store/0lz9p8xhf89kb1c1kk6jxrzskaiygnlh-bash/bin/bash"
    "/nix/store"
    "/tmp/x"
  ];
  path-outside = takes types.externalPath [ "/tmp/x" "/nix/store/0lz9p8xhf89kb1c1kk6jxrzskaiygnlh-bash" /tmp/x ];
  path-relative = takes (types.pathWith { absolute = false; }) [ "a/b" "/a" ];
  package = takes types.package [ (derivation { name = "p"; system = "s"; builder = "b"; }) "p" 1 ];
  shell-package = takes types.shellPackage [ ({ shellPath = "/bin/x"; } // derivation { name = "p"; system = "s"; builder = "b"; }) "p" ];
  attrs = of types.attrs [ { a = 1; b.c = 1; } { b.d = 2; } ];
  raw-once = of types.raw [ 1 2 ];
  raw-is-not-looked-into = (one types.raw { x = lib.mkForce 1; })._type or "a set with ${toString (builtins.attrNames (one types.raw { x = lib.mkForce 1; }).x)}";
  unspecified-lists = of types.unspecified [ [ 1 ] [ 2 ] ];
  unspecified-sets = of types.unspecified [ { a = 1; } { b = 2; } ];
  unspecified-texts = of types.unspecified [ "a" "b" ];
  unspecified-conflict = of types.unspecified [ 1 "a" ];
  wrong-int = one types.int "1";
  wrong-port = one types.port 70000;
  wrong-matching = one (types.strMatching "[a-z]+") "A";
  wrong-of-several = of types.str [ "a" 1 ];
  descriptions = map (type: type.description) [
    types.bool
    types.int
    types.port
    types.ints.positive
    types.ints.s16
    (types.ints.between 1 9)
    (types.numbers.between 0.5 9)
    types.str
    types.nonEmptyStr
    types.singleLineStr
    types.lines
    (types.strMatching "a+")
    (types.passwdEntry types.str)
    types.path
    types.pathInStore
    types.package
    types.attrs
    types.anything
    types.raw
    types.unspecified
    types.optionType
    types.json
  ];
  names = map (type: type.name) [
    types.bool
    types.port
    types.ints.unsigned
    (types.strMatching "a")
    types.lines
    types.path
    types.number
    types.nonEmptyStr
  ];
}
