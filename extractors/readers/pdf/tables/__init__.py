"""Tables of pages, with rules and without, and their cells.

Text outside of cells is returned to the layout.
"""
