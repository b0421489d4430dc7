# switch-to-configuration: what makes a running machine become this system.
{ pkgs, ... }:
{
  system.build.switchToConfiguration = pkgs.writeScript "switch-to-configuration" ''
    #!/bin/sh
    echo "the stand-in's systems cannot be switched to yet" >&2
    exit 1
  '';
}
