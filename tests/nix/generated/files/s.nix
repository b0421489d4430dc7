{ a = { b = "c"; }; n = 1.5; l = [ 1 "x" null ]; }
