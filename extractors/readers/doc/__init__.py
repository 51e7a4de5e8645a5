"""Word 97 to 2003: our checks of the header, and the text by kreuzberg. `reader` is the entry point."""
