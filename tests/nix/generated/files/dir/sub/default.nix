{ sub = true; up = builtins.readFile ../../a.txt; }
