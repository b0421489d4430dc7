{ x ? 1 }: { inherit x; y = [ x 2 ]; here = baseNameOf ./.; }
