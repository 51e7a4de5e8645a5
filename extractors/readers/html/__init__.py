"""HTML pages: paragraphs, lists and tables as a browser shows them. `reader` is the entry point."""
