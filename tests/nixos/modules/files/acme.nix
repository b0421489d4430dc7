# A service that is imported with a parameter, as a fleet's shared files are.
{ fqdn }:
{ lib, ... }:
{
  options.certificates = lib.mkOption { type = lib.types.listOf lib.types.str; };
  config.certificates = [ fqdn ];
}
