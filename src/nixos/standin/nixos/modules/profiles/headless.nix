# A machine nobody sits at: it neither waits at a prompt nor stays down when something is wrong.
{ lib, ... }:
{
  boot.kernelParams = [ "panic=1" "boot.panic_on_fail" ];
  systemd.enableEmergencyMode = false;
  boot.loader.grub.splashImage = lib.mkDefault null;
}
