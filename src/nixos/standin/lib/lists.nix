# Lists: everything NixOS modules do with them. What Nix has as a builtin is that builtin.
lib:
let
  inherit (builtins)
    concatLists
    concatMap
    elem
    elemAt
    filter
    foldl'
    genList
    groupBy
    head
    isList
    length
    sort
    tail
    ;

  # Where the first element lies that is wanted. A fold, since a function that calls itself for each element would nest
  # as deep as the list is long; the elements after it are not looked at.
  findFirstIndex =
    wanted: default: list:
    let
      at = foldl' (found: here: if found >= 0 then found else if wanted (elemAt list here) then here else found) (-1) (
        genList lib.id (length list)
      );
    in
    if at < 0 then default else at;

  foldr =
    f: start: list:
    let
      end = length list;
      go = at: if at == end then start else f (elemAt list at) (go (at + 1));
    in
    go 0;

  sublist =
    from: count: list:
    let
      rest = length list - from;
    in
    genList (at: elemAt list (at + from)) (
      if rest <= 0 then
        0
      else if count > rest then
        rest
      else
        count
    );

  zipListsWith =
    f: a: b:
    genList (at: f (elemAt a at) (elemAt b at)) (lib.min (length a) (length b));

  # Each element once, the first time it comes. Strings go through a set and are done in a time that grows with the
  # list, where other values are compared with each other.
  unique =
    list:
    if lib.all builtins.isString list && !(lib.any builtins.hasContext list) then
      let
        # A set made of a list keeps the first of each name.
        places = builtins.listToAttrs (lib.imap0 (value: name: { inherit name value; }) list);
      in
      map (elemAt list) (sort (a: b: a < b) (builtins.attrValues places))
    else
      foldl' (seen: value: if elem value seen then seen else seen ++ [ value ]) [ ] list;

  # Pairs [ number-or-text … ] of a name, so that "a10" sorts after "a9".
  naturalKey =
    text: map (part: if isList part then lib.toIntBase10 (head part) else part) (builtins.split "([0-9]+)" text);
in
{
  inherit (builtins)
    all
    any
    concatLists
    concatMap
    elem
    elemAt
    filter
    foldl'
    genList
    groupBy
    head
    isList
    length
    map
    partition
    sort
    tail
    ;
  inherit
    findFirstIndex
    foldr
    sublist
    unique
    zipListsWith
    ;
  fold = foldr;
  foldl =
    f: start: list:
    let
      go = at: if at < 0 then start else f (go (at - 1)) (elemAt list at);
    in
    go (length list - 1);

  # Making.
  singleton = value: [ value ];
  toList = value: if isList value then value else [ value ];
  range = from: to: if from > to then [ ] else genList (at: from + at) (to - from + 1);
  replicate = count: value: genList (_: value) count;
  optional = condition: value: if condition then [ value ] else [ ];
  optionals = condition: list: if condition then list else [ ];

  # Mapping.
  forEach = list: f: map f list;
  imap0 = f: list: genList (at: f at (elemAt list at)) (length list);
  imap1 = f: list: genList (at: f (at + 1) (elemAt list at)) (length list);
  ifilter0 = keep: list: map (elemAt list) (filter (at: keep at (elemAt list at)) (genList lib.id (length list)));
  flatten = value: if isList value then concatMap lib.flatten value else [ value ];
  concatAttrValues = set: concatLists (builtins.attrValues set);

  # Finding and counting.
  findFirst =
    wanted: default: list:
    let
      at = findFirstIndex wanted null list;
    in
    if at == null then default else elemAt list at;
  findSingle =
    wanted: none: many: list:
    let
      found = filter wanted list;
    in
    if found == [ ] then
      none
    else if length found > 1 then
      many
    else
      head found;
  count = wanted: list: length (filter wanted list);
  last =
    list:
    if list == [ ] then throw "lists.last: list must not be empty!" else elemAt list (length list - 1);
  init =
    list:
    if list == [ ] then throw "lists.init: list must not be empty!" else sublist 0 (length list - 1) list;

  # Parts.
  take = sublist 0;
  drop = count: list: sublist (lib.max 0 count) (length list) list;
  takeEnd = count: list: lib.drop (length list - count) list;
  dropEnd = count: list: lib.take (lib.max 0 (length list - count)) list;
  hasPrefix = prefix: list: lib.take (length prefix) list == prefix;
  removePrefix =
    prefix: list:
    if lib.lists.hasPrefix prefix list then
      lib.drop (length prefix) list
    else
      throw "lib.lists.removePrefix: First argument is not a list prefix of the second argument";
  commonPrefix =
    a: b:
    let
      different = findFirstIndex lib.id null (zipListsWith (x: y: x != y) a b);
    in
    lib.take (if different == null then lib.min (length a) (length b) else different) a;
  replaceElemAt =
    list: at: value:
    if at < 0 || at >= length list then
      throw "'lists.replaceElemAt' called with index ${toString at} on a list of size ${toString (length list)}"
    else
      lib.imap0 (here: old: if here == at then value else old) list;

  # As sets.
  remove = value: filter (other: other != value);
  subtractLists = without: filter (value: !elem value without);
  intersectLists = list: filter (value: elem value list);
  mutuallyExclusive = a: b: !(lib.any (value: elem value b) a);
  allUnique = list: length (unique list) == length list;
  uniqueStrings = list: builtins.attrNames (groupBy lib.id list);

  # Order.
  reverseList =
    list:
    let
      end = length list - 1;
    in
    genList (at: elemAt list (end - at)) (length list);
  sortOn =
    key: list:
    map (pair: pair.value) (
      sort (a: b: a.key < b.key) (map (value: { inherit value; key = key value; }) list)
    );
  compareLists =
    compare: a: b:
    let
      decided = lib.findFirst (order: order != 0) 0 (zipListsWith compare a b);
    in
    if decided != 0 then decided else lib.compare (length a) (length b);
  naturalSort =
    list:
    map (pair: pair.text) (
      sort (a: b: lib.compareLists lib.compare a.key b.key < 0) (
        map (text: { inherit text; key = naturalKey text; }) list
      )
    );

  # Two lists side by side, and one list by a key.
  zipLists = zipListsWith (fst: snd: { inherit fst snd; });
  crossLists = f: lists: foldl' (fs: args: concatMap (f: map f args) fs) [ f ] lists;
  groupBy' =
    f: start: key: list:
    builtins.mapAttrs (_: foldl' f start) (groupBy key list);

  # Depth first from the first element along `before a b` ("a comes before b"), giving what was passed or the cycle.
  listDfs =
    stopOnCycles: before: list:
    let
      visit =
        here: visited: rest:
        let
          cycles = filter (other: before other here) visited;
          split = builtins.partition (other: before other here) rest;
          step = visitMany split.right (visited ++ [ here ]) split.wrong;
        in
        if stopOnCycles && cycles != [ ] then
          {
            cycle = here;
            loops = cycles;
            inherit visited rest;
          }
        else if split.right == [ ] then
          { inherit visited rest; minimal = here; }
        else
          step;
      visitMany = above: visited: rest: visit (head above) visited (tail above ++ rest);
    in
    visit (head list) [ ] (tail list);
  toposort =
    before: list:
    let
      found = lib.listDfs true before list;
      rest = lib.toposort before (found.visited ++ found.rest);
    in
    if length list < 2 then
      { result = list; }
    else if found ? cycle then
      {
        cycle = lib.reverseList ([ found.cycle ] ++ found.visited);
        inherit (found) loops;
      }
    else if rest ? cycle then
      rest
    else
      { result = [ found.minimal ] ++ rest.result; };
}
