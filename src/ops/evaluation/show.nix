# What `fleet show` tells of a machine beside its line in the inventory.
let inherit (machine.config.system.build) toplevel;
in
{
  inherit (toplevel) system;
  host = machine.config._module.args.nixinate.host or null;
  derivation = builtins.unsafeDiscardStringContext toplevel.drvPath;
}
