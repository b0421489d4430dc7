# What a type makes of definitions, whichever of two kinds it is.
#
# A type's `merge` is a function of location and definitions, of values that its `check` has let pass. A type may also
# have `merge.v2`, which checks and merges in one go and gives { value, headError, valueMeta }: `headError` is null or
# says why the definitions are not of this type, and `valueMeta` is what else is known of the value, such as a
# submodule's whole configuration. `judge` is one door to both.
lib:
let
  # A definition whose `check` says no, told.
  complaint =
    accepts: definitions:
    let
      refused = builtins.filter (definition: !(accepts definition.value)) definitions;
    in
    if refused == [ ] then null else { message = "Definition values:${lib.options.showDefs refused}"; };

  # A type that checks while it merges must not have another check put over it, which nobody would ask.
  coherent =
    location: type: result:
    if type.check.isV2MergeCoherent or false then
      result
    else
      throw ''
        The option `${lib.showOption location}' has a type `${type.description}' with an ad-hoc override of its `check`, which is incompatible with a type that checks while it merges: nobody would ask it.
        Please use `lib.types.addCheck type (value: …)` instead of `type // { check = value: …; }`.
      '';

  judge =
    type: location: definitions:
    if type.merge ? v2 then
      coherent location type (
        type.merge.v2 {
          loc = location;
          defs = definitions;
        }
      )
    else
      {
        headError = complaint type.check definitions;
        value = type.merge location definitions;
        valueMeta = { };
      };

in
{
  inherit complaint judge;
}
