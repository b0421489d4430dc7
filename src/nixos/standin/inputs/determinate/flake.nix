# Determinate's flake in miniature: a module that marks a machine as one that has it.
{
  description = "A stand-in for Determinate's NixOS module";
  outputs = { self }: {
    nixosModules.default = { environment.etc."determinate".text = "a stand-in\n"; };
  };
}
