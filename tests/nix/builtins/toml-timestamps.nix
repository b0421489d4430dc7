# builtins.fromTOML: dates and times. With parse-toml-timestamps.
let
  read = text: builtins.fromTOML text;
in
[
  (read "a = 1979-05-27T07:32:00Z")
  (read "a = 1979-05-27 07:32:00z")
  (read "a = 1979-05-27T07:32:00+00:00")
  (read "a = 2024-12-31T23:59:59-11:30")
  (read "a = 2024-12-31T23:59:59.999999+05:45")
  (read "a = 2024-02-29T00:00:00")
  (read "a = 2024-02-29T00:00:00.5")
  (read "a = 2024-02-29T00:00:00.50")
  (read "a = 2024-02-29T00:00:00.12345")
  (read "a = 2024-02-29T00:00:00.123456789")
  (read "a = 2024-02-29")
  (read "a = 07:32:00")
  (read "a = 07:32:00.000")
  (read "a = 07:32:00.000001")
  (read "a = 07:32:00.100000000")
  (read "a = [ 2024-02-29, 07:32:00, 2024-02-29T07:32:00Z ]")
  (read "[b]\na.c = 2024-02-29").b.a.c._type
  (read "a = 2023-02-29")
  (read "a = 2024-13-01")
  (read "a = 24:00:00")
  (read "a = 2024-02-29T07:32:00+25:00")
  (read "a = 07:32")
  (builtins.toJSON (read "a = 2024-02-29"))
]
