# File sets: which files of a folder are a source, said with unions and differences, and made one at the end.
#
#   lib.fileset.toSource { root = ./.; fileset = lib.fileset.unions [ ./src ./Cargo.toml ]; }
#
# A set is { base, has }: nothing in it lies outside of the folder `base`, and of a file there, by its path as a text and
# its type, `has` tells whether it is in. The empty set has no base. Nothing is read before a source or a list is made.
lib:
let
  inherit (builtins)
    isPath
    pathExists
    readDir
    typeOf
    ;

  make = base: has: {
    _type = "fileset";
    inherit base has;
    # A set printed or compared is a mistake that is better told.
    _noEval = throw "lib.fileset: Directly evaluating a file set is not supported. To turn it into a usable source, use `lib.fileset.toSource`.";
  };
  isSet = value: value._type or null == "fileset";
  empty = make null (_: _: false);

  # Is a path in a folder, or the folder itself?
  within = folder: path: path == folder || lib.hasPrefix (if folder == "/" then "/" else "${folder}/") path;

  # What is given as a set: one, or a path, which is all files below it.
  of =
    what: value:
    let
      path = toString value;
      folder = builtins.readFileType value == "directory";
    in
    if isSet value then
      value
    else if !isPath value then
      throw "lib.fileset.${what} is of type ${typeOf value}, but it should be a file set or a path instead."
    else if !pathExists value then
      throw "lib.fileset.${what} (${path}) is a path that does not exist."
    else
      make (if folder then value else dirOf value) (other: _: within path other);

  # The folder that holds both.
  common =
    a: b:
    if a == null then
      b
    else if b == null || within (toString a) (toString b) then
      a
    else
      common (dirOf a) b;
  inBoth = a: b: path: type: a.has path type && b.has path type;

  # All files of a set, as paths.
  list =
    set:
    let
      below =
        folder:
        lib.concatLists (
          lib.mapAttrsToList (
            name: type:
            let
              path = folder + "/${name}";
            in
            if type == "directory" then below path else lib.optional (set.has (toString path) type) path
          ) (readDir folder)
        );
    in
    if set.base == null then [ ] else below set.base;

  unions =
    sets:
    let
      given = lib.imap0 (at: of "unions: Element ${toString at}") sets;
    in
    if given == [ ] then
      empty
    else
      make (lib.foldl' (base: set: common base set.base) null given) (
        path: type: lib.any (set: set.has path type) given
      );
in
{
  inherit empty unions;
  # A path that is there stands for all files below it.
  isFileset = value: isSet value || (isPath value && pathExists value);
  maybeMissing = path: if pathExists path then of "maybeMissing: Argument" path else empty;
  union =
    a: b:
    unions [
      (of "union: First argument" a)
      (of "union: Second argument" b)
    ];
  intersection =
    a: b:
    let
      left = of "intersection: First argument" a;
      right = of "intersection: Second argument" b;
    in
    # Either base would do; the deeper one has less to walk.
    make (
      if left.base == null || right.base == null then
        null
      else if within (toString left.base) (toString right.base) then
        right.base
      else
        left.base
    ) (inBoth left right);
  difference =
    a: b:
    let
      left = of "difference: First argument" a;
      right = of "difference: Second argument" b;
    in
    make left.base (path: type: left.has path type && !(right.has path type));
  # The files below a path of which a function of { name, type, hasExt } says yes.
  fileFilter =
    keep: path:
    let
      all = of "fileFilter: Second argument" path;
    in
    make all.base (
      file: type:
      let
        name = baseNameOf file;
      in
      all.has file type
      && keep {
        inherit name type;
        hasExt = ending: lib.hasSuffix ".${ending}" name;
      }
    );
  toList = set: list (of "toList: Argument" set);

  # A source with these files alone; folders without any are left out.
  toSource =
    { root, fileset }:
    let
      set = of "toSource: `fileset`" fileset;
      files = map toString (list set);
      rootText = toString root;
      outside = lib.findFirst (file: !(within rootText file)) null files;
      # The folders on the way to each file, by their paths.
      folders = builtins.listToAttrs (
        map (name: {
          inherit name;
          value = null;
        }) (lib.concatMap above files)
      );
      above =
        file:
        let
          folder = dirOf file;
        in
        if folder == file || !(within rootText folder) then [ ] else [ folder ] ++ above folder;
    in
    if !isPath root then
      throw "lib.fileset.toSource: `root` is of type ${typeOf root}, but it should be a path instead."
    else if outside != null then
      throw "lib.fileset.toSource: `fileset` could contain files that are not under the `root` (${rootText}): ${outside}"
    else
      lib.cleanSourceWith {
        name = "source";
        src = root;
        filter = path: type: if type == "directory" then folders ? ${path} else set.has path type;
      };
}
