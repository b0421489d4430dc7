# Attribute sets, lists and what is made of functions.
lib:
let
  set = { a = 1; b = { c = 2; d.e = 3; }; };
in
{
  attrByPath = [ (lib.attrByPath [ "b" "d" "e" ] 0 set) (lib.attrByPath [ "b" "x" ] 0 set) (lib.attrByPath [ ] 0 set == set) (lib.attrByPath [ "a" "x" ] 0 set) ];
  hasAttrByPath = [ (lib.hasAttrByPath [ "b" "c" ] set) (lib.hasAttrByPath [ "a" "c" ] set) (lib.hasAttrByPath [ ] set) ];
  getAttrFromPath = lib.getAttrFromPath [ "b" "c" ] set;
  getAttrFromPath-missing = lib.getAttrFromPath [ "b" "x" ] set;
  longestValidPathPrefix = lib.attrsets.longestValidPathPrefix [ "b" "d" "x" ] set;
  setAttrByPath = lib.setAttrByPath [ "a" "b.c" ] 1;
  showAttrPath = map lib.showAttrPath [ [ ] [ "a" "b.c" ] ];
  updateManyAttrsByPath = lib.updateManyAttrsByPath [ { path = [ "b" "c" ]; update = n: n + 1; } { path = [ "new" ]; update = _: 0; } ] set;
  mapAttrs = [ (lib.mapAttrs' (n: v: lib.nameValuePair "x${n}" v) { a = 1; }) (lib.mapAttrsToList (n: v: "${n}${toString v}") { a = 1; b = 2; }) ];
  concatMapAttrs = lib.concatMapAttrs (n: v: { ${n} = v; "${n}2" = v * 2; }) { a = 1; b = 2; };
  mapAttrsRecursive = lib.mapAttrsRecursive (path: v: "${lib.concatStringsSep "/" path}=${toString v}") set;
  mapAttrsRecursiveCond = lib.mapAttrsRecursiveCond (s: !(s ? e)) (_: builtins.isAttrs) set;
  mapAttrsToListRecursive = lib.mapAttrsToListRecursive (path: v: [ path v ]) set;
  filterAttrs = [ (lib.filterAttrs (n: v: v != 1) { a = 1; b = 2; }) (lib.filterAttrsRecursive (n: v: n != "d") set) ];
  collect = [ (lib.collect builtins.isInt set) (lib.collect (x: x ? e) set) ];
  recursiveUpdate = [ (lib.recursiveUpdate set { b.c = 9; b.d = 0; f = 1; }) (lib.recursiveUpdate { a.b = 1; } { a = null; }) ];
  recursiveUpdateUntil = lib.recursiveUpdateUntil (path: l: r: path == [ "b" ]) set { b = { x = 1; }; };
  foldAttrs = lib.foldAttrs (x: all: [ x ] ++ all) [ ] [ { a = 1; } { a = 2; b = 3; } ];
  foldlAttrs = lib.foldlAttrs (all: n: v: "${all}${n}${toString v}") "" { a = 1; b = 2; };
  zipAttrs = [ (lib.zipAttrs [ { a = 1; } { a = 2; b = 3; } ]) (lib.zipAttrsWithNames [ "a" ] (n: lib.length) [ { a = 1; } { a = 2; b = 3; } ]) ];
  genAttrs = [ (lib.genAttrs [ "x" "y" ] lib.toUpper) (lib.getAttrs [ "a" ] set) (lib.attrVals [ "a" ] set) (lib.attrsToList { a = 1; }) ];
  cartesianProduct = lib.cartesianProduct { a = [ 1 2 ]; b = [ 3 4 ]; };
  matchAttrs = map (pattern: lib.matchAttrs pattern set) [ { a = 1; } { b.c = 2; } { b.c = 3; } { x = 1; } ];
  overrideExisting = lib.overrideExisting { a = 1; } { a = 2; b = 3; };
  mergeAttrsList = [ (lib.mergeAttrsList [ { a = 1; } { b = 2; } { a = 3; } ]) (lib.mergeAttrsList [ ]) ];
  unionOfDisjoint = (lib.attrsets.unionOfDisjoint { a = 1; } { b = 2; }).b;
  optionals = [ (lib.optionalAttrs false { a = 1; }) (lib.optional true 1) (lib.optionals false [ 1 ]) (lib.optionalString true "x") ];
  outputs =
    let
      package = { type = "derivation"; outPath = "/o"; out = "/o"; bin = "/b"; dev = "/d"; };
    in
    [ (lib.getBin package) (lib.getDev package) (lib.getLib package) (lib.getMan package) (lib.getOutput "x" "plain") (lib.isDerivation package) ];

  folds = [ (lib.foldr (x: all: "${x}${all}") "" [ "a" "b" ]) (lib.foldl (all: x: "${all}${x}") "" [ "a" "b" ]) (lib.foldl' (a: b: a + b) 0 [ 1 2 ]) ];
  ends = [ (lib.last [ 1 2 ]) (lib.init [ 1 2 ]) (lib.take 2 [ 1 2 3 ]) (lib.take 9 [ 1 ]) (lib.drop 2 [ 1 2 3 ]) (lib.drop 9 [ 1 ]) (lib.takeEnd 2 [ 1 2 3 ]) (lib.dropEnd 2 [ 1 2 3 ]) (lib.sublist 1 2 [ 1 2 3 4 ]) ];
  last-of-nothing = lib.last [ ];
  prefixes = [ (lib.lists.hasPrefix [ 1 ] [ 1 2 ]) (lib.lists.removePrefix [ 1 ] [ 1 2 ]) (lib.lists.commonPrefix [ 1 2 3 ] [ 1 2 4 ]) ];
  finding = [ (lib.findFirst (x: x > 1) 0 [ 1 2 3 ]) (lib.findFirst (x: x > 9) 0 [ 1 ]) (lib.findSingle (x: x > 1) "none" "many" [ 1 2 3 ]) (lib.lists.findFirstIndex (x: x == 3) null [ 1 2 3 ]) (lib.count (x: x > 1) [ 1 2 3 ]) (lib.any (x: x) [ false ]) ];
  finding-stops = lib.findFirst (x: x == 1) 0 [ 1 (throw "looked at") ];
  unique = [ (lib.unique [ "b" "a" "b" ]) (lib.unique [ 1 { } 1 { } ]) (lib.uniqueStrings [ "b" "a" "b" ]) (lib.allUnique [ 1 2 ]) ];
  as-sets = [ (lib.subtractLists [ 2 ] [ 1 2 3 ]) (lib.intersectLists [ 2 3 ] [ 1 2 3 ]) (lib.remove 2 [ 1 2 ]) (lib.mutuallyExclusive [ 1 ] [ 2 ]) ];
  sorting = [ (lib.sort (a: b: a < b) [ 3 1 2 ]) (lib.sortOn lib.stringLength [ "ccc" "a" "bb" ]) (lib.naturalSort [ "v10" "v9" "a" ]) (lib.reverseList [ 1 2 3 ]) (lib.compareLists lib.compare [ 1 2 ] [ 1 3 ]) ];
  grouping = [ (lib.groupBy (x: if x > 1 then "big" else "small") [ 1 2 3 ]) (lib.groupBy' (a: b: a + b) 0 (x: "all") [ 1 2 3 ]) (lib.partition (x: x > 1) [ 1 2 ]) ];
  indices = [ (lib.imap0 (i: x: [ i x ]) [ "a" ]) (lib.imap1 (i: x: [ i x ]) [ "a" ]) (lib.ifilter0 (i: x: i > 0) [ "a" "b" ]) (lib.range 2 4) (lib.range 2 1) (lib.replicate 2 "x") (lib.replaceElemAt [ 1 2 ] 0 9) ];
  flattening = [ (lib.flatten [ 1 [ 2 [ 3 ] ] ]) (lib.concatMap (x: [ x x ]) [ 1 2 ]) (lib.toList 1) (lib.singleton [ ]) (lib.forEach [ 1 ] (x: x + 1)) (lib.concatAttrValues { a = [ 1 ]; b = [ 2 ]; }) ];
  zipping = [ (lib.zipLists [ 1 2 ] [ "a" ]) (lib.zipListsWith (a: b: a + b) [ 1 2 ] [ 3 4 ]) (lib.crossLists (a: b: a + b) [ [ 1 2 ] [ 10 20 ] ]) ];
  toposort = [ (lib.toposort (a: b: a < b) [ 3 1 2 ]).result (lib.toposort lib.hasPrefix [ "/a/b" "/" "/a" ]).result ((lib.toposort (a: b: true) [ 1 2 ]) ? cycle) ];

  combinators = [ (lib.id 1) (lib.const 1 2) (lib.flip lib.sub 1 3) (lib.pipe 1 [ (x: x + 1) toString ]) (lib.concat [ 1 ] [ 2 ]) (lib.mapNullable (x: x) null) (lib.defaultTo 1 null) ];
  logic = [ (lib.and true false) (lib."or" true false) (lib.xor true true) (lib.boolToString true) (lib.boolToYesNo false) (lib.bitNot 5) ];
  numbers = [ (lib.min 1 2) (lib.max 1 2) (lib.mod 7 3) (lib.mod (-7) 3) (lib.compare 1 2) (lib.toHexString 250) (lib.fromHexString "FF") (lib.fromHexString "0x1f") (lib.toBaseDigits 2 6) ];
  comparing = map (lib.sort (lib.splitByAndCompare (lib.hasPrefix "x") lib.compare lib.compare)) [ ] ++ [ (lib.splitByAndCompare (lib.hasPrefix "x") lib.compare lib.compare "xa" "a") ];
  functions = [ (lib.functionArgs ({ a, b ? 1 }: a)) (lib.isFunction { __functor = self: x: x; }) ((lib.toFunction 1) 2) (lib.functionArgs (lib.setFunctionArgs (x: x) { y = true; })) (lib.functionArgs (lib.mirrorFunctionArgs ({ z }: z) (x: x))) ];
  warnings = [ (lib.warnIf false "w" 1) (lib.throwIfNot true "t" 1) (lib.showWarnings [ ] 1) ];
  throwIf = lib.throwIf true "told" 1;
  checkListOfEnum = lib.checkListOfEnum "colours" [ "red" ] [ "red" "blue" ] 1;

  fix = (lib.fix (self: { a = 1; b = self.a + 1; })).b;
  extends = (lib.fix (lib.extends (final: prev: { a = prev.a * 10; c = final.b; }) (self: { a = 1; b = self.a + 1; }))).c;
  composed = [
    (lib.fix (lib.extends (lib.composeExtensions (f: p: { x = p.x + 1; }) (f: p: { x = p.x * 2; y = f.x; })) (_: { x = 1; })))
    (lib.fix (lib.extends (lib.composeManyExtensions [ (f: p: { x = p.x + 1; }) (f: p: { y = p.x; }) ]) (_: { x = 1; })))
  ];
  extensible =
    let
      base = lib.makeExtensible (self: { name = "a"; greeting = "hello ${self.name}"; });
      once = base.extend (final: prev: { name = "b"; });
    in
    [ base.greeting once.greeting (once.extend (final: prev: { greeting = prev.greeting + "!"; })).greeting ];
  converge = lib.converge (x: x / 2) 100;
  toExtension = (lib.fix (lib.extends (lib.toExtension { a = 2; }) (_: { a = 1; }))).a;
}
