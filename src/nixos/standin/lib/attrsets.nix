# Attribute sets: reaching into them by path, mapping, filtering, zipping and merging them.
#
# A path is a list of names; `set.a.b` is `getAttrFromPath [ "a" "b" ] set`.
lib:
let
  inherit (builtins)
    attrNames
    attrValues
    concatLists
    concatMap
    elemAt
    filter
    foldl'
    head
    intersectAttrs
    isAttrs
    length
    listToAttrs
    mapAttrs
    removeAttrs
    tail
    zipAttrsWith
    ;

  nameValuePair = name: value: { inherit name value; };

  isDerivation = value: value.type or null == "derivation";

  # Goes down as far as the path leads: `found` with what lies there, or `missing` with how many names were good.
  descend =
    path: set: missing: found:
    let
      end = length path;
      go =
        depth: value:
        if depth == end then
          found value
        else if value ? ${elemAt path depth} then
          go (depth + 1) value.${elemAt path depth}
        else
          missing depth;
    in
    go 0 set;

  setAttrByPath = path: value: lib.foldr (name: inner: { ${name} = inner; }) value path;

  mapAttrsToList = f: set: map (name: f name set.${name}) (attrNames set);

  filterAttrs =
    keep: set: removeAttrs set (filter (name: !keep name set.${name}) (attrNames set));

  genAttrs' = names: f: listToAttrs (map f names);

  # Both sets; where both have a set and `stop` does not say that it is whole, the two are merged likewise.
  recursiveUpdateUntil =
    stop:
    let
      merge =
        path: left: right:
        left
        // right
        // mapAttrs (
          name: below:
          let
            here = path ++ [ name ];
          in
          if stop here below right.${name} then right.${name} else merge here below right.${name}
        ) (intersectAttrs right left);
    in
    merge [ ];

  mapAttrsRecursiveCond =
    into: f:
    let
      go =
        path:
        mapAttrs (
          name: value:
          let
            here = path ++ [ name ];
          in
          if isAttrs value && into value then go here value else f here value
        );
    in
    go [ ];

  # One of a package's outputs by name; what is no package with outputs is given back.
  outputOf =
    output: package:
    if package.outputSpecified or false then
      package
    else
      package.${output} or package.out or package;
