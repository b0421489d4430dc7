a: b: [
  ''''
  ''a''
  '' a''
  ''
    two
      lines
  ''
  ''
    the last line counts
  no more''
  ''

    empty lines do not count
   
    nor short ones
  ''
  ''
	a tab is no indentation
  ''
  ''
    ${a} begins a line
      and ${b}
    ${a}
  ''
  ''
      ${a}
    b
  ''
  ''
    escapes: ''$ ''${a} ''' ''\n ''\t ''\r ''\\ ''\x $$ $${a} ' x''
  ''
    ''\tan escape begins a line
      ''\n    and a line's end may be one
  ''
  ''$'' ''a'b'' ''a$b'' ''$''\n''  ''a''$''
  ''${"a"}''
  ''${a}''
  ''  ${a}  ''
  ''
    ${''
      nested
        ${b}
    ''}
  ''
]
