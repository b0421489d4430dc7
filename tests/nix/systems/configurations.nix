# Forty-odd machines that differ in what they run, for `tests/nix/systems/compare`: from a bare one to desktops, routers,
# databases, containers, other architectures, other boot loaders, overlays and overridden packages.
let
  base = {
    boot.loader.grub.device = "/dev/sda";
    fileSystems."/" = {
      device = "/dev/sda1";
      fsType = "ext4";
    };
  };
  with' = module: { imports = [ base module ]; };
  machines = {
    bare = { };
    ssh = { services.openssh.enable = true; };
    nginx = {
      services.openssh.enable = true;
      services.nginx.enable = true;
      services.nginx.virtualHosts."example.net" = {
        root = "/srv/www";
        locations."/api".proxyPass = "http://127.0.0.1:8080";
      };
    };
    apache = {
      services.httpd.enable = true;
      services.httpd.adminAddr = "root@example.net";
      services.httpd.documentRoot = "/srv/www";
    };
    postgresql = { pkgs, ... }: {
      services.postgresql.enable = true;
      services.postgresql.package = pkgs.postgresql96;
      services.postgresql.authentication = "local all all trust";
    };
    mysql = { pkgs, ... }: {
      services.mysql.enable = true;
      services.mysql.package = pkgs.mariadb;
    };
    redis = { services.redis.enable = true; };
    memcached = { services.memcached.enable = true; };
    rabbitmq = { services.rabbitmq.enable = true; };
    elasticsearch = { services.elasticsearch.enable = true; };
    influxdb = { services.influxdb.enable = true; };
    grafana = { services.grafana.enable = true; };
    prometheus = {
      services.prometheus.enable = true;
      services.prometheus.nodeExporter.enable = true;
      services.prometheus.scrapeConfigs = [
        {
          job_name = "node";
          static_configs = [ { targets = [ "localhost:9100" ]; } ];
        }
      ];
    };
    collectd = { services.collectd.enable = true; };
    mail = {
      services.postfix.enable = true;
      services.dovecot2.enable = true;
    };
    jenkins = { services.jenkins.enable = true; };
    gitolite = {
      services.gitolite.enable = true;
      services.gitolite.adminPubkey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEh2lZ8lZC4P1sSg8Yw5Q6cR3ZBq2a5zCz0P4l2g9Y3b admin";
    };
    xfce = {
      services.xserver.enable = true;
      services.xserver.desktopManager.xfce.enable = true;
      sound.enable = true;
      hardware.pulseaudio.enable = true;
    };
    i3 = {
      services.xserver.enable = true;
      services.xserver.windowManager.i3.enable = true;
      services.xserver.displayManager.lightdm.enable = true;
      fonts.enableDefaultFonts = true;
    };
    awesome = {
      services.xserver.enable = true;
      services.xserver.windowManager.awesome.enable = true;
    };
    networkmanager = { networking.networkmanager.enable = true; };
    router = {
      boot.kernel.sysctl."net.ipv4.ip_forward" = true;
      networking.nat.enable = true;
      networking.nat.externalInterface = "eth0";
      networking.nat.internalInterfaces = [ "eth1" ];
      services.dhcpd4.enable = true;
      services.dhcpd4.interfaces = [ "eth1" ];
    };
    wireguard = {
      networking.wireguard.interfaces.wg0 = {
        ips = [ "10.0.0.1/24" ];
        privateKeyFile = "/run/key";
        peers = [
          {
            publicKey = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=";
            allowedIPs = [ "10.0.0.2/32" ];
            endpoint = "192.0.2.1:51820";
          }
        ];
      };
    };
    openvpn = { services.openvpn.servers.home.config = "dev tun"; };
    networkd = {
      networking.useDHCP = false;
      systemd.network.enable = true;
      systemd.network.networks."10-eth" = {
        matchConfig.Name = "eth0";
        networkConfig.DHCP = "v4";
      };
    };
    firewall = {
      networking.firewall.enable = true;
      networking.firewall.allowedTCPPorts = [ 22 80 443 ];
      networking.firewall.extraCommands = "iptables -A INPUT -s 192.0.2.0/24 -j DROP";
    };
    users = { pkgs, ... }: {
      users.mutableUsers = false;
      users.extraUsers.alice = {
        isNormalUser = true;
        extraGroups = [ "wheel" ];
        shell = pkgs.zsh;
        hashedPassword = "!";
        openssh.authorizedKeys.keys = [ "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEh2lZ8lZC4P1sSg8Yw5Q6cR3ZBq2a5zCz0P4l2g9Y3b alice" ];
      };
      programs.zsh.enable = true;
      security.sudo.wheelNeedsPassword = false;
    };
    packages = { pkgs, ... }: {
      environment.systemPackages = with pkgs; [ git vim tmux htop curl wget gnupg python3 go rustc ];
    };
    overlay = { pkgs, ... }: {
      nixpkgs.overlays = [
        (self: super: {
          hello = super.hello.overrideAttrs (old: { patches = [ ]; NIX_CFLAGS_COMPILE = "-O1"; });
        })
      ];
      environment.systemPackages = [ pkgs.hello ];
    };
    override = { pkgs, ... }: {
      nixpkgs.config.packageOverrides = pkgs: { nginx = pkgs.nginx.override { gd = null; }; };
      services.nginx.enable = true;
    };
    unfree = {
      nixpkgs.config.allowUnfree = true;
      hardware.enableAllFirmware = true;
    };
    efi = { lib, ... }: {
      boot.loader.grub.enable = lib.mkForce false;
      boot.loader.systemd-boot.enable = true;
      boot.loader.efi.canTouchEfiVariables = true;
    };
    luks = {
      boot.initrd.luks.devices = [
        {
          name = "root";
          device = "/dev/sda2";
        }
      ];
    };
    zfs = {
      boot.supportedFilesystems = [ "zfs" ];
      networking.hostId = "deadbeef";
    };
    raid = { boot.initrd.availableKernelModules = [ "raid1" "md_mod" ]; };
    nfs = {
      services.nfs.server.enable = true;
      services.nfs.server.exports = "/srv 10.0.0.0/24(rw)";
    };
    samba = { services.samba.enable = true; };
    docker = { virtualisation.docker.enable = true; };
    libvirtd = { virtualisation.libvirtd.enable = true; };
    container = {
      containers.web = {
        autoStart = true;
        config = { services.nginx.enable = true; };
      };
    };
    timers = { pkgs, ... }: {
      systemd.services.backup = {
        description = "backup";
        serviceConfig.ExecStart = "${pkgs.rsync}/bin/rsync -a /home /backup";
        startAt = "daily";
      };
      systemd.timers.cleanup.timerConfig.OnCalendar = "weekly";
      services.cron.enable = true;
    };
    locale = {
      i18n.defaultLocale = "de_DE.UTF-8";
      i18n.consoleKeyMap = "de";
      time.timeZone = "Europe/Berlin";
    };
    kernel = { pkgs, ... }: {
      boot.kernelPackages = pkgs.linuxPackages_latest;
      boot.kernelParams = [ "quiet" ];
      boot.blacklistedKernelModules = [ "pcspkr" ];
    };
    printing = {
      services.printing.enable = true;
      services.avahi.enable = true;
    };
    laptop = {
      services.tlp.enable = true;
      hardware.bluetooth.enable = true;
      networking.wireless.enable = true;
    };
    arm = {
      nixpkgs.system = "aarch64-linux";
      boot.loader.generic-extlinux-compatible.enable = true;
      services.openssh.enable = true;
    };
    without-manual = {
      services.nixosManual.enable = false;
      programs.man.enable = false;
    };
    acme = {
      security.acme.certs."example.net" = {
        webroot = "/var/www";
        email = "root@example.net";
      };
    };
    tor = {
      services.tor.enable = true;
      services.tor.client.enable = true;
    };
    syncthing = { services.syncthing.enable = true; };
  };
in
builtins.mapAttrs or (f: set: builtins.listToAttrs (map (name: { inherit name; value = f name set.${name}; }) (builtins.attrNames set)))
  (_: with') machines
