a: a.if
