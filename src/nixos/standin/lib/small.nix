# Odds and ends that modules and packages name: versions, command lines, activation snippets, hashes that stand for
# one that is not known yet.
lib:
let
  inherit (builtins) isBool isList;

  part = at: version: lib.elemAt (builtins.splitVersion version) at;

  # `--name value`, `--name` for true, nothing for null and false, and one after the other for a list.
  options =
    {
      mkOptionName ? (name: if lib.stringLength name == 1 then "-${name}" else "--${name}"),
      mkBool ? (name: value: lib.optional value (mkOptionName name)),
      mkList ? (name: value: lib.concatMap (mkOption name) value),
      mkOption ? (
        name: value:
        if value == null then
          [ ]
        else if optionValueSeparator == null then
          [ (mkOptionName name) (lib.generators.mkValueStringDefault { } value) ]
        else
          [ "${mkOptionName name}${optionValueSeparator}${lib.generators.mkValueStringDefault { } value}" ]
      ),
      optionValueSeparator ? null,
    }:
    set:
    lib.concatLists (
      lib.mapAttrsToList (
        name: value:
        if isBool value then
          mkBool name value
        else if isList value then
          mkList name value
        else
          mkOption name value
      ) set
    );
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
