x: if x else 1
