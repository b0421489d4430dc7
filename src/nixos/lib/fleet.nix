# All machines of fleet.json at once: what `nixosConfigurations` of a fleet with an inventory is.
#
#   nixosConfigurations = fleet.lib.mkFleet { inherit self inputs; root = ./.; commonModules = [ ./configuration.nix ]; };
#
# A machine of fleet.toml needs nothing here but its folder machines/<name>. `machines.<name>` gives one of them more
# arguments for its builder: extraModules, `hardware` of a board, `sdImage = false` for an ARM server with a disk.
arguments@{ self, inputs, root, machines ? { }, ... }:
let
  given = removeAttrs arguments [ "machines" ];
  inventory = arguments.inventory or (import ./inventory.nix { inherit root; });
  known = if inventory == null then throw "mkFleet reads fleet.json, and there is none: `fleet init` makes a fleet" else inventory;
  build = import ./builders.nix (given // { inventory = known; });

  # Where the machine is reached: in a mesh (the largest first), on the local network, by its public name.
  host = name: machine:
    let
      in_ = mesh: known.meshes.${mesh}.members.${name};
      size = mesh: builtins.length (builtins.attrNames known.meshes.${mesh}.members);
      meshes = builtins.sort (a: b: size a > size b)
        (builtins.filter (mesh: (in_ mesh).publicKey != null) (builtins.attrNames machine.postfixes));
      addresses = builtins.filter (address: address != null)
        (map (mesh: (in_ mesh).address) meshes ++ [ machine.address.lan machine.address.public ]);
    in
    if addresses == [ ] then null else builtins.head addresses;

  make = name: machine:
    let
      more = machines.${name} or { };
      board = more.sdImage or (machine.system == "aarch64-linux");
      settings = {
        inherit (machine) buildOn;
        hostPubKey = machine.hostKey;
        host = host name machine;
        sshUser = machine.ssh.user;
        sshPort = machine.ssh.port;
        dt = machine.determinate;
      } // (if machine.channel == null then { } else { inherit (machine) channel; })
        // (if board == false then removeAttrs more [ "sdImage" "hardware" ]
            else if board == true then removeAttrs more [ "sdImage" ] else more);
    in
    if board == false then build.mkMachine name name ({ inherit (machine) system; } // settings)
    else build.mkAarch64 name name settings;

  strangers = builtins.filter (name: !known.machines ? ${name}) (builtins.attrNames machines);
in
if strangers != [ ] then throw "mkFleet is given machines that fleet.toml does not list: ${toString strangers}"
else builtins.mapAttrs make known.machines
