# Only a number with a point has an exponent, and `00.5` is `00` applied to `.5`.
[ 0 007 9223372036854775807 1.5 1. .5 0.5 1.5e3 1.e3 1.5E-3 .5e+10 (e3: 1e3) 00.5 123456789.0 1.0e300 0.00001 2.2250738585072014e-308 ]