in
{
  inherit (builtins)
    attrNames
    attrValues
    catAttrs
    getAttr
    hasAttr
    intersectAttrs
    isAttrs
    listToAttrs
    mapAttrs
    removeAttrs
    zipAttrsWith
    ;
  inherit
    nameValuePair
    isDerivation
    setAttrByPath
    mapAttrsToList
    filterAttrs
    genAttrs'
    recursiveUpdateUntil
    mapAttrsRecursiveCond
    ;

  # By path.
  attrByPath =
    path: default: set:
    descend path set (_: default) lib.id;
  hasAttrByPath =
    path: set:
    descend path set (_: false) (_: true);
  longestValidPathPrefix =
    path: set:
    descend path set (depth: lib.take depth path) (_: path);
  getAttrFromPath =
    path: set:
    descend path set (_: abort "cannot find attribute '${lib.showAttrPath path}'") lib.id;
  showAttrPath =
    path: if path == [ ] then "<root attribute path>" else lib.concatMapStringsSep "." lib.strings.escapeNixIdentifier path;

  # Changes at many paths at once; an update of a path sees the updates of what lies below it.
  updateManyAttrsByPath =
    updates: set:
    let
      byDepth = lib.sort (a: b: length a.path > length b.path) updates;
      change =
        path: update: value:
        if path == [ ] then
          update value
        else
          (if isAttrs value then value else { })
          // {
            ${head path} = change (tail path) update (
              value.${head path}
                or (if length path > 1 then { } else throw "updateManyAttrsByPath: there is no '${head path}' to update")
            );
          };
    in
    # Not foldl', which would want the set before an update that replaces it whole.
    lib.foldl (value: { path, update }: change path update value) set byDepth;

  # Taking and leaving.
  attrVals = names: set: map (name: set.${name}) names;
  getAttrs = names: set: lib.genAttrs names (name: set.${name});
  optionalAttrs = condition: set: if condition then set else { };
  filterAttrsRecursive =
    keep: set:
    mapAttrs (_: value: if isAttrs value then lib.filterAttrsRecursive keep value else value) (
      filterAttrs keep set
    );
  matchAttrs =
    pattern: set:
    lib.all (
      name:
      set ? ${name}
      && (
        if isAttrs pattern.${name} then
          isAttrs set.${name} && lib.matchAttrs pattern.${name} set.${name}
        else
          pattern.${name} == set.${name}
      )
    ) (attrNames pattern);
  overrideExisting = set: over: set // intersectAttrs set over;

  # Making and mapping.
  genAttrs = names: f: genAttrs' names (name: nameValuePair name (f name));
  mapAttrs' = f: set: listToAttrs (mapAttrsToList f set);
  concatMapAttrs = f: set: foldl' (all: name: all // f name set.${name}) { } (attrNames set);
  attrsToList = mapAttrsToList nameValuePair;
  mapAttrsRecursive = mapAttrsRecursiveCond (_: true);
  mapAttrsToListRecursive = lib.mapAttrsToListRecursiveCond (_: _: true);
  mapAttrsToListRecursiveCond =
    into: f:
    let
      go =
        path: set:
        concatMap (
          name:
          let
            here = path ++ [ name ];
            value = set.${name};
          in
          if isAttrs value && into here value then go here value else [ (f here value) ]
        ) (attrNames set);
    in
    go [ ];
  collect =
    wanted: set:
    if wanted set then
      [ set ]
    else if isAttrs set then
      concatMap (lib.collect wanted) (attrValues set)
    else
      [ ];
  cartesianProduct =
    sets:
    foldl' (
      rows: name: concatMap (row: map (value: row // { ${name} = value; }) sets.${name}) rows
    ) [ { } ] (attrNames sets);
  mapCartesianProduct = f: sets: map f (lib.cartesianProduct sets);

  # Folding.
  foldlAttrs =
    f: start: set:
    foldl' (sofar: name: f sofar name set.${name}) start (attrNames set);
  foldAttrs =
    f: start: sets:
    mapAttrs (_: lib.foldr f start) (lib.zipAttrs sets);
  zipAttrs = zipAttrsWith (_: values: values);
  zipAttrsWithNames =
    names: f: sets:
    lib.genAttrs names (name: f name (builtins.catAttrs name sets));

  # Merging.
  recursiveUpdate = recursiveUpdateUntil (_: left: right: !(isAttrs left && isAttrs right));
  # In halves, so that a long list copies each attribute a few times only.
  mergeAttrsList =
    sets:
    let
      merge =
        from: to:
        if to - from == 1 then
          elemAt sets from
        else
          let
            middle = (from + to) / 2;
          in
          merge from middle // merge middle to;
    in
    if sets == [ ] then { } else merge 0 (length sets);
  unionOfDisjoint =
    left: right:
    left
    // right
    // mapAttrs (name: _: throw "unionOfDisjoint: both sets have an attribute '${name}'") (
      intersectAttrs left right
    );

  # Packages and their outputs.
  toDerivation =
    path:
    let
      stored = builtins.storePath path;
      made = {
        type = "derivation";
        name = lib.strings.sanitizeDerivationName (
          builtins.substring 33 (-1) (baseNameOf (builtins.unsafeDiscardStringContext (toString stored)))
        );
        outPath = stored;
        outputs = [ "out" ];
        out = made;
        outputName = "out";
      };
    in
    made;
  recurseIntoAttrs = set: set // { recurseForDerivations = true; };
  dontRecurseIntoAttrs = set: set // { recurseForDerivations = false; };
  getOutput = outputOf;
  getFirstOutput =
    candidates: package:
    let
      found = filter (output: package ? ${output}) candidates;
    in
    if package.outputSpecified or false || found == [ ] then package else package.${head found};
  getBin = outputOf "bin";
  getLib = lib.getFirstOutput [
    "lib"
    "out"
  ];
  getStatic = lib.getFirstOutput [
    "static"
    "lib"
    "out"
  ];
  getDev = outputOf "dev";
  getInclude = lib.getFirstOutput [
    "include"
    "dev"
    "out"
  ];
  getMan = outputOf "man";
  chooseDevOutputs = map lib.getDev;
}
