{
  imports = [ ./hostname.nix ];
  hostname = "web1";
}
