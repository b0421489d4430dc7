# Which names are where, and which are missing.
let
  words = text: builtins.filter (word: builtins.isString word && word != "") (builtins.split "[ \n]+" text);
in
{
  # Sections whose names are at the top as well, as in `lib.mapAttrs` …
  open = words ''
    trivial fixedPoints attrsets lists strings options modules asserts debug customisation derivations meta sources
    filesystem flakes
  '';

  # … but for these, which are only in their section.
  sectionOnly = {
    asserts = words "assertEachOneOf checkAssertWarn";
    attrsets = words "longestValidPathPrefix unionOfDisjoint";
    filesystem = words "listFilesRecursive resolveDefaultNix";
    lists = words "commonPrefix findFirstIndex hasPrefix removePrefix";
    meta = words "availableOn defaultPriority platformMatch";
    modules = words ''
      collectModules defaultOrderPriority defaultOverridePriority filterOverrides' importApply importJSON
      importTOML mapDefinitionValue mergeAttrDefinitionsWithPrio mkAliasAndWrapDefsWithPriority mkAliasIfDef
    '';
    options = words "literalCode renderOptionValue showDefs";
    strings = words ''
      asciiTable charToInt commonPrefixLength commonSuffixLength escapeC escapeNixIdentifier escapeNixString
      floatToString isConvertibleWithToString levenshtein levenshteinAtMost normalizePath replicate
      sanitizeDerivationName storeDir
    '';
    trivial = words "codeName oldestSupportedRelease release revisionWithDefault versionSuffix";
  };

  # Builtins at the top.
  builtins = words "convertHash fromTOML getContext hasContext hashString map placeholder splitVersion toFile toString toXML tryEval";

  # What nixpkgs' lib has and this one has not, by section; "" is the top. `lib ? name` is true for them, as it is for
  # nixpkgs' own, and using one is an error that names it. (Of licences only the common ones are here, and those that
  # are not are not listed.)
  absent = {
    "" = words ''
      checkFlag checkReqs closePropagation commitIdFromGitRepo condConcat defaultMerge defaultMergeArg
      extendMkDerivation foldArgs getLicenseFromSpdxId getLicenseFromSpdxIdOr getValue ifEnable
      imap innerClosePropagation innerModifySumArgs lazyGenericClosure licensesSpdx maintainers
      makeScopeWithSplicing makeScopeWithSplicing' mapCrossIndex maybeAttr maybeAttrNullable maybeEnv mergeAttrBy
      mergeAttrByFunc mergeAttrsByFuncDefaults mergeAttrsByFuncDefaultsClean mergeAttrsConcatenateValues
      mergeAttrsNoOverride mergeAttrsWithFunc mergeModules' mkEUI64Suffix modifySumArgs network nixType nvs
      pathIsGitRepo renameCrossIndexFrom renameCrossIndexTo repoRevToName revOrTag setAttr setAttrMerge
      sourceTypes teams uniqList uniqListExt
    '';
    customisation = words ''
      extendMkDerivation makeScopeWithSplicing makeScopeWithSplicing' mapCrossIndex renameCrossIndexFrom
      renameCrossIndexTo
    '';
    debug = words "throwTestFailures";
    fetchers = words "normalizeHash withNormalizedHash";
    fileset = words "fromSource gitTracked gitTrackedWith trace traceVal";
    filesystem = words "haskellPathsInDir locateDominatingFile";
    generators = words "toDhall";
    kernel = words "whenHelpers";
    meta = words "cpeFullVersionWithVendor getLicenseFromSpdxId getLicenseFromSpdxIdOr licensesSpdx";
    misc = words ''
      checkFlag checkReqs closePropagation closePropagationFast closePropagationSlow condConcat defaultMerge
      defaultMergeArg foldArgs getValue ifEnable imap innerClosePropagation innerModifySumArgs lazyGenericClosure
      maybeAttr maybeAttrNullable maybeEnv mergeAttrBy mergeAttrByFunc mergeAttrsByFuncDefaults
      mergeAttrsByFuncDefaultsClean mergeAttrsConcatenateValues mergeAttrsNoOverride mergeAttrsWithFunc
      modifySumArgs nixType nvs setAttr setAttrMerge uniqList uniqListExt
    '';
    modules = words "mergeModules'";
    sources = words ''
      commitIdFromGitRepo pathIsGitRepo repoRevToName revOrTag shortRev sourceByGlobs trace urlToName
    '';
    systems = words "architectures functionNames inspect parse platforms";
  };
}
