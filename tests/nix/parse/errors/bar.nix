a: a | a
