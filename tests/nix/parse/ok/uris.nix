[
  http://example.org/a?b=c&d=e,f
] ++ [ x:x mailto:a@b.c git+ssh://a a.b-c+d:e%20~!*'x'
]
