# Builders: functions that make a machine's NixOS system from its name, the way a fleet's flake calls them.
#
#   inherit (fleet.lib.builders { inherit self inputs; root = ./.; commonModules = [ ./configuration.nix ]; })
#     mkX86_64 mkAarch64 mkMachine mkLibVirtImage mkUncompressedSdImage mkUncompressedSdImages wgPeers;
#   nixosConfigurations.web = mkX86_64 "web" "web" { hostPubKey = "ssh-ed25519 …"; host = "10.88.127.3"; };
#
# A machine's modules, in this order, which is the order of their definitions in lists: what an SD image needs; fleet's own
# modules; the common ones; the machine's extra ones; Determinate's; ./machines/<name>; and what the builder itself says.
{
  self,
  inputs,
  # The fleet's folder: machines/, fleet.json, secrets/ and keys/ are below it.
  root,
  # Channels by name: an input's name, a flake, or { input, allowUnfree ? false, config ? { }, overlays ? [ ] }. A fleet
  # with fleet.toml has them there. Otherwise each input `nixpkgs_<name>` is one, and `unstable` allows unfree packages.
  channels ? null,
  commonModules ? [ ],
  # More arguments for modules: `_module.args`.
  globalArgs ? { },
  # Arguments that modules need for their `imports`.
  specialArgs ? { },
  # Machines use their channel's shared package set, unless their own modules configure nixpkgs.
  sharePkgs ? true,
  # fleet's own modules, besides `fleet` and the `secrix` that it brings. A fleet with an `environment.vpn` of its own gives [ ].
  fleetModules ? [ (import ../modules).vpn ],
  # The inventory; `null` for a fleet without one.
  inventory ? import ./inventory.nix { inherit root; },
}:
let
  prefix = "nixpkgs_";
  fromInputs =
    let names = builtins.filter (name: builtins.substring 0 8 name == prefix) (builtins.attrNames inputs);
    in
    builtins.listToAttrs (map
      (input: rec {
        name = builtins.substring 8 (-1) input;
        value = { inherit input; allowUnfree = name == "unstable"; };
      })
      names)
    // (if inputs ? nixpkgs then { stable = { input = inputs.${prefix + "stable"} or inputs.nixpkgs; }; } else { });
  bound = import ./channels.nix {
    inherit inputs;
    channels =
      if channels != null then channels
      else if inventory != null && inventory.channels != { } then inventory.channels
      else fromInputs;
  };

  input = name: what: inputs.${name} or (throw "${what} needs the flake's input `${name}`");

  # Any machine. `channel` is the one it is built on; `images` are modules that come first.
  mkMachine = name: hostname:
    {
      system ? "x86_64-linux",
      channel ? "stable",
      extraModules ? [ ],
      hostPubKey ? null,
      host ? null,
      sshUser ? "deploy",
      buildOn ? "local",
      sshPort ? 1108,
      dt ? false,
      sharePkgs ? sharePkgsOfAll,
      images ? [ ],
      board ? false,
    }:
    let
      base = bound.of channel;
      own = if board then base.boardPackages system else base.packages system;
      identity = {
        _file = "fleet's builders, for machine ${name}";
        networking.hostName = hostname;
        secrix.hostPubKey = hostPubKey;
        fleet = { inherit name root inventory; };
        _module.args = { inherit self inputs; }
          // globalArgs
          // builtins.mapAttrs (_: other: other.packages system) bound.all
          // { nixinate = { inherit host sshUser buildOn; port = sshPort; }; };
      };
      folder =
        let path = root + "/machines/${name}";
        in if builtins.pathExists path then path
        else throw "machine `${name}` has no folder machines/${name}: what it is stands in machines/${name}/default.nix";
      packages = import ../modules/packages.nix {
        packages = own;
        overlays = if board then [ bound.boardOverlay ] else [ ];
        inherit sharePkgs system;
        inherit (base) config;
      };
    in
    base.flake.lib.nixosSystem {
      inherit system specialArgs;
      modules = images
        ++ [ (import ../modules).fleet ]
        ++ fleetModules
        ++ commonModules
        ++ extraModules
        ++ (if dt then [ (input "determinate" "`dt = true`").nixosModules.default ] else [ ])
        ++ [ folder identity packages ]
        ++ (if inventory == null then [ ] else [ (import ../modules/aliases.nix { inherit inventory name; }) ]);
    };
  sharePkgsOfAll = sharePkgs;

  mkX86_64 = name: hostname: settings:
    mkMachine name hostname ({ system = "x86_64-linux"; channel = "stable"; } // settings);

  # A small board that boots from an SD card: the installer's image module, little else, and the board's own module.
  mkAarch64 = name: hostname:
    settings@{
      hardware ? (input "nixos-hardware" "a board without `hardware`").nixosModules.raspberry-pi-4,
      channel ? "unstable",
      sdImage ? "${(bound.of channel).flake}/nixos/modules/installer/sd-card/sd-image-aarch64.nix",
      ...
    }:
    mkMachine name hostname ({
      system = "aarch64-linux";
      board = true;
      inherit channel;
      images = [
        sdImage
        "${(bound.of channel).flake}/nixos/modules/profiles/minimal.nix"
        hardware
        { _file = "fleet's builders, for board ${name}"; nixpkgs.hostPlatform = "aarch64-linux"; }
      ];
    } // removeAttrs settings [ "hardware" "sdImage" ]);

  images = import ./images.nix { inherit bound; };
in
images
// {
  inherit mkMachine mkX86_64 mkAarch64;
  # The channels as they are bound, for a flake that wants a package set of its own.
  channels = bound.all;
  # The seed's function: every machine's peers, from `self`.
  wgPeers = import ./peers.nix { inherit root inventory; };
}
