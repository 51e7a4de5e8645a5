"""Layout analysis of pages: blocks, headings, footnotes, furniture, reading order.

The package makes no calls to PDFium.
"""
