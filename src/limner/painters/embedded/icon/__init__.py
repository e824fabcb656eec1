"""Icons: a glyph that means what is asked for, on a shape, in a few deliberately different looks."""
