"""Tables of pages, with rules and without, and their cells.

What lies in no cell goes back to the layout.
"""
