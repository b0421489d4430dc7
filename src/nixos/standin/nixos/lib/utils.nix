# `utils`, which modules get as an argument: what several of them need of systemd's and file systems' rules.
{ lib }:
let
  inherit (builtins) elem genList replaceStrings stringLength substring;

  # Bytes that a unit's name may hold as they are; `systemd-escape` writes all others as \xNN.
  plain = lib.stringToCharacters "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:_.";
  code = {
    "-" = "2d"; " " = "20"; "@" = "40"; "+" = "2b"; "," = "2c"; "=" = "3d"; "~" = "7e"; "%" = "25"; "\\" = "5c"; "#" = "23";
    "{" = "7b"; "}" = "7d"; "(" = "28"; ")" = "29"; "[" = "5b"; "]" = "5d"; "!" = "21"; "'" = "27"; "\"" = "22"; "&" = "26";
    "*" = "2a"; "?" = "3f"; ";" = "3b"; "<" = "3c"; ">" = "3e"; "|" = "7c"; "$" = "24"; "^" = "5e"; "`" = "60";
  };
  escape = text: lib.concatStrings (genList (at:
    let byte = substring at 1 text; in
    if byte == "/" then "-"
    else if elem byte plain && !(at == 0 && byte == ".") then byte
    else if byte == "." then "\\x2e"
    else "\\x${code.${byte} or (throw "the stand-in cannot escape `${byte}` in the unit name of `${text}`")}") (stringLength text));

  trim = path: lib.removePrefix "/" (lib.removeSuffix "/" path);
in
rec {
  # `/var/lib/a-b` is `var-lib-a\x2db` in a unit's name, and `/` is `-` (systemd.unit(5), "String Escaping").
  escapeSystemdPath = path: if trim "${path}" == "" then "-" else escape (trim "${path}");
  # An argument of ExecStart=: quoted as JSON is, with specifiers and variables taken literally.
  escapeSystemdExecArg = argument: replaceStrings [ "%" "$" ] [ "%%" "$$" ] (builtins.toJSON "${toString argument}");
  escapeSystemdExecArgs = arguments: lib.concatMapStringsSep " " escapeSystemdExecArg arguments;

  # File systems that the first stage of a boot must mount.
  pathsNeededForBoot = [ "/" "/nix" "/nix/store" "/var" "/var/log" "/var/lib" "/var/lib/nixos" "/etc" "/usr" ];
  fsNeededForBoot = fileSystem: fileSystem.neededForBoot || elem fileSystem.mountPoint pathsNeededForBoot;

  toShellPath = shell: if builtins.isString shell
    then shell
    else "/run/current-system/sw${shell.shellPath or "/bin/${shell.meta.mainProgram}"}";

  # Packages a module's `package` options of many kinds name, without one that is listed elsewhere.
  removePackagesByName = packages: unwanted:
    builtins.filter (package: !(elem (lib.getName package) (map lib.getName unwanted))) packages;
}
