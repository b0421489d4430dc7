# fleet for a machine: `fleet activate` alone (the cargo feature `host`), built from the files it is made of and no others.
#
# A machine's system holds this package. So its source leaves out what the program is not made of: a change of tests,
# documents, the evaluator, other machines or secrets must not give every machine a new system.
{ rustPlatform ? null, writeShellScriptBin ? null }:
let
  root = ../..;
  top = toString root;
  # What the feature has of src/lib.rs and src/cli/mod.rs.
  modules = [ "activate" "format" "os" "report" ];
  kept = [ "Cargo.toml" "Cargo.lock" "src" "src/lib.rs" "src/main.rs" "src/cli" "src/cli/mod.rs" "src/cli/activate.rs" "src/cli/console.rs" ]
    ++ map (module: "src/${module}") modules;
  inModule = path: builtins.any (module: builtins.substring 0 (builtins.stringLength "src/${module}/") path == "src/${module}/") modules;
  hasSuffix = suffix: text:
    let length = builtins.stringLength text; of = builtins.stringLength suffix;
    in length >= of && builtins.substring (length - of) of text == suffix;
  source = builtins.path {
    name = "fleet-host-source";
    path = root;
    filter = path: type:
      let relative = builtins.substring (builtins.stringLength top + 1) (-1) path;
      in builtins.elem relative kept || inModule relative && (type == "directory" || hasSuffix ".rs" relative);
  };
  version = (builtins.fromTOML (builtins.readFile ../../Cargo.toml)).package.version;
in
if rustPlatform != null then
  rustPlatform.buildRustPackage {
    pname = "fleet-host";
    inherit version;
    src = source;
    cargoLock.lockFile = ../../Cargo.lock;
    buildNoDefaultFeatures = true;
    buildFeatures = [ "host" ];
    # Cargo.toml names the compiler that tests run with; an older one may do, and says so itself where it does not.
    cargoBuildFlags = [ "--ignore-rust-version" ];
    # The page of documentation that src/lib.rs includes is no part of the program, nor are Cargo.toml's examples.
    postPatch = "touch src/README.md; sed -i '/^\\[\\[example\\]\\]/,/^$/d' Cargo.toml";
    # Tests need files that are left out here; they run where fleet is developed.
    doCheck = false;
    meta = {
      description = "Opens the secrets of a machine of a fleet";
      mainProgram = "fleet";
    };
  }
else
  # A package set without Rust: a program that says so, and is another one whenever the source is.
  writeShellScriptBin "fleet" ''
    echo "this package set had no Rust to build ${source} with" >&2
    exit 1
  ''
