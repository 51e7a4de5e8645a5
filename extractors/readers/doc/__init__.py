"""Word 97 to 2003: the header that is checked by ourselves, the text that kreuzberg gives. `reader` is the way in."""
