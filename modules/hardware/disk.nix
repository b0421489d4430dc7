# A machine with one disk that a BIOS boots from.
{ device, fsType ? "ext4" }:
{
  boot.loader.grub.device = device;
  fileSystems."/" = { device = "${device}1"; inherit fsType; };
}
