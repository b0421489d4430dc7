# A program from elsewhere, which takes the package set it is built with.
{ pkgs }:
pkgs.writeScriptBin "gauge" ''
  #!${pkgs.bash}/bin/bash
  exec ${pkgs.entr}/bin/entr "$@"
''
