# Strings, quoting, versions and other formats.
lib: {
  joining = [ (lib.concatStringsSep ", " [ "a" "b" ]) (lib.concatMapStrings toString [ 1 2 ]) (lib.concatMapStringsSep "-" toString [ 1 2 ]) (lib.concatImapStringsSep "," (i: x: "${toString i}${x}") [ "a" "b" ]) (lib.concatLines [ "a" "b" ]) (lib.intersperse "," [ "a" "b" ]) (lib.concatMapAttrsStringSep " " (n: v: "${n}=${v}") { a = "1"; b = "2"; }) ];
  splitting = [ (lib.splitString "." "a.b.c") (lib.splitString "." "") (lib.splitString "::" "a::b:c") (lib.stringToCharacters "abc") (lib.splitStringBy (before: here: lib.elem here [ "." "-" ]) false "a.b-c") ];
  prefixes = [ (lib.hasPrefix "ab" "abc") (lib.hasSuffix "bc" "abc") (lib.hasSuffix "abcd" "abc") (lib.hasInfix "b" "abc") (lib.hasInfix ".*" "abc") (lib.removePrefix "a" "abc") (lib.removeSuffix "c" "abc") (lib.removeSuffix "x" "abc") ];
  trimming = [ (lib.trim "  a b\n ") (lib.trimWith { start = true; } "  a ") (lib.trimWith { end = true; } "  a ") (lib.trim "   ") ];
  cases = [ (lib.toUpper "aBc") (lib.toLower "aBc") (lib.toSentenceCase "hELLO world") (lib.toCamelCase "hello-world foo_bar") ];
  widths = [ (lib.fixedWidthString 5 "0" "42") (lib.fixedWidthNumber 4 7) ];
  width-too-small = lib.fixedWidthString 1 "0" "42";
  replacing = [ (lib.replaceStrings [ "a" ] [ "b" ] "banana") (lib.replaceString "a" "o" "banana") (lib.stringAsChars (c: c + c) "ab") (lib.strings.replicate 3 "ab") ];
  numbers = [ (lib.toInt "42") (lib.toInt " -7 ") (lib.toIntBase10 "0042") (lib.strings.floatToString 1.5) (lib.strings.charToInt "A") ];
  number-that-is-none = lib.toInt "x";
  number-that-is-ambiguous = lib.toInt "007";
  predicates = [ (lib.isStringLike ./texts.nix) (lib.isStringLike 1) (lib.strings.isConvertibleWithToString [ 1 null ]) (lib.isValidPosixName "A_1") (lib.isValidPosixName "1a") (lib.isStorePath "/nix/store/x") (lib.isStorePath "/nix/store/x/y") ];
  paths = [ (lib.makeBinPath [ "/a" "/b" ]) (lib.makeSearchPath "share" [ "/a" null ]) (lib.makeLibraryPath [ { outPath = "/o"; lib = "/l"; } ]) (lib.strings.normalizePath "/a//b/") ];
  shell = [ (lib.escapeShellArg "a b") (lib.escapeShellArg "it's") (lib.escapeShellArg "plain-1.0/x") (lib.escapeShellArg "") (lib.escapeShellArgs [ "a" "b c" ]) (lib.toShellVar "x" [ "a b" "c" ]) (lib.toShellVars { n = 1; m = { k = "v w"; }; }) ];
  nix = [ (lib.strings.escapeNixString "a\"\${b}\n") (map lib.strings.escapeNixIdentifier [ "a" "a b" "in" "a'b" "1a" "or" ]) ];
  others = [ (lib.escape [ "[" ] "a[b") (lib.escapeRegex "a.b*c") (lib.escapeXML "<a b=\"c\">&'") (lib.escapeURL "a b/ä?") (lib.strings.escapeC [ " " "\n" ] "a b\n") ];
  features = [ (lib.enableFeature true "x") (lib.withFeatureAs true "x" "y") (lib.withFeature false "x") (lib.mesonBool "a" true) (lib.mesonEnable "a" false) (lib.cmakeBool "a" true) (lib.cmakeFeature "a" "b") ];
  names = [ (lib.getName "hello-1.2") (lib.getVersion "hello-1.2") (lib.getName { pname = "a"; name = "b-1"; }) (lib.getVersion { name = "b-1"; }) (lib.nameFromURL "https://x/y-1.0.tar.gz" ".tar") (lib.strings.sanitizeDerivationName "..a b/c") (lib.strings.sanitizeDerivationName "") ];
  versions = [ (lib.versionOlder "1.9" "1.10") (lib.versionAtLeast "2" "2") (lib.versions.major "1.2.3") (lib.versions.minor "1.2.3") (lib.versions.patch "1.2.3") (lib.versions.majorMinor "1.2.3") (lib.versions.pad 3 "1.2") (lib.versions.pad 4 "1.2-pre") (lib.versions.splitVersion "1.2") ];
  distances = [ (lib.strings.levenshtein "kitten" "sitting") (lib.strings.levenshtein "" "abc") (lib.strings.levenshteinAtMost 2 "enable" "enalbe") (lib.strings.levenshteinAtMost 1 "enable" "enalbe") (lib.strings.commonPrefixLength "abc" "abd") (lib.strings.commonSuffixLength "xbc" "abc") ];

  pretty = map (lib.generators.toPretty { }) [ 1 1.5 "a\"b" "a\nb" true null /a/b [ ] [ 1 [ 2 ] ] { } { a = 1; "b c".d = [ ]; } (x: x) ({ a, b ? 1 }: a) { type = "derivation"; name = "p"; } ];
  pretty-in-a-line = lib.generators.toPretty { multiline = false; } { a = [ 1 "x\ny" ]; b = { }; };
  pretty-by-itself = lib.generators.toPretty { allowPrettyValues = true; } { __pretty = v: "<${v}>"; val = "v"; };
  cut-off = lib.generators.withRecursion { depthLimit = 1; throwOnDepthLimit = false; } { a = 1; b.c.d = 2; };
  key-value = lib.generators.toKeyValue { } { a = 1; b = true; c = "x=y"; "d=e" = null; };
  key-value-with-lists = lib.generators.toKeyValue { listsAsDuplicateKeys = true; indent = "  "; mkKeyValue = lib.generators.mkKeyValueDefault { } " = "; } { a = [ 1 2 ]; b = "c"; };
  ini = lib.generators.toINI { } { section.a = 1; "with]bracket".b = false; };
  ini-with-global = lib.generators.toINIWithGlobalSection { } { globalSection.a = 1; sections.s.b = 2; };
  git-ini = lib.generators.toGitINI { user.name = "A \"B\""; url."https://x/".insteadOf = [ "x:" "y:" ]; core.bare = false; };
  json = lib.generators.toJSON { } { a = [ 1 null ]; };
  plist = lib.generators.toPlist { escape = true; } { a = [ 1 "<" true ]; b = null; };
  lua = lib.generators.toLua { multiline = false; } { a = [ 1 "x" null ]; b = lib.mkLuaInline "f()"; };
  lua-bindings = lib.generators.toLua { asBindings = true; } { a.b = 1; c = [ true ]; };
  values-that-have-no-text = lib.generators.mkValueStringDefault { } { a = 1; };
  gnu-command-line = lib.cli.toGNUCommandLineShell { } { a = true; data = "x y"; n = 3; many = [ "1" "2" ]; off = false; none = null; };
  snippets = lib.textClosureMap lib.id { a = lib.stringAfter [ "b" ] "A"; b = lib.noDepEntry "B"; c = lib.fullDepEntry "C" [ "a" "b" ]; } [ "c" "a" ];
  assertions = [ (lib.assertMsg true "m") (lib.assertOneOf "x" "a" [ "a" "b" ]) (lib.runTests { testA = { expr = 1; expected = 1; }; }) ];
  assertion-that-fails = lib.assertMsg false "told";
  fake = [ lib.fakeHash (lib.stringLength lib.fakeSha512) ];
  gvariant =
    let
      inherit (lib) gvariant;
    in
    map (value: toString (gvariant.mkValue value)) [
      true
      1.5
      "it's \\ a\ttext\n"
      [ "a" "b" ]
      (gvariant.mkInt32 (-1))
      (gvariant.mkUint32 1)
      (gvariant.mkInt16 1)
      (gvariant.mkUint16 1)
      (gvariant.mkInt64 1)
      (gvariant.mkUint64 1)
      (gvariant.mkUchar "a")
      (gvariant.mkObjectpath "/a/b")
      (gvariant.mkArray [ (gvariant.mkInt32 1) (gvariant.mkInt32 2) ])
      (gvariant.mkEmptyArray (gvariant.type.arrayOf gvariant.type.string))
      (gvariant.mkTuple [ (gvariant.mkInt32 1) "b" ])
      (gvariant.mkDictionaryEntry "k" (gvariant.mkVariant true))
      (gvariant.mkNothing gvariant.type.boolean)
      (gvariant.mkJust "x")
      (gvariant.mkVariant [ 1.5 ])
    ];
  gvariant-numbers-have-a-size = lib.gvariant.mkValue 1;
  gvariant-lists-have-a-type = lib.gvariant.mkValue [ ];
  gvariant-lists-have-one-type = toString (lib.gvariant.mkValue [ "a" true ]);
  gvariant-types = map lib.gvariant.type.tupleOf [ [ "i" "s" ] ] ++ [ (lib.gvariant.type.dictionaryEntryOf "s" "v") (lib.gvariant.type.maybeOf "b") lib.gvariant.type.double ];
  dconf = lib.generators.toDconfINI { "org/x" = { a = true; b = lib.gvariant.mkUint32 3; }; };
}
