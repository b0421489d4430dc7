# Packages by name. Each is a stand-in: a program of it becomes the one of that name which the machine has itself, or says what
# it stands for and fails; names, versions, licences and `meta` are there because that is what configurations look at.
final: prev:
let
  inherit (prev) lib;
  inherit (final) callPackage;

  licence = {
    free = spdxId: { inherit spdxId; shortName = lib.toLower spdxId; fullName = spdxId; free = true; };
    unfree = { shortName = "unfree"; fullName = "Unfree"; free = false; };
  };

  # A package of programs: description, then what differs from one program of the package's name, free, on Linux.
  program = pname: version: description: more:
    { stdenv }:
    stdenv.mkDerivation (self: {
      inherit pname version;
      tree = lib.listToAttrs (map (name: lib.nameValuePair "bin/${name}" {
        executable = true;
        text = ''
          #!/bin/sh
          for folder in /usr/bin /bin /usr/sbin /sbin; do
            [ ! -x $folder/${name} ] || exec $folder/${name} "$@"
          done
          echo "${name}: this is a stand-in for ${self.pname} ${self.version}" >&2
          exit 127
        '';
      }) (more.programs or [ pname ])) // more.files or { };
      passthru = more.passthru or { };
      meta = {
        inherit description;
        homepage = "https://search.nixos.org/packages?show=${pname}";
        license = licence.free (more.license or "MIT");
        platforms = [ "x86_64-linux" "aarch64-linux" ];
        mainProgram = builtins.head (more.programs or [ pname ]);
      } // more.meta or { };
    });

  # Scripts of units find these in their PATH before all others.
  coreutils = lib.filter (word: word != "") (lib.splitString " " (lib.replaceStrings [ "\n" ] [ " " ] ''
      arch b2sum base32 base64 basename basenc cat chcon chgrp chmod chown chroot cksum comm cp csplit cut
      date dd df dir dircolors dirname du echo env expand expr factor false fmt fold groups head hostid id
      install join kill link ln logname ls md5sum mkdir mkfifo mknod mktemp mv nice nl nohup nproc numfmt od
      paste pathchk pinky pr printenv printf ptx pwd readlink realpath rm rmdir runcon seq sha1sum sha224sum
      sha256sum sha384sum sha512sum shred shuf sleep sort split stat stdbuf stty sum sync tac tail tee test
      timeout touch tr true truncate tsort tty uname unexpand uniq unlink uptime users vdir wc who whoami yes
  ''));

  table = {
    # What a system is made of.
    bash = program "bash" "5.3" "GNU Bourne-Again Shell" {
      programs = [ "bash" "sh" ];
      license = "GPL-3.0-or-later";
      passthru.shellPath = "/bin/bash";
    };
    bash-interactive = program "bash-interactive" "5.3" "GNU Bourne-Again Shell with completion" {
      programs = [ "bash" "sh" ];
      passthru.shellPath = "/bin/bash";
    };
    coreutils = program "coreutils" "9.8" "GNU Core Utilities" { programs = coreutils; license = "GPL-3.0-or-later"; };
    findutils = program "findutils" "4.10.0" "GNU Find Utilities" { programs = [ "find" "xargs" ]; };
    gnugrep = program "gnugrep" "3.12" "GNU grep" { programs = [ "grep" "egrep" "fgrep" ]; };
    gnused = program "gnused" "4.9" "GNU sed" { programs = [ "sed" ]; };
    gawk = program "gawk" "5.3.2" "GNU awk" { programs = [ "awk" "gawk" ]; };
    gnutar = program "gnutar" "1.35" "GNU tar" { programs = [ "tar" ]; };
    gzip = program "gzip" "1.14" "GNU zip" { };
    xz = program "xz" "5.8.1" "General-purpose data compression software" { };
    zstd = program "zstd" "1.5.7" "Zstandard" { };
    util-linux = program "util-linux" "2.41.2" "System utilities for Linux" {
      programs = [ "mount" "umount" "swapon" "swapoff" "mkfs" "flock" "lsblk" "blkid" "findmnt" "logger" "nsenter" "unshare" ];
    };
    systemd = program "systemd" "258" "System and service manager for Linux" {
      programs = [
        "systemctl"
        "journalctl"
        "systemd-tmpfiles"
        "systemd-run"
        "systemd-sysusers"
        "systemd-escape"
        "systemd-notify"
        "systemd-cat"
        "loginctl"
        "networkctl"
        "hostnamectl"
        "timedatectl"
        "resolvectl"
      ];
      license = "LGPL-2.1-or-later";
      files = {
        "lib/systemd/systemd" = {
          executable = true;
          text = "#!/bin/sh\n[ ! -x /lib/systemd/systemd ] || exec /lib/systemd/systemd \"$@\"\necho 'this is a stand-in for systemd' >&2\nexit 127\n";
        };
      };
    };
    kmod = program "kmod" "34.2" "Tools for loading and managing Linux kernel modules" { programs = [ "modprobe" "lsmod" ]; };
    iproute2 = program "iproute2" "6.17.0" "Utilities for controlling TCP/IP networking" { programs = [ "ip" "ss" "bridge" ]; };
    iptables = program "iptables" "1.8.11" "Linux IP packet filtering" { programs = [ "iptables" "ip6tables" ]; };
    nftables = program "nftables" "1.1.5" "nftables user space" { programs = [ "nft" ]; };
    openssh = program "openssh" "10.2p1" "Implementation of the SSH protocol" {
      programs = [ "ssh" "sshd" "ssh-keygen" "scp" ];
      license = "BSD-2-Clause";
    };
    sudo = program "sudo" "1.9.17p2" "Command to run commands as root" { };
    shadow = program "shadow" "4.18.0" "Suite containing authentication-related tools" {
      programs = [ "passwd" "su" "useradd" "nologin" ];
      passthru.shellPath = "/bin/nologin";
    };
    nix = program "nix" "2.31.2" "Powerful package manager" {
      programs = [ "nix" "nix-daemon" "nix-store" "nix-env" ];
      license = "LGPL-2.1-or-later";
    };
    tzdata = program "tzdata" "2025b" "Database of current and historical time zones" {
      programs = [ "zdump" ];
      files = { "share/zoneinfo/UTC" = "TZif stand-in\n"; };
    };
    e2fsprogs = program "e2fsprogs" "1.47.3" "Tools for ext filesystems" { programs = [ "mkfs.ext4" "resize2fs" ]; };
    cacert = program "nss-cacert" "3.117" "Bundle of certificates" {
      programs = [ "ca-bundle" ];
      files = { "etc/ssl/certs/ca-bundle.crt" = "# stand-in: no certificates\n"; };
    };

    # What the modules run.
    nginx = program "nginx" "1.28.0" "Reverse proxy and lightweight webserver" { license = "BSD-2-Clause"; };
    prometheus = program "prometheus" "3.7.2" "Service monitoring system and time series database" {
      programs = [ "prometheus" "promtool" ];
      license = "Apache-2.0";
    };
    prometheus-node-exporter = program "node_exporter" "1.10.2" "Prometheus exporter for machine metrics" { license = "Apache-2.0"; };
    grafana = program "grafana" "12.2.0" "Gorgeous metric viz, dashboards & editors" {
      programs = [ "grafana" "grafana-server" ];
    };
    postgresql = program "postgresql" "17.6" "Powerful, open source object-relational database system" {
      programs = [ "postgres" "psql" "initdb" ];
    };
    openldap = program "openldap" "2.6.10" "Open source implementation of the Lightweight Directory Access Protocol" {
      programs = [ "slapd" "ldapsearch" ];
    };
    lego = program "lego" "4.27.0" "Let's Encrypt client and ACME library" { };
    networkmanager = program "networkmanager" "1.54.1" "Network configuration and management tool" {
      programs = [ "NetworkManager" "nmcli" "nmtui" ];
      license = "GPL-2.0-or-later";
    };
    wireguard-tools = program "wireguard-tools" "1.0.20250521" "Tools for the WireGuard secure network tunnel" {
      programs = [ "wg" "wg-quick" ];
      license = "GPL-2.0-only";
    };
    restic = program "restic" "0.18.1" "Backup program that is fast, efficient and secure" { };
    fail2ban = program "fail2ban" "1.1.0" "Program that scans log files for repeated failing login attempts" {
      programs = [ "fail2ban-server" "fail2ban-client" ];
    };
    zfs = program "zfs" "2.3.4" "ZFS filesystem userland tools" { programs = [ "zfs" "zpool" ]; };

    # What people put on a machine.
    age = program "age" "1.2.1" "Modern encryption tool with small explicit keys" { programs = [ "age" "age-keygen" ]; };
    borgbackup = program "borgbackup" "1.4.2" "Deduplicating archiver with compression and encryption" { programs = [ "borg" ]; };
    curl = program "curl" "8.16.0" "Command line tool for transferring files with URL syntax" { };
    entr = program "entr" "5.7" "Run arbitrary commands when files change" { license = "ISC"; };
    fd = program "fd" "10.3.0" "Simple, fast and user-friendly alternative to find" { };
    git = program "git" "2.51.2" "Distributed version control system" { license = "GPL-2.0-only"; };
    gpp = program "gpp" "2.28" "General-purpose preprocessor with customizable syntax" { license = "LGPL-2.1-only"; };
    hello = program "hello" "2.12.2" "Program that produces a familiar, friendly greeting" { license = "GPL-3.0-or-later"; };
    htop = program "htop" "3.4.1" "Interactive process viewer" { license = "GPL-2.0-only"; };
    jq = program "jq" "1.8.1" "Lightweight and flexible command-line JSON processor" { };
    libraspberrypi = program "libraspberrypi" "0-unstable-2024-04-16" "Userland tools for the Raspberry Pi" { programs = [ "vcgencmd" ]; };
    lite-xl = program "lite-xl" "2.1.8" "Lightweight text editor written in Lua" { };
    nano = program "nano" "8.6" "Small, user-friendly console text editor" { };
    nix-top = program "nix-top" "0.3.0" "Tracks what nix is building" { };
    opencode = program "opencode" "1.0.65" "AI coding agent built for the terminal" { meta.license = licence.unfree; };
    rage = program "rage" "0.11.1" "Simple, secure encryption tool with small explicit keys" {
      programs = [ "rage" "rage-keygen" ];
    };
    ripgrep = program "ripgrep" "15.1.0" "Utility that combines the usability of The Silver Searcher with the raw speed of grep" { programs = [ "rg" ]; };
    rsync = program "rsync" "3.4.1" "Fast incremental file transfer utility" { };
    tmux = program "tmux" "3.5a" "Terminal multiplexer" { };
    vim = program "vim" "9.1.1869" "Most popular clone of the VI editor" { };
    vscode = program "vscode" "1.105.1" "Code editor developed by Microsoft" {
      programs = [ "code" ];
      meta.license = licence.unfree;
    };
    zsh = program "zsh" "5.9" "Z shell" { passthru.shellPath = "/bin/zsh"; };
    fish = program "fish" "4.1.2" "Smart and user-friendly command line shell" { passthru.shellPath = "/bin/fish"; };

    # Refused for a reason, for those who test what a refusal says.
    openssl_1_1 = program "openssl" "1.1.1w" "Cryptographic library that implements the SSL and TLS protocols" {
      meta.knownVulnerabilities = [ "OpenSSL 1.1 had its end of life on 2023-09-11" ];
    };
  };
in
builtins.mapAttrs (_: package: callPackage package { }) table
// {
  bashInteractive = final.bash-interactive;
  busybox = callPackage (program "busybox" "1.37.0" "Tiny versions of common UNIX utilities" { programs = [ "busybox" ]; }) { };
  su = final.shadow;
  utillinux = throw "'utillinux' has been renamed to/replaced by 'util-linux'";
  nixVersions = { stable = final.nix; latest = final.nix; };
  python3 = callPackage (program "python3" "3.13.9" "High-level dynamically-typed programming language" { programs = [ "python3" ]; }) { };
}
