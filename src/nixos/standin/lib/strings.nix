# Strings: joining, cutting, looking into them and changing case. Quoting for other languages is in escape.nix.
lib:
let
  inherit (builtins)
    concatStringsSep
    elemAt
    filter
    genList
    isString
    length
    match
    replaceStrings
    stringLength
    substring
    ;

  lower = "abcdefghijklmnopqrstuvwxyz";
  upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

  stringToCharacters = text: genList (at: substring at 1 text) (stringLength text);

  lowerChars = stringToCharacters lower;
  upperChars = stringToCharacters upper;

  hasPrefix = prefix: text: substring 0 (stringLength prefix) text == prefix;
  hasSuffix =
    suffix: text:
    let
      rest = stringLength text - stringLength suffix;
    in
    rest >= 0 && substring rest (-1) text == suffix;

  # What stands between separators. A separator of any characters is found by replacing it with one that splits well:
  # as a regular expression it is escaped.
  splitString =
    separator: text:
    let
      # `split` forgets the context of its text; each part gets it back.
      parts = filter isString (builtins.split (lib.escapeRegex (toString separator)) (toString text));
    in
    map (lib.addContextFrom text) parts;

  # Where a text or path is asked for, a set that can be turned into one will do as well.
  isConvertibleWithToString =
    value:
    let
      type = builtins.typeOf value;
    in
    lib.isStringLike value
    || type == "null"
    || type == "int"
    || type == "float"
    || type == "bool"
    || (type == "list" && lib.all isConvertibleWithToString value);

  # Zeros (or anything) in front, up to a width.
  fixedWidthString =
    width: fill: text:
    let
      rest = width - stringLength text;
    in
    if rest < 0 then
      throw "fixedWidthString: requested string length (${toString width}) must not be shorter than actual length (${toString (stringLength text)})"
    else
      substring 0 rest (lib.strings.replicate rest fill) + text;

  # Two numbers in decimal, `at` telling who asks. Nix reads "08" as no number at all, so zeros in front are cut.
  number =
    what: text:
    let
      trimmed = match "[[:space:]]*(-?)(0*)([0-9]+)[[:space:]]*" text;
      value = builtins.fromJSON "${elemAt trimmed 0}${elemAt trimmed 2}";
      refused = throw "${what}: Could not convert ${lib.strings.escapeNixString text} to int.";
    in
    if trimmed == null then
      refused
    else if what == "toInt" && elemAt trimmed 1 != "" then
      throw "toInt: Ambiguity in interpretation of ${lib.strings.escapeNixString text} between octal and zero padded integer."
    else if builtins.isInt value then
      value
    else
      refused;

  # A suffix or prefix goes if it is there.
  removePrefix =
    prefix: text:
    if hasPrefix prefix text then substring (stringLength prefix) (-1) text else text;
  removeSuffix =
    suffix: text:
    if hasSuffix suffix text then substring 0 (stringLength text - stringLength suffix) text else text;

  # How many characters two texts share at their begin.
  commonPrefixLength =
    a: b:
    let
      end = lib.min (stringLength a) (stringLength b);
      go = at: if at < end && substring at 1 a == substring at 1 b then go (at + 1) else at;
    in
    go 0;
