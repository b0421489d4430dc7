# Channels: a name for a package set, bound to a flake's input.
#
# Each package set is instantiated once per system, and whoever names it gets the same value: the machine that is built
# on it, modules that ask for `unstable`, images. Evaluating a package set costs about as much as a machine's modules.
{ inputs, channels }:
let
  # The systems whose instances are kept; another system works too, and gets an instance for each use.
  kept = [ "x86_64-linux" "aarch64-linux" "i686-linux" "armv6l-linux" "armv7l-linux" "riscv64-linux" "powerpc64le-linux" ];

  # A board's kernel lacks modules that the generic list of an installation names.
  boardOverlay = final: super: {
    makeModulesClosure = x: super.makeModulesClosure (x // { allowMissing = true; });
  };

  channel = name: given:
    let
      # A name of an input, a flake, or a set that says more.
      described = if builtins.isAttrs given && given ? input then given else { input = given; };
      flake =
        if builtins.isAttrs described.input || builtins.isPath described.input then described.input
        else inputs.${described.input} or (throw
          "channel `${name}` is bound to the input `${described.input}`, which the flake does not have; it has: ${toString (builtins.attrNames inputs)}");
      allowUnfree = described.allowUnfree or described.allow_unfree or false;
      config = (if allowUnfree then { allowUnfree = true; } else { }) // described.config or { };
      overlays = described.overlays or [ ];
      instantiate = overlays: system: import flake { inherit system config overlays; };
      # With nothing to say the flake's own instance is taken: other users of the flake share it as well.
      plain = system:
        if config == { } && overlays == [ ] && flake ? legacyPackages.${system} then flake.legacyPackages.${system}
        else instantiate overlays system;
      once = make:
        let instances = builtins.listToAttrs (map (system: { name = system; value = make system; }) kept);
        in system: instances.${system} or (make system);
    in
    {
      inherit name flake allowUnfree config overlays;
      # The package set for a system.
      packages = once plain;
      # The package set for a small board.
      boardPackages = once (instantiate (overlays ++ [ boardOverlay ]));
    };
  all = builtins.mapAttrs channel channels;
in
{
  inherit all boardOverlay;
  of = name:
    all.${name} or (throw "there is no channel `${name}`; there are: ${toString (builtins.attrNames channels)}");
}
