# A disk image of a system, in miniature: the arguments and the output's layout are those of nixpkgs' file of this name, and
# the image is a text that says what a disk would hold. nixpkgs' own boots a virtual machine to make one, which takes programs.
{
  pkgs,
  # Current nixpkgs wants it; callers of before, which leave it out, mean that of `pkgs`.
  lib ? pkgs.lib,
  # The configuration whose system is installed.
  config,
  # The disk's size in MiB, or "auto" for what fits and `additionalSpace`.
  diskSize ? "auto",
  additionalSpace ? "512M",
  # The partition for boot loaders that want one.
  bootSize ? "256M",
  # More files: a list of { source, target, mode ? , user ? , group ? }.
  contents ? [ ],
  installBootLoader ? true,
  touchEFIVars ? false,
  # none, legacy, legacy+boot, legacy+gpt, efi, efixbootldr or hybrid
  partitionTableType ? "legacy",
  rootGPUID ? "F222513B-DED1-49FA-B591-20CE86A2FE7F",
  rootFSUID ? if fsType == "ext4" then rootGPUID else null,
  fsType ? "ext4",
  label ? if onlyNixStore then "nix-store" else "nixos",
  # A configuration.nix to be put there.
  configFile ? null,
  # Commands before and after the virtual machine.
  preVM ? "",
  postVM ? "",
  memSize ? 1024,
  name ? "nixos-disk-image",
  baseName ? "nixos",
  # raw, qcow2, qcow2-compressed, vdi or vpc
  format ? "raw",
  onlyNixStore ? false,
  copyChannel ? true,
  additionalPaths ? [ ],
  deterministic ? true,
}:
let
  known = what: value: values:
    if lib.elem value values then value
    else throw "make-disk-image: ${what} is `${toString value}`, and must be one of ${lib.concatMapStringsSep ", " (word: "`${word}`") values}";
  table = known "partitionTableType" partitionTableType [
    "legacy"
    "legacy+boot"
    "legacy+gpt"
    "efi"
    "efixbootldr"
    "hybrid"
    "none"
  ];
  extension = {
    raw = "img";
    qcow2 = "qcow2";
    qcow2-compressed = "qcow2";
    vdi = "vdi";
    vpc = "vhd";
  }.${known "format" format [ "raw" "qcow2" "qcow2-compressed" "vdi" "vpc" ]};
  isEfi = lib.elem table [ "efi" "efixbootldr" "hybrid" "legacy+gpt" ];

  # With one partition more for each loader that wants its own; the root comes last.
  partitions = {
    none = [ "root" ];
    legacy = [ "root" ];
    "legacy+boot" = [ "boot ${bootSize}" "root" ];
    "legacy+gpt" = [ "bios-grub 1M" "root" ];
    efi = [ "ESP ${bootSize}" "root" ];
    efixbootldr = [ "ESP 100M" "boot ${bootSize}" "root" ];
    hybrid = [ "ESP ${bootSize}" "bios-grub 1M" "root" ];
  }.${table};

  content = entry: "${entry.target} ${entry.mode or "-"} ${entry.user or "-"} ${entry.group or "-"} ${entry.source}\n";
  text = ''
    fleet stand-in disk image
    name ${name}
    format ${format}
    disk size ${toString diskSize}
    additional space ${additionalSpace}
    partition table ${table}
    ${lib.concatMapStrings (partition: "partition ${partition}\n") partitions}root file system ${fsType} ${label} ${toString rootFSUID}
    system ${config.system.build.toplevel}
    boot loader ${if installBootLoader then "${config.system.build.installBootLoader}" else "none"}
    channel ${lib.boolToString copyChannel}
    configuration ${if configFile == null then "none" else "${configFile}"}
    ${lib.concatMapStrings (path: "path ${path}\n") additionalPaths}${lib.concatMapStrings (entry: "content ${content entry}") contents}'';
in
assert lib.assertMsg (diskSize == "auto" || builtins.isInt diskSize || builtins.match "[0-9]+" diskSize != null)
  "make-disk-image: diskSize is a number of MiB or \"auto\", not `${toString diskSize}`";
assert lib.assertMsg (touchEFIVars
  -> isEfi) "make-disk-image: touchEFIVars wants a partition table that EFI reads, not `${table}`";
assert lib.assertMsg (onlyNixStore -> contents == [ ] && configFile == null && !installBootLoader)
  "make-disk-image: with onlyNixStore there are no `contents`, no `configFile` and no boot loader";
assert lib.assertMsg (lib.all (entry: entry ? user == entry ? group) contents)
  "make-disk-image: an element of `contents` has both `user` and `group`, or neither";
assert lib.assertMsg (postVM == "" && preVM == "") "the stand-in's make-disk-image runs no `preVM` and no `postVM`";
pkgs.stdenv.mkDerivation {
  inherit name;
  tree = {
    "${baseName}.${extension}" = text;
    "nix-support/hydra-build-products" = "file ${extension} ${baseName}.${extension}\n";
  };
  passthru = { inherit config; };
}
