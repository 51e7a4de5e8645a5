"""What stands where on a page: blocks, headings, footnotes, furniture, reading order.

Nothing here calls PDFium.
"""
