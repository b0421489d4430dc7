# Package sets: what is allowed, layers, calls by name, files, formats, other platforms.
{ pkgs, import-nixpkgs, lib, written, nixpkgs, ... }:
let
  shell = file: file.drvAttrs;
in
{
  a-package = {
    inherit (pkgs.gpp) name pname version;
    inherit (pkgs.gpp.meta) description mainProgram;
    license = pkgs.gpp.meta.license.spdxId;
    exe = lib.getExe pkgs.gpp;
  };
  derivations = map (name: pkgs.${name}.drvPath) [
    "gpp"
    "entr"
    "nix-top"
    "lite-xl"
    "nginx"
    "systemd"
    "linux"
    "linux-firmware"
    "jq"
  ];
  unfree-is-named = "${pkgs.opencode}";
  unfree-can-be-looked-at = pkgs.opencode.meta.license.fullName;
  unfree-allowed = (import-nixpkgs { config.allowUnfree = true; }).opencode.name;
  unfree-by-predicate = (import-nixpkgs {
    config.allowUnfreePredicate = package: lib.elem (lib.getName package) [ "opencode" ];
  }).opencode.outPath != "";
  insecure-is-named = pkgs.openssl_1_1.drvPath;
  insecure-permitted = (import-nixpkgs { config.permittedInsecurePackages = [ "openssl-1.1.1w" ]; }).openssl_1_1.drvPath != "";
  broken-is-named = (pkgs.hello.overrideAttrs (old: { meta = old.meta // { broken = true; }; })).drvPath;
  another-platform-is-named = (pkgs.hello.overrideAttrs (old: {
    meta = old.meta // { platforms = [ "aarch64-linux" ]; };
  })).drvPath;
  a-missing-package = pkgs.no-such-package;
  a-renamed-package = pkgs.utillinux;

  call-package = (pkgs.callPackage ({ stdenv, hello, more ? "none" }: stdenv.mkDerivation {
    name = "made-${hello.version}-${more}";
  }) { more = "more"; }).name;
  override = ((pkgs.callPackage ({ stdenv, word ? "a" }: stdenv.mkDerivation { name = word; }) { }).override { word = "b"; }).name;
  override-attrs = let it = pkgs.hello.overrideAttrs (old: { version = "${old.version}.1"; }); in [
    it.name
    it.version
    (it.outPath == pkgs.hello.outPath)
    (it.overrideAttrs { version = "9"; }).name
  ];
  final-attributes = ((pkgs.stdenv.mkDerivation (final: {
    pname = "x";
    version = "1";
    passthru.both = "${final.pname}-${final.version}";
  })).overrideAttrs { version = "2"; }).both;
  override-derivation = (lib.overrideDerivation pkgs.hello (old: { name = "other"; })).name;
  an-argument-nobody-has = (pkgs.callPackage ({ helo }: helo) { }).name;
  overlays = (import-nixpkgs { overlays = [ (final: prev: { a = final.b; }) (final: prev: { b = "late"; }) ]; }).a;
  package-overrides = (import-nixpkgs { config.packageOverrides = old: { hello = old.jq; }; }).hello.name;
  extended = (pkgs.extend (final: prev: { hello = prev.jq; })).hello.name;
  modules-closure-overlay = let it = import-nixpkgs {
    overlays = [ (final: super: { makeModulesClosure = x: super.makeModulesClosure (x // { allowMissing = true; }); }) ];
  }; arguments = {
    kernel = it.linux;
    firmware = [ ];
    rootModules = [ "ahci" ];
  }; in (it.makeModulesClosure arguments).drvPath == (pkgs.makeModulesClosure arguments).drvPath;
  another-scope = let scope = pkgs.lib.makeScope pkgs.newScope (self: {
    one = "one";
    two = self.callPackage ({ one }: { value = one + "!"; }) { };
  }); in (scope.overrideScope (final: prev: { one = "1"; })).two.value;

  text = { inherit (pkgs.writeText "a.txt" "hello") name; text = written (pkgs.writeText "a.txt" "hello"); };
  script-is-its-file = let script = pkgs.writeShellScript "run me" "echo"; in [ (baseNameOf "${script}") script.name ];
  script-bin = lib.getExe (pkgs.writeShellScriptBin "greet" "echo hi") == "${pkgs.writeShellScriptBin "greet" "echo hi"}/bin/greet";
  command = (shell (pkgs.runCommand "made" { word = "x"; } "echo $word > $out")).word;
  a-tree-needs-a-file = (pkgs.writeTree "empty" { }).drvPath;
  an-environment-has-no-script = (pkgs.buildEnv { name = "e"; paths = [ pkgs.hello ]; postBuild = "x"; }).drvPath;
  json = written ((pkgs.formats.json { }).generate "a.json" { b = [ 1 2.5 null true ]; a.c = "ü\n"; });
  toml = written ((pkgs.formats.toml { }).generate "a.toml" {
    title = "x";
    list = [ 1 2 ];
    owner = { name = "o"; "a key" = true; };
    server = [ { ip = "1"; } { ip = "2"; ports = { web = 80; }; } ];
  });
  ini = written ((pkgs.formats.ini { listsAsDuplicateKeys = true; }).generate "a.ini" {
    a = { x = 1; y = [ "p" "q" ]; };
    b.z = true;
  });
  a-format-has-a-type = (lib.evalModules {
    modules = [ { options.x = lib.mkOption { type = (pkgs.formats.json { }).type; }; } { x.f = y: y; } ];
  }).config.x.f;

  github = let it = pkgs.fetchFromGitHub {
    owner = "o";
    repo = "r";
    rev = "v1";
    hash = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
  }; in [ it.name it.url it.outPath ];
  github-wants-a-revision = (pkgs.fetchFromGitHub { owner = "o"; repo = "r"; sha256 = lib.fakeSha256; }).outPath;
  a-file-by-address = (pkgs.fetchurl { url = "https://example.net/a/b.txt"; sha256 = lib.fakeSha256; }).name;

  cross = let it = pkgs.pkgsCross.aarch64-multiplatform; in [
    it.hello.name
    it.hello.system
    it.stdenv.hostPlatform.config
    it.buildPackages.hello.name
    (it.buildPackages.hello.drvPath == pkgs.hello.drvPath)
  ];
  from-elsewhere = (import nixpkgs { localSystem = "x86_64-linux"; crossSystem = "aarch64-linux"; }).hello.name;
  local-system = (import nixpkgs { localSystem = { system = "aarch64-linux"; }; }).hello.system;
}
