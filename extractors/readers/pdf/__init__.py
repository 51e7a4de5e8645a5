"""PDF: from what PDFium returns for a page to lines, blocks and tables in reading order. `reader` is the way in.

Nothing here knows what kind of paper it reads, and nothing runs in more than one thread.
"""
