# The machine itself: accounts, files, kernel, packages, variables, Nix.
{ config, etc, toplevel, written, lib, ... }:
let
  people = {
    users.mutableUsers = false;
    users.users.anna = {
      isNormalUser = true;
      description = "Anna";
      extraGroups = [ "wheel" "video" ];
      hashedPassword = "$6$x";
      uid = 1000;
    };
    users.users.daemon1 = { isSystemUser = true; group = "daemon1"; home = "/var/lib/daemon1"; };
    users.groups.daemon1 = { };
  };
  disks = {
    boot.supportedFilesystems = [ "zfs" ];
    networking.hostId = "8425e349";
    services.zfs.autoScrub.enable = true;
    fileSystems."/home dir" = { device = "tank/home"; fsType = "zfs"; options = [ "zfsutil" ]; };
    fileSystems."/boot" = { label = "ESP"; fsType = "vfat"; };
    swapDevices = [ { device = "/dev/vda2"; priority = 5; } ];
    boot.tmp.useTmpfs = true;
  };
in
{
  derivations = map toplevel [
    disks
    { users.users.anna = people.users.users.anna; }
    ({ pkgs, ... }: { boot.kernelPackages = pkgs.linuxPackages_latest; time.timeZone = "UTC"; })
  ];
  accounts = builtins.fromJSON (written (config people).system.build.usersGroups);
  fstab = etc disks "fstab";
  zfs-loads = (config disks).boot.kernelModules;
  zfs-wants-a-host-id = (config [ disks { networking.hostId = lib.mkForce null; } ]).system.build.toplevel.name;
  etc-of-a-plain-machine = builtins.attrNames (lib.filterAttrs (_: file: file.enable) (config { }).environment.etc);
  units-of-a-plain-machine = builtins.attrNames (config { }).systemd.units;
  a-file-with-a-mode = let file = (config {
    environment.etc."app/key" = { text = "x"; mode = "0400"; user = "nginx"; };
  }).environment.etc."app/key"; in {
    inherit (file) mode user group target text;
  };
  two-entries-for-one-file = (config {
    environment.etc.a.text = "1";
    environment.etc.b = { text = "2"; target = "a"; };
  }).system.build.toplevel.name;
  variables = etc { environment.variables.EDITOR = "vim"; environment.sessionVariables.LIST = [ "a" "b" ]; } "set-environment";
  aliases = etc { environment.shellAliases.code = "lite-xl"; environment.shellAliases.quoted = "echo 'x'"; } "bashrc";
  packages = map lib.getName (config ({ pkgs, ... }: {
    environment.systemPackages = with pkgs;
    [ gpp entr nix-top lite-xl ];
  })).environment.systemPackages;
  sudoers = etc {
    security.sudo.wheelNeedsPassword = false;
    security.sudo.extraRules = [
      {
        users = [ "deploy" ];
        commands = [ { command = "/run/current-system/sw/bin/systemctl"; options = [ "NOPASSWD" ]; } "ALL" ];
      }
    ];
  } "sudoers";
  nix-conf = etc {
    nix.settings = { experimental-features = [ "nix-command" "flakes" ]; trusted-users = [ "deploy" ]; cores = 4; };
    nix.extraOptions = "keep-outputs = true";
  } "nix/nix.conf";
  nix-machines = etc {
    nix.buildMachines = [
      { hostName = "builder"; system = "aarch64-linux"; sshUser = "nix"; maxJobs = 4; supportedFeatures = [ "kvm" ]; }
    ];
  } "nix/machines";
  sysctl = etc {
    boot.kernel.sysctl = { "net.core.somaxconn" = 1024; "kernel.off" = false; "gone" = null; };
  } "sysctl.d/60-nixos.conf";
  kernel-params = (config { boot.kernelParams = [ "quiet" ]; boot.consoleLogLevel = 3; }).boot.kernelParams;
  another-kernel = (config ({ pkgs, ... }: { boot.kernelPackages = pkgs.linuxPackages_latest; })).system.build.kernel.name;
  locale = etc { i18n.defaultLocale = "de_DE.UTF-8"; i18n.extraLocaleSettings.LC_TIME = "en_DK.UTF-8"; } "locale.conf";
  time-zone = (config { time.timeZone = "Europe/Berlin"; }).environment.etc.localtime.source;
  locked-out = (config { users.mutableUsers = false; }).system.build.toplevel.name;
  an-account-has-a-group = (config { users.users.x.isSystemUser = true; }).system.build.toplevel.name;
  an-account-is-of-one-kind = (config { users.users.x.group = "users"; }).system.build.toplevel.name;
  numbers-are-unique = (config { users.users.x = { isNormalUser = true; uid = 0; }; }).system.build.toplevel.name;
}
