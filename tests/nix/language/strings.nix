# Strings: interpolation, what turns into text, escapes, contexts.
let
  one = builtins.appendContext "abc" { "/nix/store/ybf7by4xvcgjhwilsg87rqz9di79bify-greeting" = { path = true; }; };
  two = builtins.appendContext "def" { "/nix/store/5nfjhql2p2cvh7d7sz3cxy0wzgr2k6nf-greeting" = { path = true; }; };
  on = text: map (path: builtins.substring 11 4 path) (builtins.attrNames (builtins.getContext text));
  x = "val";
in
[
  ""
  "a"
  "${x}"
  "a${x}b"
  "${x}${x}"
  "a$b"
  "$"
  "$$"
  "$${x}"
  "$$${x}"
  "$$$${x}"
  "a$"
  "\${x}"
  "\\${x}"
  "\$"
  "\a\b\c"
  "\n\r\t\\\""
  "a\
b"
  "tab	inside"
  "two
lines"
  "é ü 漢 🦀"
  "${"nested ${"deeply ${x}"}"}"
  "${"a" + "b"}c"
  "${if true then "a" else "b"}"
  "${let y = "in"; in y}"
  "a ${{ a = "sel"; }.a} b"
  "${{ outPath = "out"; }}"
  "${{ outPath = { outPath = "deep"; }; }}"
  "${{ __toString = self: "str"; }}"
  "${{ __toString = self: self.v; v = "self"; }}"
  "${{ __toString = self: { __toString = self: "twice"; }; }}"
  "${{ __toString = self: "str"; outPath = "out"; }}"
  "${{ __toString = self: 1; }}"
  "${{ outPath = 1; }}"
  "${{ outPath = null; }}"
  "${{ }}"
  "${1}"
  "${1.5}"
  "${null}"
  "${true}"
  "${[ ]}"
  "${[ "a" ]}"
  "${x: x}"
  "${throw "asked"}"
  "${/nothing/here}"
  "a${toString 1}b"
  (toString 1)
  (toString (-1))
  (toString 1.0)
  (toString 0.1)
  (toString 1.0e10)
  (toString 1.0e-10)
  (toString 123456789.123456789)
  (toString true)
  (toString false)
  (toString null)
  (toString "a")
  (toString [ ])
  (toString [ 1 2 3 ])
  (toString [ "a" [ "b" [ "c" ] ] "d" ])
  (toString [ [ ] ])
  (toString [ [ ] "a" [ ] ])
  (toString [ "a" [ ] "b" ])
  (toString [ null true false 1.5 ])
  (toString [ { outPath = "a"; } /b ])
  (toString [ { } ])
  (toString { })
  (toString { outPath = "a"; })
  (toString { outPath = 1; })
  (toString { outPath = [ 1 2 ]; })
  (toString { __toString = self: [ 1 2 ]; })
  (toString { __toString = self: self; })
  (toString (x: x))
  (toString /a/b)
  (toString [ "a b" "c" ])
  ("a" + "b" + toString 1)
  (on "${one}")
  (on "${one}${two}")
  (on "${one}${one}")
  (on (one + two))
  (on (one + "x"))
  (on ("x" + one))
  (on (toString [ one two ]))
  (on "a ${toString [ one ]} b")
  (on (if one == "abc" then "yes" else "no"))
  (one == "abc")
  ({ abc = 1; }.${one})
  ({ ${one} = 1; })
  ({ "${one}" = 1; })
  ({ "a${one}" = 1; }.aabc)
  ({ abc = 1; } ? ${one})
  (on (builtins.head (builtins.attrNames { ${one} = 1; })))
  (on { __toString = self: one; }.x or "none")
  (on "${{ __toString = self: one; }}")
  (on "${{ outPath = one; }}")
  (on (toString { outPath = one; }))
  (on (builtins.substring 0 0 one))
  (on (builtins.substring 0 0 (one + two)))
  (on "${builtins.unsafeDiscardStringContext one}")
  (/. + one)
  (/. + builtins.unsafeDiscardStringContext one)
  "${x
  }"
  "${ # a comment
    x /* and another */ }"
  "a ''b'' c"
  "'"
  "''"
  "a\"b"
  "http://example.net/${x}"
  http://example.net/a?b=c&d=e
  x:y
  [ x:y ]
  (builtins.stringLength "é")
  (builtins.stringLength "${x}${x}")
  (builtins.stringLength "\n")
  ("a" == "a")
  ("a" == "b")
  ("a" == "a ")
  ("${x}" == x)
  "\u0041"
  "\x41"
  "\101"
  "a\tb\nc\rd\\e\"f\$g"
  "\${"
  "$\{"
  "\$${x}"
  "#not a comment"
  "/* nor this */"
]
