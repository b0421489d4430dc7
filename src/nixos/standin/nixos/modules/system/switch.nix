# switch-to-configuration, which makes a running machine become this system: a shell script that knows its boot loader.
{ config, lib, pkgs, ... }:
{
  options.system.switch = {
    enable = lib.mkOption { type = lib.types.bool; default = true; description = "Whether the system can be switched to."; };
    enableNg = lib.mkOption { type = lib.types.bool; default = true; description = "Accepted; there is one program."; };
    inhibitors = lib.mkOption {
      type = lib.types.attrsOf lib.types.unspecified;
      default = { };
      description = "Accepted; the stand-in heeds none.";
    };
  };

  config.system.build.switchToConfiguration = pkgs.writeScript "switch-to-configuration" (
    builtins.replaceStrings [ "@installBootLoader@" ] [ "${config.system.build.installBootLoader}" ]
      (builtins.readFile ./switch-to-configuration.sh));
}
