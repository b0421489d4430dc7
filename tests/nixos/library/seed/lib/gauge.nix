# A derivation from elsewhere.
{ pkgs }: pkgs.writeShellScriptBin "gauge" "exec ${pkgs.entr}/bin/entr"
