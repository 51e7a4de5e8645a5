"""Word documents as Word shows them, with the numbers that it prints. `reader` is the entry point."""
