# Written by hand, as nixos-generate-config would have.
{ imports = [ (import ../../modules/hardware/disk.nix { device = "/dev/sda"; fsType = "zfs"; }) ]; boot.kernelModules = [ "kvm-intel" ]; }
