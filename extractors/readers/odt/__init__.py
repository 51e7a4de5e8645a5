"""OpenDocument texts, with the numbers that are printed. `reader` is the entry point."""
