{ a, b }
  a + b
