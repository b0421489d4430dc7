[
  "a
bc\
d"  __curPos # a comment ends here  1
]
