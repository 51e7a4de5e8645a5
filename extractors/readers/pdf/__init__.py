"""PDF: from the output of PDFium for a page to lines, blocks and tables in reading order. `reader` is the entry point.

The package does not depend on the kind of paper, and runs in one thread.
"""
