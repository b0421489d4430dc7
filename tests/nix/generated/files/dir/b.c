b	c
  d
