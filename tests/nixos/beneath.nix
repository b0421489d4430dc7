# nixpkgs' own lib in the place of the stand-in's, beneath the rest of the stand-in. Arguments: the folder of nixpkgs' lib,
# and the folder of the stand-in's.
#
# What the stand-in's packages and modules ask of a lib that a nixpkgs may have no more is taken from the stand-in's: the
# name of a kernel's file, which nixpkgs 26.11 does not say of a platform any longer.
real: ours:
(import real).extend (
  final: prev: {
    systems = prev.systems // {
      elaborate =
        given:
        let
          platform = prev.systems.elaborate (if builtins.isAttrs given then removeAttrs given [ "linux-kernel" ] else given);
          known = (import ours).systems.elaborate platform.system;
        in
        { inherit (known) linux-kernel; } // platform;
    };
  }
)
