# TOML 1.0 from a Nix value: keys of a table first, then its tables under headers of their own.
{ lib }:
let
  inherit (builtins) attrNames concatStringsSep filter isAttrs isList match;

  key = name: if match "[A-Za-z0-9_-]+" name != null then name else builtins.toJSON name;

  # A value within a line.
  inline = value:
    if isAttrs value && !(value ? outPath) then
      "{ ${concatStringsSep ", " (map (name: "${key name} = ${inline value.${name}}") (present value))} }"
    else if isList value then "[${concatStringsSep ", " (map inline value)}]"
    # JSON's strings, numbers and booleans are TOML's, and a path becomes its store path.
    else builtins.toJSON value;

  # TOML has no null: such a key is not there.
  present = table: filter (name: table.${name} != null) (attrNames table);

  isTable = value: isAttrs value && !(value ? outPath);
  isTables = value: isList value && value != [ ] && builtins.all isTable value;

  section = path: table:
    let
      names = present table;
      plain = filter (name: !(isTable table.${name} || isTables table.${name})) names;
      below = name:
        let
          here = path ++ [ (key name) ];
          title = concatStringsSep "." here;
        in
        if isTable table.${name} then "\n[${title}]\n${section here table.${name}}"
        else lib.concatMapStrings (element: "\n[[${title}]]\n${section here element}") table.${name};
    in
    lib.concatMapStrings (name: "${key name} = ${inline table.${name}}\n") plain
    + lib.concatMapStrings below (filter (name: !(builtins.elem name plain)) names);
in
table: lib.removePrefix "\n" (section [ ] table)
