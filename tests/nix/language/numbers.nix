# Numbers: literals, division, what overflows, and how floats are written.
let
  max = 9223372036854775807;
  min = -9223372036854775807 - 1;
  inf = 1.0e308 * 10;
in
[
  0
  007
  (-0)
  1
  9223372036854775807
  (-9223372036854775807)
  max
  min
  (max + 1)
  (max + 0)
  (max - -1)
  (min - 1)
  (min + -1)
  (max * 2)
  (max * 1)
  (max * -1)
  (min * -1)
  (min * 1)
  (max * max)
  (min / -1)
  (-min)
  (-max)
  (min + max)
  (3037000500 * 3037000500)
  (3037000499 * 3037000499)
  (1 / 0)
  (0 / 0)
  (0 / 5)
  (7 / 2)
  (-7 / 2)
  (7 / -2)
  (-7 / -2)
  (1 / 2)
  (1.0 / 0)
  (1 / 0.0)
  (0.0 / 1)
  (7 / 2.0)
  (7.0 / 2)
  (1.0 / 3.0)
  1.0
  1.5
  .5
  0.5
  1.
  1.0e3
  1.0e+3
  1.0E3
  1.0e-3
  1.5e10
  1.0e20
  1.0e-7
  123456.789
  1234567.89
  123456789.0
  0.1
  0.30000000000000004
  (0.1 + 0.2)
  3.14159265358979
  100000.0
  1000000.0
  10000000.0
  0.0001
  0.00001
  1.0e300
  (1.0e300 * 1.0e300)
  inf
  (-inf)
  (inf - inf)
  (inf / inf)
  (inf + 1)
  (-0.0)
  (0.0 * -1)
  (1 + 1.0)
  (1 - 1.0)
  (2 * 0.5)
  (max + 0.0)
  (max + 1.0)
  (min - 1.0)
  (9007199254740993 + 0.0)
  (1.0e308 + 1.0e308)
  (1.0e-300 / 1.0e23)
  (1.0e-300 / 1.0e30)
  2.2250738585072014e-308
  1.7976931348623157e308
  (toString 1.0e308)
  (toString inf)
  (toString (-inf))
  (toString 0.1)
  (toString 1.0e-7)
  (toString max)
  (toString min)
  (builtins.toJSON 1.0)
  (builtins.toJSON 0.1)
  (builtins.toJSON 1.0e20)
  (builtins.toJSON 1.0e-7)
  (builtins.toJSON (0.1 + 0.2))
  (builtins.toJSON 123456789.123456789)
  (builtins.toJSON max)
  (builtins.toJSON (-0.0))
  (builtins.toXML 1.5)
  (builtins.floor 1.5)
  (builtins.ceil 1.5)
  (builtins.floor (-1.5))
  (builtins.ceil (-1.5))
  (builtins.floor 1)
  (builtins.ceil max)
  (builtins.floor 1.0e20)
  (builtins.ceil inf)
  (builtins.floor (inf - inf))
  (builtins.typeOf 1)
  (builtins.typeOf 1.0)
  (builtins.typeOf (1 + 1.0))
  (builtins.typeOf (2 / 2))
  (builtins.isInt 1.0)
  (builtins.isFloat 1)
  (builtins.bitAnd (-1) 255)
  (builtins.bitOr 1 2)
  (builtins.bitXor (-1) 0)
  (builtins.bitAnd min max)
  (builtins.add max 1)
  (builtins.sub min 1)
  (builtins.mul max 2)
  (builtins.div 1 0)
  (builtins.div min (-1))
  (builtins.div 5 2)
  (builtins.div 5 2.0)
  (builtins.add 1 "a")
  (builtins.fromJSON "9223372036854775807")
  (builtins.fromJSON "9223372036854775808")
  (builtins.fromJSON "-9223372036854775808")
  (builtins.fromJSON "1e5")
  [ 1 .5 1.5 ]
]
