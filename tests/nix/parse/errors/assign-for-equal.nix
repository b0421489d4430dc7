a: if a = 1 then 2 else 3
