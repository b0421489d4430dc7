# Files, folders and paths: what a name means, what a source holds, and what is left out of it.
lib:
let
  inherit (builtins)
    concatMap
    isPath
    isString
    match
    pathExists
    readDir
    typeOf
    ;

  # Sources that came through a filter remember it, so that filters add up.
  cleanSourceWith =
    {
      src,
      filter ? (_: _: true),
      name ? null,
    }:
    let
      before = if src ? _isLibCleanSourceWith then src else { origSrc = src; filter = _: _: true; name = null; };
      both = path: type: filter path type && before.filter path type;
      called =
        if name != null then
          name
        else if before.name != null then
          before.name
        else
          "source";
    in
    {
      _isLibCleanSourceWith = true;
      inherit (before) origSrc;
      filter = both;
      name = called;
      outPath = builtins.path {
        name = called;
        path = before.origSrc;
        filter = both;
      };
    };

  # What editors, build tools and version control leave behind.
  cleanSourceFilter =
    path: type:
    let
      name = baseNameOf (toString path);
      is = pattern: match pattern name != null;
    in
    !(
      (type == "directory" && is "\\.git|\\.svn|CVS|\\.hg|\\.jj|\\.pijul|_darcs")
      || (type != "directory" && is "\\.git")
      || is ".*~|\\.sw[a-z]|\\..*\\.sw[a-z]"
      || is ".*\\.(o|so)"
      || (type == "symlink" && lib.hasPrefix "result" name)
      || type == "unknown"
    );

  asText = toString;
  parts = path: lib.filter (part: isString part && part != "" && part != ".") (builtins.split "/" path);
  hidden = builtins.substring 0 1;
in
{
  inherit (builtins)
    baseNameOf
    dirOf
    filterSource
    hashFile
    isPath
    readDir
    readFileType
    ;

  # Sources.
  inherit cleanSourceFilter cleanSourceWith;
  cleanSource = src: cleanSourceWith { inherit src; filter = cleanSourceFilter; };
  canCleanSource = src: src ? _isLibCleanSourceWith || !(lib.pathHasContext (asText src));
  pathHasContext = builtins.hasContext or (lib.hasPrefix builtins.storeDir);
  sourceByRegex =
    src: patterns:
    let
      root = asText (src.origSrc or src);
    in
    cleanSourceWith {
      inherit src;
      filter = path: _: lib.any (pattern: match pattern (lib.removePrefix "${root}/" (asText path)) != null) patterns;
    };
  sourceFilesBySuffices =
    src: suffixes:
    cleanSourceWith {
      inherit src;
      filter = path: type: type == "directory" || lib.any (suffix: lib.hasSuffix suffix (baseNameOf path)) suffixes;
    };

  # Folders.
  pathType =
    path:
    if !pathExists path then
      throw "lib.filesystem.pathType: Path ${toString path} does not exist."
    else
      builtins.readFileType path;
  pathIsDirectory = path: pathExists path && lib.pathType path == "directory";
  pathIsRegularFile = path: pathExists path && lib.pathType path == "regular";
  listFilesRecursive =
    folder:
    lib.concatLists (
      lib.mapAttrsToList (
        name: type:
        if type == "directory" then lib.filesystem.listFilesRecursive (folder + "/${name}") else [ (folder + "/${name}") ]
      ) (readDir folder)
    );
  # The file that `import` reads: a folder's is its default.nix.
  resolveDefaultNix =
    path:
    if lib.pathIsDirectory path || (isString path && lib.hasSuffix "/" path) then
      (if isString path then "${lib.removeSuffix "/" path}/default.nix" else path + "/default.nix")
    else
      path;
  # A package for each file and each folder with a package.nix; other folders are sets of packages, which call each other
  # if there is a `newScope`.
  packagesFromDirectoryRecursive =
    arguments@{
      callPackage,
      directory,
      newScope ? null,
      recurseIntoAttrs ? lib.recurseIntoAttrs,
      ...
    }:
    let
      package = directory + "/package.nix";
      one =
        scope: name: type:
        let
          path = directory + "/${name}";
        in
        if type == "directory" then
          { ${name} = lib.packagesFromDirectoryRecursive (arguments // scope // { directory = path; }); }
        else if type == "regular" && lib.hasSuffix ".nix" name then
          { ${lib.removeSuffix ".nix" name} = scope.callPackage path { }; }
        else
          { };
      members = scope: lib.concatMapAttrs (one scope) (readDir directory);
    in
    if pathExists package then
      callPackage package { }
    else if newScope != null then
      recurseIntoAttrs (lib.makeScope newScope (self: members { inherit (self) callPackage newScope; }))
    else
      members { inherit callPackage; };

  # Paths as values: what is added to one is checked, so that nothing climbs out of it.
  path = {
    append =
      path: below:
      assert lib.assertMsg (isPath path) "lib.path.append: The first argument is of type ${typeOf path}, but a path was expected";
      assert lib.assertMsg (lib.path.subpath.isValid below) "lib.path.append: Second argument is not a valid subpath string:\n    ${lib.generators.toPretty { } below}";
      path + "/${lib.path.subpath.normalise below}";
    hasPrefix =
      above: path:
      lib.lists.hasPrefix (parts (toString above)) (parts (toString path));
    removePrefix =
      above: path:
      lib.path.subpath.join (lib.lists.removePrefix (parts (toString above)) (parts (toString path)));
    splitRoot = path: {
      root = /.;
      subpath = lib.path.subpath.join (parts (toString path));
    };
    # Is it a store path or something below one? The store itself is not, nor what it keeps beside the paths.
    hasStorePathPrefix =
      path:
      let
        inStore = lib.lists.removePrefix (parts builtins.storeDir) (parts (toString path));
      in
      lib.path.hasPrefix builtins.storeDir path
      && inStore != [ ]
      && hidden (lib.head inStore) != "."
      && match "[0-9a-z]{32}-.*" (lib.head inStore) != null;
    subpath = {
      isValid =
        value:
        isString value && value != "" && hidden value != "/" && !(lib.elem ".." (lib.splitString "/" value));
      normalise =
        value:
        assert lib.assertMsg (lib.path.subpath.isValid value) "lib.path.subpath.normalise: Argument is not a valid subpath string: ${lib.generators.toPretty { } value}";
        lib.path.subpath.join [ value ];
      join =
        subpaths:
        if lib.all lib.path.subpath.isValid subpaths then
          "./${lib.concatStringsSep "/" (concatMap parts subpaths)}"
        else
          throw "lib.path.subpath.join: an element is not a valid subpath string: ${lib.generators.toPretty { } subpaths}";
      components = value: parts (lib.path.subpath.normalise value);
    };
  };
}
