# What a definition can be besides a value: a value in wrappers that say when it counts, how strongly, and where it goes.
#
#   { _type = "if";         condition, content }   counts if the condition is true
#   { _type = "merge";      contents }             several definitions in one place
#   { _type = "override";   priority, content }    hides definitions of a larger number
#   { _type = "order";      priority, content }    goes before definitions of a larger number
#   { _type = "definition"; file, value }          comes from another file than the one it stands in
#
# A wrapper may stand at any depth: around an option's value, or around a set in which options lie. Two rules make
# these the same:
#
# - Where a set with options inside is wrapped, the wrapper is *pushed down* onto each attribute, for only an option has a
#   priority or can be left out. The condition itself is not looked at: which options exist must not depend on it.
# - At an option, the wrappers are *discharged*, from the outside in: `merge` and `if` first (so `mkIf` around `mkForce`
#   and `mkMerge` of both work), then only the strongest `override` stays, then `order` sorts what is left. An `order`
#   around an `override` therefore has no override in it that anybody sees; NixOS has it the same way.
lib:
let
  inherit (builtins)
    concatMap
    filter
    foldl'
    isAttrs
    mapAttrs
    ;

  kind = value: value._type or null;

  # Numbers that everybody agrees on; smaller is stronger, and smaller is earlier.
  strength = {
    vm = 10;
    force = 50;
    imageMedia = 60;
    plain = 100;
    default = 1000;
    optionDefault = 1500;
    # Weaker than anything: with no definition at all, this is an option's highestPrio.
    none = 9999;
  };
  place = {
    before = 500;
    plain = 1000;
    after = 1500;
  };

  mkIf = condition: content: {
    _type = "if";
    inherit condition content;
  };
  mkMerge = contents: {
    _type = "merge";
    inherit contents;
  };
  mkOverride = priority: content: {
    _type = "override";
    inherit priority content;
  };
  mkOrder = priority: content: {
    _type = "order";
    inherit priority content;
  };

  # One set in wrappers as sets whose attributes are in wrappers. What is no set is left to whoever wants one, whose
  # message names its file.
  pushDown =
    value:
    let
      type = kind value;
      onto = wrap: map (set: if isAttrs set then mapAttrs (_: wrap) set else set) (pushDown value.content);
    in
    if type == null then
      [ value ]
    else if type == "merge" then
      concatMap pushDown value.contents
    else if type == "if" then
      onto (mkIf value.condition)
    else if type == "override" then
      onto (mkOverride value.priority)
    else
      [ value ];

  # The definitions that one value holds, without `merge` and `if`.
  discharge =
    value:
    if kind value == "merge" then
      concatMap discharge value.contents
    else if kind value != "if" then
      [ value ]
    else if !(builtins.isBool value.condition) then
      throw "‘mkIf’ called with a non-Boolean condition"
    else if value.condition then
      discharge value.content
    else
      [ ];

  # Takes one wrapper of a kind off a definition.
  unwrap =
    type: definition:
    if kind definition.value == type then definition // { value = definition.value.content; } else definition;

  strengthOf = definition: if kind definition.value == "override" then definition.value.priority else strength.plain;
  placeOf = definition: if kind definition.value == "order" then definition.value.priority else place.plain;

  # Of definitions { file, value } the strongest, and how strong they are.
  strongest =
    definitions:
    let
      highestPrio = foldl' (
        least: definition: if strengthOf definition < least then strengthOf definition else least
      ) strength.none definitions;
    in
    {
      inherit highestPrio;
      values = map (unwrap "override") (filter (definition: strengthOf definition == highestPrio) definitions);
    };

  # Definitions in their order; the sort is stable, so equals stay as they came.
  ordered =
    definitions:
    if !(builtins.any (definition: kind definition.value == "order") definitions) then
      definitions
    else
      map (unwrap "order") (builtins.sort (a: b: placeOf a < placeOf b) definitions);

  # Changes the value in its wrappers, which stay.
  mapDefinitionValue =
    f: value:
    let
      inside = name: value // { ${name} = mapDefinitionValue f value.${name}; };
    in
    {
      merge = value // {
        contents = map (mapDefinitionValue f) value.contents;
      };
      "if" = inside "content";
      override = inside "content";
      order = inside "content";
      definition = inside "value";
    }
    .${toString (kind value)} or (f value);
in
{
  inherit
    mkIf
    mkMerge
    mkOrder
    mkOverride
    mapDefinitionValue
    ;
  mkDefinition =
    definition@{ file, value, ... }:
    definition // { _type = "definition"; };
  mkAssert =
    condition: message:
    mkIf (condition || throw "\nFailed assertion: ${message}");
  mkFixStrictness = lib.warn "lib.mkFixStrictness has no effect and will be removed. It returns its argument unmodified, so you can just remove any calls." lib.id;

  mkOptionDefault = mkOverride strength.optionDefault;
  mkDefault = mkOverride strength.default;
  mkImageMediaOverride = mkOverride strength.imageMedia;
  mkForce = mkOverride strength.force;
  mkVMOverride = mkOverride strength.vm;
  mkBefore = mkOrder place.before;
  mkAfter = mkOrder place.after;
  defaultOverridePriority = strength.plain;
  defaultOrderPriority = place.plain;

  pushDownProperties = pushDown;
  dischargeProperties = discharge;
  filterOverrides' = strongest;
  filterOverrides = definitions: (strongest definitions).values;
  sortProperties = ordered;
}
