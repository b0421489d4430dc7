# switch-to-configuration: placeholder until its rules are written
{ pkgs, config, ... }: {
  system.build.switchToConfiguration = pkgs.writeShellScript "switch-to-configuration" "exit 1\n";
}
