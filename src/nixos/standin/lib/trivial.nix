# Functions so small that every other file leans on them: composition, comparison, warnings, and what counts as a
# function at all (a set with `__functor` does).
lib:
let
  inherit (builtins) foldl' isInt;

  # Warns while a value is passed through. Nix has had `builtins.warn` since 2.23; it honours --abort-on-warn.
  warn = builtins.warn or (message: builtins.trace "evaluation warning: ${message}");

  # What a function takes, also when it is a set that can be called.
  functionArgs =
    f:
    if !(f ? __functor) then
      builtins.functionArgs f
    else if f ? __functionArgs then
      f.__functionArgs
    else
      functionArgs (f.__functor f);

  setFunctionArgs = f: arguments: {
    __functor = _: f;
    __functionArgs = arguments;
  };

  hexDigits = lib.stringToCharacters "0123456789ABCDEF";
in
{
  # Builtins under their names in lib.
  inherit (builtins)
    add
    bitAnd
    bitOr
    bitXor
    ceil
    deepSeq
    div
    floor
    genericClosure
    isBool
    isFloat
    isInt
    lessThan
    mul
    pathExists
    readFile
    seq
    sub
    ;

  # Which nixpkgs the stand-in behaves like, and that it is not that nixpkgs.
  release = "25.11";
  codeName = "Stand-in";
  versionSuffix = "pre-standin";
  version = "${lib.trivial.release}${lib.trivial.versionSuffix}";
  nixpkgsVersion = warn "lib.nixpkgsVersion is a deprecated alias of lib.version." lib.trivial.version;
  revisionWithDefault = default: default;
  oldestSupportedRelease = 2505;
  oldestSupportedReleaseIsAtLeast = release: release <= lib.trivial.oldestSupportedRelease;
  isInOldestRelease = lib.trivial.oldestSupportedReleaseIsAtLeast;
  inNixShell = builtins.getEnv "IN_NIX_SHELL" != "";
  inPureEvalMode = !(builtins ? currentSystem);

  # Combinators.
  id = value: value;
  const = value: _: value;
  flip =
    f: a: b:
    f b a;
  pipe = foldl' (value: f: f value);
  concat = a: b: a ++ b;
  mergeAttrs = under: over: under // over;
  mapNullable = f: value: if value == null then null else f value;
  defaultTo = default: value: if value == null then default else value;

  # Logic. `or` is a keyword, so it is written as a string where it is made and read.
  "or" = a: b: a || b;
  and = a: b: a && b;
  xor = a: b: a != b;
  bitNot = n: -1 - n;
  boolToString = value: if value then "true" else "false";
  boolToYesNo = value: if value then "yes" else "no";

  # Order.
  min = a: b: if b < a then b else a;
  max = a: b: if a < b then b else a;
  mod = n: base: n - base * (n / base);
  compare =
    a: b:
    if a < b then
      -1
    else if b < a then
      1
    else
      0;
  # What satisfies `first` comes before what does not; among equals `yes` or `no` decides.
  splitByAndCompare =
    first: yes: no: a: b:
    if first a != first b then
      (if first a then -1 else 1)
    else if first a then
      yes a b
    else
      no a b;

  # Functions as values.
  inherit functionArgs setFunctionArgs;
  isFunction = value: builtins.isFunction value || (value ? __functor && builtins.isFunction (value.__functor value));
  toFunction = value: if lib.isFunction value then value else _: value;
  mirrorFunctionArgs = model: f: setFunctionArgs f (functionArgs model);

  # Files as values.
  importJSON = file: builtins.fromJSON (builtins.readFile file);
  importTOML = file: builtins.fromTOML (builtins.readFile file);

  # Telling the user.
  inherit warn;
  info = message: builtins.trace "INFO: ${message}";
  warnIf = condition: message: if condition then warn message else value: value;
  warnIfNot = condition: lib.warnIf (!condition);
  throwIf = condition: message: if condition then throw message else value: value;
  throwIfNot = condition: lib.throwIf (!condition);
  showWarnings = warnings: value: lib.foldr warn value warnings;
  checkListOfEnum =
    what: valid: given:
    let
      strange = lib.subtractLists valid given;
      list = lib.concatMapStringsSep ", " toString;
    in
    lib.throwIf (strange != [ ]) "${what}: ${list strange} unexpected; valid ones: ${list valid}";

  # Digits.
  toBaseDigits =
    base: n:
    assert isInt base && base >= 2;
    assert isInt n && n >= 0;
    (if n < base then [ ] else lib.toBaseDigits base (n / base)) ++ [ (lib.mod n base) ];
  toHexString = n: lib.concatMapStrings (builtins.elemAt hexDigits) (lib.toBaseDigits 16 n);
  fromHexString =
    text:
    let
      digits = lib.removePrefix "0x" (lib.toLower text);
    in
    if builtins.match "[0-9a-f]+" digits == null then
      throw "fromHexString: ${lib.generators.toPretty { } text} is not a hexadecimal number"
    else
      (builtins.fromTOML "n = 0x${digits}").n;
}
