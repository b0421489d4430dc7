{ lib, ... }:
{
  options.hostname = lib.mkOption {
    type = lib.types.str;
    default = "unnamed";
  };
}
