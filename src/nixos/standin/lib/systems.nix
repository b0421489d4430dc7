# Platforms: what a system's name says of the machine. Linux on four processors is all that the stand-in knows.
lib:
let
  # What a processor is called, by the first part of a system's name.
  processors = {
    x86_64 = {
      family = "x86";
      bits = 64;
      linuxArch = "x86_64";
      goArch = "amd64";
      baseKernel = "bzImage";
      efiArch = "x64";
      ubootArch = "x86_64";
    };
    i686 = {
      family = "x86";
      bits = 32;
      linuxArch = "i386";
      goArch = "386";
      baseKernel = "bzImage";
      efiArch = "ia32";
      ubootArch = "x86";
    };
    aarch64 = {
      family = "arm";
      bits = 64;
      linuxArch = "arm64";
      goArch = "arm64";
      baseKernel = "Image";
      efiArch = "aa64";
      ubootArch = "arm64";
    };
    armv7l = {
      family = "arm";
      bits = 32;
      linuxArch = "arm";
      goArch = "arm";
      baseKernel = "zImage";
      efiArch = "arm";
      ubootArch = "arm";
    };
    riscv64 = {
      family = "riscv";
      bits = 64;
      linuxArch = "riscv";
      goArch = "riscv64";
      baseKernel = "Image";
      efiArch = "riscv64";
      ubootArch = "riscv";
    };
  };

  # Questions about other machines, which are asked of these too.
  no = lib.concatMap (lib.splitString " ") [
    "isAlpha isArc isAvr isLoongArch64 isM68k isMicroBlaze isMips isMips32 isMips64 isMips64n32 isMips64n64 isMmix"
    "isMsp430 isOr1k isPower isPower64 isRiscV32 isRx isS390 isS390x isSh4 isSparc isSparc64 isVc4 isWasm isJavaScript"
    "isAndroid isBSD isCygwin isFreeBSD isGenode isGhcjs isMacOS isMinGW isMsvc isNetBSD isNone isOpenBSD isRedox isSunOS"
    "isUefi isWasi isiOS isAbiElfv1 isAbiElfv2 isILP32 isMacho isPE isUClibc useAndroidPrebuilt useiOSPrebuilt"
    "aesSupport avxSupport avx2Support avx512Support fmaSupport fma4Support lasxSupport lsxSupport sse3Support"
    "ssse3Support sse4_1Support sse4_2Support sse4_aSupport"
  ];

  lacks =
    system:
    throw "fleet's stand-in for nixpkgs does not know the system `${system}`: it has ${lib.concatStringsSep ", " linux}";

  linux = map (name: "${name}-linux") (builtins.attrNames processors);

  # From "x86_64-linux", from "x86_64-unknown-linux-gnu", or from a set that names one of these and changes some of what
  # follows from it.
  elaborate =
    given:
    let
      set = if builtins.isString given then { system = given; } else given;
      words = lib.splitString "-" (set.system or set.config or (throw "lib.systems.elaborate: neither system nor config is given"));
      name = lib.head words;
      system = "${name}-linux";
      processor = processors.${name};
      arm = processor.family == "arm";
    in
    if !(processors ? ${name} && lib.elem "linux" words) then
      lacks (lib.concatStringsSep "-" words)
    else
      lib.fix (
        platform:
        lib.genAttrs no (_: false)
        // {
          inherit system;
          config = "${name}-unknown-linux-gnu${lib.optionalString (name == "armv7l") "eabihf"}";
          inherit (processor) efiArch linuxArch ubootArch;
          go = {
            GOOS = "linux";
            GOARCH = processor.goArch;
            GOARM = lib.optionalString (name == "armv7l") "7";
          };
          rust = rec {
            rustcTarget = lib.replaceStrings [ "armv7l" "riscv64" ] [ "armv7" "riscv64gc" ] platform.config;
            rustcTargetSpec = rustcTarget;
          };
          parsed = {
            cpu = {
              inherit name;
              inherit (processor) bits family;
            };
            kernel.name = "linux";
            vendor.name = "unknown";
            abi.name = if name == "armv7l" then "gnueabihf" else "gnu";
          };
          linux-kernel = {
            name = if processor.family == "x86" then "pc" else "${name}-multiplatform";
            target = processor.baseKernel;
            inherit (processor) baseKernel;
            DTB = processor.family != "x86";
          };
          uname = {
            system = "Linux";
            processor = name;
            release = null;
          };
          libc = "glibc";
          useLLVM = false;
          isStatic = false;
          hasSharedLibraries = true;
          extensions = {
            executable = "";
            sharedLibrary = ".so";
            staticLibrary = ".a";
            library = ".so";
          };
          qemuArch =
            {
              armv7l = "arm";
              i686 = "i386";
            }
            .${name} or name;
          libDir = if name == "x86_64" then "lib64" else "lib";
          linker = "bfd";
          isLinux = true;
          isDarwin = false;
          isWindows = false;
          isUnix = true;
          isGnu = true;
          isMusl = false;
          isx86 = processor.family == "x86";
          isx86_64 = name == "x86_64";
          isx86_32 = name == "i686";
          isi686 = name == "i686";
          isAarch = arm;
          isAarch64 = name == "aarch64";
          isAarch32 = arm && processor.bits == 32;
          isArmv7 = name == "armv7l";
          isRiscV = processor.family == "riscv";
          isRiscV64 = name == "riscv64";
          is64bit = processor.bits == 64;
          is32bit = processor.bits == 32;
          isLittleEndian = true;
          isBigEndian = false;
          isEfi = true;
          isElf = true;
          isEabi = name == "armv7l";
          canExecute =
            other:
            other.system == platform.system || (platform.isx86_64 && other.isi686) || (platform.isAarch64 && other.isArmv7);
          emulatorAvailable = _: false;
          # The one platform as a text, and what two platforms have in common is whether they are equal.
          __toString = _: platform.system;
        }
        // builtins.removeAttrs set [ "system" "config" ]
      );
in
{
  inherit elaborate;
  # Functions can't be compared, so they are left out.
  equals =
    let
      data = builtins.mapAttrs (_: value: if lib.isFunction value then null else value);
    in
    a: b: data a == data b;
  systemToAttrs = value: if builtins.isAttrs value then value else { system = value; };
  doubles = {
    all = linux;
    inherit linux;
    unix = linux;
    gnu = linux;
    darwin = [ ];
    windows = [ ];
    x86 = [ "i686-linux" "x86_64-linux" ];
    x86_64 = [ "x86_64-linux" ];
    i686 = [ "i686-linux" ];
    aarch64 = [ "aarch64-linux" ];
    arm = [ "armv7l-linux" ];
    riscv64 = [ "riscv64-linux" ];
    none = [ ];
  };
  flakeExposed = [ "x86_64-linux" "aarch64-linux" ];
  examples = {
    gnu64.config = "x86_64-unknown-linux-gnu";
    gnu32.config = "i686-unknown-linux-gnu";
    aarch64-multiplatform.config = "aarch64-unknown-linux-gnu";
    armv7l-hf-multiplatform.config = "armv7l-unknown-linux-gnueabihf";
    riscv64.config = "riscv64-unknown-linux-gnu";
    raspberryPi.config = "armv7l-unknown-linux-gnueabihf";
  };
}
