# The workstation, which is in its owner's office network too. Its overlay is its own: other machines keep the shared packages.
{ config, pkgs, lib, ... }:
{
  imports = [
    ../../modules/environments/code.nix
    (import ../../modules/services/backup.nix { folders = [ "/home" ]; to = "sftp:data-storage:/srv/backup"; })
    (import ../../modules/hardware/disk.nix { device = "/dev/nvme0n1"; })
  ];
  nixpkgs.overlays = [
    (final: super: { workbench-greeting = super.writeText "greeting" "made with ${super.hello.name}\n"; })
  ];
  environment.etc.greeting.source = pkgs.workbench-greeting;
}
