# Assertions, and looking into values while they are evaluated.
lib:
let
  inherit (builtins) deepSeq elem trace tryEval;

  # The first levels of a value, with what lies deeper left out.
  shallow =
    depth: value:
    let
      cut = shallow (depth - 1);
    in
    if lib.isDerivation value then
      { drv = value.name; }
    else if builtins.isAttrs value then
      if depth <= 0 then "{…}" else builtins.mapAttrs (_: cut) value
    else if builtins.isList value then
      if depth <= 0 then "[…]" else map cut value
    else
      value;

  shown = lib.generators.toPretty { };
  oneOf = name: lib.concatMapStringsSep ", " shown name;
in
{
  # An `assert` that says something: assert lib.assertMsg condition "message"; value
  assertMsg = condition: message: condition || throw message;
  assertOneOf =
    name: value: valid:
    lib.assertMsg (elem value valid) "${name} must be one of [\n  ${lib.concatMapStringsSep "\n  " shown valid}\n], but is: ${shown value}";
  assertEachOneOf =
    name: values: valid:
    lib.assertMsg (lib.all (value: elem value valid) values) "each element in ${name} must be one of [ ${oneOf valid} ], but is: [ ${oneOf values} ]";
  # The error and the warnings of a NixOS configuration, then its value.
  checkAssertWarn =
    assertions: warnings: value:
    let
      failed = map (one: one.message) (lib.filter (one: !one.assertion) assertions);
    in
    if failed == [ ] then
      lib.showWarnings warnings value
    else
      throw "\nFailed assertions:\n${lib.concatMapStringsSep "\n" (message: "- ${message}") failed}";

  inherit (builtins) addErrorContext trace unsafeGetAttrPos;
  traceIf = condition: message: value: if condition then trace message value else value;
  traceVal = lib.traceValFn lib.id;
  traceValFn = f: value: trace (f value) value;
  traceSeq = seen: trace (deepSeq seen seen);
  traceSeqN = depth: seen: trace (deepSeq (shallow depth seen) (shallow depth seen));
  traceValSeq = lib.traceValSeqFn lib.id;
  traceValSeqFn = f: value: lib.traceSeq (f value) value;
  traceValSeqN = lib.traceValSeqNFn lib.id;
  traceValSeqNFn = f: depth: value: lib.traceSeqN depth (f value) value;
  traceFnSeqN =
    depth: name: f: value:
    let
      result = f value;
    in
    lib.traceSeqN (depth + 1) {
      fn = name;
      from = value;
      to = result;
    } result;

  # { testName = { expr, expected }; } -> those that fail. Only what begins with `test` is a test.
  runTests =
    tests:
    lib.concatLists (
      lib.mapAttrsToList (
        name:
        {
          expr,
          expected ? null,
          expectedError ? null,
        }:
        let
          result = tryEval (deepSeq expr expr);
          passes = if expectedError == null then result.success && result.value == expected else !result.success;
        in
        lib.optional (!passes) {
          inherit name;
          inherit expected;
          result = if result.success then result.value else "error";
        }
      ) (lib.filterAttrs (name: _: lib.hasPrefix "test" name || elem name tests.tests or [ ]) (builtins.removeAttrs tests [ "tests" ]))
    );
  testAllTrue = expr: {
    inherit expr;
    expected = map (_: true) expr;
  };
}
