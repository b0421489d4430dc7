a: with a b
