"""From a source text to a paper: one module reads the source, one module for each file format writes it."""