in
{
  inherit (builtins)
    appendContext
    compareVersions
    concatStringsSep
    elem
    elemAt
    filter
    fromJSON
    genList
    head
    isAttrs
    isInt
    isList
    isPath
    isString
    match
    parseDrvName
    readFile
    replaceStrings
    split
    storeDir
    stringLength
    substring
    tail
    toJSON
    typeOf
    unsafeDiscardStringContext
    ;
  inherit
    commonPrefixLength
    fixedWidthString
    hasPrefix
    hasSuffix
    isConvertibleWithToString
    lowerChars
    removePrefix
    removeSuffix
    splitString
    stringToCharacters
    upperChars
    ;

  # Joining.
  join = concatStringsSep;
  concatStrings = concatStringsSep "";
  concatMapStrings = f: list: concatStringsSep "" (map f list);
  concatMapStringsSep =
    separator: f: list:
    concatStringsSep separator (map f list);
  concatImapStrings = f: list: concatStringsSep "" (lib.imap1 f list);
  concatImapStringsSep =
    separator: f: list:
    concatStringsSep separator (lib.imap1 f list);
  concatMapAttrsStringSep =
    separator: f: set:
    concatStringsSep separator (lib.mapAttrsToList f set);
  concatLines = lib.concatMapStrings (line: line + "\n");
  intersperse =
    separator: list:
    lib.drop 1 (lib.concatMap (value: [ separator value ]) list);
  optionalString = condition: text: if condition then text else "";
  replicate = count: text: lib.concatStrings (lib.replicate count text);
  fixedWidthNumber = width: n: fixedWidthString width "0" (toString n);

  # Search paths: sub-folders of packages, empty ones left out.
  makeSearchPath =
    folder: packages:
    concatStringsSep ":" (map (package: "${package}/${folder}") (filter (package: package != null) packages));
  makeSearchPathOutput =
    output: folder: packages:
    lib.makeSearchPath folder (map (lib.getOutput output) packages);
  makeLibraryPath = lib.makeSearchPathOutput "lib" "lib";
  makeIncludePath = lib.makeSearchPathOutput "dev" "include";
  makeBinPath = lib.makeSearchPathOutput "bin" "bin";
  normalizePath =
    path:
    let
      parts = filter (part: isString part && part != "") (builtins.split "/+" path);
      slash = condition: lib.optionalString condition "/";
      joined = concatStringsSep "/" parts;
    in
    if parts == [ ] then
      slash (hasPrefix "/" path)
    else
      slash (hasPrefix "/" path) + joined + slash (hasSuffix "/" path);

  # Looking in.
  hasInfix = infix: text: match ".*${lib.escapeRegex infix}.*" "${text}" != null;
  commonSuffixLength =
    a: b:
    let
      backwards = text: lib.concatStrings (lib.reverseList (stringToCharacters text));
    in
    commonPrefixLength (backwards a) (backwards b);
  isStringLike = value: isString value || builtins.isPath value || value ? outPath || value ? __toString;
  isStorePath =
    value:
    lib.isStringLike value
    && (
      let
        text = toString value;
      in
      substring 0 1 text == "/"
      && (
        dirOf text == builtins.storeDir
        # What a content-addressed derivation's output is called before it is built.
        || match "/[0-9a-z]{52}" text != null
      )
    );
  isValidPosixName = text: match "[A-Za-z_][A-Za-z0-9_]*" text != null;

  # Cutting and changing.
  trim = lib.trimWith {
    start = true;
    end = true;
  };
  trimWith =
    {
      start ? false,
      end ? false,
    }:
    text:
    let
      # A pattern can't be lazy, so the end is matched as "something that is no blank".
      cut = pattern: text: builtins.elemAt (match pattern text) 0;
      atStart = if start then cut "[ \t\r\n]*(.*)" text else text;
      atEnd = if match ".*[^ \t\r\n].*" atStart == null then "" else cut "(.*[^ \t\r\n])[ \t\r\n]*" atStart;
    in
    lib.addContextFrom text (if end then atEnd else atStart);
  splitStringBy =
    cut: keep: text:
    let
      step =
        state: here:
        let
          splits = cut state.before here;
        in
        {
          before = here;
          word = if splits then (if keep then here else "") else state.word + here;
          words = if splits then state.words ++ [ state.word ] else state.words;
        };
      end = builtins.foldl' step {
        before = "";
        word = "";
        words = [ ];
      } (stringToCharacters text);
    in
    map (lib.addContextFrom text) (end.words ++ [ end.word ]);
  stringAsChars = f: text: lib.concatMapStrings f (stringToCharacters text);
  replaceString = from: to: replaceStrings [ from ] [ to ];
  addContextFrom = source: text: substring 0 0 source + text;
  toLower = replaceStrings upperChars lowerChars;
  toUpper = replaceStrings lowerChars upperChars;
  toSentenceCase =
    text:
    lib.throwIfNot (isString text) "toSentenceCase does only accepts string values, but got ${builtins.typeOf text}" lib.addContextFrom text (lib.toUpper (substring 0 1 text) + lib.toLower (substring 1 (-1) text));
  toCamelCase =
    text:
    let
      isSeparator = c: match "[-_ ]" c != null;
      words = filter (word: word != "") (
        lib.splitStringBy (
          before: here: isSeparator here || (match "[a-z]" before != null && match "[A-Z]" here != null)
        ) true (lib.stringAsChars (c: if isSeparator c then " " else c) text)
      );
      clean = filter (word: word != "") (map (replaceStrings [ " " ] [ "" ]) words);
    in
    lib.throwIfNot (isString text) "toCamelCase does only accepts string values, but got ${builtins.typeOf text}" lib.addContextFrom text (
      lib.concatStrings (
        lib.imap0 (at: word: if at == 0 then lib.toLower word else lib.toSentenceCase word) clean
      )
    );

  # Numbers.
  charToInt = c: lib.strings.asciiTable.${c};
  # What a character is in ASCII: the printable ones, tab, newline and return.
  asciiTable =
    let
      printable = stringToCharacters " !\"#$%&'()*+,-./0123456789:;<=>?@${upper}[\\]^_`${lower}{|}~";
    in
    builtins.listToAttrs (lib.imap0 (at: name: { inherit name; value = at + 32; }) printable)
    // {
      "\t" = 9;
      "\n" = 10;
      "\r" = 13;
    };
  toInt = number "toInt";
  toIntBase10 = number "toIntBase10";
  floatToString =
    value:
    let
      text = toString value;
      json = builtins.toJSON value;
    in
    if text == json then text else lib.warn "Imprecise conversion from float to string ${text}" text;

  # Names and versions.
  getName = value: if isString value then (builtins.parseDrvName value).name else value.pname or (builtins.parseDrvName value.name).name;
  getVersion = value: if isString value then (builtins.parseDrvName value).version else value.version or (builtins.parseDrvName value.name).version;
  nameFromURL =
    url: separator:
    let
      file = lib.last (splitString "/" url);
      name = lib.head (splitString separator file);
    in
    assert name != file;
    name;
  versionOlder = a: b: builtins.compareVersions b a > 0;
  versionAtLeast = a: b: !(lib.versionOlder a b);
  fileContents = file: removeSuffix "\n" (builtins.readFile file);
  # A store path's name knows fewer characters than a text: the others become one `-` each run of them.
  sanitizeDerivationName =
    text:
    let
      plain = builtins.unsafeDiscardStringContext (toString text);
      undotted = elemAt (match "\\.*(.*)" plain) 0;
      parts = map (part: if isString part then part else "-") (builtins.split "[^[:alnum:]+._?=-]+" undotted);
      joined = lib.concatStrings parts;
      excess = lib.max 0 (stringLength joined - 207);
    in
    if plain != "" && stringLength plain <= 207 && match "[[:alnum:]+_?=-][[:alnum:]+._?=-]*" plain != null then
      plain
    else if joined == "" then
      "unknown"
    else
      substring excess (-1) joined;

  # How many insertions, removals and replacements of one character lead from one text to the other: row by row of
  # the usual table, `above` being the row before.
  levenshtein =
    a: b:
    let
      as = stringToCharacters a;
      bs = stringToCharacters b;
      least = x: y: if x < y then x else y;
      row =
        above: c:
        let
          cells = genList (
            at:
            let
              diagonal = elemAt above at + (if elemAt bs at == c then 0 else 1);
              up = elemAt above (at + 1) + 1;
              left = (if at == 0 then elemAt above 0 + 1 else elemAt cells (at - 1)) + 1;
            in
            least diagonal (least up left)
          ) (length bs);
        in
        [ (elemAt above 0 + 1) ] ++ cells;
    in
    lib.last (builtins.foldl' row (genList lib.id (length bs + 1)) as);
  levenshteinAtMost =
    limit: a: b:
    let
      longer = stringLength a - stringLength b;
    in
    (if longer < 0 then -longer else longer) <= limit && lib.strings.levenshtein a b <= limit;
}
