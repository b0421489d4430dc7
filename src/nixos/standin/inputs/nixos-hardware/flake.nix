# nixos-hardware in miniature: the module of one board.
{
  description = "A stand-in for nixos-hardware";
  outputs = { self }: {
    nixosModules.raspberry-pi-4 = { lib, ... }: {
      boot.kernelParams = lib.mkBefore [ "console=ttyS1,115200n8" ];
      hardware.enableRedistributableFirmware = true;
    };
  };
}
