# Odds and ends that modules and packages name: versions, command lines, activation snippets, hashes that stand for
# one that is not known yet.
lib:
let
  inherit (builtins) isBool isList;

  part = at: version: lib.elemAt (builtins.splitVersion version) at;

  # Arguments of a program from a set: nothing for null and false, the option alone for true, and one after the other for
  # a list. `format` says how an option is written: { option, sep, explicitBool }; without `sep` the value is an argument of
  # its own, and an explicit truth value is written out.
  commandLine =
    format: set:
    let
      one =
        name: value:
        let
          style = {
            formatArg = lib.generators.mkValueStringDefault { };
          }
          // format name;
          text = style.formatArg value;
        in
        if value == null || (value == false && !style.explicitBool) then
          [ ]
        else if value == true && !style.explicitBool then
          [ style.option ]
        else if style.sep == null then
          [ style.option text ]
        else
          [ "${style.option}${style.sep}${text}" ];
    in
    lib.concatLists (lib.mapAttrsToList (name: value: lib.concatMap (one name) (lib.toList value)) set);
  # An older way to say the same: `--name value`, each kind of value with a function of its own.
  options =
    {
      mkOptionName ? (name: if lib.stringLength name == 1 then "-${name}" else "--${name}"),
      optionValueSeparator ? null,
      mkOption ? (
        name: value:
        commandLine (_: {
          option = mkOptionName name;
          sep = optionValueSeparator;
          explicitBool = true;
        }) { ${name} = value; }
      ),
      mkBool ? (name: value: lib.optional value (mkOptionName name)),
      mkList ? (name: lib.concatMap (mkOption name)),
    }:
    set:
    let
      make = value: if isBool value then mkBool else if isList value then mkList else mkOption;
    in
    lib.concatLists (lib.mapAttrsToList (name: value: make value name value) set);
  gnu =
    {
      isLong ? (name: lib.stringLength name > 1),
      explicitBool ? false,
      formatArg ? lib.generators.mkValueStringDefault { },
    }:
    commandLine (name: {
      option = if isLong name then "--${name}" else "-${name}";
      sep = if isLong name then "=" else "";
      inherit explicitBool formatArg;
    });
in
{
  versions = {
    inherit (builtins) compareVersions splitVersion;
    major = part 0;
    minor = part 1;
    patch = part 2;
    majorMinor = version: lib.concatStringsSep "." (lib.take 2 (builtins.splitVersion version));
    pad =
      count: version:
      let
        numbers = lib.versions.splitVersion (lib.head (lib.splitString "-" version));
        suffix = lib.removePrefix (lib.head (lib.splitString "-" version)) version;
      in
      lib.concatStringsSep "." (lib.take count (numbers ++ lib.genList (_: "0") count)) + suffix;
  };

  cli = {
    toGNUCommandLine = options;
    toGNUCommandLineShell = style: set: lib.escapeShellArgs (options style set);
    toCommandLine = commandLine;
    toCommandLineGNU = gnu;
    toCommandLineShell = format: set: lib.escapeShellArgs (commandLine format set);
    toCommandLineShellGNU = style: set: lib.escapeShellArgs (gnu style set);
  };

  # Snippets of text by name, each after those it depends on.
  stringsWithDeps = {
    fullDepEntry = text: deps: { inherit text deps; };
    noDepEntry = text: { inherit text; deps = [ ]; };
    packEntry = deps: { inherit deps; text = ""; };
    stringAfter = deps: text: { inherit text deps; };
    textClosureList =
      snippets: names:
      let
        add =
          state: name:
          if state.done ? ${name} then
            state
          else
            let
              entry = snippets.${name};
              before = lib.foldl' add (state // { done = state.done // { ${name} = true; }; }) (entry.deps or [ ]);
            in
            before // { texts = before.texts ++ [ entry.text or entry ]; };
      in
      (lib.foldl' add { done = { }; texts = [ ]; } names).texts;
    textClosureMap =
      f: snippets: names:
      lib.concatStringsSep "\n" (map f (lib.stringsWithDeps.textClosureList snippets names));
  };

  # Hashes of nothing: whoever builds with one is told the right one.
  hashes = {
    fakeHash = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    fakeSha256 = lib.strings.replicate 64 "0";
    fakeSha512 = lib.strings.replicate 128 "0";
  };

  # The variables that a download needs of its surroundings.
  fetchers.proxyImpureEnvVars = [
    "http_proxy"
    "https_proxy"
    "ftp_proxy"
    "all_proxy"
    "no_proxy"
    "HTTP_PROXY"
    "HTTPS_PROXY"
    "FTP_PROXY"
    "ALL_PROXY"
    "NO_PROXY"
    "NIX_SSL_CERT_FILE"
  ];

  # What an option of the Linux kernel is set to.
  kernel = {
    yes.tristate = "y";
    no.tristate = "n";
    module.tristate = "m";
    unset.tristate = null;
    freeform = value: { freeform = value; };
    option = setting: setting // { optional = true; };
  };
}
