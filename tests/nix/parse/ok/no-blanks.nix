{a,b?1}:if(a)then{inherit(b)c;}else[a b"c"''d''./e]++rec{f=a;}.f
