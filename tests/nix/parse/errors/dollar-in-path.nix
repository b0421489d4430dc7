a: a.$b
