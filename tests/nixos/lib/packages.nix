# What package sets are made with, platforms, files and sources.
lib:
let
  package = arguments: { name = "p"; inherit arguments; };
  scope = { a = 1; b = 2; };
  drv = derivation { name = "p-1.0"; system = "x86_64-linux"; builder = "/bin/sh"; };
  platform = lib.systems.elaborate "x86_64-linux";
  arm = lib.systems.elaborate "aarch64-linux";
in
{
  callPackage = let p = lib.callPackageWith scope ({ a, b, c ? 3 }@all: package all) { b = 20; }; in [ p.arguments (p.override { a = 10; }).arguments (p.override (old: { a = old.a + 1; })).arguments ];
  callPackages = (lib.callPackagesWith scope ({ a }: { x = { n = a; }; y = { n = a + 1; }; }) { }).y.n;
  overridable = let f = lib.makeOverridable ({ x ? 1 }: { value = x; }); in [ (f { }).value ((f { }).override { x = 2; }).value (((f { }).override { x = 2; }).override (old: { x = old.x + 1; })).value (lib.functionArgs f) ];
  scopes = let s = lib.makeScope (more: f: f more) (self: { a = 1; b = self.a + 1; }); in [ s.b (s.overrideScope (final: prev: { a = 5; })).b ];
  meta = [ (lib.addMetaAttrs { x = 1; } { meta.y = 2; }).meta (lib.hiPrio { }).meta (lib.setName "x" { }).name (lib.appendToName "static" { name = "p-1.0"; }).name ];
  executables = [ (lib.getExe { type = "derivation"; outPath = "/p"; meta.mainProgram = "run"; }) (lib.getExe' { type = "derivation"; outPath = "/p"; bin = "/b"; } "x") ];
  executable-with-a-slash = lib.getExe' { type = "derivation"; outPath = "/p"; } "a/b";
  platforms-match = [ (lib.meta.availableOn platform { meta.platforms = [ "x86_64-linux" ]; }) (lib.meta.availableOn arm { meta.platforms = lib.platforms.x86_64; }) (lib.meta.availableOn arm { meta.platforms = [ { isAarch64 = true; } ]; }) (lib.meta.availableOn platform { }) ];
  extended = let p = lib.extendDerivation true { extra = 1; } drv; in [ p.extra p.out.extra (p.outPath == drv.outPath) ];
  extended-with-a-condition = (lib.extendDerivation (throw "not allowed") { } drv).drvPath;
  overridden-derivation = (lib.overrideDerivation drv (old: { name = "q-1.0"; })).name;
  licences = map (name: lib.licenses.${name}.spdxId) [ "mit" "asl20" "gpl3Plus" "bsd3" "isc" "mpl20" ];
  free = [ lib.licenses.mit.free lib.licenses.unfree.free lib.licenses.unfreeRedistributable.redistributable ];

  platform = map (name: platform.${name}) [ "system" "config" "isLinux" "isx86_64" "isAarch64" "is64bit" "linuxArch" "isEfi" "isStatic" "libc" ];
  platform-arm = map (name: arm.${name}) [ "system" "config" "isAarch" "isAarch64" "isAarch32" "linuxArch" "isx86" ];
  platform-parsed = [ platform.parsed.cpu.name platform.parsed.kernel.name arm.parsed.cpu.bits platform.uname.processor ];
  platform-answers = map (
    system: builtins.attrNames (lib.filterAttrs (name: value: lib.hasPrefix "is" name && value == true) (lib.systems.elaborate system))
  ) [ "x86_64-linux" "i686-linux" "aarch64-linux" "armv7l-linux" "riscv64-linux" ];
  platform-says-no = builtins.length (builtins.attrNames (lib.filterAttrs (name: value: lib.hasPrefix "is" name && value == false) platform));
  platform-for-others = map (system: let p = lib.systems.elaborate system; in [ p.go.GOARCH p.rust.rustcTarget p.efiArch p.ubootArch p.qemuArch p.libDir p.uname ]) [ "x86_64-linux" "aarch64-linux" "armv7l-linux" "riscv64-linux" ];
  platform-by-config = (lib.systems.elaborate { config = "aarch64-unknown-linux-gnu"; }).system;
  platform-elaborated-twice = (lib.systems.elaborate (lib.systems.elaborate "aarch64-linux")).system;
  platforms-are-equal = [ (lib.systems.equals platform (lib.systems.elaborate "x86_64-linux")) (lib.systems.equals platform arm) ];
  platform-runs = [ (platform.canExecute platform) (platform.canExecute arm) ];

  files = builtins.filter (lib.hasSuffix ".nix") (map baseNameOf (map toString (lib.filesystem.listFilesRecursive ../modules/files)));
  kinds = [ (lib.pathType ./.) (lib.pathIsDirectory ./.) (lib.pathIsRegularFile ./packages.nix) (lib.pathIsDirectory ./nowhere) ];
  clean = map (name: lib.cleanSourceFilter "/x/${name}" "regular") [ "main.c" "main.o" "a~" ".git" ".x.swp" "result" ];
  clean-folders = map (name: lib.cleanSourceFilter "/x/${name}" "directory") [ "src" ".git" ".svn" ];
  appended = [ (lib.hasSuffix "/lib/a/b" (toString (lib.path.append ./. "a/./b"))) (lib.path.hasPrefix ./. ./a) (lib.path.removePrefix ./. ./a/b) (lib.path.subpath.isValid "a/../b") (lib.path.subpath.join [ "a" "b/c" ]) (lib.path.subpath.components "a//b") ];
  appended-upwards = lib.path.append ./. "../x";

  file-sets =
    let
      inherit (lib.fileset) difference empty fileFilter intersection maybeMissing toList union unions;
      names = set: lib.sort builtins.lessThan (map (path: lib.removePrefix "${toString ../.}/" (toString path)) (toList set));
      nix = fileFilter (file: file.hasExt "nix") ../modules/files;
    in
    map names [
      nix
      (intersection nix (unions [ ../modules/files/web.nix ./texts.nix ]))
      (difference nix ../modules/files/acme.nix)
      (union ../modules/files/acme.nix ./texts.nix)
      (unions [ ])
      (union empty (maybeMissing ./nowhere))
      (fileFilter (file: file.name == "web.nix" && file.type == "regular") ../modules)
    ];
  file-sets-are-sets-of-paths = map lib.fileset.isFileset [ ./. ./nowhere lib.fileset.empty 1 "text" ];
  file-sets-have-no-missing-files = (builtins.tryEval (lib.fileset.toList (lib.fileset.unions [ ./nowhere.nix ]))).success;
  # The name of a source in the store says which files are in it.
  file-sets-as-sources =
    let
      source = lib.fileset.toSource { root = ../modules; fileset = lib.fileset.union ../modules/files/web.nix ../modules/files/settings.json; };
    in
    builtins.unsafeDiscardStringContext (baseNameOf source.outPath);
  file-sets-stay-inside = builtins.tryEval (lib.fileset.toSource { root = ../modules; fileset = ./.; }).outPath;
}
