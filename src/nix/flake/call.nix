# A flake's value: every node of its lock is called with the inputs that the lock says. `lock` is the text of the lock;
# `trees` are those that were fetched already, by the nodes' keys. The rest is fetched when it is looked at.
let
  graph = builtins.fromJSON lock;

  # An input is a node's key, or a way from the root.
  keyOf = step: if builtins.isString step then step else atEnd graph.root step;
  atEnd = builtins.foldl' (key: name: keyOf graph.nodes.${key}.inputs.${name});

  join = folder: rest: if rest == "" then folder else folder + "/" + rest;

  call =
    key: node:
    let
      known = trees.${key} or null;
      locked = node.locked or { };
      isRelative = known == null && locked.type or "" == "path" && builtins.substring 0 1 locked.path != "/";
      above = nodes.${atEnd graph.root node.parent};

      sourceInfo =
        if known != null then
          known.sourceInfo
        else if isRelative then
          above.sourceInfo
        else
          builtins.fetchTree (node.info or { } // removeAttrs locked [ "dir" ]);

      outPath =
        if isRelative then
          join above.outPath locked.path
        else
          join sourceInfo.outPath (if known != null then known.folder else locked.dir or "");

      flake = import (outPath + "/flake.nix");
      inputs = builtins.mapAttrs (_: step: nodes.${keyOf step}.value) (node.inputs or { });
      outputs = flake.outputs (inputs // { self = whole; });
      whole =
        outputs
        // sourceInfo
        // {
          inherit outPath inputs outputs sourceInfo;
          _type = "flake";
        };
    in
    {
      inherit sourceInfo outPath;
      value = if node.flake or true then whole else sourceInfo // { inherit sourceInfo outPath; };
    };

  nodes = builtins.mapAttrs call graph.nodes;
in
nodes.${graph.root}.value
