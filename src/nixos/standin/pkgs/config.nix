# `config`: what a package set allows. A package that is not allowed can be named and looked at (its name, its `meta`); only
# what needs its derivation fails, so a list of packages can be searched without an error.
{ lib }: given:
let
  defaults = {
    allowUnfree = builtins.getEnv "NIXPKGS_ALLOW_UNFREE" == "1";
    allowBroken = builtins.getEnv "NIXPKGS_ALLOW_BROKEN" == "1";
    allowUnsupportedSystem = builtins.getEnv "NIXPKGS_ALLOW_UNSUPPORTED_SYSTEM" == "1";
    allowUnfreePredicate = package: false;
    permittedInsecurePackages = [ ];
    allowInsecurePredicate = package: builtins.elem (nameOf package) config.permittedInsecurePackages;
    allowAliases = true;
  };
  config = defaults // given;

  # With a version where there is one: what a user writes into permittedInsecurePackages.
  nameOf = package: package.name or "${package.pname or "unnamed"}-${package.version or ""}";

  licenses = meta: lib.toList (meta.license or [ ]);
  isUnfree = meta: builtins.any (license: !(license.free or true)) (licenses meta);
  shown = meta: lib.concatMapStringsSep "," (license: "‘${license.shortName or license.fullName or "unknown"}’") (licenses meta);

  # Null, or why a package is refused and what its user can do.
  refusal = hostPlatform: package:
    let
      meta = package.meta or { };
      environment = name: ''
        a) for one command, with `--impure` where a flake is evaluated:
             export ${name}=1'';
    in
    if isUnfree meta && !config.allowUnfree && !config.allowUnfreePredicate package then {
      reason = "has an unfree license (${shown meta})";
      remedy = ''
        ${environment "NIXPKGS_ALLOW_UNFREE"}
        b) in a NixOS configuration: { nixpkgs.config.allowUnfree = true; }
        c) where the package set is imported: config.allowUnfree = true;'';
    } else if meta.broken or false && !config.allowBroken then {
      reason = "is marked as broken";
      remedy = ''
        ${environment "NIXPKGS_ALLOW_BROKEN"}
        b) in a NixOS configuration: { nixpkgs.config.allowBroken = true; }'';
    } else if meta ? platforms && !builtins.elem hostPlatform.system meta.platforms && !config.allowUnsupportedSystem then {
      reason = "is not available on the requested hostPlatform: ${hostPlatform.system}";
      remedy = environment "NIXPKGS_ALLOW_UNSUPPORTED_SYSTEM";
    } else if meta.knownVulnerabilities or [ ] != [ ] && !config.allowInsecurePredicate package then {
      reason = "is marked as insecure";
      remedy = ''
        Known issues:
        ${lib.concatMapStrings (issue: " - ${issue}\n") meta.knownVulnerabilities}
        in a NixOS configuration: { nixpkgs.config.permittedInsecurePackages = [ "${nameOf package}" ]; }'';
    } else null;

  place = package:
    let
      position = builtins.unsafeGetAttrPos "description" (package.meta or { });
    in
    package.meta.position or (if position == null then "an unknown place" else "${position.file}:${toString position.line}");
in
config // {
  # The value, unless the package may not be used.
  checked = hostPlatform: package: value:
    let why = refusal hostPlatform package; in
    if why == null then value
    else throw ''
      Package ‘${nameOf package}’ in ${place package} ${why.reason}, refusing to evaluate.

      ${why.remedy}'';
}
