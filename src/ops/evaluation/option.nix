# What is known of one option of a machine; `steps` is its path. What lies inside of an option's value belongs to the
# option, and to what its type says of it.
let
  inherit (builtins) all attrNames elemAt filter foldl' genList head isAttrs length tail;
  isOption = set: isAttrs set && set._type or null == "option";
  walk = set: rest:
    if isOption set then { option = set; inherit rest; }
    else if rest == [ ] then { row = attrNames set; }
    else if isAttrs set && set ? ${head rest} then walk set.${head rest} (tail rest)
    else { missing = head rest; row = if isAttrs set then attrNames set else [ ]; };
  found = walk machine.options steps;
  inherit (found) option rest;

  # The option inside of a type, as far as one is declared there.
  below = type: rest:
    let kind = type.name or ""; sub = type.getSubOptions [ ]; in
    if builtins.elem kind [ "attrsOf" "lazyAttrsOf" "listOf" ] && rest != [ ] then below type.nestedTypes.elemType (tail rest)
    else if kind == "nullOr" then below type.nestedTypes.elemType rest
    else if kind == "submodule" && rest != [ ] then
      let inner = walk sub rest; in if inner ? option then descend inner.option inner.rest else null
    else null;
  descend = option: rest: if rest == [ ] then option else below option.type rest;
  declared = descend option rest;
  said = if declared == null then { } else declared;

  text = value: if isAttrs value then value.text or null else value;
  has = value: rest: rest == [ ] || isAttrs value && value ? ${head rest} && has value.${head rest} (tail rest);
  inside = foldl' (value: step: value.${step});
  definitions = option.definitionsWithLocations or (genList (at: {
    file = elemAt option.files at;
    value = elemAt option.definitions at;
  }) (length (option.files or [ ])));
in
if !(found ? option) then found
else {
  value = inside machine.config steps;
  inherit rest;
  type = said.type.description or null;
  description = text (said.description or null);
  defaultText = text (said.defaultText or null);
  declarations = map toString (said.declarations or [ ]);
  declarationPositions = map (one: { inherit (one) file line; }) (said.declarationPositions or [ ]);
  priority = option.highestPrio or null;
  definitions = map (one: { file = toString one.file; value = inside one.value rest; })
    (filter (one: has one.value rest) definitions);
}
// (if said ? default then { inherit (said) default; } else { })
