# Paths: as literals, with interpolation, joined, compared, and looked up.
let
  x = "val";
  one = builtins.appendContext "abc" { "/nix/store/ybf7by4xvcgjhwilsg87rqz9di79bify-greeting" = { path = true; }; };
in
[
  /a
  /a/b/c
  /a.b/c-d/e_f+g
  /a/../b
  /a/./b
  /.
  /..
  /../..
  /a/..
  (/a + "b")
  (/a + "/b")
  (/a + "/../b")
  (/a + "/./b/")
  (/a + "")
  (/a + "/")
  (/. + "a")
  (/. + "/a")
  (/a + /b)
  (/a/b + /../c)
  (/. + /.)
  /a/${x}
  /a/${x}/b
  /a/${x}b
  /a/b${x}
  /${x}
  /${x}/${x}
  /a/${x}.nix
  /a/${"b/c"}
  /a/${"/b"}
  /a/${".."}
  /a/${"../.."}/b
  /a/${/b}
  /a/${1}
  /a/${null}
  /a/${one}
  (/a + one)
  (/a + 1)
  (/a + { outPath = "b"; })
  (/a + null)
  ("x" + /nothing/here)
  (toString (/a + "/b/../c"))
  (toString /a/b)
  (toString /.)
  (builtins.typeOf /a)
  (builtins.typeOf (/a + "b"))
  (builtins.isPath /a)
  (builtins.isPath "/a")
  (builtins.isString (toString /a))
  (/a == /a)
  (/a == /b)
  (/a/../b == /b)
  (/a == "/a")
  ("/a" == /a)
  (toString /a == "/a")
  (/a < /b)
  (/b < /a)
  (/a < /a/b)
  (/a < "/b")
  (/a <= /a)
  (builtins.baseNameOf /a/b)
  (builtins.baseNameOf /.)
  (builtins.dirOf /a/b)
  (builtins.dirOf /a)
  (builtins.dirOf /.)
  (dirOf "a/b")
  (dirOf "a")
  (dirOf "/a")
  (dirOf "a/b/")
  (dirOf "")
  (baseNameOf "a/b/")
  (baseNameOf "a/b//")
  (baseNameOf "")
  (baseNameOf "/")
  (baseNameOf ./a)
  (baseNameOf (dirOf ./a/b))
  (baseNameOf ./a/${x})
  (baseNameOf ./${x})
  (baseNameOf ./${x}/../q)
  (baseNameOf ~/a)
  (builtins.typeOf ./a)
  (./a == ./a)
  (./a == ./b/../a)
  (./. + "/a" == ./a)
  (builtins.pathExists /nothing/here)
  (builtins.pathExists "/nothing/here")
  (builtins.pathExists /.)
  (builtins.pathExists /nothing/..)
  (builtins.tryEval <nothing>)
  <nothing>
  (builtins.findFile [ ] "nothing")
  (builtins.tryEval (builtins.findFile [ ] "nothing")).success
  (builtins.typeOf __nixPath)
  (let __nixPath = [ ]; in <x>)
  (let __findFile = path: name: name; in <x/y>)
  (let __findFile = path: name: [ path name ]; __nixPath = 7; in <x/y>)
  (import /nothing/here)
  (builtins.tryEval (import /nothing/here))
  { a = /b; }
  [ /a /b ]
  [ /a/b./c ]
  (let a = 6; b = 2; in a /b)
  (let a = 6; b = 2; in a / b)
  (let a = 6; b = 2; in [ (a/ b) ])
  (map (f: f) [ /a ])
]
