a: $a
