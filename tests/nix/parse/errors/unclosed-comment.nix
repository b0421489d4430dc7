1 /* why
