# Indented strings: what is stripped, what is escaped, and when lines count.
let
  x = "val";
  lines = "one\n  two\nthree";
in
[
  ''''
  '' ''
  ''a''
  ''  a''
  ''  a  ''
  ''
  ''
  ''

  ''
  ''
    a
  ''
  ''
    a
    b
  ''
  ''
    a
      b
    c
  ''
  ''
      a
    b
  ''
  ''
    a

    b
  ''
  ''
    a
  
    b
  ''
  ''
    a
        
    b
  ''
  ''
    a
    b''
  ''a
    b
  ''
  ''  a
    b
      c''
  ''
    ${x}
  ''
  ''
    a ${x} b
      ${x}
  ''
  ''
      ${x}
    a
  ''
  ''${x}
    a
  ''
  ''  ${x}
      a
  ''
  ''
    ${lines}
    a
  ''
  ''
      a
    ${"  b"}
      c
  ''
  ''
    $${x} $$ $x
  ''
  ''
    ''${x} ''$ ''$x
  ''
  ''
    ''' '''' 
  ''
  ''
    ''\n ''\t ''\r ''\\ ''\a ''\$
  ''
  ''
    \n \t \${x} \"
  ''
  ''
    "quoted" 'single'
  ''
  ''
    ''\
    a
  ''
  ''
    a''\n  b
  ''
  ''
    a'''b
  ''
  ''
    ${"''"}
  ''
  ''
    ${''
      inner
        ${x}
    ''}
    outer
  ''
  ''
    ${''inner''}
      ${"\n"}
  ''
  ''
	tab
	  two
  ''
  ''
    	tab after spaces
    a
  ''
  ''
      a
     b
    c
   d
  ''
  ''
    a
   ''
  ''
    a
        ''
  ''
   a
   ${x}''
  ''
   ''${"a"}
  ''
  ''
    a ${x}
    ${x} b
    ${x}${x}
  ''
  ''
    ${if true then ''
      yes
    '' else ''
      no
    ''}
  ''
  ''
    a # not a comment
    /* nor this */
  ''
  ''
    é
      漢
  ''
  ''
    $
  ''
  ''
    $''
  ''
    $$''
  ''
    $${''
  ''
    '''${x}
  ''
  ''''$''
  ''''\n''
  ''
    a''$${x}b
  ''
  ''  	 a''
  ''
        
  ''
  '' 
      a
    b
  ''
  ''x 
      a
    b
  ''
  ''
    	 
    a
  ''
  (builtins.stringLength ''
    a
    b
  '')
  (''
    a
  '' == "a\n")
  (''
    a
  '' + ''
      b
  '')
]
